import { mean } from '../../../../foundation/statistics/moments.js';
import { present } from '../../../../foundation/values/present.js';
import { foldAccuracy } from './fold-accuracy.js';
import {
  areaUnderCurve,
  equalErrorRate,
  rankScores,
  rocCurve,
  trueAcceptRate,
  type RankedScores,
  type RocCurve,
} from './roc.js';
import type { ScoreClasses, ScoreSet } from './score-set.js';

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
  /** Of each of these, each pair counted once. */
  readonly curves: readonly RocCurve[];
}

/** @param scores must pass `checkScores` */
export function prepareScores(scores: ScoreSet): PreparedScores {
  const ranked = rankGroups(scores);
  return { scores, ranked, curves: ranked.map((pairs) => rocCurve(pairs)) };
}

/** The curve of all pairs (`folds`), or of each split. */
export function curvesOf(scores: ScoreClasses): readonly RocCurve[] {
  return rankGroups(scores).map((pairs) => rocCurve(pairs));
}

function rankGroups({ score, genuine, fold, protocol }: ScoreClasses): readonly RankedScores[] {
  const groups = protocol === 'folds' ? [undefined] : groupByFold(fold);
  return groups.map((pairs) => rankScores(score, genuine, pairs));
}

/** Indices of the pairs of each fold or split, in ascending order of its number. */
export function groupByFold(fold: Int32Array): Int32Array[] {
  const sizes = new Map<number, number>();
  // Pairs of a fold mostly stand together: a run of them asks the map once.
  for (let i = 0; i < fold.length;) {
    const end = endOfRun(fold, i);
    sizes.set(fold[i]!, (sizes.get(fold[i]!) ?? 0) + end - i);
    i = end;
  }
  const values = [...sizes.keys()].sort((a, b) => a - b);
  const positions = new Map(values.map((value, g) => [value, g]));
  const groups = values.map((value) => new Int32Array(present(sizes, value)));
  const filled = new Int32Array(values.length);
  for (let i = 0; i < fold.length;) {
    const end = endOfRun(fold, i);
    const g = present(positions, fold[i]!);
    const group = groups[g]!;
    for (; i < end; i += 1) group[filled[g]!++] = i;
  }
  return groups;
}

function endOfRun(fold: Int32Array, start: number): number {
  let end = start + 1;
  while (end < fold.length && fold[end] === fold[start]) end += 1;
  return end;
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
  { ranked, curves }: PreparedScores,
  metrics: readonly Metric[],
  weights?: Uint32Array,
): Float64Array[] {
  return ranked.map((pairs, g) => {
    const curve = weights === undefined ? curves[g]! : rocCurve(pairs, weights);
    return Float64Array.from(metrics, (metric) => {
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
