import { stream } from '../../../foundation/numbers/random.js';
import type { Annotations } from '../datasets/formats/annotations.js';
import { casiaFile } from '../datasets/formats/casia.js';
import { drawConditions } from './photograph/characters.js';
import { drawAnnotated, type PlannedImage } from './drawing.js';
import { logNormal } from './space/noise.js';
import { personOf, type DrawingHooks, type PersonRange, type World } from './world.js';

/** A stand-in for CASIA-WebFace: many persons, few to many photographs each, most of them frontal. */
export interface CasiaOptions {
  readonly world: World;
  /** Mean number of images of a person; the counts have a long tail. */
  readonly images: number;
  /** Side of an image, pixels. */
  readonly size: number;
}

/** Images of person `index`: log-normal about a median below the mean, at least two. */
export function casiaCount({ world, images }: CasiaOptions, index: number): number {
  const spread = 0.6;
  const count = logNormal(stream(world.seed, 'standin/casia-count', index), images * 0.835, spread);
  return Math.min(Math.max(Math.round(count), Math.min(2, images)), 6 * images);
}

/** `0000046` for person 45: folders are numbered from 1. */
export function casiaPerson(index: number): string {
  return String(index + 1).padStart(7, '0');
}

/** Draws some persons' images below a folder, and returns the points of their faces. */
export function drawCasia(
  options: CasiaOptions,
  range: PersonRange,
  folder: string,
  hooks: DrawingHooks = {},
): Promise<Annotations> {
  return drawAnnotated(planned(options, range), { folder, size: options.size, type: 'jpeg', ...hooks });
}

function* planned(options: CasiaOptions, { begin, end }: PersonRange): Iterable<PlannedImage> {
  const { world } = options;
  for (let index = begin; index < end; index += 1) {
    const person = personOf(world, 'casia', index);
    const count = casiaCount(options, index);
    for (let image = 1; image <= count; image += 1) {
      const conditions = drawConditions('casia', world.seed, person, image, world.difficulty);
      yield { file: casiaFile(casiaPerson(index), image), person, conditions };
    }
  }
}
