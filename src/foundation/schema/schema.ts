import type { Distribution } from '../numbers/distribution.js';
import type { Json, JsonObject } from '../values/json.js';
import type { NameRule } from './names.js';

/**
 * The vocabulary in which a stage kind describes its parameters: each word gives the JSON Schema (for validation,
 * editors and docs/dsl.md) and the TypeScript type of the resolved value, from one source.
 *
 * Values with units are written as text (`35 deg`, `10k`, `uniform(-90 deg, 90 deg)`) and resolved to plain numbers in
 * one canonical unit, so that two spellings of one value give one key. The annotation `fx` carries what JSON Schema
 * cannot say: which quantity it is, its range, what a reference must point to. Schemas are plain data, cheap to make:
 * `fx plan` builds all of them.
 */
export interface Schema<T> {
  readonly json: JsonObject;
  /** Present in the type only. */
  readonly __type?: T;
}

export type Value<S> = S extends Schema<infer T> ? T : never;

/** Properties marked optional may be absent from the resolved value. Those with a default are always present. */
export interface OptionalSchema<T> extends Schema<T> {
  readonly absent: true;
}

type Properties = Readonly<Record<string, Schema<unknown>>>;
type OptionalKeys<P extends Properties> = { [K in keyof P]: P[K] extends { absent: true } ? K : never }[keyof P];
type ObjectValue<P extends Properties> = {
  readonly [K in Exclude<keyof P, OptionalKeys<P>>]: Value<P[K]>;
} & { readonly [K in OptionalKeys<P>]?: Value<P[K]> };

/** What every word can say of itself. `says` is one sentence, shown by editors and docs/dsl.md. */
export interface Says<T> {
  readonly says: string;
  /** As written in YAML, e.g. `'35 deg'` or `1000`. */
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  /** Present in the type only. */
  readonly __value?: T;
}

export interface Range {
  /** In the canonical unit of the quantity. Inclusive. */
  readonly min?: number;
  readonly max?: number;
}

/**
 * The quantities and their canonical units: angles in degrees, lengths in millimetres, durations in seconds, sizes in
 * bytes, fractions as numbers (`5%` is 0.05), counts as whole numbers (`10k` is 10000).
 */
export type Quantity = 'angle' | 'length' | 'duration' | 'size' | 'fraction' | 'count' | 'number';

/** Builds the word for a scalar quantity. Prefer the named words below. */
export function quantity(of: Quantity, about: Says<number> & Range): Schema<number> {
  return { json: { fx: { quantity: of, ...range(about) }, type: ['number', 'string'], ...said(about) } };
}

export const angle = (about: Says<number> & Range): Schema<number> => quantity('angle', about);
export const length = (about: Says<number> & Range): Schema<number> => quantity('length', about);
export const duration = (about: Says<number> & Range): Schema<number> => quantity('duration', about);
export const size = (about: Says<number> & Range): Schema<number> => quantity('size', about);
export const fraction = (about: Says<number> & Range): Schema<number> => quantity('fraction', about);
export const count = (about: Says<number> & Range): Schema<number> => quantity('count', about);
export const number = (about: Says<number> & Range): Schema<number> => quantity('number', about);

/** A distribution of a quantity, or a plain value of it (a constant). Range bounds every value that can be drawn. */
export function distribution(of: Quantity, about: Says<Distribution> & Range): Schema<Distribution> {
  return { json: { fx: { distribution: of, ...range(about) }, type: ['number', 'string'], ...said(about) } };
}

export function text(about: Says<string> & { readonly pattern?: string }): Schema<string> {
  return {
    json: { type: 'string', ...(about.pattern === undefined ? {} : { pattern: about.pattern }), ...said(about) },
  };
}

export function flag(about: Says<boolean>): Schema<boolean> {
  return { json: { type: 'boolean', ...said(about) } };
}

/** One of a few words. */
export function word<const W extends string>(words: readonly W[], about: Says<W>): Schema<W> {
  return { json: { enum: [...words], ...said(about) } };
}

