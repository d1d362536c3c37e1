import { SafetensorsWriter } from '../../../../foundation/formats/safetensors-writer.js';
import type { ImageSet } from '../../datasets/sets/image-set.js';

/** Root mean square, of 255 levels: closer to the mean image than this is the rounding of single precision, and no direction. */
const NO_DIRECTION = 1e-3;

/**
 * The floor of every comparison of faces: an image is its own pixels, less the mean image of its set, at unit length. Nothing is learnt; what
 * a network reaches above it is what it has learnt. Writes the file of an embedding artifact, `embedding` F32 [n, 3 size²] and
 * `identity` I32 [n].
 *
 * @param size side to which images are averaged down; it divides their own
 * @returns the dimensions of an embedding, or the first image that is no other than the mean and so has none
 */
export function embedPixels(
  data: ImageSet,
  size: number,
  path: string,
): { readonly dimensions: number } | { readonly mean: number } {
  const { height, width } = data.record;
  const [down, across] = [height / size, width / size];
  const dimensions = 3 * size * size;
  const image = new Uint8Array(data.imageBytes);
  const row = new Float32Array(dimensions);
  const read = (index: number): void => {
    data.readImages([index], image);
    row.fill(0);
    for (let y = 0, k = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, k += 3) {
        const at = 3 * (Math.floor(y / down) * size + Math.floor(x / across));
        for (let c = 0; c < 3; c += 1) row[at + c] = row[at + c]! + image[k + c]! / (down * across);
      }
    }
  };
  const mean = new Float64Array(dimensions);
  for (let i = 0; i < data.count; i += 1) {
    read(i);
    for (let k = 0; k < dimensions; k += 1) mean[k] = mean[k]! + row[k]! / data.count;
  }
  const writer = new SafetensorsWriter(path, {
    embedding: { dtype: 'F32', shape: [data.count, dimensions] },
    identity: { dtype: 'I32', shape: [data.count] },
  });
  try {
    writer.writeRows('identity', 0, data.identity);
    for (let i = 0; i < data.count; i += 1) {
      read(i);
      let square = 0;
      for (let k = 0; k < dimensions; k += 1) {
        row[k] = row[k]! - mean[k]!;
        square += row[k]! * row[k]!;
      }
      if (square < dimensions * NO_DIRECTION ** 2) return { mean: i };
      const scale = 1 / Math.sqrt(square);
      for (let k = 0; k < dimensions; k += 1) row[k] = row[k]! * scale;
      writer.writeRows('embedding', i, row);
    }
  } finally {
    writer.close();
  }
  return { dimensions };
}
