import type { ImageSet } from '../../datasets/sets/image-set.js';
import type { Batch } from './batch.js';
import type { Augmenter } from './augment.js';
import type { BatchSampler } from './sampler.js';

/**
 * Reads batches from a data set on disk. Holds two batches' pixels, one for the step that runs and one for the next, and
 * nothing that grows with the data set but its labels.
 */
export class BatchLoader {
  readonly #data: ImageSet;
  readonly #sampler: BatchSampler;
  readonly #augmenter: Augmenter | undefined;
  readonly #buffers: readonly [Uint8Array, Uint8Array];
  #turn = 0;

  constructor(data: ImageSet, sampler: BatchSampler, augmenter?: Augmenter) {
    this.#data = data;
    this.#sampler = sampler;
    this.#augmenter = augmenter;
    const bytes = sampler.shape.images * data.imageBytes;
    this.#buffers = [new Uint8Array(bytes), new Uint8Array(bytes)];
  }

  /** Batch `batch` of epoch `epoch`, both from 0. Its pixels are overwritten by the call after the next. */
  load(epoch: number, batch: number): Batch {
    const plan = this.#sampler.plan(epoch, batch);
    const images = this.#buffers[this.#turn]!;
    this.#turn = 1 - this.#turn;
    this.#data.readImages(plan.images, images);
    const { height, width } = this.#data.record;
    const size = this.#data.imageBytes;
    plan.mirrored.forEach((isMirrored, i) => {
      const image = images.subarray(i * size, (i + 1) * size);
      if (isMirrored !== 0) mirror(image, height, width);
      this.#augmenter?.apply(image, epoch, batch, i);
    });
    const { identity, anchor, positive, pair, uniform } = plan;
    return { images, identity, anchor, positive, pair, uniform };
  }
}

/** Left to right, in place; [height, width, 3]. */
export function mirror(image: Uint8Array, height: number, width: number): void {
  for (let y = 0; y < height; y += 1) {
    let left = y * width * 3;
    let right = left + (width - 1) * 3;
    for (; left < right; left += 3, right -= 3) {
      for (let c = 0; c < 3; c += 1) {
        const held = image[left + c]!;
        image[left + c] = image[right + c]!;
        image[right + c] = held;
      }
    }
  }
}
