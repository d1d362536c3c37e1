import { failure } from '../../foundation/diagnostic.js';
import { stream } from '../../foundation/random.js';
import { fail, ok, type Result } from '../../foundation/result.js';
import type { DatasetDiagnostic } from './dataset-diagnostic.js';
import { filterList, type ImageList } from './image-list.js';

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
  const total = list.entries.length;
  if (size === 'all') return ok(list);
  if (size > total || size < 1) {
    const message = `a subset of ${size} images was asked for, and the data set has ${total}`;
    return fail(failure('datasets/too-few-images', message, 'ask for fewer, or for all'));
  }
  const kept = new Uint8Array(total);
  for (const index of drawOrder(list, draw, seed).slice(0, size)) kept[index] = 1;
  return ok(filterList(list, (_, index) => kept[index] === 1));
}

/** Indices of all entries in the order in which they join a growing subset. */
function drawOrder(list: ImageList, draw: SubsetDraw, seed: number): number[] {
  const all = list.entries.map((_, index) => index);
  if (draw === 'images') return stream(seed, 'subset/images').shuffle(all);
  const persons: number[][] = [];
  list.entries.forEach(({ identity }, index) => {
    if (index === 0 || list.entries[index - 1]!.identity !== identity) persons.push([]);
    persons.at(-1)!.push(index);
  });
  persons.forEach((images, person) => stream(seed, 'subset/within', person).shuffle(images));
  stream(seed, 'subset/persons').shuffle(persons);
  if (draw === 'persons') return persons.flat();
  const order: number[] = [];
  for (let round = 0; order.length < all.length; round += 1) {
    for (const images of persons) if (round < images.length) order.push(images[round]!);
  }
  return order;
}
