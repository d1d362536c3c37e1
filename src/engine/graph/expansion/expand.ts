import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isJsonObject, type Json, type JsonObject } from '../../../foundation/values/json.js';
import { present } from '../../../foundation/values/present.js';
import { Problems } from '../../../foundation/failures/reporter.js';
import { problem } from '../../document/codes.js';
import { child, showNode, type Entry, type MapNode, type Node } from '../../document/node.js';
import { placeOf, type Located } from '../../document/source.js';
import type { ExperimentCode } from '../../experiment/codes.js';
import type { Experiment } from '../../experiment/experiment.js';
import { settingsProperties, settingsSchema } from '../../schemas/experiment-schema.js';
import { artifactOf, explain, find, segments } from '../../values/explain.js';
import { parseReference } from '../../values/reference.js';
import { resolveValue, shapeOf, toChecked, type Resolver } from '../../values/resolve.js';
import type { SchemaChecks } from '../../values/schema-check.js';
import type { Scope } from '../../values/scope.js';
import { isStageReference, references, substituteMap, type StageReferenceNode } from '../../values/substitute.js';
import type { GraphCode } from '../codes.js';
import type { Externals } from '../externals.js';
import type { ExternalInput, StageInput, StageNode, StageSettings } from '../graph.js';
import { isOnAxis, type Coordinates } from './matrix.js';
import { replicateSeed } from './replicates.js';
import type { Cell, StageFamily } from './stages.js';
import { tie } from './tie.js';
import { variantOf } from './variant.js';
import { ENOUGH_WRONG } from './cell-problems.js';

type Wrong = Diagnostic<ExperimentCode | GraphCode>;

/** A stage, and where each of its inputs was written. */
export interface Expanded {
  readonly node: StageNode;
  /** The node's inputs. */
  readonly reads: readonly { readonly input: StageInput; readonly at: Located }[];
}

/** A value whose shape is wrong: ajv is still to say how. */
export interface Misshapen {
  readonly schema: JsonObject;
  readonly value: Json;
  readonly node: MapNode;
  readonly at: Located;
  readonly what: string;
  readonly stage: string;
}

export interface Expansion {
  readonly experiment: Experiment;
  readonly families: ReadonlyMap<string, StageFamily>;
  readonly checks: SchemaChecks;
  readonly externals: Externals;
  /** By stage id: so that a mistake in all cells of a matrix is reported once. */
  readonly report: (stage: string, wrong: readonly Wrong[]) => void;
  /** Of a stage whose other cells were not looked at, since too many are wrong. */
  readonly cut: (stage: string) => void;
  readonly misshapen: Misshapen[];
}

/** All cells of a declared stage, unless too many are wrong. */
export function expand(family: StageFamily, expansion: Expansion): Expanded[] {
  const used = family.axes.length === 0 ? new Set<string>() : axesNamed(family.declaration.node);
  const cells: Expanded[] = [];
  let wrong = 0;
  for (const cell of family.cells.values()) {
    const { expanded, isRight } = expandCell(cell, family, expansion, used);
    cells.push(expanded);
    if (!isRight) wrong += 1;
    if (wrong < ENOUGH_WRONG) continue;
    if (cells.length < family.cells.size) expansion.cut(family.declaration.name);
    break;
  }
  for (const axis of family.axes)
    if (!used.has(axis.name) && axis.name !== 'replicate' && family.cells.size > 0)
      expansion.report(family.declaration.name, [
        problem('graph/unused-axis', axis.key, `nothing in ${family.declaration.name} uses the axis \`${axis.name}\``, {
          help: `use it as \`\${matrix.${axis.name}}\``,
        }),
      ]);
  return cells;
}

