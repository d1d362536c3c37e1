import { mean, standardDeviation } from '../../../../foundation/statistics/moments.js';
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
  const counted = countedPairs(ranked, fold, weights);
  const { folds, sizes } = counted;
  if (folds.length < 2) return undefined;
  const window = bestCuts(counted);
  const threshold = new Float64Array(folds.length);
  for (let left = 0; left < folds.length; left += 1) threshold[left] = bestThreshold(counted, window, left);
  const right = new Float64Array(folds.length);
  for (let i = 0; i < counted.score.length; i += 1) {
    const at = counted.fold[i]!;
    const gain = counted.gain[i]!;
    const isAccepted = counted.score[i]! >= threshold[at]!;
    if (isAccepted === gain > 0) right[at]! += Math.abs(gain);
  }
  const accuracy = Float64Array.from(right, (count, i) => count / sizes[i]!);
  return { mean: mean(accuracy), std: standardDeviation(accuracy), folds, accuracy, threshold };
}

/** The pairs of a weight above 0 in descending order of score: side by side, since they are swept once for each fold. */
interface CountedPairs {
  readonly score: Float64Array;
  /** The weight; negative for impostors. */
  readonly gain: Int32Array;
  /** Position of the pair's fold in `folds`. */
  readonly fold: Int32Array;
  /** Ascending. */
  readonly folds: Int32Array;
  /** Sum of the weights of each fold. */
  readonly sizes: Float64Array;
}

function countedPairs(
  { order, score, genuine }: RankedScores,
  foldOf: Int32Array,
  weights: Uint32Array | undefined,
): CountedPairs {
  const scores = new Float64Array(order.length);
  const gains = new Int32Array(order.length);
  const fold = new Int32Array(order.length);
  let n = 0;
  for (let i = 0; i < order.length; i += 1) {
    const pair = order[i]!;
    const weight = weights === undefined ? 1 : weights[pair]!;
    if (weight === 0) continue;
    scores[n] = score[pair]!;
    gains[n] = genuine[pair] === 1 ? weight : -weight;
    fold[n] = foldOf[pair]!;
    n += 1;
  }
  const gain = gains.subarray(0, n);
  const { positions, folds } = positionsOf(fold.subarray(0, n));
  const sizes = new Float64Array(folds.length);
  for (let i = 0; i < n; i += 1) sizes[positions[i]!]! += Math.abs(gain[i]!);
  return { score: scores.subarray(0, n), gain, fold: positions, folds, sizes };
}

/** Distinct values in ascending order, and the position of each value among them, in place. */
function positionsOf(values: Int32Array): { positions: Int32Array; folds: Int32Array } {
  const distinct: number[] = [];
  for (let i = 0, last = NaN; i < values.length; i += 1) {
    const value = values[i]!;
    if (value !== last && !distinct.includes(value)) distinct.push(value);
    last = value;
  }
  const folds = Int32Array.from(distinct).sort();
  const lowest = folds[0] ?? 0;
  const isRun = folds.every((value, i) => value === lowest + i);
  for (let i = 0; i < values.length; i += 1) {
    values[i] = isRun ? values[i]! - lowest : folds.indexOf(values[i]!);
  }
  return { positions: values, folds };
}

/**
 * Cut `c` accepts the first `c` pairs. With G(c) genuine less impostor pairs accepted, and g(c) those of one fold, the best
 * cut for the other folds maximises G - g, so that it has G(c) >= G(best) - (g(best) - min g), `best` being the cut that
 * maximises G: only cuts from `from` to `to` can have that, whichever fold is left out.
 */
interface Window {
  readonly from: number;
  readonly to: number;
  /** By fold: G - g before the first pair of the window. */
  readonly before: Float64Array;
}

function bestCuts({ score, gain, fold, folds }: CountedPairs): Window {
  const n = score.length;
  let best = 0;
  let bestCut = 0;
  let total = 0;
  for (let i = 0; i < n; i += 1) {
    total += gain[i]!;
    if (total <= best || (i + 1 < n && score[i + 1] === score[i])) continue;
    best = total;
    bestCut = i + 1;
  }
  const own = new Int32Array(folds.length);
  const lowest = new Int32Array(folds.length);
  let ownAtBest = own.slice();
  for (let i = 0; i < n; i += 1) {
    if (i === bestCut) ownAtBest = own.slice();
    const sum = (own[fold[i]!]! += gain[i]!);
    if (sum < lowest[fold[i]!]!) lowest[fold[i]!] = sum;
  }
  if (bestCut === n) ownAtBest = own;
  const least = best - Math.max(...ownAtBest.map((sum, f) => sum - lowest[f]!));
  let to = n;
  for (; total < least; to -= 1) total -= gain[to - 1]!;
  const before = new Float64Array(folds.length);
  let from = 0;
  for (total = 0; total < least; from += 1) {
    total += gain[from]!;
    before[fold[from]!]! -= gain[from]!;
  }
  return { from, to, before: before.map((less) => total + less) };
}

/** Of the pairs that are not in fold `left` (its position). */
function bestThreshold({ score, gain, fold }: CountedPairs, { from, to, before }: Window, left: number): number {
  // Cuts are named by the pair below them: `at[t]` is that pair's place, `above[t]` the score above.
  const at: number[] = [];
  const above: number[] = [];
  let ties = 0;
  let best = -Infinity;
  let sum = before[left]!;
  let last = Infinity;
  for (let i = from - 1; i >= 0 && last === Infinity; i -= 1) if (fold[i] !== left) last = score[i]!;
  let i = from;
  for (; i < score.length && i <= to; i += 1) {
    if (fold[i] === left) {
      // A cut below this pair is the cut above the next that counts.
      if (i === to) to += 1;
      continue;
    }
    const value = score[i]!;
    if (sum >= best && value !== last) {
      if (sum > best) ties = 0;
      best = sum;
      at[ties] = i;
      above[ties] = last;
      ties += 1;
    }
    last = value;
    sum += gain[i]!;
  }
  if (i === score.length && sum >= best) {
    if (sum > best) ties = 0;
    at[ties] = score.length;
    above[ties] = last;
    ties += 1;
  }
  const chosen = (ties - 1) >> 1;
  if (above[chosen] === Infinity) return Infinity;
  return at[chosen] === score.length ? -Infinity : between(above[chosen]!, score[at[chosen]!]!);
}

/** A threshold that accepts `high` and not `low`, `high` > `low`. */
function between(high: number, low: number): number {
  const middle = low + (high - low) / 2;
  return middle > low ? middle : high;
}
