import { ln } from '../../../foundation/numbers/elementary.js';
import { present } from '../../../foundation/values/present.js';
import { foldAccuracy } from './verification/fold-accuracy.js';
import type { Metric, PreparedScores } from './verification/metrics.js';
import { equalErrorRate, pointAt, type RankedScores, type RocCurve } from './verification/roc.js';

/**
 * Influence of each pair on a verification metric: its first-order contribution to the metric's deviation (the functional
 * delta method), from the density of the two classes at the threshold where there is one. Under `splits` a metric is the
 * mean over splits, and so are influences.
 *
 * - accuracy: whether the pair is decided rightly, less the mean of its class (what learning the threshold adds is in
 *   `learnt-threshold.ts`: at the best threshold the accuracy has no slope)
 * - AUC: placements (DeLong, DeLong and Clarke-Pearson 1988)
 * - TAR at FAR: for genuine pairs whether they are accepted; for impostors the same times -dTAR/dFAR, as the threshold moves
 *   with them (Hsieh and Turnbull 1996)
 * - EER: FAR and FRR at the threshold where they meet, weighted by the densities of the other class
 *
 * @returns [n]; undefined where the metric is
 */
export function influenceOf({ scores, ranked, curves }: PreparedScores, metric: Metric): Float64Array | undefined {
  const { score, genuine, fold, protocol } = scores;
  const out = new Float64Array(score.length);
  if (metric.kind === 'accuracy') {
    if (protocol !== 'folds') return undefined;
    const folds = foldAccuracy(ranked[0]!, fold);
    if (folds === undefined) return undefined;
    const positions = new Map([...folds.folds].map((value, at) => [value, at]));
    const at = fold.map((value) => present(positions, value));
    const sizes = new Float64Array(folds.folds.length);
    for (const position of at) sizes[position]! += 1;
    // Less the mean of its class: how many pairs of a class there are is the protocol's choice, not chance.
    const right = [0, 0];
    const weight = [0, 0];
    const weightOf = (i: number): number => 1 / (sizes[at[i]!]! * sizes.length);
    for (let i = 0; i < out.length; i += 1) {
      const isAccepted = score[i]! >= folds.threshold[at[i]!]! ? 1 : 0;
      const isRight = isAccepted === genuine[i] ? 1 : 0;
      out[i] = isRight;
      right[genuine[i]!]! += isRight * weightOf(i);
      weight[genuine[i]!]! += weightOf(i);
    }
    for (let i = 0; i < out.length; i += 1) {
      out[i] = (out[i]! - right[genuine[i]!]! / weight[genuine[i]!]!) * weightOf(i);
    }
    return out;
  }
  ranked.forEach((pairs, g) => addRate(pairs, curves[g]!, metric, 1 / ranked.length, out));
  return out;
}

function addRate(
  ranked: RankedScores,
  curve: RocCurve,
  metric: Exclude<Metric, { kind: 'accuracy' }>,
  share: number,
  out: Float64Array,
): void {
  const { order, score, genuine } = ranked;
  const { genuines, impostors } = curve;
  const scale = (pair: number): number => share / (genuine[pair] === 1 ? genuines : impostors);
  if (metric.kind === 'auc') {
    addPlacements(ranked, curve, share, out);
    return;
  }
  if (metric.kind === 'tar') {
    const p = pointAt(curve, metric.far);
    const [threshold, tar, far] = [curve.threshold[p]!, curve.tar[p]!, curve.far[p]!];
    const slope = slopeAt(curve, Math.max(far, 1 / impostors), impostors);
    for (const pair of order) {
      const accepted = score[pair]! >= threshold ? 1 : 0;
      out[pair]! += scale(pair) * (genuine[pair] === 1 ? accepted - tar : -slope * (accepted - far));
    }
    return;
  }
  const rate = equalErrorRate(curve);
  let p = 0;
  while (p + 1 < curve.far.length && curve.far[p]! < 1 - curve.tar[p]!) p += 1;
  const threshold = curve.threshold[p]!;
  // f_genuine / f_impostor at the threshold.
  const slope = slopeAt(curve, Math.max(rate, 1 / impostors), impostors);
  const [far, tar] = [curve.far[p]!, curve.tar[p]!];
  for (const pair of order) {
    const accepted = score[pair]! >= threshold ? 1 : 0;
    const deviation = genuine[pair] === 1 ? (tar - accepted) / (1 + slope) : ((accepted - far) * slope) / (1 + slope);
    out[pair]! += scale(pair) * deviation;
  }
}

/** The share of the other class that a pair is on the right side of, ties counted half, less its mean. */
function addPlacements(
  { order, score, genuine }: RankedScores,
  { genuines, impostors }: Pick<RocCurve, 'genuines' | 'impostors'>,
  share: number,
  out: Float64Array,
): void {
  const placement = new Float64Array(order.length);
  let above = 0;
  let aboveGenuine = 0;
  let area = 0;
  for (let i = 0; i < order.length;) {
    let end = i;
    let tied = 0;
    while (end < order.length && score[order[end]!] === score[order[i]!]) tied += genuine[order[end++]!]!;
    const tiedImpostors = end - i - tied;
    const aboveImpostor = above - aboveGenuine;
    for (let k = i; k < end; k += 1) {
      placement[k] =
        genuine[order[k]!] === 1
          ? (impostors - aboveImpostor - tiedImpostors / 2) / impostors
          : (aboveGenuine + tied / 2) / genuines;
      if (genuine[order[k]!] === 1) area += placement[k]! / genuines;
    }
    above = end;
    aboveGenuine += tied;
    i = end;
  }
  order.forEach((pair, k) => {
    out[pair]! += (share * (placement[k]! - area)) / (genuine[pair] === 1 ? genuines : impostors);
  });
}

/**
 * dTAR/dFAR of the curve at a FAR: over a window from half to twice of it, straight in log FAR, in which the tails of scores are
 * nearly straight; the window holds at least a few impostors.
 */
function slopeAt(curve: RocCurve, far: number, impostors: number): number {
  const least = 2 / impostors;
  const low = Math.max(Math.min(far / 2, far - least), 0);
  const high = Math.min(Math.max(far * 2, far + least), 1);
  const rise = tarBetween(curve, high) - tarBetween(curve, low);
  if (low <= 0) return rise / (high - low);
  return Math.max(0, rise / ln(high / low) / far);
}

/** TAR at a FAR, on the straight line between the points about it. */
function tarBetween({ far, tar }: RocCurve, x: number): number {
  let [low, high] = [0, far.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (far[middle]! <= x) low = middle;
    else high = middle;
  }
  if (far[high]! <= x) return tar[high]!;
  const width = far[high]! - far[low]!;
  return width === 0 ? tar[low]! : tar[low]! + ((x - far[low]!) / width) * (tar[high]! - tar[low]!);
}
