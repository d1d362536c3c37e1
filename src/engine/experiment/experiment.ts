import type { Diagnostic } from '../../foundation/diagnostic.js';
import { byCodeUnit } from '../../foundation/json.js';
import { nearest, suggestion } from '../../foundation/nearest.js';
import { Problems, type Reporter } from '../../foundation/reporter.js';
import { err, ok, type Result } from '../../foundation/result.js';
import { problem, related, type DocumentCode } from '../document/codes.js';
import { child, textOf, type Composition, type MapNode, type Node } from '../document/node.js';
import type { Located, Source } from '../document/source.js';
import type { ExperimentCode } from './codes.js';
import { experimentSchema } from './experiment-schema.js';
import { explain } from '../values/explain.js';
import { only, overlay } from '../document/overlay.js';
import { takesText, toParameter, type Parameter } from './parameters.js';
import { toChecked } from '../values/resolve.js';
import type { SchemaChecks } from '../values/schema-check.js';
import type { Setting, Settings } from '../document/settings.js';
import { BROKEN, holdsBroken, substitute, type Scope } from '../values/substitute.js';

type Wrong = Diagnostic<ExperimentCode | DocumentCode>;

/** One experiment in one profile: composed, of the right shape, its parameters known. What its stages mean is still open. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  readonly profile: string;
  readonly main: Source;
  /** Absolute. */
  readonly project: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly stages: ReadonlyMap<string, StageDeclaration>;
  readonly report: MapNode | undefined;
  /** What jobs on a Slurm cluster ask for. */
  readonly slurm: MapNode | undefined;
  /** What `${...}` names outside of a matrix. */
  readonly scope: Scope;
  /** Stretches of the file that belong to a profile: these may name absolute paths. */
  readonly profiles: readonly Located[];
}

export interface StageDeclaration {
  readonly name: string;
  readonly key: Located;
  readonly node: MapNode;
  readonly uses: string;
}

/** The profile meant where none is named and the experiment has one of this name. */
const DEFAULT_PROFILE = 'mini';
/** What a profile lays over the experiment. */
const PROFILE_LAYS = ['title', 'parameters', 'slurm', 'stages', 'report'];
/** The profile of an experiment that has none. */
export const NO_PROFILE = 'default';

/** What could be made of it, and all that is wrong with it: where something is, the rest is only good for finding more. */
export interface MadeExperiment {
  readonly experiment: Experiment | undefined;
  readonly wrong: readonly Wrong[];
  readonly warnings: readonly Wrong[];
}

export async function toExperiment(
  composition: Composition,
  request: { readonly profile: string | undefined; readonly project: string; readonly settings: Settings },
  checks: SchemaChecks,
): Promise<MadeExperiment> {
  const wrong = new Problems<ExperimentCode | DocumentCode>();
  wrong.add(...request.settings.wrong);
  const chosen = chooseProfile(composition.root, request.profile, composition.main);
  if (!chosen.ok) wrong.add(...chosen.error);
  const profile = chosen.ok ? chosen.value : { name: NO_PROFILE, node: undefined };
  const laid =
    profile.node === undefined ? composition.root : overlay(composition.root, only(profile.node, PROFILE_LAYS));
  const { source } = composition.root;
  const whole = { node: laid, at: { source, start: 0, end: Math.min(1, source.text.length) }, what: 'an experiment' };

  const version = child(laid, 'fx');
  if (version?.kind === 'scalar' && typeof version.value === 'number' && version.value !== 1)
    return {
      experiment: undefined,
      wrong: [
        ...wrong.all,
        problem(
          'experiment/unsupported-version',
          version,
          `this is version ${version.value} of the language; this fx reads version 1`,
        ),
      ],
      warnings: [],
    };
  const plain = toChecked(experimentSchema.json, laid);
  if (!checks.fits(experimentSchema.json, plain))
    wrong.add(...explain(await checks.explain(experimentSchema.json, plain), whole));

  const stages = new Map<string, StageDeclaration>();
  const declared = child(laid, 'stages');
  const names = new Set(declared?.kind === 'map' ? declared.entries.keys() : []);
  if (declared?.kind === 'map')
    for (const [name, { key, value }] of [...declared.entries].sort(([a], [b]) => byCodeUnit(a, b))) {
      checkName(name, key, 'a stage', wrong);
      const uses = textOf(child(value, 'uses'));
      if (value.kind === 'map' && uses !== undefined) stages.set(name, { name, key, node: value, uses });
    }
  const { parameters, scope, warnings } = readParameters(laid, profile, names, request.settings, wrong);
  for (const [name, parameter] of parameters) {
    const stage = stages.get(name);
    if (stage !== undefined)
      wrong.add(
        problem(
          'experiment/name-taken',
          parameter.key,
          `\`${name}\` is the name of a stage too, so \`\${${name}}\` could mean both`,
          {
            related: [related('the stage', stage.key)],
          },
        ),
      );
  }
  const report = child(laid, 'report');
  const slurm = child(laid, 'slurm');
  const name = textOf(child(laid, 'name')) ?? '';
  const experiment: Experiment = {
    name,
    title: textOf(child(laid, 'title')) ?? name,
    profile: profile.name,
    main: composition.main,
    project: request.project,
    parameters,
    stages,
    report: report?.kind === 'map' ? report : undefined,
    slurm: slurm?.kind === 'map' ? slurm : undefined,
    scope,
    profiles: profile.node === undefined ? [] : [profile.node],
  };
  return { experiment, wrong: wrong.all, warnings };
}

