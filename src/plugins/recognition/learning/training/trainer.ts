import { failure } from '../../../../foundation/failures/diagnostic.js';
import { err, fail, ok, type Result } from '../../../../foundation/failures/result.js';
import type { ImageSet } from '../../datasets/sets/image-set.js';
import { Augmenter } from '../batches/augment.js';
import { BatchLoader } from '../batches/loader.js';
import { BatchSampler } from '../batches/sampler.js';
import { forgetful, type Checkpoint, type EpochRecord } from '../checkpoint/checkpoint.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { Engine, StepMetrics, TrainingSession } from '../engines/engine.js';
import type { Network } from '../network/network.js';
import { FIRST_SCALE, nextScale } from '../step/loss-scale.js';
import { stepSize } from '../optimiser/optimiser.js';
import { rateAt } from '../optimiser/schedule.js';
import { checkRecipe } from './fine-tuning.js';
import { checkMemory } from '../step/memory.js';
import type { Recipe } from '../step/recipe.js';

export interface TrainingSetup {
  readonly engine: Engine;
  readonly network: Network;
  readonly recipe: Recipe;
  readonly data: ImageSet;
  /** Bytes that training may take; default: the machine's memory. */
  readonly memory?: number;
}

export interface EpochOptions {
  /** Called after each batch. */
  readonly onBatch?: (done: number, total: number, metrics: StepMetrics) => void;
  /** Stops between two batches, by throwing its reason. */
  readonly signal?: AbortSignal;
}

export interface TrainedEpoch {
  readonly checkpoint: Checkpoint;
  readonly record: EpochRecord;
  /** Of this machine at this hour: no part of any artifact. */
  readonly speed: { readonly seconds: number; readonly imagesPerSecond: number };
}

/**
 * Below this spread in so many batches on end, of however many epochs, all embeddings are one point, and no triplet pulls them
 * apart again.
 */
export const COLLAPSED = { spread: 1e-3, batches: 20 } as const;

/**
 * Trains a network epoch by epoch. An epoch is a function of the checkpoint before it, so that it makes no difference
 * whether the trainer is the one that made that checkpoint or a fresh one in another process.
 *
 * No arithmetic stands here: `step/step.ts` has it, in TensorFlow.js. A recorded engine runs that function once, on tensors
 * without values, and compiles what it called (`src/compiler/`).
 */
export class Trainer {
  readonly #setup: TrainingSetup;
  readonly #loader: BatchLoader;
  readonly #images: number;
  readonly #session: TrainingSession;

  private constructor(setup: TrainingSetup, loader: BatchLoader, images: number, session: TrainingSession) {
    this.#setup = setup;
    this.#loader = loader;
    this.#images = images;
    this.#session = session;
  }

  /**
   * Checks data, recipe and memory, and prepares the engine; `from` is the checkpoint of the first epoch to come.
   * Fails, with all that is wrong, before anything is trained.
   */
  static async open(setup: TrainingSetup, from: Checkpoint): Promise<Result<Trainer, readonly LearningDiagnostic[]>> {
    const { engine, network, recipe, data } = setup;
    const wrong = [...checkRecipe(network, recipe), ...checkImageSize(network, data)];
    const sampler = BatchSampler.create(data.identity, recipe.batch, recipe.seed);
    if (!sampler.ok) wrong.push(...sampler.error);
    else wrong.push(...checkMemory(engine, network, recipe, sampler.value.shape, setup.memory));
    if (!sampler.ok || wrong.length > 0) return err(wrong);
    const { shape } = sampler.value;
    const session = await engine.prepareTraining(network, recipe, shape, from.arrays, setup.memory);
    if (!session.ok) return session;
    const { augment } = recipe.batch;
    const augmenter = augment === undefined ? undefined : new Augmenter(augment, recipe.seed, network.input);
    const loader = new BatchLoader(data, sampler.value, augmenter);
    return ok(new Trainer(setup, loader, shape.images, session.value));
  }

