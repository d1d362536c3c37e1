import { groupByFold } from './verification/metrics.js';
import type { ScoreSet } from './verification/score-set.js';
import { mean, standardDeviation } from '../../../foundation/statistics/moments.js';

/**
 * LFW accuracy as two programs of the literature compute it, to compare with numbers made by them: thresholds 0, 0.01, ...,
 * 3.99 on the squared distance of unit vectors, 2 - 2 cos; a pair is accepted where its distance is less.
 *
 * - `facenet` (davidsandberg/facenet): the first of the best thresholds
 * - `openface` (cmusatyalab/openface, evaluation/lfw.py): the last before accuracy first falls, which may be far from the
 *   best
 */
export type GridRule = 'facenet' | 'openface';

const STEPS = 400;

export function gridAccuracy(scores: ScoreSet, rule: GridRule): { readonly mean: number; readonly std: number } {
  const folds = groupByFold(scores.fold);
  // [fold][step]: pairs of the fold decided rightly at the threshold
  const right = folds.map((pairs) => countRight(scores, pairs));
  const accuracy = folds.map((pairs, left) => {
    const training = new Float64Array(STEPS);
    for (let f = 0; f < folds.length; f += 1) {
      if (f !== left) for (let t = 0; t < STEPS; t += 1) training[t]! += right[f]![t]!;
    }
    return right[left]![chooseStep(training, rule)]! / pairs.length;
  });
  return { mean: mean(accuracy), std: standardDeviation(accuracy) };
}

function countRight(scores: ScoreSet, pairs: Int32Array): Float64Array {
  const right = new Float64Array(STEPS);
  for (const pair of pairs) {
    const distance = 2 - 2 * scores.score[pair]!;
    const genuine = scores.genuine[pair] === 1;
    for (let t = 0; t < STEPS; t += 1) if (distance < t * 0.01 === genuine) right[t]! += 1;
  }
  return right;
}

function chooseStep(training: Float64Array, rule: GridRule): number {
  let best = 0;
  for (let t = 1; t < STEPS; t += 1) {
    if (rule === 'facenet' && training[t]! > training[best]!) best = t;
    if (rule === 'openface') {
      if (training[t]! < training[best]!) break;
      best = t;
    }
  }
  return best;
}