interface ChosenProfile {
  readonly name: string;
  readonly node: MapNode | undefined;
}

function chooseProfile(
  root: MapNode,
  asked: string | undefined,
  main: Source,
): Result<ChosenProfile, readonly Wrong[]> {
  const node = child(root, 'profiles');
  const names = node?.kind === 'map' ? [...node.entries.keys()] : [];
  const preferred = child(root, 'profile');
  const only = names.length === 1 ? names[0] : undefined;
  const name = asked ?? textOf(preferred) ?? (names.includes(DEFAULT_PROFILE) ? DEFAULT_PROFILE : only);
  if (name === undefined || (name === NO_PROFILE && names.length === 0)) {
    if (names.length === 0) return ok({ name: NO_PROFILE, node: undefined });
    return err([
      problem(
        'experiment/no-profile',
        entryKey(root, 'profiles') ?? start(main),
        'the experiment has several profiles and none is named',
        {
          help: `say which: --profile ${names.join(' | ')}, or \`profile: ${names[0]!}\` in the file`,
        },
      ),
    ]);
  }
  const found = node?.kind === 'map' ? node.entries.get(name)?.value : undefined;
  if (found?.kind === 'map') return ok({ name, node: found });
  if (found !== undefined) return ok({ name, node: undefined }); // The schema says what is wrong with it.
  const at = asked === undefined && preferred !== undefined ? preferred : (entryKey(root, 'profiles') ?? start(main));
  return err([
    problem('experiment/unknown-profile', at, `there is no profile \`${name}\``, {
      help: names.length === 0 ? 'the experiment has no profiles' : suggestion(name, names, 'it has'),
    }),
  ]);
}

