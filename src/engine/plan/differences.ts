import { printDistribution } from '../../foundation/schema/distribution-text.js';
import type { Distribution } from '../../foundation/numbers/distribution.js';
import { byCodeUnit, isJsonObject, type Json, type JsonObject } from '../../foundation/values/json.js';
import { printQuantity } from '../../foundation/schema/quantity.js';
import type { Quantity } from '../../foundation/schema/schema.js';

/** One place in which two values of one schema differ. */
export interface Difference {
  /** As in messages of the language: `pose.yaw`, `fars.0`. */
  readonly path: string;
  /** In the words of the YAML; undefined where there is nothing. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Every place in which two resolved parameter values differ, as small as possible, in order of their paths. */
export function differences(schema: JsonObject, before: Json, after: Json): readonly Difference[] {
  const found: Difference[] = [];
  compare(schema, before, after, '', found);
  return found;
}

/** How many leaves differ: a measure of how near two values are, cheaper than telling the differences. */
export function distance(before: Json | undefined, after: Json | undefined): number {
  if (before === after) return 0;
  if (isJsonObject(before) && isJsonObject(after)) {
    // Two shapes of one thing, a uniform and a constant distribution say, are one difference.
    if (before.type !== after.type) return 1;
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    let sum = 0;
    for (const name of names) sum += distance(before[name], after[name]);
    return sum;
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return (before as readonly Json[]).reduce<number>((sum, item, i) => sum + distance(item, after[i] as Json), 0);
  return same(before, after) ? 0 : 1;
}

/** `pose.yaw uniform(-90 deg, 90 deg) -> uniform(-35 deg, 35 deg)`. */
export function sayDifference({ path, before, after }: Difference): string {
  return `${path} ${before ?? 'not set'} -> ${after ?? 'not set'}`;
}

function compare(
  schema: JsonObject | undefined,
  before: Json | undefined,
  after: Json | undefined,
  path: string,
  found: Difference[],
): void {
  if (same(before, after)) return;
  // A value with a spelling of its own is reported whole.
  if (schema?.fx === undefined) {
    if (isJsonObject(before) && isJsonObject(after) && sameShape(schema, before, after)) {
      for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(byCodeUnit))
        compare(propertyOf(schema, after, name), before[name], after[name], join(path, name), found);
      return;
    }
    if (Array.isArray(before) && Array.isArray(after) && before.length === after.length && !isFlat(after)) {
      after.forEach((item: Json, i) =>
        compare(schema?.items as JsonObject | undefined, before[i] as Json, item, join(path, String(i)), found),
      );
      return;
    }
  }
  const say = (value: Json | undefined): string | undefined =>
    value === undefined ? undefined : shortened(printValue(schema, value));
  found.push({ path, before: say(before), after: say(after) });
}

/** A resolved value as an experiment would write it: with units, on one line. */
export function printValue(schema: JsonObject | undefined, value: Json): string {
  const fx = schema?.fx as { quantity?: Quantity; distribution?: Quantity } | undefined;
  if (fx?.quantity !== undefined && typeof value === 'number') return printQuantity(fx.quantity, value);
  if (fx?.distribution !== undefined && isJsonObject(value)) {
    const drawn = value as unknown as Distribution;
    if (drawn.type === 'constant') return printQuantity(fx.distribution, drawn.value);
    return printDistribution(fx.distribution, drawn);
  }
  if (Array.isArray(value)) {
    const items = schema?.items as JsonObject | undefined;
    return `[${value.map((item: Json) => printValue(items, item)).join(', ')}]`;
  }
  if (isJsonObject(value)) {
    const entries = Object.entries(value).map(
      ([name, item]) => `${name}: ${printValue(propertyOf(schema, value, name), item)}`,
    );
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return typeof value === 'string' && PLAIN.test(value) ? value : JSON.stringify(value);
}

/** Text that YAML takes as it stands. */
const PLAIN = /^[A-Za-z_./@][\w./@:+-]*$/;

const LONGEST = 72;

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}

/** The schema of a property, through the shape that the value has where there are several. */
function propertyOf(schema: JsonObject | undefined, value: JsonObject, name: string): JsonObject | undefined {
  const shape = shapeOf(schema, value);
  const own = (shape?.properties as Readonly<Record<string, JsonObject>> | undefined)?.[name];
  if (own !== undefined) return own;
  return isJsonObject(shape?.additionalProperties) ? shape.additionalProperties : undefined;
}

function shapeOf(schema: JsonObject | undefined, value: JsonObject): JsonObject | undefined {
  const tag = (schema?.discriminator as JsonObject | undefined)?.propertyName as string | undefined;
  if (schema === undefined || tag === undefined) return schema;
  return (schema.oneOf as readonly JsonObject[]).find((shape) => {
    const property = (shape.properties as Readonly<Record<string, JsonObject>> | undefined)?.[tag];
    return property?.const === value[tag] || (property?.enum as Json[] | undefined)?.includes(value[tag]!) === true;
  });
}

/** Two shapes of a union are reported whole, not key by key. */
function sameShape(schema: JsonObject | undefined, before: JsonObject, after: JsonObject): boolean {
  return schema?.discriminator === undefined || shapeOf(schema, before) === shapeOf(schema, after);
}

function isFlat(list: readonly unknown[]): boolean {
  return list.every((item) => typeof item !== 'object');
}

function same(before: Json | undefined, after: Json | undefined): boolean {
  if (before === after) return true;
  if (before === undefined || after === undefined) return false;
  if (Array.isArray(before) && Array.isArray(after))
    return before.length === after.length && before.every((item: Json, i) => same(item, after[i] as Json));
  if (isJsonObject(before) && isJsonObject(after)) {
    const names = Object.keys(before);
    return names.length === Object.keys(after).length && names.every((name) => same(before[name], after[name]));
  }
  return false;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
