import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { byCodeUnit } from '../../foundation/values/json.js';
import { nearest, suggestion } from '../../foundation/failures/nearest.js';
import type { Reporter } from '../../foundation/failures/reporter.js';
import { problem, type DocumentCode } from '../document/codes.js';
import { child, textOf, type Entry, type MapNode, type Node } from '../document/node.js';
import type { Setting, Settings } from '../document/settings.js';
import type { Located } from '../document/source.js';
import { BROKEN, holdsBroken, nameRead, type Scope } from '../values/scope.js';
import { references, substitute } from '../values/substitute.js';
import type { ExperimentCode } from './codes.js';
import { takesText, toParameter, type Parameter } from './parameters.js';

type Wrong = Diagnostic<ExperimentCode | DocumentCode>;
type Report = Reporter<ExperimentCode | DocumentCode>;

export interface ReadParameters {
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly scope: Scope;
  readonly warnings: readonly Wrong[];
}

/** A value that references can name, as it is written. */
interface Declared {
  readonly name: string;
  readonly key: Located;
  /** In the experiment. */
  readonly written: Node;
  /** What the user sets instead. */
  readonly set: Setting | undefined;
  /** Of a parameter; a value of the profile has none. */
  readonly declaration: MapNode | undefined;
}

/** All parameters and profile values, whether or not something uses them; each evaluated after those it refers to. */
export function readParameters(
  root: MapNode,
  profile: MapNode | undefined,
  stages: ReadonlySet<string>,
  settings: Settings,
  wrong: Report,
): ReadParameters {
  const entries = entriesOf(root, 'parameters');
  const profileValues = entriesOf(profile, 'values');
  const warnings = checkSettings(settings, entries, profileValues, wrong);
  for (const [name, { key }] of entries) checkName(name, key, 'a parameter', wrong);

  const declared = declare(entries, profileValues, settings);
  const values = new Map<string, Node | typeof BROKEN>();
  const parameters = new Map<string, Parameter>();
  const scope: Scope = { values, stages, axes: new Map() };
  /** Being evaluated, each for the one before it. */
  const open: string[] = [];

  const evaluateOnce = (one: Declared): void => {
    if (values.has(one.name)) return;
    open.push(one.name);
    const { value, parameter } = evaluate(one, follow, wrong);
    open.pop();
    // One that refers to itself is broken already.
    if (!values.has(one.name)) values.set(one.name, value);
    if (parameter !== undefined) parameters.set(one.name, parameter);
  };
  /** The value with its references followed: what they name is evaluated before. */
  const follow = (node: Node): Node => {
    for (const { reference, at } of references(node)) {
      const read = declared.get(nameRead(reference));
      if (read === undefined || values.has(read.name)) continue;
      const opened = open.indexOf(read.name);
      if (opened >= 0) {
        wrong.add(circle([...open.slice(opened), read.name], at));
        values.set(read.name, BROKEN);
      } else evaluateOnce(read);
    }
    return substitute(node, scope, wrong);
  };
  for (const one of declared.values()) evaluateOnce(one);
  // Suggestions name them in the order of the file.
  const inOrder = [...declared.keys()].map((name) => [name, values.get(name) ?? BROKEN] as const);
  return {
    parameters: new Map([...parameters].sort(([a], [b]) => byCodeUnit(a, b))),
    scope: { ...scope, values: new Map(inOrder) },
    warnings,
  };
}

function entriesOf(node: MapNode | undefined, section: string): ReadonlyMap<string, Entry> {
  const found = child(node, section);
  return found?.kind === 'map' ? found.entries : new Map<string, Entry>();
}

function declare(
  parameters: ReadonlyMap<string, Entry>,
  profileValues: ReadonlyMap<string, Entry>,
  settings: Settings,
): ReadonlyMap<string, Declared> {
  const declared = new Map<string, Declared>();
  for (const [name, { key, value: declaration }] of parameters) {
    if (declaration.kind !== 'map') continue; // The schema says so.
    const written = child(declaration, 'value') ?? { ...key, kind: 'scalar', value: null };
    declared.set(name, { name, key, written, set: settings.values.get(name), declaration });
  }
  for (const [own, { key, value: written }] of profileValues) {
    const name = `profile.${own}`;
    declared.set(name, { name, key, written, set: settings.values.get(name), declaration: undefined });
  }
  return declared;
}

function circle(names: readonly string[], at: Located): Wrong {
  const message = `values refer to each other in a circle: ${names.map((name) => `\`${name}\``).join(' -> ')}`;
  return problem('experiment/reference-loop', at, message);
}

/** The value with its references followed, or what was set instead; a parameter is judged by its declaration. */
function evaluate(
  { name, key, written, set, declaration }: Declared,
  follow: (node: Node) => Node,
  wrong: Report,
): { readonly value: Node | typeof BROKEN; readonly parameter?: Parameter } {
  const before = wrong.count;
  const stated = follow(written);
  const value = set === undefined ? stated : givenBy(set, textOf(child(declaration, 'type')), stated, follow, wrong);
  if (value === undefined) return { value: BROKEN };
  if (declaration === undefined) return { value };
  const parameter = toParameter(name, key, declaration, stated, value, wrong);
  return { value: wrong.count > before || holdsBroken(value) ? BROKEN : value, parameter };
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
  wrong: Report,
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

export function checkName(name: string, key: Located, what: string, wrong: Reporter<ExperimentCode>): void {
  if (RESERVED.has(name))
    wrong.add(problem('experiment/bad-name', key, `\`${name}\` is reserved and cannot name ${what}`));
}
