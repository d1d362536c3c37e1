import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { byCodeUnit } from '../../foundation/values/json.js';
import { suggestion } from '../../foundation/failures/nearest.js';
import { Problems } from '../../foundation/failures/reporter.js';
import { err, ok, type Result } from '../../foundation/failures/result.js';
import { problem, related, type DocumentCode } from '../document/codes.js';
import { child, textOf, type Composition, type MapNode } from '../document/node.js';
import type { Located, Source } from '../document/source.js';
import type { ExperimentCode } from './codes.js';
import { experimentSchema } from '../schemas/experiment-schema.js';
import { explain } from '../values/explain.js';
import { only, overlay } from '../document/overlay.js';
import type { Parameter } from './parameters.js';
import { checkName, readParameters } from './read-parameters.js';
import { toChecked } from '../values/resolve.js';
import type { SchemaChecks } from '../values/schema-check.js';
import type { Settings } from '../document/settings.js';
import type { Scope } from '../values/scope.js';

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
  const profile: ChosenProfile = chosen.ok ? chosen.value : { name: NO_PROFILE, node: undefined };
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
  // Without a profile every `${profile…}` would be one more error, all of the same cause.
  if (!chosen.ok) return { experiment: undefined, wrong: wrong.all, warnings: [] };

  const stages = new Map<string, StageDeclaration>();
  const declared = child(laid, 'stages');
  const names = new Set(declared?.kind === 'map' ? declared.entries.keys() : []);
  if (declared?.kind === 'map')
    for (const [name, { key, value }] of [...declared.entries].sort(([a], [b]) => byCodeUnit(a, b))) {
      checkName(name, key, 'a stage', wrong);
      const uses = textOf(child(value, 'uses'));
      if (value.kind === 'map' && uses !== undefined) stages.set(name, { name, key, node: value, uses });
    }
  const { parameters, scope, warnings } = readParameters(laid, profile.node, names, request.settings, wrong);
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

function entryKey(root: MapNode, name: string): Located | undefined {
  return root.entries.get(name)?.key;
}

function start(source: Source): Located {
  return { source, start: 0, end: Math.min(1, source.text.length) };
}
