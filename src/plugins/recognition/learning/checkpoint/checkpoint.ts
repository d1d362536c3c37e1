import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { isJsonObject, type Json } from '../../../../foundation/values/json.js';
import { isCount, readText } from '../../../../foundation/files/text-file.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { Network } from '../network/network.js';
import type { LossScale } from '../step/loss-scale.js';
import { initialise, sizeOf, type Arrays } from '../network/parameters.js';
import { stateEntries, type Recipe, type StepRecipe } from '../step/recipe.js';
import { encodeArrays, readArrays } from './arrays.js';

/** What a training is after some epochs: enough to go on with the same bits as if it had never stopped. */
export interface Checkpoint {
  /** Epochs done. Batches are a function of (seed, epoch, batch), so this is all the sampler's state. */
  readonly epoch: number;
  /** Updates since the optimiser's memories were zero: Adam's bias correction needs it. */
  readonly updates: number;
  /** Batches on end, up to now, whose embeddings were one point: a collapse may last over epochs of few batches. */
  readonly collapsed: number;
  /** Where the recipe is in half precision and an epoch is done. */
  readonly lossScale?: LossScale;
  /** All of `stateEntries`. */
  readonly arrays: Arrays;
  /** One record for each epoch done. */
  readonly history: readonly EpochRecord[];
}

/** What is reported of an epoch: functions of data and recipe alone, never of the clock. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  readonly rate: number;
  /** Mean over the batches that had a triplet; 0 if none had. */
  readonly loss: number;
  /** Share of anchor-positive pairs that found a negative within the margin. */
  readonly active: number;
  /** Mean over batches of 1 - |mean embedding|^2. */
  readonly spread: number;
  /** Batches without a triplet, which changed no weight. */
  readonly idleBatches: number;
}

export const CHECKPOINT_FILES = { arrays: 'checkpoint.safetensors', about: 'checkpoint.json' } as const;
const SCHEMA = 'fx/checkpoint@1';

interface About {
  readonly schema: string;
  readonly network: string;
  readonly input: Network['input'];
  readonly epoch: number;
  readonly updates: number;
  /** Absent where it is 0 and in files of earlier versions. */
  readonly collapsed?: number;
  readonly lossScale?: LossScale;
  readonly history: readonly EpochRecord[];
}

/** The beginning: fresh weights, or `weights` (parameters and statistics) where they are given; memories zero. */
export function beginning(
  network: Network,
  recipe: Recipe,
  weights: Arrays = initialise(network, recipe.seed),
): Checkpoint {
  const arrays: Record<string, Float32Array> = {};
  for (const { name, shape, memory } of stateEntries(network, recipe)) {
    arrays[name] = memory === undefined ? weights[name]! : new Float32Array(sizeOf(shape));
  }
  return { epoch: 0, updates: 0, collapsed: 0, arrays, history: [] };
}

/** The same with the optimiser's memories forgotten. */
export function forgetful(network: Network, recipe: StepRecipe, checkpoint: Checkpoint): Checkpoint {
  const arrays: Record<string, Float32Array> = { ...checkpoint.arrays };
  for (const { name, shape, memory } of stateEntries(network, recipe)) {
    if (memory !== undefined) arrays[name] = new Float32Array(sizeOf(shape));
  }
  return { ...checkpoint, updates: 0, arrays };
}

/** Writes a checkpoint's two files into `folder`. */
export function saveCheckpoint(folder: string, network: Network, recipe: StepRecipe, checkpoint: Checkpoint): void {
  const { epoch, updates, collapsed, lossScale, history, arrays } = checkpoint;
  const about: About = {
    schema: SCHEMA,
    network: network.name,
    input: network.input,
    epoch,
    updates,
    ...(collapsed === 0 ? {} : { collapsed }),
    ...(lossScale && { lossScale }),
    history,
  };
  writeFileSync(join(folder, CHECKPOINT_FILES.arrays), encodeArrays(arrays, stateEntries(network, recipe)));
  writeFileSync(join(folder, CHECKPOINT_FILES.about), `${JSON.stringify(about, undefined, 1)}\n`);
}

/**
 * Reads a checkpoint to continue with `network` and `recipe`.
 * @param locate gives the path of a checkpoint's file by its name
 */
export function loadCheckpoint(
  locate: (file: string) => string,
  network: Network,
  recipe: StepRecipe,
): Result<Checkpoint, readonly LearningDiagnostic[]> {
  const path = locate(CHECKPOINT_FILES.about);
  let about: unknown;
  try {
    about = JSON.parse(readText(path));
  } catch (error) {
    return fail(failure('learning/damaged-file', `${path} can't be read: ${(error as Error).message}`, 'train again'));
  }
  if (!isAbout(about)) return fail(failure('learning/damaged-file', `${path} is no checkpoint`, 'train again'));
  const isSame =
    about.network === network.name &&
    about.input.height === network.input.height &&
    about.input.width === network.input.width;
  if (about.schema !== SCHEMA || !isSame) {
    const says = (name: string, { width, height }: Network['input']): string => `${name} at ${width}x${height}`;
    return fail(
      failure(
        'learning/checkpoint-mismatch',
        `${path} is of ${says(about.network, about.input)} (${about.schema}), this training is of ${says(network.name, network.input)}`,
        'fine-tune from its weights instead of continuing it',
      ),
    );
  }
  const arrays = readArrays(locate(CHECKPOINT_FILES.arrays), stateEntries(network, recipe), 'this training');
  if (!arrays.ok) return arrays;
  const { epoch, updates, collapsed = 0, lossScale, history } = about;
  return ok({ epoch, updates, collapsed, ...(lossScale && { lossScale }), history, arrays: arrays.value });
}

const RECORD = [
  'epoch',
  'rate',
  'loss',
  'active',
  'spread',
  'idleBatches',
] as const satisfies readonly (keyof EpochRecord)[];

/** Whether what a checkpoint says of itself is all there: it may be a stranger's. */
function isAbout(value: unknown): value is About {
  if (!isJsonObject(value) || !isJsonObject(value.input)) return false;
  const { schema, network, input, epoch, updates, collapsed = 0, lossScale, history } = value;
  if (typeof schema !== 'string' || typeof network !== 'string') return false;
  if (![input.height, input.width, epoch, updates, collapsed].every(isCount)) return false;
  if (lossScale !== undefined && !isLossScale(lossScale)) return false;
  const isRecord = (one: Json): boolean => isJsonObject(one) && RECORD.every((name) => typeof one[name] === 'number');
  return Array.isArray(history) && history.every(isRecord);
}

function isLossScale(value: Json): boolean {
  return isJsonObject(value) && typeof value.scale === 'number' && value.scale > 0 && isCount(value.steady);
}