function expandCell(
  cell: Cell,
  family: StageFamily,
  expansion: Expansion,
  used: Set<string>,
): { readonly expanded: Expanded; readonly isRight: boolean } {
  const { declaration } = family;
  const { experiment, checks } = expansion;
  const wrong = new Problems<ExperimentCode | GraphCode>();
  const scope = family.axes.length === 0 ? experiment.scope : scopeOf(experiment.scope, cell.coordinates);
  const schema = family.kind.parameters.json;
  const written = substituteMap(withOf(declaration.node, declaration.key), scope, wrong);
  const given =
    family.axes.length === 0
      ? written
      : (bindStages(schema, bindAxes(written, schema, family, cell.coordinates, used), experiment) as MapNode);

  const value = toChecked(schema, given);
  const followable = wrong.count === 0;
  const before = expansion.misshapen.length;
  if (!checks.fits(schema, value) && followable)
    expansion.misshapen.push({ schema, value, node: given, at: given, what: family.kind.name, stage: cell.id });

  const reads: { input: StageInput; at: Located }[] = [];
  const externals: ExternalInput[] = [];
  const follow = (node: StageReferenceNode, of: readonly string[], pointer: string, many: boolean): JsonObject[] =>
    tie(node, of, pointer, cell.coordinates, expansion.families, many, wrong, used).map((tied) => {
      reads.push({ input: tied.input, at: node });
      return tied.value;
    });
  const resolver: Resolver = {
    wrong: wrong,
    stage: (node, of, pointer) => follow(node, of, pointer, false)[0],
    stages: (node, of, pointer) => follow(node, of, pointer, true),
    external: (node, shape, obtain, pointer) => {
      const found = expansion.externals.find(node, shape, obtain, pointer, declaration.name, wrong);
      if (found !== undefined) externals.push(found.input);
      return found?.value;
    },
  };
  const resolved = resolveValue(schema, given, '', resolver) as JsonObject;
  const { kind, parameters } = variantOf(family.kind, resolved);
  const settings = readSettings(declaration.node, scope, cell.id, expansion, resolver);
  if (wrong.count > 0) expansion.report(cell.id, wrong.all);

  const replicate = family.seeded ? Number(cell.coordinates.get('replicate')?.label ?? 1) : 1;
  const seeded = replicate > 1 && typeof parameters.seed === 'number';
  const node: StageNode = {
    id: cell.id,
    name: declaration.name,
    coordinates: Object.fromEntries([...cell.coordinates].map(([axis, { label }]) => [axis, label])),
    kind,
    parameters: frozen(
      seeded ? { ...parameters, seed: replicateSeed(parameters.seed as number, replicate) } : parameters,
    ),
    inputs: reads.map(({ input }) => input),
    externals,
    settings,
    place: placeOf(declaration.key),
    placeOf: (pointer) => placeOf(nearestNode(given, pointer, declaration.key)),
    writtenAs: (pointer) => {
      if (seeded && pointer === '/seed')
        return `${writtenAt(given, pointer) ?? `${parameters.seed as number}`}, replicate ${replicate}`;
      return writtenAt(given, pointer);
    },
  };
  return { expanded: { node, reads }, isRight: wrong.count === 0 && expansion.misshapen.length === before };
}

/** What a user's function is handed is what the key says: one that sorts a list of its own makes a copy, or fails with a word. */
function frozen<T extends JsonObject>(parameters: T): T {
  const freeze = (value: Json): void => {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
    Object.freeze(value);
    for (const each of Object.values(value)) freeze(each);
  };
  freeze(parameters);
  return parameters;
}

/** `${matrix.axis}`, besides what the experiment has. */
function scopeOf(outer: Scope, coordinates: Coordinates): Scope {
  return { ...outer, axes: new Map([...coordinates].map(([axis, { node }]) => [axis, node])) };
}

/** The axes that `with` and the settings of a stage name: the same in all its cells. */
function axesNamed(declaration: MapNode): Set<string> {
  const read = ['with', ...SETTINGS].flatMap((name) => child(declaration, name) ?? []);
  const axes = read.flatMap((node) => [...references(node)]).map(({ reference: { head, path } }) => [head, path[0]]);
  return new Set(axes.flatMap(([head, axis]) => (head === 'matrix' && axis !== undefined ? [axis] : [])));
}

