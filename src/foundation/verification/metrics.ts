import { mean } from '../statistics.js';
import { foldAccuracy } from './fold-accuracy.js';
import { areaUnderCurve, equalErrorRate, rankScores, rocCurve, trueAcceptRate, type RankedScores } from './roc.js';
import type { ScoreSet } from './score-set.js';

/** A number that a set of scores is summed up in. Written `accuracy`, `auc`, `eer`, `tar@far=0.01`. */
export type Metric =
  | { readonly kind: 'accuracy' }
  | { readonly kind: 'auc' }
  | { readonly kind: 'eer' }
  | { readonly kind: 'tar'; readonly far: number };

export function metricName(metric: Metric): string {
  return metric.kind === 'tar' ? `tar@far=${metric.far}` : metric.kind;
}

/** The metric of a name; undefined for other words. */
export function parseMetric(name: string): Metric | undefined {
  if (name === 'accuracy' || name === 'auc' || name === 'eer') return { kind: name };
  const far = Number(/^tar@far=(\d*\.?\d+(?:e-?\d+)?)$/.exec(name)?.[1]);
  return far > 0 && far <= 1 ? { kind: 'tar', far } : undefined;
}

/** Scores made ready to be summed up many times over, each pair weighted. */
export interface PreparedScores {
  readonly scores: ScoreSet;
  /** Ranked together (`folds`), or split by split (`splits`). */
  readonly ranked: readonly RankedScores[];
}

/** @param scores must pass `checkScores` */
export function prepareScores(scores: ScoreSet): PreparedScores {
  const { score, genuine, fold, protocol } = scores;
  if (protocol === 'folds') return { scores, ranked: [rankScores(score, genuine)] };
  return { scores, ranked: groupByFold(fold).map((pairs) => rankScores(score, genuine, pairs)) };
}

/** Indices of the pairs of each fold or split, in ascending order of its number. */
export function groupByFold(fold: Int32Array): Int32Array[] {
  const groups = new Map<number, number[]>();
  fold.forEach((value, pair) => {
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [pair]);
    else group.push(pair);
  });
  return [...groups].sort(([a], [b]) => a - b).map(([, pairs]) => Int32Array.from(pairs));
}

/**
 * Metrics of scores, each pair counted `weights` times (once by default). Under `splits` the mean over splits. NaN for what
 * is undefined: accuracy under `splits` or with fewer than two folds.
 */
export function evaluateMetrics(
  prepared: PreparedScores,
  metrics: readonly Metric[],
  weights?: Uint32Array,
): Float64Array {
  const perSplit = evaluateSplits(prepared, metrics, weights);
  return Float64Array.from(metrics, (metric, m) =>
    metric.kind === 'accuracy' ? accuracyOf(prepared, weights) : mean(perSplit.map((values) => values[m]!)),
  );
}

/** Rates of each split, or of all pairs together under `folds`; accuracy is NaN here. [splits][metrics] */
export function evaluateSplits(
  { ranked }: PreparedScores,
  metrics: readonly Metric[],
  weights?: Uint32Array,
): Float64Array[] {
  const needsCurve = metrics.some((metric) => metric.kind !== 'accuracy');
  return ranked.map((pairs) => {
    const curve = needsCurve ? rocCurve(pairs, weights) : undefined;
    return Float64Array.from(metrics, (metric) => {
      if (curve === undefined) return NaN;
      switch (metric.kind) {
        case 'accuracy':
          return NaN;
        case 'auc':
          return areaUnderCurve(curve);
        case 'eer':
          return equalErrorRate(curve);
        case 'tar':
          return trueAcceptRate(curve, metric.far);
      }
    });
  });
}

function accuracyOf({ scores, ranked }: PreparedScores, weights: Uint32Array | undefined): number {
  if (scores.protocol !== 'folds') return NaN;
  return foldAccuracy(ranked[0]!, scores.fold, weights)?.mean ?? NaN;
}