export function list<T>(
  item: Schema<T>,
  about: Says<readonly T[]> & { readonly minItems?: number; readonly maxItems?: number },
): Schema<readonly T[]> {
  const limits = {
    ...(about.minItems === undefined ? {} : { minItems: about.minItems }),
    ...(about.maxItems === undefined ? {} : { maxItems: about.maxItems }),
  };
  return { json: { type: 'array', items: item.json, ...limits, ...said(about) } };
}

/** What holds from when on: pairs `[from, value]`, the first from 0, each from later than the one before. */
export function table(
  from: Schema<number>,
  value: Schema<number>,
  about: Says<readonly (readonly [from: number, value: number])[]>,
): Schema<readonly (readonly [from: number, value: number])[]> {
  const pair = { type: 'array', items: { type: ['number', 'string'] }, minItems: 2, maxItems: 2 };
  return { json: { fx: { table: [from.json, value.json] }, type: 'array', items: pair, minItems: 1, ...said(about) } };
}

/**
 * A map from names that the user chooses. `names` is the rule for them and `of` what they name ("a stage"), for the words where
 * one does not hold. Whole-number names come first when the value is listed (JavaScript's rule): what wants the written order
 * asks the document.
 */
export function map<T>(
  item: Schema<T>,
  about: Says<Readonly<Record<string, T>>> & { readonly names?: NameRule; readonly of?: string },
): Schema<Readonly<Record<string, T>>> {
  const { names, of } = about;
  const rule = names === undefined ? {} : { propertyNames: namesSchema(names, of ?? 'this') };
  return { json: { type: 'object', ...rule, additionalProperties: item.json, ...said(about) } };
}

/** The schema of the names in a map, with what they name. */
export function namesSchema(rule: NameRule, of: string): JsonObject {
  return { pattern: rule.pattern, fx: { names: of, rule: rule.says } };
}

/** A word of a command line: text, or a number or `true`, which stands for itself as it is written. */
export function argument(about: Says<string>): Schema<string> {
  return { json: { fx: { written: true }, type: ['string', 'number', 'boolean'], ...said(about) } };
}

/** Any value at all: its reader decides what it means. */
export function anything(about: Says<Json>): Schema<Json> {
  return { json: said(about) };
}

/** Text, or a list of texts. */
export function texts(about: Says<string | readonly string[]>): Schema<string | readonly string[]> {
  return { json: { type: ['string', 'array'], items: { type: 'string' }, ...said(about) } };
}

/** An object of known keys; unknown ones are errors. A key is required unless it has a default or is optional. */
export function object<P extends Properties>(properties: P, about: Says<ObjectValue<P>>): Schema<ObjectValue<P>> {
  const required = Object.keys(properties).filter(
    (name) => !('absent' in properties[name]!) && properties[name]!.json.default === undefined,
  );
  return {
    json: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, schema.json])),
      required,
      additionalProperties: false,
      ...said(about),
    },
  };
}

/** One of several shapes, distinguished by the word in `discriminator`. */
export function union<const S extends readonly Schema<unknown>[]>(
  discriminator: string,
  shapes: S,
  about: Says<Value<S[number]>>,
): Schema<Value<S[number]>> {
  return {
    json: {
      type: 'object',
      discriminator: { propertyName: discriminator },
      required: [discriminator],
      oneOf: shapes.map((shape) => shape.json),
      ...said(about),
    },
  };
}

export function optional<T>(schema: Schema<T>): OptionalSchema<T> {
  return { json: schema.json, absent: true };
}

function range(about: Range): JsonObject {
  return {
    ...(about.min === undefined ? {} : { min: about.min }),
    ...(about.max === undefined ? {} : { max: about.max }),
  };
}

/** What a word says of itself, as JSON Schema annotations. */
export function said(about: Says<unknown>): JsonObject {
  return {
    description: about.says,
    ...(about.default === undefined ? {} : { default: about.default as JsonObject }),
    ...(about.examples === undefined ? {} : { examples: about.examples as unknown as JsonObject }),
  };
}
