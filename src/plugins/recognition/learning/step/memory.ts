import { totalmem } from 'node:os';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import { sayBytes } from '../../../../foundation/files/files.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { BatchShape } from './step.js';
import type { Network } from '../network/network.js';
import { sizeOf } from '../network/parameters.js';
import { layoutOf } from '../network/shapes.js';
import { stateEntries, type StepRecipe } from './recipe.js';

const BYTES = 4;

/** What a training step holds at its peak, as measured. */
export interface PeakMemory {
  /** Bytes that the process has without any value. */
  readonly process: number;
  /** How many times the bytes of a forward pass's maps (`Layout.activations`). */
  readonly maps: number;
}

/** What an estimate asks of an engine; see `Engine`. */
export interface EngineLimits {
  readonly name: string;
  readonly peak?: PeakMemory;
  readonly addressable?: number;
}

/** Bytes that training would take of the machine, and of what its engine can address. */
export interface Needed {
  readonly process: number;
  readonly addressed: number;
  /** Of the device that trains, where that is not the processor. */
  readonly device?: number;
}

/**
 * What a training step takes at most, within 10 % of what was measured (docs/decisions/0127): the maps of the forward pass, so many
 * times over as the engine holds them at its peak; the state twice and the gradients; the tables of pairs and images.
 */
export function estimateTrainingMemory(
  network: Network,
  recipe: StepRecipe,
  { images, pairs }: BatchShape,
  { process, maps }: PeakMemory,
): Needed {
  const state = stateEntries(network, recipe).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const triplets = 10 * pairs * images;
  const addressed = BYTES * (maps * layoutOf(network).activations * images + 3 * state + triplets);
  return { process: process + addressed, addressed };
}

/** A diagnostic where that exceeds what the engine can address, or `available` bytes (default: the machine's memory). */
export function judgeMemory(
  { name, addressable = Infinity }: EngineLimits,
  network: Network,
  shape: BatchShape,
  needed: Needed,
  available = totalmem(),
): LearningDiagnostic[] {
  const isTooLong = needed.addressed > addressable;
  if (!isTooLong && needed.process <= available) return [];
  const [bytes, most] = isTooLong ? [needed.addressed, addressable] : [needed.process, available];
  return [
    failure(
      'learning/memory',
      `training ${network.name} with ${shape.images} images a batch takes about ${sayBytes(bytes)}, and ${sayBytes(most)} ` +
        (isTooLong ? `the engine ${name} can address` : 'may be used'),
      'take fewer people or images a batch, a smaller network, or ' +
        (isTooLong ? 'the engine native' : 'allow more memory'),
    ),
  ];
}

/** A diagnostic where training exceeds the memory of the device, if that is known. */
export function judgeDeviceMemory(
  network: Network,
  shape: BatchShape,
  { device = 0 }: Needed,
  memory = Infinity,
): LearningDiagnostic[] {
  if (device <= memory) return [];
  return [
    failure(
      'learning/memory',
      `training ${network.name} with ${shape.images} images a batch takes about ${sayBytes(device)} of the GPU's memory, and it ` +
        `has ${sayBytes(memory)}`,
      'take fewer people or images a batch, a smaller network, or the engine native',
    ),
  ];
}

/** The same by the closed estimate, for engines that have one; others look when they prepare a training. */
export function checkMemory(
  engine: EngineLimits,
  network: Network,
  recipe: StepRecipe,
  shape: BatchShape,
  available?: number,
): LearningDiagnostic[] {
  if (engine.peak === undefined) return [];
  return judgeMemory(engine, network, shape, estimateTrainingMemory(network, recipe, shape, engine.peak), available);
}
