import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { ImageSet } from '../../../src/plugins/recognition/datasets/sets/image-set.js';
import { embedImages, type EmbedOptions } from '../../../src/plugins/recognition/learning/embedding/embed.js';
import type { Engine } from '../../../src/plugins/recognition/learning/engines/engine.js';
import { mini } from '../../../src/plugins/recognition/learning/network/mini.js';
import { initialise } from '../../../src/plugins/recognition/learning/network/parameters.js';
import { ok } from '../../../src/foundation/failures/result.js';
import { SafetensorsFile } from '../../../src/foundation/formats/safetensors.js';
import { imageSet, inFolder, SIDE } from './tiny.js';

const network = mini({ height: SIDE, width: SIDE }, { width: 8, embedding: 2 });
const model = { network, weights: initialise(network, 1) };
const BYTES = SIDE * SIDE * 3;

/** Its vector of an image is (red of the first pixel, red of the pixel at the other end of the row), at unit length. */
const engine: Engine = {
  name: 'corners',
  reproducible: true,
  prepareTraining: () => assert.fail('nothing is trained'),
  prepareEmbedding: () =>
    Promise.resolve(
      ok({
        embed: (images: Uint8Array, count: number) => {
          const at = (i: number): [number, number] => [images[i * BYTES]!, images[i * BYTES + 3 * (SIDE - 1)]!];
          const unit = ([a, b]: [number, number]): number[] => [a / Math.hypot(a, b), b / Math.hypot(a, b)];
          return Promise.resolve(Float32Array.from(Array.from({ length: count }, (_, i) => unit(at(i))).flat()));
        },
        dispose: () => Promise.resolve(),
      }),
    ),
};

function setOf(folder: string, corners: readonly (readonly [number, number])[], name: string): ImageSet {
  const images = new Uint8Array(corners.length * BYTES);
  corners.forEach(([left, right], i) => {
    images[i * BYTES] = left;
    images[i * BYTES + 3 * (SIDE - 1)] = right;
  });
  return imageSet(
    folder,
    images,
    Int32Array.from(corners, (_, i) => i),
    name,
  );
}

describe('embeddings', () => {
  const embedded = (corners: readonly (readonly [number, number])[], options: EmbedOptions, centre?: ImageSet) =>
    inFolder(async (folder) => {
      const path = join(folder, 'embedded');
      const set = setOf(folder, corners, 'set');
      const normalise = centre === undefined ? {} : { normalise: { by: centre, within: false, shrink: 0 } };
      const all = { ...options, ...normalise };
      const done = await embedImages(engine, model, set, path, all);
      set.close();
      assert.ok(done.ok);
      const file = SafetensorsFile.open(path);
      assert.ok(file.ok);
      const rows = [...(file.value.read('embedding') as Float32Array)];
      file.value.close();
      return rows;
    });
  const near = (found: readonly number[], expected: readonly number[]): void => {
    assert.equal(found.length, expected.length);
    found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-6, `${found.join()} ${expected.join()}`));
  };

  it('are the network’s own without options, whatever the block', async () => {
    const corners = [
      [3, 4],
      [4, 3],
      [5, 0],
    ] as const;
    for (const block of [1, 2, 3, 256]) near(await embedded(corners, { block }), [0.6, 0.8, 0.8, 0.6, 1, 0]);
  });

  it('of an image and its mirror image are one', async () => {
    // (0.6, 0.8) and (0.8, 0.6) are as far from the diagonal as each other; so are (1, 0) and (0, 1).
    const half = Math.SQRT1_2;
    const corners = [
      [3, 4],
      [5, 0],
    ] as const;
    for (const block of [1, 2]) near(await embedded(corners, { block, flip: true }), [half, half, half, half]);
  });

  it('lie about the mean of the images named', () =>
    inFolder(async (folder) => {
      const centre = setOf(
        folder,
        [
          [1, 0],
          [0, 1],
        ],
        'centre',
      );
      // Their mean is (0.5, 0.5): (0.6, 0.8) lies at (0.1, 0.3) from it, (1, 0) at (0.5, -0.5).
      const [a, b, half] = [0.1 / Math.hypot(0.1, 0.3), 0.3 / Math.hypot(0.1, 0.3), Math.SQRT1_2];
      const corners = [
        [3, 4],
        [5, 0],
      ] as const;
      for (const block of [1, 256]) near(await embedded(corners, { block }, centre), [a, b, half, -half]);
      // With mirror images the centre is (0.5, 0.5) again. (0.7, 0.7) lies on the diagonal beyond it; (0.5, 0.5) has no direction, and none is
      // made up.
      const one = setOf(folder, [[1, 0]], 'one');
      near(await embedded(corners, { flip: true }, one), [half, half, 0, 0]);
      one.close();
      centre.close();
    }));
});
