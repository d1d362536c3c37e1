import { parseDistribution } from '../../foundation/schema/distribution-text.js';
import { isJsonObject, type Json, type JsonObject } from '../../foundation/values/json.js';
import { parseQuantity } from '../../foundation/schema/quantity.js';
import type { Quantity } from '../../foundation/schema/schema.js';
import type { Reporter } from '../../foundation/failures/reporter.js';
import { problem, related } from '../document/codes.js';
import { showScalar, type ListNode, type MapNode, type Node } from '../document/node.js';
import type { ValueCode } from './codes.js';
import { artifactOf, described, expected, STAGE_HELP } from './explain.js';
import { distributionIn, quantityIn } from './quantity-problem.js';
import { isBroken } from './scope.js';
import { isStageReference, valueless, type StageReferenceNode } from './substitute.js';

/**
 * From a value as written (references followed) to the canonical value that keys and stages see: quantities in their
 * canonical unit, distributions parsed, defaults filled in, `null` left out. Walks value and schema side by side. What has
 * not the shape of the schema is passed over: ajv says so.
 */
export interface Resolver {
  readonly wrong: Reporter<ValueCode>;
  /** A reference to a stage where the schema takes one. Undefined if it cannot be tied, which is reported already. */
  readonly stage: (node: StageReferenceNode, of: readonly string[], pointer: string) => JsonObject | undefined;
  /** All stages of a reference where the schema takes a list of them. */
  readonly stages: (node: StageReferenceNode, of: readonly string[], pointer: string) => readonly JsonObject[];
  readonly external: (
    node: Node,
    shape: 'file' | 'folder',
    obtain: string | undefined,
    pointer: string,
  ) => JsonObject | undefined;
}

/** The canonical value; undefined where there is none (absent, or wrong). */
export function resolveValue(schema: JsonObject, node: Node, pointer: string, resolver: Resolver): Json | undefined {
  if (isBroken(node)) return undefined;
  const part = valueless(node);
  if (part !== undefined && (schema.fx as JsonObject | undefined)?.external === undefined) {
    resolver.wrong.add(
      problem('experiment/no-value', node, `${nameOf(pointer)} is built from a value that is not given`, {
        help: 'set it with --set name=value',
        related: [related('it is declared here', part)],
      }),
    );
    return undefined;
  }
  const fx = schema.fx as JsonObject | undefined;
  if (fx !== undefined) return resolveAnnotated(fx, node, pointer, resolver);
  if (schema.oneOf !== undefined) {
    const shape = shapeOf(schema, node);
    return shape === undefined ? undefined : resolveValue(shape, node, pointer, resolver);
  }
  switch (node.kind) {
    case 'map':
      return resolveMap(schema, node, pointer, resolver);
    case 'list':
      return resolveList(schema, node, pointer, resolver);
    case 'scalar':
      if (!isStageReference(node)) return node.value;
      misplaced(schema, node, pointer, resolver);
      return undefined;
  }
}

/** A stage where a value is wanted. ajv has said it already where the schema says of what shape a value is. */
function misplaced(schema: JsonObject, node: StageReferenceNode, pointer: string, resolver: Resolver): void {
  if (takesAnything(schema))
    resolver.wrong.add(
      problem(
        'experiment/wrong-type',
        node,
        `${nameOf(pointer)} must be ${expected(schema)}, but is ${described(node)}`,
        {
          help: STAGE_HELP,
        },
      ),
    );
}

function resolveAnnotated(fx: JsonObject, node: Node, pointer: string, resolver: Resolver): Json | undefined {
  const name = (): string => nameOf(pointer);
  if (fx.artifact !== undefined)
    return isStageReference(node) ? resolver.stage(node, fx.artifact as string[], pointer) : undefined;
  if (fx.external !== undefined) {
    if (fx.from !== undefined && isStageReference(node)) return resolver.stage(node, fx.from as string[], pointer);
    const obtain = fx.obtain as string | undefined;
    return resolver.external(node, fx.external as 'file' | 'folder', obtain, pointer);
  }
  if (fx.table !== undefined)
    return node.kind === 'list' ? tableIn(fx.table as JsonObject[], node, pointer, resolver) : undefined;
  if (node.kind !== 'scalar' || isStageReference(node)) return undefined; // ajv says so.
  if (fx.written !== undefined) return typeof node.value === 'string' ? node.value : showScalar(node);
  if (fx.quantity !== undefined) return quantityIn(node, fx.quantity as Quantity, fx, name, resolver.wrong);
  if (fx.distribution !== undefined)
    return distributionIn(node, fx.distribution as Quantity, fx, name, resolver.wrong) as Json | undefined;
  return node.value;
}