  /** The epoch after `from`. */
  async epoch(
    from: Checkpoint,
    { onBatch, signal }: EpochOptions = {},
  ): Promise<Result<TrainedEpoch, readonly LearningDiagnostic[]>> {
    const { network, recipe } = this.#setup;
    const start = recipe.resetEachEpoch ? forgetful(network, recipe, from) : from;
    await this.#session.load(start.arrays);
    const rate = rateAt(recipe.rate, from.epoch);
    const total = recipe.batchesPerEpoch;
    const sums = new EpochSums();
    let updates = start.updates;
    let { collapsed } = from;
    let lossScale = recipe.precision === 'half' ? (from.lossScale ?? FIRST_SCALE) : undefined;
    const began = performance.now();
    let next = this.#loader.load(from.epoch, 0);
    for (let batch = 0; batch < total; batch += 1) {
      signal?.throwIfAborted();
      const running = this.#session.step(next, {
        ...stepSize(recipe.optimiser, rate, updates + 1),
        ...(lossScale && { scale: lossScale.scale }),
      });
      // Read while the engine computes: the loader never keeps a step waiting.
      if (batch + 1 < total) next = this.#loader.load(from.epoch, batch + 1);
      const metrics = await running;
      if (!Number.isFinite(metrics.loss) || !Number.isFinite(metrics.spread)) {
        return fail(notFinite(metrics.loss, from.epoch, batch, total));
      }
      collapsed = metrics.spread < COLLAPSED.spread ? collapsed + 1 : 0;
      if (collapsed >= COLLAPSED.batches) return fail(collapse(metrics.spread, from.epoch, batch, total));
      const isFinite = Number.isFinite(metrics.gradientNorm);
      if (lossScale !== undefined) {
        lossScale = nextScale(lossScale, isFinite);
        if (lossScale.scale < 1) return fail(overflow(from.epoch, batch, total));
      }
      if (metrics.selected > 0 && isFinite) updates += 1;
      sums.add(metrics);
      onBatch?.(batch + 1, total, metrics);
    }
    const arrays = await this.#session.state();
    const seconds = (performance.now() - began) / 1000;
    if (!allFinite(arrays)) return fail(notFinite(NaN, from.epoch, total - 1, total));
    const record = sums.record(from.epoch + 1, rate);
    return ok({
      checkpoint: {
        epoch: from.epoch + 1,
        updates,
        collapsed,
        ...(lossScale && { lossScale }),
        arrays,
        history: [...from.history, record],
      },
      record,
      speed: { seconds, imagesPerSecond: (total * this.#images) / seconds },
    });
  }

  async close(): Promise<void> {
    await this.#session.dispose();
  }
}

/** One link of the chain of epochs: opens, trains one epoch after `from`, closes. */
export async function trainEpoch(
  setup: TrainingSetup,
  from: Checkpoint,
  options: EpochOptions = {},
): Promise<Result<TrainedEpoch, readonly LearningDiagnostic[]>> {
  const trainer = await Trainer.open(setup, from);
  if (!trainer.ok) return trainer;
  try {
    return await trainer.value.epoch(from, options);
  } finally {
    await trainer.value.close();
  }
}

class EpochSums {
  #batches = 0;
  #busy = 0;
  #loss = 0;
  #selected = 0;
  #pairs = 0;
  #spread = 0;

  add({ loss, selected, pairs, spread }: StepMetrics): void {
    this.#batches += 1;
    if (selected > 0) {
      this.#busy += 1;
      this.#loss += loss;
    }
    this.#selected += selected;
    this.#pairs += pairs;
    this.#spread += spread;
  }

  record(epoch: number, rate: number): EpochRecord {
    return {
      epoch,
      rate,
      loss: this.#busy === 0 ? 0 : this.#loss / this.#busy,
      active: this.#pairs === 0 ? 0 : this.#selected / this.#pairs,
      spread: this.#spread / this.#batches,
      idleBatches: this.#batches - this.#busy,
    };
  }
}

function checkImageSize({ name, input }: Network, { record }: ImageSet): LearningDiagnostic[] {
  if (record.height === input.height && record.width === input.width) return [];
  return [
    failure(
      'learning/image-size',
      `the data set's images are ${record.width}x${record.height}, ${name} was made for ${input.width}x${input.height}`,
      'make the data set at the size of the network, or the network for the size of the data',
    ),
  ];
}

function notFinite(loss: number, epoch: number, batch: number, total: number): LearningDiagnostic {
  return failure(
    'learning/loss-not-finite',
    `the loss became ${loss} in batch ${batch + 1} of epoch ${epoch + 1} (step ${epoch * total + batch + 1})`,
    `go back to ${epoch === 0 ? 'the beginning' : `the checkpoint of epoch ${epoch}`}, lower the learning rate, or set clip`,
  );
}

function overflow(epoch: number, batch: number, total: number): LearningDiagnostic {
  return failure(
    'learning/loss-not-finite',
    `the gradient was not finite in half precision, whatever the loss was scaled by, up to batch ${batch + 1} of epoch ${epoch + 1} (step ${epoch * total + batch + 1})`,
    'leave precision out, lower the learning rate, or set clip',
  );
}

function collapse(spread: number, epoch: number, batch: number, total: number): LearningDiagnostic {
  // The epoch in which the first of those batches stood: what it began from was still well.
  const began = Math.max(0, Math.floor((epoch * total + batch + 1 - COLLAPSED.batches) / total));
  return failure(
    'learning/embedding-collapsed',
    `all embeddings are one point (spread ${spread.toExponential(1)} in ${COLLAPSED.batches} batches on end, epoch ${epoch + 1}, batch ${batch + 1})`,
    `go back to ${began === 0 ? 'the beginning' : `the checkpoint of epoch ${began}`}, lower the learning rate, or choose random-within-margin triplets`,
  );
}

function allFinite(arrays: Readonly<Record<string, Float32Array>>): boolean {
  return Object.values(arrays).every((values) => values.every(Number.isFinite));
}
