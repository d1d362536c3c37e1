import assert from 'node:assert/strict';
import { BatchLoader } from '../../../src/plugins/recognition/learning/batches/loader.js';
import { BatchSampler } from '../../../src/plugins/recognition/learning/batches/sampler.js';
import { imageSet, inFolder, SIDE } from './tiny.js';

describe('a loader of batches', () => {
  it('gives the images of the plan, which stay while the next batch is loaded', () =>
    inFolder((folder) => {
      const bytes = SIDE * SIDE * 3;
      const identity = Int32Array.from({ length: 24 }, (_, i) => i >> 2);
      // Each image is all of its own number.
      const images = Uint8Array.from({ length: 24 * bytes }, (_, i) => Math.floor(i / bytes));
      const created = BatchSampler.create(identity, { people: 3, images: 2, flip: false }, 1);
      assert.ok(created.ok);
      const loader = new BatchLoader(imageSet(folder, images, identity), created.value);
      const planned = (batch: number): readonly number[] => [...created.value.plan(0, batch).images];
      const shown = (pixels: Uint8Array): readonly number[] =>
        Array.from({ length: pixels.length / bytes }, (_, i) => pixels[i * bytes + 7]!);
      const first = loader.load(0, 0);
      assert.deepEqual(shown(first.images), planned(0));
      const second = loader.load(0, 1);
      assert.deepEqual(shown(second.images), planned(1));
      assert.deepEqual(shown(first.images), planned(0));
      loader.load(0, 2);
      assert.deepEqual(shown(second.images), planned(1));
    }));
});
