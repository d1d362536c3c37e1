import { failure } from '../../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { SafetensorsWriter } from '../../../../foundation/formats/safetensors-writer.js';
import { present } from '../../../../foundation/values/present.js';
import type { ImageSet } from '../../datasets/sets/image-set.js';
import { Augmenter } from '../batches/augment.js';
import { mirror } from '../batches/loader.js';
import type { Model } from '../checkpoint/model.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { EmbeddingSession, Engine } from '../engines/engine.js';
import { foldBatchNormalisation } from '../network/folding.js';
import type { Network } from '../network/network.js';
import type { AugmentRecipe } from '../step/recipe.js';
import { Normaliser, type NormaliserOptions } from './normaliser.js';

export interface EmbedOptions {
  /** Images read and embedded at a time. */
  readonly block?: number;
  /** An image's vector is the mean of its own and its mirror image's. */
  readonly flip?: boolean;
  readonly normalise?: NormaliseOptions;
  readonly onBlock?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** By what vectors are normalised. */
export interface NormaliseOptions extends NormaliserOptions {
  readonly by: ImageSet;
  /** What is done to its images first; absent: nothing. */
  readonly augment?: AugmentRecipe;
}

export interface Embedded {
  readonly images: number;
  readonly dimensions: number;
  /** Of this machine at this hour: no part of any artifact. */
  readonly speed: { readonly seconds: number; readonly imagesPerSecond: number };
}

/** The file of an embedding artifact. */
export const EMBEDDINGS_FILE = 'embeddings.safetensors';

/** Vectors are normalised by about so many images at most, those of persons evenly spread. */
export const MOST_REFERENCES = 4096;

/**
 * Embeds a data set into a new safetensors file: `embedding` F32 [n, d], rows of unit length in the order of the data set,
 * and `identity` I32 [n]. Memory is bounded by the block, whatever the size of the data set.
 *
 * With `flip` a vector is the mean of the network's unit vectors of an image and its mirror image; what `normalise` does to vectors stands at
 * `Normaliser`.
 */
export async function embedImages(
  engine: Engine,
  model: Model,
  data: ImageSet,
  path: string,
  { block = 256, flip = false, normalise, onBlock, signal }: EmbedOptions = {},
): Promise<Result<Embedded, readonly LearningDiagnostic[]>> {
  const { network } = model;
  const wrong = [data, ...(normalise === undefined ? [] : [normalise.by])].flatMap((set) => checkSize(network, set));
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
    const normaliser = normalise === undefined ? undefined : await normaliserOf(passes, network, normalise);
    if (normaliser?.ok === false) return normaliser;
    const everything = Uint32Array.from({ length: total }, (_, i) => i);
    await forEachBlock(passes, data, everything, undefined, (first, vectors) => {
      if (normaliser !== undefined) normaliser.value.apply(vectors);
      else if (flip) scaleToUnit(vectors, dimensions);
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
  augmenter: Augmenter | undefined,
  take: (first: number, vectors: Float32Array) => void,
): Promise<void> {
  const buffers = [new Uint8Array(block * data.imageBytes), new Uint8Array(block * data.imageBytes)] as const;
  const read = (first: number, into: Uint8Array): Uint8Array => {
    const chosen = indices.subarray(first, first + block);
    const pixels = into.subarray(0, chosen.length * data.imageBytes);
    data.readImages(chosen, pixels);
    // An image's changes are drawn by its place in the set, whatever the block.
    chosen.forEach((index, i) => {
      augmenter?.apply(pixels.subarray(i * data.imageBytes, (i + 1) * data.imageBytes), 0, index, 0);
    });
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

async function normaliserOf(
  passes: Passes,
  network: Network,
  { by, augment, ...options }: NormaliseOptions,
): Promise<Result<Normaliser, readonly LearningDiagnostic[]>> {
  const indices = someWholePersons(by.identity);
  const vectors = new Float32Array(indices.length * passes.dimensions);
  const augmenter = augment === undefined ? undefined : new Augmenter(augment, 0, network.input);
  await forEachBlock(passes, by, indices, augmenter, (first, block) => vectors.set(block, first * passes.dimensions));
  return Normaliser.of(
    vectors,
    Array.from(indices, (index) => by.identity[index]!),
    options,
  );
}

/** Places of all images of some persons, evenly spread, ascending: of every k-th person, k the least that leaves about `MOST_REFERENCES`. */
function someWholePersons(identity: Int32Array): Uint32Array {
  const step = Math.ceil(identity.length / MOST_REFERENCES);
  const rank = new Map<number, number>();
  for (const person of identity) if (!rank.has(person)) rank.set(person, rank.size);
  return Uint32Array.from(identity.keys()).filter((index) => present(rank, identity[index]!) % step === 0);
}

/** Rows of [n, d] scaled to unit length, in place; a row of zeros stays. */
function scaleToUnit(vectors: Float32Array, dimensions: number): void {
  for (let first = 0; first < vectors.length; first += dimensions) {
    const row = vectors.subarray(first, first + dimensions);
    const square = row.reduce((sum, value) => sum + value * value, 0);
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
