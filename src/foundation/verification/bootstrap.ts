import { stream } from '../random.js';
import { fail, ok, type Result } from '../result.js';
import { failure } from '../diagnostic.js';
import { drawWeights, mean, percentileInterval, standardDeviation, type Interval } from '../statistics.js';
import { evaluateMetrics, groupByFold, prepareScores, type Metric, type PreparedScores } from './metrics.js';
import { checkSamePairs, checkScores, type ScoresDiagnostic, type ScoreSet } from './score-set.js';

/**
 * Bootstrap intervals of verification metrics. A resample draws pairs with replacement, within each fold (or split) and
 * class, so that every resample has the protocol's shape; thresholds are chosen anew in each. Where several trainings of one
 * model are given (replicates), they too are drawn with replacement, and the metric is their mean. Intervals are
 * percentile intervals.
 *
 * What they do not cover: pairs that share an image or a person are drawn as if independent, so for benchmarks that reuse
 * images much (IJB-A) intervals are too narrow; and with few replicates the spread between trainings is understated by
 * about sqrt((R - 1) / R).
 */
export interface BootstrapOptions {
  readonly seed: number;
  readonly resamples: number;
  /** 0.95 for 95% */
  readonly level: number;
}

export const DEFAULT_BOOTSTRAP: BootstrapOptions = { seed: 0, resamples: 1000, level: 0.95 };

export interface Estimate {
  readonly value: number;
  readonly interval: Interval;
  readonly standardError: number;
}

export interface Difference extends Estimate {
  /** Share of the resamples with a difference above 0, those at 0 counted half. */
  readonly above: number;
}

/**
 * Metrics with their intervals.
 * @param replicates score sets of the same pairs, one for each training; at least one
 */
export function bootstrapMetrics(
  replicates: readonly ScoreSet[],
  metrics: readonly Metric[],
  options: BootstrapOptions = DEFAULT_BOOTSTRAP,
): Result<readonly Estimate[], readonly ScoresDiagnostic[]> {
  const resampled = resampleMetrics(replicates, metrics, options);
  return resampled.ok ? ok(metrics.map((_, m) => estimateMetric(resampled.value, m, options))) : resampled;
}

/**
 * Differences `a - b` of two models' metrics on the same pairs, every resample being the same for both. Replicates are drawn
 * in pairs where there are equally many of both (the same seeds, say), and each by itself otherwise.
 */
export function bootstrapDifference(
  a: readonly ScoreSet[],
  b: readonly ScoreSet[],
  metrics: readonly Metric[],
  options: BootstrapOptions = DEFAULT_BOOTSTRAP,
): Result<readonly Difference[], readonly ScoresDiagnostic[]> {
  const resampled = resampleMetrics([...a, ...b], metrics, options);
  if (!resampled.ok) return resampled;
  const ofA = resampled.value.slice(0, a.length);
  const ofB = resampled.value.slice(a.length);
  return ok(metrics.map((_, m) => estimateDifference(ofA, ofB, m, options)));
}

/** A score set's metrics, and what they are in each resample of its pairs. */
export interface Resampled {
  /** [metrics] */
  readonly value: Float64Array;
  /** [metrics][resamples] */
  readonly draws: readonly Float64Array[];
}

/**
 * Metrics of many score sets of the same pairs, all in the same resamples: made once, from which any estimate and any paired
 * difference follows at little cost. Resample `k` depends on the seed and `k` alone.
 */
export function resampleMetrics(
  sets: readonly ScoreSet[],
  metrics: readonly Metric[],
  { seed, resamples }: BootstrapOptions = DEFAULT_BOOTSTRAP,
): Result<readonly Resampled[], readonly ScoresDiagnostic[]> {
  const checked = checkAll(sets);
  if (!checked.ok) return checked;
  const { fold, genuine, score } = sets[0]!;
  const strata = groupByFold(fold).flatMap((pairs) => [
    pairs.filter((pair) => genuine[pair] === 1),
    pairs.filter((pair) => genuine[pair] !== 1),
  ]);
  const weights = new Uint32Array(score.length);
  const all = checked.value.map((prepared) => ({
    prepared,
    value: evaluateMetrics(prepared, metrics),
    draws: metrics.map(() => new Float64Array(resamples)),
  }));
  for (let k = 0; k < resamples; k += 1) {
    drawWeights(strata, stream(seed, 'bootstrap', k), weights);
    for (const { prepared, draws } of all) {
      const values = evaluateMetrics(prepared, metrics, weights);
      draws.forEach((draw, m) => (draw[k] = values[m]!));
    }
  }
  return ok(all.map(({ value, draws }) => ({ value, draws })));
}

/** The mean over replicates of metric `m`. */
export function estimateMetric(
  replicates: readonly Resampled[],
  m: number,
  { seed, level }: BootstrapOptions = DEFAULT_BOOTSTRAP,
): Estimate {
  return summarise(meanValue(replicates, m), meanDraws(replicates, m, chosenReplicates(replicates, seed)), level);
}

/** `a - b` of metric `m`. */
export function estimateDifference(
  a: readonly Resampled[],
  b: readonly Resampled[],
  m: number,
  { seed, level }: BootstrapOptions = DEFAULT_BOOTSTRAP,
): Difference {
  const chosenA = chosenReplicates(a, seed);
  const chosenB = a.length === b.length ? chosenA : chosenReplicates(b, seed, 1);
  const ofB = meanDraws(b, m, chosenB);
  const differences = meanDraws(a, m, chosenA).map((value, k) => value - ofB[k]!);
  const above = mean(differences.map((d) => (d > 0 ? 1 : d === 0 ? 0.5 : 0)));
  return { ...summarise(meanValue(a, m) - meanValue(b, m), differences, level), above };
}

function meanValue(replicates: readonly Resampled[], m: number): number {
  return mean(replicates.map(({ value }) => value[m]!));
}

function meanDraws(replicates: readonly Resampled[], m: number, chosen: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(chosen, (some, k) => mean(some.map((r) => replicates[r]!.draws[m]![k]!)));
}

/** Which replicates each resample is of. */
function chosenReplicates(replicates: readonly Resampled[], seed: number, side = 0): number[][] {
  const count = replicates.length;
  const resamples = replicates[0]!.draws[0]!.length;
  return range(resamples).map((k) => {
    if (count === 1) return [0];
    const random = stream(seed, 'bootstrap-replicates', k, side);
    return range(count).map(() => random.integer(count));
  });
}

function checkAll(sets: readonly ScoreSet[]): Result<PreparedScores[], readonly ScoresDiagnostic[]> {
  const first = sets[0];
  if (first === undefined) return fail(failure('scores/one-class', 'there are no scores'));
  for (const set of sets) {
    const checked = checkScores(set);
    if (!checked.ok) return checked;
    const same = checkSamePairs(first, set);
    if (!same.ok) return same;
  }
  return ok(sets.map(prepareScores));
}

function summarise(value: number, draws: ArrayLike<number>, level: number): Estimate {
  return { value, interval: percentileInterval(draws, level), standardError: standardDeviation(draws, 1) };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
