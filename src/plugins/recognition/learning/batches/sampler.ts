import { failure } from '../../../../foundation/failures/diagnostic.js';
import { stream } from '../../../../foundation/numbers/random.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { BatchShape } from '../step/step.js';
import type { BatchRecipe } from '../step/recipe.js';

/** A batch by reference: which images, in which roles. */
export interface BatchPlan {
  /** [n]: places in the data set, images of one person together. */
  readonly images: Uint32Array;
  /** [n]: whether each is mirrored. */
  readonly mirrored: Uint8Array;
  /** [n]: person of each. */
  readonly identity: Float32Array;
  /** [m] each: places in the batch, 1 for a pair in use, a uniform number for its negative. */
  readonly anchor: Float32Array;
  readonly positive: Float32Array;
  readonly pair: Float32Array;
  readonly uniform: Float32Array;
}

/**
 * Draws P x K batches: distinct people in random order, of each min(K, what there is) images without replacement, every
 * pair i < j of one person as anchor and positive. All batches hold the same number of images, P K (or all that people
 * with at most K each can give): where some people have fewer than K, further people fill the batch, the last one with
 * fewer images. OpenFace lets such a batch shrink instead; a fixed size is what a recorded graph needs.
 *
 * A batch depends on the seed, its epoch and its number alone, so there is no state to keep: a resumed training sees the
 * batches that an uninterrupted one would have seen.
 */
export class BatchSampler {
  readonly shape: BatchShape;
  readonly #recipe: BatchRecipe;
  readonly #seed: number;
  /** Images in order of person; those of person p from #first[p] on. */
  readonly #images: Uint32Array;
  readonly #first: Uint32Array;
  /** People who have images. */
  readonly #people: Uint32Array;

  private constructor(
    recipe: BatchRecipe,
    seed: number,
    shape: BatchShape,
    images: Uint32Array,
    first: Uint32Array,
    people: Uint32Array,
  ) {
    this.#recipe = recipe;
    this.#seed = seed;
    this.shape = shape;
    this.#images = images;
    this.#first = first;
    this.#people = people;
  }

  /**
   * @param identity person of each image of the data set
   * Fails where there are no two people with two images each: no triplet can be made.
   */
  static create(
    identity: Int32Array,
    recipe: BatchRecipe,
    seed: number,
  ): Result<BatchSampler, readonly LearningDiagnostic[]> {
    const count = identity.reduce((largest, person) => Math.max(largest, person), -1) + 1;
    const first = new Uint32Array(count + 1);
    for (const person of identity) first[person + 1]! += 1;
    for (let p = 0; p < count; p += 1) first[p + 1]! += first[p]!;
    const next = first.slice();
    const images = new Uint32Array(identity.length);
    for (let i = 0; i < identity.length; i += 1) images[next[identity[i]!]!++] = i;
    const available = (p: number): number => first[p + 1]! - first[p]!;
    const people = Uint32Array.from({ length: count }, (_, p) => p).filter((p) => available(p) > 0);

    const withPairs = people.reduce((sum, p) => sum + (available(p) > 1 ? 1 : 0), 0);
    if (withPairs < 2 || recipe.images < 2 || recipe.people < 2) {
      return fail(
        failure(
          'learning/too-few-identities',
          withPairs < 2
            ? `the data set has ${withPairs} people with two images or more; a triplet needs two such people`
            : `batches of ${recipe.people} people with ${recipe.images} images each hold no triplet`,
          withPairs < 2 ? 'give more images of each person' : 'take at least two people and two images of each',
        ),
      );
    }
    const all = people.reduce((sum, p) => sum + Math.min(recipe.images, available(p)), 0);
    const n = Math.min(recipe.people * recipe.images, all);
    const pairsOf = (k: number): number => (k * (k - 1)) / 2;
    const pairs = Math.floor(n / recipe.images) * pairsOf(recipe.images) + pairsOf(n % recipe.images);
    return ok(new BatchSampler(recipe, seed, { images: n, pairs }, images, first, people));
  }

  /** Which images batch `batch` of epoch `epoch` holds, both from 0. */
  plan(epoch: number, batch: number): BatchPlan {
    const { images: n, pairs: m } = this.shape;
    const random = stream(this.#seed, 'batch', epoch, batch);
    const plan: BatchPlan = {
      images: new Uint32Array(n),
      mirrored: new Uint8Array(n),
      identity: new Float32Array(n),
      anchor: new Float32Array(m),
      positive: new Float32Array(m),
      pair: new Float32Array(m),
      uniform: new Float32Array(m),
    };
    const people = withoutReplacement(this.#people.length, random);
    let filled = 0;
    let pair = 0;
    while (filled < n) {
      const person = this.#people[people()]!;
      const first = this.#first[person]!;
      const available = this.#first[person + 1]! - first;
      const taken = Math.min(this.#recipe.images, available, n - filled);
      const images = withoutReplacement(available, random);
      for (let i = 0; i < taken; i += 1) {
        plan.images[filled + i] = this.#images[first + images()]!;
        plan.identity[filled + i] = person;
        for (let j = i + 1; j < taken; j += 1) {
          plan.anchor[pair] = filled + i;
          plan.positive[pair] = filled + j;
          plan.pair[pair] = 1;
          pair += 1;
        }
      }
      filled += taken;
    }
    const negatives = stream(this.#seed, 'negative', epoch, batch);
    for (let k = 0; k < m; k += 1) plan.uniform[k] = (negatives.bits() >>> 8) / 2 ** 24;
    if (this.#recipe.flip) {
      const mirror = stream(this.#seed, 'mirror', epoch, batch);
      for (let i = 0; i < n; i += 1) plan.mirrored[i] = mirror.bits() & 1;
    }
    return plan;
  }
}

/** Draws 0 .. count - 1 in random order, one at a time: Fisher-Yates, holding only what has moved. */
function withoutReplacement(count: number, random: { integer(n: number): number }): () => number {
  const moved = new Map<number, number>();
  let drawn = 0;
  return () => {
    const place = drawn + random.integer(count - drawn);
    const value = moved.get(place) ?? place;
    moved.set(place, moved.get(drawn) ?? drawn);
    drawn += 1;
    return value;
  };
}
