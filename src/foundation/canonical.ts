import objectHash from 'object-hash';
import { byCodeUnit, type Json } from './json.js';

/**
 * One value, one text, one digest: what keys are made of. The only module that uses object-hash.
 *
 * A value is canonical JSON: null, booleans, finite numbers (-0 counts as 0), well-formed strings, dense arrays, and
 * plain objects, whose keys are taken in order of code units. Anything else is a bug of the caller and throws a
 * TypeError that names the place: `undefined` above all, which JSON would drop without a word.
 */

/** sha256 (hex) of the value under object-hash's encoding; docs/keys.md states it byte by byte. */
export function canonicalDigest(value: unknown): string {
  // object-hash writes an object that it meets twice as a back-reference, so that a shared and a copied value would
  // differ: it only ever sees the fresh tree made here. Without `respectType` it looks at no prototype.
  return objectHash(canonical(value, '$', []), { algorithm: 'sha256', encoding: 'hex', respectType: false });
}

/** The value as JSON with sorted keys; `indent` as in JSON.stringify. Equal values give equal text. */
export function canonicalText(value: unknown, indent?: number): string {
  return JSON.stringify(canonical(value, '$', []), undefined, indent);
}

function canonical(value: unknown, place: string, above: readonly unknown[]): Json {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${place} is ${value}, which has no canonical form`);
      return value === 0 ? 0 : value;
    case 'string':
      return wellFormed(value, place);
    case 'object':
      if (value === null) return null;
      if (above.includes(value)) throw new TypeError(`${place} contains itself`);
      return Array.isArray(value) ? list(value, place, [...above, value]) : plain(value, place, [...above, value]);
    default:
      throw new TypeError(`${place} is ${typeof value}, which has no canonical form`);
  }
}

function list(values: readonly unknown[], place: string, above: readonly unknown[]): readonly Json[] {
  // Array.from also visits holes, which then throw as undefined.
  return Array.from(values, (value, index) => canonical(value, `${place}[${index}]`, above));
}

function plain(value: object, place: string, above: readonly unknown[]): Json {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${place} is an instance of ${value.constructor.name}, which has no canonical form`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) throw new TypeError(`${place} has a symbol among its keys`);
  // Without a prototype a key named __proto__ is a key like any other.
  const sorted = Object.create(null) as Record<string, Json>;
  for (const [key, entry] of Object.entries(value).sort((a, b) => byCodeUnit(a[0], b[0]))) {
    sorted[wellFormed(key, place)] = canonical(entry, `${place}.${key}`, above);
  }
  return sorted;
}

/** Lone surrogates would all become U+FFFD in UTF-8: different strings with one digest. */
function wellFormed(text: string, place: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError(`${place} holds half of a surrogate pair`);
  return text;
}
