import { totalmem } from 'node:os';
import { failure } from '../../../foundation/diagnostic.js';
import { sayBytes } from '../../../foundation/files.js';
import type { LearningDiagnostic } from '../diagnostic.js';
import type { BatchShape } from '../engines/engine.js';
import type { Network } from '../network/network.js';
import { sizeOf } from '../network/parameters.js';
import { layoutOf } from '../network/shapes.js';
import { stateEntries, type StepRecipe } from './recipe.js';

/**
 * Of the maps of the forward pass, counted twice where batch normalisation keeps the standardised map beside its output,
 * how much is alive at once at the peak: all of it, plus the gradients of the largest maps and temporaries.
 */
const PEAK = 1.5;
const BYTES = 4;

/** Bytes that a training step takes at most, about: maps kept for the gradient, the state twice, gradients, triplets. */
export function estimateTrainingMemory(network: Network, recipe: StepRecipe, { images, pairs }: BatchShape): number {
  const maps = PEAK * layoutOf(network).activations * images;
  const state = stateEntries(network, recipe).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const triplets = 10 * pairs * images;
  return BYTES * (maps + 3 * state + triplets);
}

/** A diagnostic where the estimate exceeds `available` bytes (default: the machine's memory). */
export function checkMemory(
  network: Network,
  recipe: StepRecipe,
  shape: BatchShape,
  available = totalmem(),
): LearningDiagnostic[] {
  const needed = estimateTrainingMemory(network, recipe, shape);
  if (needed <= available) return [];
  return [
    failure(
      'learning/memory',
      `training ${network.name} with ${shape.images} images a batch takes about ${sayBytes(needed)}, and ${sayBytes(available)} may be used`,
      'take fewer people or images a batch, a smaller network, or allow more memory',
    ),
  ];
}
