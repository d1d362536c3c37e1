import { mean, standardDeviation } from '../statistics.js';
import type { RankedScores } from './roc.js';

/** Accuracies by LFW's protocol: for each fold the threshold comes from the other folds. */
export interface FoldAccuracy {
  readonly mean: number;
  /** Over folds, of the values themselves (`ddof` 0), as OpenFace and facenet print it. */
  readonly std: number;
  /** Folds in ascending order; those without a pair are left out. */
  readonly folds: Int32Array;
  readonly accuracy: Float64Array;
  /** A pair is accepted where its score is at least this. Infinite where the best is to accept none, or all. */
  readonly threshold: Float64Array;
}

/**
 * For each fold: the threshold with the greatest accuracy on all pairs of the other folds, among all thresholds that
 * divide their scores differently (halfway between neighbours, and beyond both ends); of several that are equally good the
 * middle one, counted from the strictest (of an even number, the stricter of the two in the middle). Then the share of
 * the fold's pairs that it decides rightly.
 *
 * @param fold of each pair
 * @param weights how often each pair counts; once by default
 * @returns undefined for fewer than two folds: nothing is left to choose a threshold by
 */
export function foldAccuracy(ranked: RankedScores, fold: Int32Array, weights?: Uint32Array): FoldAccuracy | undefined {
  const sizes = new Map<number, number>();
  for (const pair of ranked.order) {
    const weight = weights === undefined ? 1 : weights[pair]!;
    if (weight > 0) sizes.set(fold[pair]!, (sizes.get(fold[pair]!) ?? 0) + weight);
  }
  const folds = Int32Array.from(sizes.keys()).sort();
  if (folds.length < 2) return undefined;
  const threshold = Float64Array.from(folds, (left) => bestThreshold(ranked, fold, left, weights));
  const right = new Float64Array(folds.length);
  const position = new Map(Array.from(folds, (value, i) => [value, i]));
  for (const pair of ranked.order) {
    const at = position.get(fold[pair]!);
    if (at === undefined) continue;
    const accepted = ranked.score[pair]! >= threshold[at]!;
    if (accepted === (ranked.genuine[pair] === 1)) right[at]! += weights === undefined ? 1 : weights[pair]!;
  }
  const accuracy = Float64Array.from(folds, (value, i) => right[i]! / sizes.get(value)!);
  return { mean: mean(accuracy), std: standardDeviation(accuracy), folds, accuracy, threshold };
}

/** Of the pairs that are not in fold `left`. */
function bestThreshold(ranked: RankedScores, fold: Int32Array, left: number, weights: Uint32Array | undefined): number {
  const { order, score, genuine } = ranked;
  let gain = 0; // genuine less impostor pairs accepted: the number decided rightly, but for a constant
  let best = 0;
  let ties = [Infinity];
  let last = NaN;
  for (let i = 0; i <= order.length; i += 1) {
    const pair = order[i];
    if (pair === undefined) {
      // Every pair is counted: the last candidate accepts all.
      if (gain > best) ties = [];
      if (gain >= best && !Number.isNaN(last)) ties.push(-Infinity);
      break;
    }
    if (fold[pair] === left || weights?.[pair] === 0) continue;
    const value = score[pair]!;
    if (value !== last && !Number.isNaN(last) && gain >= best) {
      // The pairs that score `last` or more are counted, and no other.
      if (gain > best) ties = [];
      best = gain;
      ties.push(between(last, value));
    }
    last = value;
    gain += (genuine[pair] === 1 ? 1 : -1) * (weights === undefined ? 1 : weights[pair]!);
  }
  return ties[(ties.length - 1) >> 1]!;
}

/** A threshold that accepts `high` and not `low`, `high` > `low`. */
function between(high: number, low: number): number {
  const middle = low + (high - low) / 2;
  return middle > low ? middle : high;
}
