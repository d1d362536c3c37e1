import { sha256 } from '../files/digest.js';

/**
 * Who a subject is, beyond the one test in which it has a number: 16 hexadecimal digits, 64 bits of a digest, equal where two
 * tests mean the same subject. A name in full is the same person everywhere; any other name (`001`, `s17`, `Abdullah`) says who it
 * is only among those of one set, so that two different persons are never taken for one.
 *
 * Whoever guesses the name (and the set, where it counts) can compute the digest, and see that the subject was tested.
 *
 * @param set in which the names are given: the same text for the same set
 * @returns undefined for what only a set could tell, where none is given
 */
export function subjectName(name: string, set: string | undefined): string | undefined {
  const full = nameInFull(name);
  if (full !== undefined) return digestOf('name', full);
  return set === undefined ? undefined : digestOf('member', set, name);
}

/**
 * The words of a written name, in small letters: `Aaron_Peirsol` and `Aaron Peirsol` are one. Undefined for a text that holds a digit
 * or has fewer than two words of two letters or more.
 */
function nameInFull(name: string): string | undefined {
  if (/\p{N}/u.test(name)) return undefined;
  const words =
    name
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? [];
  return words.filter((word) => /\p{L}\p{M}*\p{L}/u.test(word)).length > 1 ? words.join(' ') : undefined;
}

function digestOf(...parts: readonly string[]): string {
  return sha256(JSON.stringify(['fx/subject@1', ...parts])).slice(0, 16);
}

/** By label; undefined unless all are known, and no two labels by one name. */
export function wholeNames(
  names: Iterable<readonly [label: number, name: string | undefined]>,
): ReadonlyMap<number, string> | undefined {
  const found = new Map<number, string>();
  for (const [label, name] of names) {
    if (name === undefined) return undefined;
    found.set(label, name);
  }
  return new Set(found.values()).size === found.size ? found : undefined;
}