/** The `with` of a stage. */
function withOf(declaration: MapNode, key: Located): MapNode {
  const written = child(declaration, 'with');
  return written?.kind === 'map'
    ? { ...written, ...(declaration.entries.get('with')?.key ?? written), kind: 'map' }
    : { source: key.source, start: key.start, end: key.end, kind: 'map', entries: new Map() };
}

/** An axis named as a parameter that `with` leaves out fills it. References in values of axes have been followed. */
function bindAxes(
  given: MapNode,
  schema: JsonObject,
  family: StageFamily,
  coordinates: Coordinates,
  used: Set<string>,
): MapNode {
  const properties = (schema.properties ?? {}) as JsonObject;
  let entries: Map<string, Entry> | undefined;
  for (const axis of family.axes) {
    if (!Object.hasOwn(properties, axis.name) || given.entries.has(axis.name)) continue;
    used.add(axis.name);
    const { node } = present(coordinates, axis.name);
    (entries ??= new Map(given.entries)).set(axis.name, { key: axis.key, value: node });
  }
  return entries === undefined ? given : { ...given, entries };
}

/** Where the schema takes a stage, an axis value that is a stage's bare name becomes a reference to it. */
function bindStages(schema: JsonObject, node: Node, experiment: Experiment): Node {
  switch (node.kind) {
    case 'scalar': {
      if (artifactOf(schema) === undefined || !isOnAxis(node) || isStageReference(node)) return node;
      const name = String(node.value);
      const reference = parseReference(name);
      if (typeof reference === 'string' || !experiment.scope.stages.has(reference.head)) return node;
      const tied: StageReferenceNode = { ...node, value: `\${${name}}`, reference };
      return tied;
    }
    case 'list': {
      const items = (schema.items ?? {}) as JsonObject;
      return { ...node, items: node.items.map((item) => bindStages(items, item, experiment)) };
    }
    case 'map': {
      const shape = schema.oneOf === undefined ? schema : (shapeOf(schema, node) ?? {});
      const properties = (shape.properties ?? {}) as Readonly<Record<string, JsonObject>>;
      const others = isJsonObject(shape.additionalProperties) ? shape.additionalProperties : {};
      const entries = new Map<string, Entry>();
      for (const [name, { key, value }] of node.entries)
        entries.set(name, {
          key,
          value: bindStages(Object.hasOwn(properties, name) ? properties[name]! : others, value, experiment),
        });
      return { ...node, entries };
    }
  }
}

const SETTINGS = Object.keys(settingsProperties);

function readSettings(
  declaration: MapNode,
  scope: Scope,
  stage: string,
  expansion: Expansion,
  resolver: Resolver,
): StageSettings {
  const entries = new Map<string, Entry>();
  for (const name of SETTINGS) {
    const entry = declaration.entries.get(name);
    if (entry !== undefined) entries.set(name, entry);
  }
  if (entries.size === 0) return {};
  const node = substituteMap({ ...declaration, entries }, scope, resolver.wrong);
  const value = toChecked(settingsSchema.json, node);
  if (!expansion.checks.fits(settingsSchema.json, value))
    expansion.misshapen.push({ schema: settingsSchema.json, value, node, at: declaration, what: 'a stage', stage });
  return resolveValue(settingsSchema.json, node, '', resolver) as StageSettings;
}

/** What ajv finds wrong, in words. */
export async function explainShape(one: Misshapen, checks: SchemaChecks): Promise<Wrong[]> {
  return explain(await checks.explain(one.schema, one.value), one);
}

function nearestNode(root: MapNode, pointer: string, otherwise: Located): Located {
  const path = segments(pointer);
  for (let length = path.length; length > 0; length -= 1) {
    const { node } = find(root, path.slice(0, length));
    if (node !== undefined) return node;
  }
  return otherwise;
}

function writtenAt(root: MapNode, pointer: string): string | undefined {
  const { node } = find(root, segments(pointer));
  return node === undefined ? undefined : showNode(node);
}
