import objectHash from 'object-hash';
import { byCodeUnit } from './json.js';

/**
 * One value, one text, one digest: what keys are made of. The only module that uses object-hash.
 *
 * A value is canonical JSON: null, booleans, finite numbers (-0 counts as 0), strings, dense arrays, and plain objects,
 * whose keys are taken in order of code units. Anything else is a bug of the caller and throws a TypeError that names
 * the place: `undefined` above all, which JSON would drop without a word.
 */

/**
 * The value's sha256, hex: object-hash's digest of its canonical text, which is the sha256 of the UTF-8 of
 * `string:<length in code units>:<text>`.
 *
 * The text and not the value is handed over because object-hash writes an object that it meets twice as a
 * back-reference, so that a shared and a copied part would differ, and because it takes two to three times as long for a tree.
 */
export function canonicalDigest(value: unknown): string {
  return objectHash(canonicalText(value), { algorithm: 'sha256', encoding: 'hex' });
}

/** The value as JSON on one line, keys in order, numbers and strings as JSON.stringify writes them (RFC 8785). */
export function canonicalText(value: unknown): string {
  const text = textOf(value, 0);
  if (text === undefined) throw new TypeError(problemIn(value, '$', []));
  return text;
}

/** Undefined where the value has no canonical form: where and why is looked for only then. */
function textOf(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return Number.isFinite(value) ? String(value) : undefined;
    case 'string':
      return JSON.stringify(value);
    case 'object':
      if (value === null) return 'null';
      if (depth > DEEPEST) return undefined;
      return Array.isArray(value) ? listText(value, depth) : isPlain(value) ? objectText(value, depth) : undefined;
    default:
      return undefined;
  }
}

/** Deeper than anything that is written by hand: what is deeper contains itself. */
const DEEPEST = 1000;

function listText(values: readonly unknown[], depth: number): string | undefined {
  let text = '[';
  // By index, so that holes count as undefined.
  for (let i = 0; i < values.length; i += 1) {
    const entry = textOf(values[i], depth + 1);
    if (entry === undefined) return undefined;
    text += i === 0 ? entry : `,${entry}`;
  }
  return `${text}]`;
}

function objectText(value: Readonly<Record<string, unknown>>, depth: number): string | undefined {
  let text = '{';
  // Sorted without a comparator, strings are in order of code units.
  for (const key of Object.keys(value).sort()) {
    const entry = textOf(value[key], depth + 1);
    if (entry === undefined) return undefined;
    text += `${text.length === 1 ? '' : ','}${JSON.stringify(key)}:${entry}`;
  }
  return `${text}}`;
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.getOwnPropertySymbols(value).length === 0;
}

/** The first thing in the value that has no canonical form. */
function problemIn(value: unknown, place: string, above: readonly unknown[]): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${place} is ${value}, which JSON lacks`;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value !== 'object') return `${place} is ${typeof value}, which JSON lacks`;
  if (above.includes(value)) return `${place} contains itself`;
  if (above.length > DEEPEST) return `${place} is nested too deeply`;
  if (!Array.isArray(value) && !isPlain(value)) return `${place} is not a plain object`;
  const entries: readonly (readonly [string, unknown])[] = Array.isArray(value)
    ? Array.from(value, (entry, i) => [`[${i}]`, entry] as const)
    : Object.keys(value)
        .sort(byCodeUnit)
        .map((key) => [`.${key}`, value[key]] as const);
  for (const [step, entry] of entries) {
    const problem = problemIn(entry, place + step, [...above, value]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
