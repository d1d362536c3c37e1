import { totalmem } from 'node:os';
import { failure } from '../../../../foundation/diagnostic.js';
import { sayBytes } from '../../../../foundation/files.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { BatchShape, Engine } from '../engines/engine.js';
import type { Network } from '../network/network.js';
import { sizeOf } from '../network/parameters.js';
import { layoutOf } from '../network/shapes.js';
import { stateEntries, type StepRecipe } from './recipe.js';

const BYTES = 4;

/**
 * Bytes that a training step takes at most, about: the maps of the forward pass, so many times over as the engine holds them
 * at its peak; the state twice and the gradients; the tables of pairs and images.
 *
 * @param mapsAtPeak see `Engine`
 */
export function estimateTrainingMemory(
  network: Network,
  recipe: StepRecipe,
  { images, pairs }: BatchShape,
  mapsAtPeak: number,
): number {
  const maps = mapsAtPeak * layoutOf(network).activations * images;
  const state = stateEntries(network, recipe).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const triplets = 10 * pairs * images;
  return BYTES * (maps + 3 * state + triplets);
}

/**
 * A diagnostic where the estimate exceeds what the engine can address, or `available` bytes (default: the machine's memory).
 */
export function checkMemory(
  { name, mapsAtPeak = 2, addressable = Infinity }: Pick<Engine, 'name' | 'mapsAtPeak' | 'addressable'>,
  network: Network,
  recipe: StepRecipe,
  shape: BatchShape,
  available = totalmem(),
): LearningDiagnostic[] {
  const needed = estimateTrainingMemory(network, recipe, shape, mapsAtPeak);
  const most = Math.min(available, addressable);
  if (needed <= most) return [];
  const limit = addressable < available ? `the engine ${name} can address` : 'may be used';
  return [
    failure(
      'learning/memory',
      `training ${network.name} with ${shape.images} images a batch takes about ${sayBytes(needed)}, and ${sayBytes(most)} ${limit}`,
      'take fewer people or images a batch, a smaller network, or ' +
        (addressable < available ? 'the engine native' : 'allow more memory'),
    ),
  ];
}