function resolveMap(schema: JsonObject, node: MapNode, pointer: string, resolver: Resolver): JsonObject {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonObject>>;
  const others = isJsonObject(schema.additionalProperties) ? schema.additionalProperties : undefined;
  const required = (schema.required ?? []) as readonly string[];
  const resolved: Record<string, Json> = {};
  for (const [name, property] of Object.entries(properties)) {
    const value = node.entries.get(name)?.value;
    if (value === undefined || isAbsent(value, property, required.includes(name))) {
      const filled = defaultOf(property);
      if (filled !== undefined) resolved[name] = filled;
      continue;
    }
    const after = resolveValue(property, value, `${pointer}/${escape(name)}`, resolver);
    if (after !== undefined) resolved[name] = after;
  }
  if (others !== undefined || schema.properties === undefined)
    for (const [name, { value }] of node.entries) {
      if (Object.hasOwn(properties, name)) continue;
      const after = resolveValue(others ?? {}, value, `${pointer}/${escape(name)}`, resolver);
      if (after !== undefined) resolved[name] = after;
    }
  return resolved;
}

function resolveList(schema: JsonObject, node: ListNode, pointer: string, resolver: Resolver): Json[] {
  const items = (schema.items ?? {}) as JsonObject;
  const artifacts = artifactOf(items);
  const resolved: Json[] = [];
  for (const item of node.items) {
    const at = `${pointer}/${resolved.length}`;
    if (artifacts !== undefined && isStageReference(item)) resolved.push(...resolver.stages(item, artifacts, at));
    else {
      const after = resolveValue(items, item, at, resolver);
      if (after !== undefined) resolved.push(after);
    }
  }
  return resolved;
}

/** Pairs whose first numbers begin with 0 and ascend. What is no pair of scalars, ajv refuses. */
function tableIn([from, value]: readonly JsonObject[], node: ListNode, pointer: string, resolver: Resolver): Json[] {
  const rows: Json[] = [];
  let last: number | undefined;
  for (const [i, row] of node.items.entries()) {
    if (row.kind !== 'list' || row.items.length !== 2) continue;
    const [start, then] = row.items as [Node, Node];
    const at = resolveValue(from!, start, `${pointer}/${i}/0`, resolver);
    const held = resolveValue(value!, then, `${pointer}/${i}/1`, resolver);
    if (typeof at !== 'number' || held === undefined) continue;
    if (last === undefined ? at !== 0 : at <= last) {
      const must = last === undefined ? 'must begin with 0' : `must ascend, and after ${last} comes ${at}`;
      const message = `the first numbers of ${nameOf(pointer)} ${must}`;
      const help = 'write pairs [from, value], such as [[0, 0.001], [100, 0.0001]]';
      resolver.wrong.add(problem('experiment/not-ascending', start, message, { help }));
    }
    last = at;
    rows.push([at, held]);
  }
  return rows;
}

/** The branch of a discriminated union that the value is of. */
export function shapeOf(schema: JsonObject, node: Node): JsonObject | undefined {
  const tag = (schema.discriminator as JsonObject | undefined)?.propertyName as string | undefined;
  if (tag === undefined || node.kind !== 'map') return undefined;
  const written = node.entries.get(tag)?.value;
  if (written?.kind !== 'scalar') return undefined;
  return (schema.oneOf as readonly JsonObject[]).find((shape) => {
    const property = (shape.properties as Record<string, JsonObject> | undefined)?.[tag];
    return (
      property?.const === written.value || (property?.enum as Json[] | undefined)?.includes(written.value) === true
    );
  });
}

/** `null` stands for a key that is not given, except where the schema takes it for a value. */
function isAbsent(node: Node, schema: JsonObject, required: boolean): boolean {
  if (node.kind !== 'scalar' || node.value !== null || valueless(node) !== undefined) return false;
  // What has no value yet but must have one: the external input that a setting is to name.
  if (required && (schema.fx as JsonObject | undefined)?.external !== undefined) return false;
  return ![schema.type].flat().includes('null') && !((schema.enum as Json[] | undefined)?.includes(null) ?? false);
}

const defaults = new WeakMap<JsonObject, Json>();

/** What a schema fills in, canonical. A default that does not fit its own schema is a mistake in the kind. */
function defaultOf(schema: JsonObject): Json | undefined {
  if (schema.default === undefined) return undefined;
  let value = defaults.get(schema);
  if (value === undefined) defaults.set(schema, (value = canonical(schema, schema.default)));
  return value;
}

