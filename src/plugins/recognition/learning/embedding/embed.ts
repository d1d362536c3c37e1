import { failure } from '../../../../foundation/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/result.js';
import { SafetensorsWriter } from '../../../../foundation/safetensors-writer.js';
import type { ImageSet } from '../../datasets/image-set.js';
import type { Model } from '../checkpoint/model.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { Engine } from '../engines/engine.js';
import { foldBatchNormalisation } from '../network/folding.js';

export interface EmbedOptions {
  /** Images read and embedded at a time. */
  readonly block?: number;
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

/**
 * Embeds a data set into a new safetensors file: `embedding` F32 [n, d], rows of unit length in the order of the data set,
 * and `identity` I32 [n]. Memory is bounded by the block, whatever the size of the data set.
 */
export async function embedImages(
  engine: Engine,
  model: Model,
  data: ImageSet,
  path: string,
  { block = 256, onBlock, signal }: EmbedOptions = {},
): Promise<Result<Embedded, readonly LearningDiagnostic[]>> {
  const { network } = model;
  const { height, width } = data.record;
  if (height !== network.input.height || width !== network.input.width) {
    return fail(
      failure(
        'learning/image-size',
        `the images are ${width}x${height}, the model embeds ${network.input.width}x${network.input.height}`,
        'crop or resize the images to the size of the model',
      ),
    );
  }
  const session = await engine.prepareEmbedding(network, foldBatchNormalisation(network, model.weights));
  if (!session.ok) return session;
  const total = data.count;
  const writer = new SafetensorsWriter(path, {
    embedding: { dtype: 'F32', shape: [total, network.embedding] },
    identity: { dtype: 'I32', shape: [total] },
  });
  const began = performance.now();
  try {
    writer.writeRows('identity', 0, data.identity);
    const buffers = [new Uint8Array(block * data.imageBytes), new Uint8Array(block * data.imageBytes)] as const;
    const read = (first: number, into: Uint8Array): Uint8Array => {
      const count = Math.min(block, total - first);
      const pixels = into.subarray(0, count * data.imageBytes);
      data.readImages(
        Array.from({ length: count }, (_, i) => first + i),
        pixels,
      );
      return pixels;
    };
    let turn = 0;
    let next = total > 0 ? read(0, buffers[0]) : buffers[0];
    for (let first = 0; first < total; first += block) {
      signal?.throwIfAborted();
      const count = Math.min(block, total - first);
      const running = session.value.embed(next, count);
      turn = 1 - turn;
      if (first + block < total) next = read(first + block, buffers[turn as 0 | 1]);
      writer.writeRows('embedding', first, await running);
      onBlock?.(first + count, total);
    }
  } finally {
    writer.close();
    await session.value.dispose();
  }
  const seconds = (performance.now() - began) / 1000;
  return ok({ images: total, dimensions: network.embedding, speed: { seconds, imagesPerSecond: total / seconds } });
}
