import { failure } from '../../../../foundation/failures/diagnostic.js';
import { stream } from '../../../../foundation/numbers/random.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import type { DatasetDiagnostic } from '../dataset-diagnostic.js';
import { pick, type ImageList } from '../sets/image-list.js';

/**
 * How a subset is drawn. All are nested: of one seed, a smaller subset lies inside every larger one.
 *
 * - `images`: every image has the same chance. It is what the paper's "we randomly sample subsets of the Casia dataset
 *   with size N" says; persons with many images keep many.
 * - `balanced`: one image of every person, then a second of every person who has one, and so on. All persons are there
 *   and each has as few images as can be.
 * - `persons`: whole persons, until the number is reached; the last one may be cut. What a loss that needs many images of a
 *   person makes best use of.
 */
export type SubsetDraw = 'images' | 'balanced' | 'persons';

/** `size` images of a list, or all of them. Depends on the seed and on the list's names, not on the order of listing. */
export function subset(
  list: ImageList,
  size: number | 'all',
  draw: SubsetDraw,
  seed: number,
): Result<ImageList, readonly DatasetDiagnostic[]> {
  const total = list.count;
  if (size === 'all') return ok(list);
  if (size > total || size < 1) {
    const message = `a subset of ${size} images was asked for, and the data set has ${total}`;
    return fail(failure('datasets/too-few-images', message, 'ask for fewer, or for all'));
  }
  const kept = new Uint8Array(total);
  let left = size;
  for (const index of drawOrder(list, draw, seed)) {
    kept[index] = 1;
    left -= 1;
    if (left === 0) break;
  }
  return ok(pick(list, kept));
}

/** Indices of all entries in the order in which they join a growing subset. */
function drawOrder(list: ImageList, draw: SubsetDraw, seed: number): Iterable<number> {
  const images = range(list.count);
  if (draw === 'images') return stream(seed, 'subset/images').shuffle(images);
  // Each person's images stand together, and stay there: person p's from firsts[p] to firsts[p + 1].
  const firsts = new Uint32Array(list.identities.length + 1);
  for (const { person } of list.entries) firsts[person + 1]! += 1;
  for (let person = 0; person < list.identities.length; person += 1) firsts[person + 1]! += firsts[person]!;
  const persons = range(list.identities.length);
  for (const person of persons) {
    stream(seed, 'subset/within', person).shuffle(images.subarray(firsts[person], firsts[person + 1]));
  }
  stream(seed, 'subset/persons').shuffle(persons);
  return draw === 'persons' ? wholePersons(images, firsts, persons) : inTurn(images, firsts, persons);
}

function* wholePersons(images: Uint32Array, firsts: Uint32Array, persons: Uint32Array): Generator<number> {
  for (const person of persons) yield* images.subarray(firsts[person], firsts[person + 1]);
}

function* inTurn(images: Uint32Array, firsts: Uint32Array, persons: Uint32Array): Generator<number> {
  for (let round = 0, given = 0; given < images.length; round += 1) {
    for (const person of persons) {
      const at = firsts[person]! + round;
      if (at >= firsts[person + 1]!) continue;
      given += 1;
      yield images[at]!;
    }
  }
}

/** 0, 1, ..., count - 1 */
function range(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}
