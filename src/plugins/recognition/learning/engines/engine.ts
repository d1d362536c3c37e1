import type { Result } from '../../../../foundation/failures/result.js';
import type { Batch } from '../batches/batch.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { Network } from '../network/network.js';
import type { Arrays } from '../network/parameters.js';
import type { PeakMemory } from '../step/memory.js';
import type { StepRecipe } from '../step/recipe.js';
import type { BatchShape, MetricName } from '../step/step.js';

/** What runs a network: TensorFlow.js kernel by kernel, or a graph recorded from it. */
export interface Engine {
  /** `exact`, `native`, `gpu`, `tfjs:wasm`, ... */
  readonly name: string;
  /** Whether it gives the same bits on every run, machine and number of threads. */
  readonly reproducible: boolean;
  /** By which the memory of a training step is estimated. Absent where the engine works it out from what it will run. */
  readonly peak?: PeakMemory;
  /** Bytes that it can address, where that is less than the machine has: 4 GiB in WebAssembly. */
  readonly addressable?: number;
  /**
   * A session that trains from `state`, which must hold every array of `stateEntries(network, recipe)`; it is copied.
   * Fails where the engine lacks something, or the memory will not do.
   * @param memory bytes that it may take; default: the machine's memory
   */
  prepareTraining(
    network: Network,
    recipe: StepRecipe,
    shape: BatchShape,
    state: Arrays,
    memory?: number,
  ): Promise<Result<TrainingSession, readonly LearningDiagnostic[]>>;
  /**
   * A session that embeds.
   * @param folded kernels and biases with batch normalisation folded in (`foldBatchNormalisation`)
   */
  prepareEmbedding(network: Network, folded: Arrays): Promise<Result<EmbeddingSession, readonly LearningDiagnostic[]>>;
}

export interface StepScalars {
  readonly rate: number;
  readonly epsilon: number;
  /** `LossScale.scale`; only where the recipe is in half precision. */
  readonly scale?: number;
}

export type StepMetrics = Readonly<Record<MetricName, number>>;

export interface TrainingSession {
  /**
   * One step; the batch may be reused once the promise is settled. In half precision a step whose gradient is not finite leaves the
   * state as it was; `gradientNorm` tells.
   */
  step(batch: Batch, scalars: StepScalars): Promise<StepMetrics>;
  /** Replaces the whole state by a copy of `state`, which holds every array of `stateEntries`. */
  load(state: Arrays): Promise<void>;
  /** A copy of the state as it is now. */
  state(): Promise<Arrays>;
  dispose(): Promise<void>;
}

export interface EmbeddingSession {
  /**
   * Any number of images at a time; blocks of one size are fastest.
   * @param images [count, h, w, 3]
   * @returns [count, embedding], rows of unit length
   */
  embed(images: Uint8Array, count: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}