function readParameters(
  root: MapNode,
  profile: ChosenProfile,
  stages: ReadonlySet<string>,
  settings: Settings,
  wrong: Reporter<ExperimentCode | DocumentCode>,
): { parameters: Map<string, Parameter>; scope: Scope; warnings: Wrong[] } {
  const declarations = child(root, 'parameters');
  const entries = declarations?.kind === 'map' ? declarations.entries : new Map<string, never>();
  const values = child(profile.node, 'values');
  const profileValues = values?.kind === 'map' ? values.entries : new Map<string, never>();
  const warnings = checkSettings(settings, entries, profileValues, wrong);
  const parameters = new Map<string, Parameter>();
  const resolved = new Map<string, Node | typeof BROKEN>();
  const open: string[] = [];

  /** A value by name, following references in it; each once. */
  const resolve = (name: string, at: Located, get: () => Node | typeof BROKEN): Node | typeof BROKEN => {
    const known = resolved.get(name);
    if (known !== undefined) return known;
    if (open.includes(name)) {
      const loop = [...open.slice(open.indexOf(name)), name].map((step) => `\`${step}\``);
      wrong.add(
        problem('experiment/reference-loop', at, `values refer to each other in a circle: ${loop.join(' -> ')}`),
      );
      resolved.set(name, BROKEN);
      return BROKEN;
    }
    open.push(name);
    const value = get();
    open.pop();
    if (resolved.get(name) !== BROKEN) resolved.set(name, value);
    return resolved.get(name)!;
  };
  const follow = (node: Node): Node => substitute(node, scope, wrong);

  const scope: Scope = {
    isStage: (name) => stages.has(name),
    names: () => [...entries.keys(), ...[...profileValues.keys()].map((name) => `profile.${name}`), ...stages.keys()],
    value: ({ head, path, written }, at) => {
      let value: Node | typeof BROKEN | undefined;
      let rest = path;
      if (head === 'profile') {
        const [name] = path;
        const entry = name === undefined ? undefined : profileValues.get(name);
        if (entry === undefined) return undefined;
        rest = path.slice(1);
        const set = settings.values.get(`profile.${name!}`);
        value = resolve(`profile.${name!}`, at, () => {
          const stated = follow(entry.value);
          if (set === undefined) return stated;
          return givenBy(set, undefined, stated, follow, wrong) ?? BROKEN;
        });
      } else {
        const entry = entries.get(head);
        if (entry?.value.kind !== 'map') return undefined;
        const declaration = entry.value;
        value = resolve(head, at, () => {
          const before = wrong.count;
          const nothing: Node = { ...entry.key, kind: 'scalar', value: null };
          const stated = follow(child(declaration, 'value') ?? nothing);
          const set = settings.values.get(head);
          const type = textOf(child(declaration, 'type'));
          const given = set === undefined ? stated : givenBy(set, type, stated, follow, wrong);
          if (given === undefined) return BROKEN;
          parameters.set(head, toParameter(head, entry.key, declaration, stated, given, wrong));
          return wrong.count > before || holdsBroken(given) ? BROKEN : given;
        });
      }
      for (const key of rest) {
        if (value === BROKEN) return BROKEN;
        value = value.kind === 'list' ? value.items[Number(key)] : child(value, key);
        if (value !== undefined) continue;
        wrong.add(problem('experiment/unknown-reference', at, `there is no \`${key}\` in \`${written}\``));
        return BROKEN;
      }
      return value;
    },
  };
  // Values of the profile are judged whether or not something uses them, as parameters are.
  for (const [name, { key }] of profileValues)
    scope.value(
      { head: 'profile', path: [name], coordinates: new Map(), file: undefined, written: `profile.${name}` },
      key,
    );
  for (const [name, { key }] of entries) {
    checkName(name, key, 'a parameter', wrong);
    scope.value({ head: name, path: [], coordinates: new Map(), file: undefined, written: name }, key);
  }
  return { parameters: new Map([...parameters].sort(([a], [b]) => byCodeUnit(a, b))), scope, warnings };
}

/**
 * What a setting gives a parameter of a type; undefined where that cannot be read, which `wrong` then says. Text is text: a `${` in
 * it names nothing.
 */
function givenBy(
  set: Setting,
  type: string | undefined,
  stated: Node,
  follow: (node: Node) => Node,
  wrong: Reporter<ExperimentCode | DocumentCode>,
): Node | undefined {
  if (set.text !== undefined && takesText(type, stated)) return set.text;
  if (set.value.ok) return follow(set.value.value);
  wrong.add(...set.value.error);
  return undefined;
}

/** A setting must name something here, if it was meant for this experiment. */
function checkSettings(
  settings: Settings,
  parameters: ReadonlyMap<string, unknown>,
  profileValues: ReadonlyMap<string, unknown>,
  wrong: Reporter<ExperimentCode>,
): Wrong[] {
  const known = [...parameters.keys(), ...[...profileValues.keys()].map((name) => `profile.${name}`)];
  const warnings: Wrong[] = [];
  for (const setting of settings.values.values()) {
    if (known.includes(setting.name)) continue;
    const message = `there is no parameter \`${setting.name}\``;
    if (setting.meant)
      wrong.add(
        problem('experiment/unknown-parameter', setting.key, message, {
          help: suggestion(setting.name, known, 'parameters'),
        }),
      );
    else if (nearest(setting.name, known) !== undefined)
      warnings.push({
        ...problem('experiment/near-setting', setting.key, message, {
          help: suggestion(setting.name, known, 'parameters'),
        }),
        severity: 'warning',
      });
  }
  return warnings;
}

const RESERVED = new Set(['profile', 'matrix', 'replicate']);

function checkName(name: string, key: Located, what: string, wrong: Reporter<ExperimentCode>): void {
  if (RESERVED.has(name))
    wrong.add(problem('experiment/bad-name', key, `\`${name}\` is reserved and cannot name ${what}`));
}

function entryKey(root: MapNode, name: string): Located | undefined {
  return root.entries.get(name)?.key;
}

function start(source: Source): Located {
  return { source, start: 0, end: Math.min(1, source.text.length) };
}
