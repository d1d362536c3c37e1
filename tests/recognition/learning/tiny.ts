import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageSet, type DatasetRecord } from '../../../src/plugins/recognition/datasets/sets/image-set.js';
import { mini } from '../../../src/plugins/recognition/learning/network/mini.js';
import { OPENFACE, type Recipe } from '../../../src/plugins/recognition/learning/step/recipe.js';
import { constantRate } from '../../../src/plugins/recognition/learning/optimiser/schedule.js';
import { stream } from '../../../src/foundation/numbers/random.js';
import { encodeSafetensors } from '../../../src/foundation/formats/safetensors.js';

/** A network, a recipe and data sets that train in seconds in plain TensorFlow.js. */
export const SIDE = 24;
export const NETWORK = mini({ height: SIDE, width: SIDE }, { width: 8, embedding: 32 });
export const RECIPE: Recipe = {
  ...OPENFACE,
  seed: 5,
  batch: { people: 8, images: 4, flip: false },
  batchesPerEpoch: 12,
  rate: constantRate(3e-3),
};

/** A temporary directory, gone after `use`. */
export async function inFolder<T>(use: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'fx-learning-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Images [n, SIDE, SIDE, 3] with their people as a data set of two shards. */
export function imageSet(folder: string, images: Uint8Array, identity: Int32Array, name = 'set'): ImageSet {
  const bytes = SIDE * SIDE * 3;
  const half = identity.length >> 1;
  const shards = [
    [0, half],
    [half, identity.length],
  ].map(([from, to], i) => {
    const file = `${name}-${i}.safetensors`;
    const count = to! - from!;
    const tensors = {
      images: { shape: [count, SIDE, SIDE, 3], data: images.slice(from! * bytes, to! * bytes) },
      identity: { shape: [count], data: identity.slice(from, to) },
      sample: { shape: [count], data: Int32Array.from({ length: count }, (_, k) => k) },
    };
    writeFileSync(join(folder, file), encodeSafetensors(tensors));
    return { file, images: count };
  });
  const record: DatasetRecord = {
    schema: 'fx/dataset@1',
    images: identity.length,
    identities: new Set(identity).size,
    height: SIDE,
    width: SIDE,
    shards,
    source: 'test',
  };
  return ImageSet.open(record, (file) => join(folder, file));
}

/**
 * Made-up people: each is a pattern of eight blobs of colour, seen under a strong gradient of light from a random side, with
 * noise. Light explains more of the difference between two images than the person does.
 */
export function people(seed: number, count: number, imagesEach: number): { images: Uint8Array; identity: Int32Array } {
  const bytes = SIDE * SIDE * 3;
  const images = new Uint8Array(count * imagesEach * bytes);
  const identity = new Int32Array(count * imagesEach);
  for (let person = 0; person < count; person += 1) {
    const random = stream(seed, 'person', person);
    const blobs = Array.from({ length: 8 }, () => ({
      x: random.uniform() * SIDE,
      y: random.uniform() * SIDE,
      colour: [random.normal(), random.normal(), random.normal()],
    }));
    for (let k = 0; k < imagesEach; k += 1) {
      const light = stream(seed, 'light', person, k);
      const [gx, gy, level] = [light.normal() * 4, light.normal() * 4, 128 + light.normal() * 20];
      const index = person * imagesEach + k;
      identity[index] = person;
      for (let y = 0; y < SIDE; y += 1) {
        for (let x = 0; x < SIDE; x += 1) {
          const shade = level + gx * (x - SIDE / 2) + gy * (y - SIDE / 2);
          for (let c = 0; c < 3; c += 1) {
            let value = shade + light.normal() * 8;
            for (const blob of blobs) {
              value += 30 * blob.colour[c]! * Math.exp(-((x - blob.x) ** 2 + (y - blob.y) ** 2) / 12);
            }
            images[index * bytes + (y * SIDE + x) * 3 + c] = Math.min(255, Math.max(0, value));
          }
        }
      }
    }
  }
  return { images, identity };
}

/** Share of (genuine, impostor) pairs in which the genuine one is closer: the area under the ROC curve. */
export function verification(embeddings: ArrayLike<number>, dimensions: number, identity: Int32Array): number {
  const genuine: number[] = [];
  const impostor: number[] = [];
  for (let i = 0; i < identity.length; i += 1) {
    for (let j = i + 1; j < identity.length; j += 1) {
      let dot = 0;
      for (let d = 0; d < dimensions; d += 1) dot += embeddings[i * dimensions + d]! * embeddings[j * dimensions + d]!;
      (identity[i] === identity[j] ? genuine : impostor).push(dot);
    }
  }
  impostor.sort((a, b) => a - b);
  let below = 0;
  for (const score of genuine) {
    let low = 0;
    let high = impostor.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (impostor[middle]! < score) low = middle + 1;
      else high = middle;
    }
    below += low;
  }
  return below / (genuine.length * impostor.length);
}
