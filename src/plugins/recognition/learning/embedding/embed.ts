import { failure } from '../../../../foundation/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/result.js';
import { SafetensorsWriter } from '../../../../foundation/safetensors-writer.js';
import type { ImageSet } from '../../datasets/image-set.js';
import { mirror } from '../batches/loader.js';
import type { Model } from '../checkpoint/model.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { EmbeddingSession, Engine } from '../engines/engine.js';
import { foldBatchNormalisation } from '../network/folding.js';
import type { Network } from '../network/network.js';

export interface EmbedOptions {
  /** Images read and embedded at a time. */
  readonly block?: number;
  /** An image's vector is the mean of its own and its mirror image's. */
  readonly flip?: boolean;
  /** The mean vector of these images is taken from every vector. */
  readonly centre?: ImageSet;
  readonly onBlock?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface Embedded {
  readonly images: number;
  readonly dimensions: number;
  /** Of this machine at this hour: no part of any artifact. */
  readonly speed: { readonly seconds: number; readonly imagesPerSecond: number };
}

/** The file of an embedding artifact. */
export const EMBEDDINGS_FILE = 'embeddings.safetensors';

/** Of a larger set, so many images spread evenly decide the centre: its error is then below 1/60 of the vectors' spread. */
export const CENTRE_IMAGES = 4096;

/**
 * Embeds a data set into a new safetensors file: `embedding` F32 [n, d], rows of unit length in the order of the data set,
 * and `identity` I32 [n]. Memory is bounded by the block, whatever the size of the data set.
 *
 * With `flip` and `centre` a row is v - c, scaled to unit length: v the network's unit vector, or the mean of it and that of the mirror image; c
 * the mean of v over `centre`, or 0. A network that has learnt to tell images of one set apart spreads the vectors of that set about
 * c; cosines about the origin count what all of them have in common.
 */
export async function embedImages(
  engine: Engine,
  model: Model,
  data: ImageSet,
  path: string,
  { block = 256, flip = false, centre, onBlock, signal }: EmbedOptions = {},
): Promise<Result<Embedded, readonly LearningDiagnostic[]>> {
  const { network } = model;
  const wrong = [data, ...(centre === undefined ? [] : [centre])].flatMap((set) => checkSize(network, set));
  if (wrong.length > 0) return fail(wrong[0]!);
  const session = await engine.prepareEmbedding(network, foldBatchNormalisation(network, model.weights));
  if (!session.ok) return session;
  const dimensions = network.embedding;
  const total = data.count;
  const writer = new SafetensorsWriter(path, {
    embedding: { dtype: 'F32', shape: [total, dimensions] },
    identity: { dtype: 'I32', shape: [total] },
  });
  const began = performance.now();
  try {
    writer.writeRows('identity', 0, data.identity);
    const passes = { session: session.value, dimensions, block, flip, signal };
    const middle = centre === undefined ? undefined : await meanVector(passes, centre);
    const everything = Uint32Array.from({ length: total }, (_, i) => i);
    await forEachBlock(passes, data, everything, (first, vectors) => {
      if (flip || middle !== undefined) scaleToUnit(vectors, dimensions, middle);
      writer.writeRows('embedding', first, vectors);
      onBlock?.(first + vectors.length / dimensions, total);
    });
  } finally {
    writer.close();
    await session.value.dispose();
  }
  const seconds = (performance.now() - began) / 1000;
  return ok({ images: total, dimensions, speed: { seconds, imagesPerSecond: total / seconds } });
}

interface Passes {
  readonly session: EmbeddingSession;
  readonly dimensions: number;
  readonly block: number;
  readonly flip: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Vectors of the images at `indices`, [count, d], a block at a time; the next block is read while the engine computes. */
async function forEachBlock(
  { session, block, flip, signal }: Passes,
  data: ImageSet,
  indices: Uint32Array,
  take: (first: number, vectors: Float32Array) => void,
): Promise<void> {
  const buffers = [new Uint8Array(block * data.imageBytes), new Uint8Array(block * data.imageBytes)] as const;
  const read = (first: number, into: Uint8Array): Uint8Array => {
    const chosen = indices.subarray(first, first + block);
    const pixels = into.subarray(0, chosen.length * data.imageBytes);
    data.readImages(chosen, pixels);
    return pixels;
  };
  let turn = 0;
  let next = read(0, buffers[0]);
  for (let first = 0; first < indices.length; first += block) {
    signal?.throwIfAborted();
    const pixels = next;
    const count = pixels.length / data.imageBytes;
    const running = session.embed(pixels, count);
    turn = 1 - turn;
    if (first + block < indices.length) next = read(first + block, buffers[turn as 0 | 1]);
    const vectors = await running;
    if (flip) {
      const { height, width } = data.record;
      for (let i = 0; i < count; i += 1) {
        mirror(pixels.subarray(i * data.imageBytes, (i + 1) * data.imageBytes), height, width);
      }
      const mirrored = await session.embed(pixels, count);
      for (let k = 0; k < vectors.length; k += 1) vectors[k] = (vectors[k]! + mirrored[k]!) / 2;
    }
    take(first, vectors);
  }
}

/** Over at most `CENTRE_IMAGES` images, evenly spread. */
async function meanVector(passes: Passes, set: ImageSet): Promise<Float64Array> {
  const count = Math.min(set.count, CENTRE_IMAGES);
  const indices = Uint32Array.from({ length: count }, (_, k) => Math.floor((k * set.count) / count));
  const mean = new Float64Array(passes.dimensions);
  await forEachBlock(passes, set, indices, (_, vectors) => {
    for (let k = 0; k < vectors.length; k += 1) mean[k % passes.dimensions]! += vectors[k]! / count;
  });
  return mean;
}

/** Rows of [n, d] less `middle`, each scaled to unit length, in place; a row of zeros stays. */
function scaleToUnit(vectors: Float32Array, dimensions: number, middle: Float64Array | undefined): void {
  for (let first = 0; first < vectors.length; first += dimensions) {
    const row = vectors.subarray(first, first + dimensions);
    let square = 0;
    for (let k = 0; k < dimensions; k += 1) {
      row[k] = row[k]! - (middle?.[k] ?? 0);
      square += row[k]! * row[k]!;
    }
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let k = 0; k < dimensions; k += 1) row[k] = row[k]! * scale;
  }
}

function checkSize({ input }: Network, { record: { height, width } }: ImageSet): LearningDiagnostic[] {
  if (height === input.height && width === input.width) return [];
  return [
    failure(
      'learning/image-size',
      `the images are ${width}x${height}, the model embeds ${input.width}x${input.height}`,
      'crop or resize the images to the size of the model',
    ),
  ];
}