/** The canonical form of a value that a kind's own schema gives. Bare numbers are in the canonical unit there. */
export function canonical(schema: JsonObject, value: Json): Json {
  const fx = schema.fx as JsonObject | undefined;
  if (fx?.quantity !== undefined) {
    const parsed = typeof value === 'number' ? value : parseQuantity(fx.quantity as Quantity, value as string);
    if (typeof parsed === 'number') return parsed;
    throw new Error(`the default ${JSON.stringify(value)} is no ${fx.quantity as string}`);
  }
  if (fx?.distribution !== undefined) {
    if (typeof value === 'number') return { type: 'constant', value };
    const parsed = parseDistribution(fx.distribution as Quantity, value as string);
    if (parsed.ok) return parsed.distribution as unknown as Json;
    throw new Error(`the default ${JSON.stringify(value)} is no distribution of ${fx.distribution as string}`);
  }
  if (Array.isArray(value)) return value.map((item: Json) => canonical((schema.items ?? {}) as JsonObject, item));
  if (!isJsonObject(value)) return value;
  const tag = (schema.discriminator as JsonObject | undefined)?.propertyName as string | undefined;
  const shape =
    tag === undefined
      ? schema
      : ((schema.oneOf as readonly JsonObject[]).find((one) => {
          const property = (one.properties as Record<string, JsonObject>)[tag];
          return (property?.enum as Json[] | undefined)?.includes(value[tag]!) ?? property?.const === value[tag];
        }) ?? {});
  const properties = (shape.properties ?? {}) as Readonly<Record<string, JsonObject>>;
  const others = isJsonObject(shape.additionalProperties) ? shape.additionalProperties : {};
  const filled: Record<string, Json> = {};
  for (const [name, property] of Object.entries(properties)) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    const after = given === undefined ? defaultOf(property) : canonical(property, given);
    if (after !== undefined) filled[name] = after;
  }
  for (const [name, given] of Object.entries(value))
    if (!Object.hasOwn(properties, name)) filled[name] = canonical(others, given);
  return filled;
}

/** The plain value that ajv checks: as written, with keys that are not given left out. */
export function toChecked(schema: JsonObject, node: Node): Json {
  if (takesAnything(schema)) return true;
  switch (node.kind) {
    case 'scalar':
      if (isStageReference(node) && !takesStage(schema)) return NO_VALUE;
      // An external input without a value yet has the right shape: it is missing, which has a message of its own.
      return node.value === null && (schema.fx as JsonObject | undefined)?.external !== undefined ? '' : node.value;
    case 'list':
      return node.items.map((item) => toChecked((schema.items ?? {}) as JsonObject, item));
    case 'map': {
      const shape = schema.oneOf === undefined ? schema : (shapeOf(schema, node) ?? {});
      const properties = (shape.properties ?? {}) as Readonly<Record<string, JsonObject>>;
      const others = isJsonObject(shape.additionalProperties) ? shape.additionalProperties : {};
      const required = (shape.required ?? []) as readonly string[];
      const plain: Record<string, Json> = {};
      for (const [name, { value }] of node.entries) {
        const property = Object.hasOwn(properties, name) ? properties[name]! : undefined;
        const takenAway = property === undefined && others.type === 'object' && isAbsent(value, others, false);
        if (!takenAway && (property === undefined || !isAbsent(value, property, required.includes(name))))
          plain[name] = toChecked(property ?? others, value);
      }
      return plain;
    }
  }
}

/** In place of a stage where the schema takes none: of no JSON type, so that ajv refuses it whatever it wants there. */
const NO_VALUE = Symbol('a stage') as unknown as Json;

function takesStage(schema: JsonObject): boolean {
  const fx = schema.fx as JsonObject | undefined;
  return fx?.artifact !== undefined || fx?.from !== undefined;
}

const open = new WeakMap<JsonObject, boolean>();

/** Whether a schema says of its value only what it is for (`anything()`): then ajv need not see it. */
function takesAnything(schema: JsonObject): boolean {
  let known = open.get(schema);
  if (known === undefined) {
    const keys = Object.keys(schema);
    known = keys.length > 0 && keys.every((key) => key === 'description' || key === 'examples');
    open.set(schema, known);
  }
  return known;
}

export function escape(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** `/pose/yaw` as a user would say it. */
export function nameOf(pointer: string): string {
  return `\`${pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')}\``;
}
