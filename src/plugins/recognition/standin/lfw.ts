import { stream } from '../../../foundation/numbers/random.js';
import type { Result } from '../../../foundation/failures/result.js';
import { drawPairs } from '../benchmarks/multipie-pairs.js';
import type { BenchmarkDiagnostic } from '../benchmarks/benchmark.js';
import type { Annotations } from '../datasets/formats/annotations.js';
import { lfwFile } from '../datasets/formats/lfw.js';
import type { PairList } from '../datasets/formats/pairs.js';
import { drawConditions } from './photograph/characters.js';
import { drawAnnotated, type PlannedImage } from './drawing.js';
import { personOf, type DrawingHooks, type PersonRange, type World } from './world.js';

/** A stand-in for Labeled Faces in the Wild: many persons, mostly one photograph each, near frontal, in clutter. */
export interface LfwOptions {
  readonly world: World;
  /** Side of an image, pixels. */
  readonly size: number;
}

/** Images of person `index`: one for a third of the persons, else two to eight. */
export function lfwCount({ world }: LfwOptions, index: number): number {
  const random = stream(world.seed, 'standin/lfw-count', index);
  if (random.uniform() < 0.3) return 1;
  let count = 2;
  while (count < 8 && random.uniform() < 0.6) count += 1;
  return count;
}

/** A name that no one has: `Standin_0046` for person 45. */
export function lfwPerson(index: number): string {
  return `Standin_${String(index + 1).padStart(4, '0')}`;
}

/** Draws some persons' images below a folder, and returns the points of their faces. */
export function drawLfw(
  options: LfwOptions,
  range: PersonRange,
  folder: string,
  hooks: DrawingHooks = {},
): Promise<Annotations> {
  return drawAnnotated(planned(options, range), { folder, size: options.size, type: 'jpeg', ...hooks });
}

function* planned(options: LfwOptions, { begin, end }: PersonRange): Iterable<PlannedImage> {
  const { world } = options;
  for (let index = begin; index < end; index += 1) {
    const person = personOf(world, 'lfw', index);
    const count = lfwCount(options, index);
    for (let image = 1; image <= count; image += 1) {
      const conditions = drawConditions('lfw', world.seed, person, image, world.difficulty);
      yield { file: lfwFile({ person: lfwPerson(index), number: image }), person, conditions };
    }
  }
}

/** How often persons are dealt to folds before a set counts as too small. */
const DEALS = 20;

/**
 * The pairs of `pairs.txt`: no person in two folds. Persons with many images may all fall into a few folds; then they are
 * dealt again. Fails if there are too few persons.
 */
export function lfwPairs(
  options: LfwOptions,
  persons: number,
  folds: number,
  perFold: number,
): Result<PairList, readonly BenchmarkDiagnostic[]> {
  const images = Array.from({ length: persons }, (_, index) =>
    Array.from({ length: lfwCount(options, index) }, (_, k) => {
      const person = lfwPerson(index);
      return { name: lfwFile({ person, number: k + 1 }), identity: person };
    }),
  ).flat();
  const { seed } = options.world;
  let drawn = drawPairs(images, { seed, folds, perFold });
  for (let deal = 1; deal < DEALS && !drawn.ok; deal += 1)
    drawn = drawPairs(images, { seed: stream(seed, 'standin/lfw-deal', deal).bits(), folds, perFold });
  return drawn;
}
