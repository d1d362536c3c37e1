import { stream, type Stream } from '../random.js';
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
  const checked = checkAll(replicates);
  if (!checked.ok) return checked;
  const prepared = checked.value;
  const value = averages(prepared, metrics, range(prepared.length));
  const draws = resample(replicates[0]!, options, (weights, random) =>
    averages(prepared, metrics, drawReplicates(prepared.length, random), weights),
  );
  return ok(
    metrics.map((_, m) =>
      summarise(
        value[m]!,
        draws.map((draw) => draw[m]!),
        options.level,
      ),
    ),
  );
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
  const checked = checkAll([...a, ...b]);
  if (!checked.ok) return checked;
  const preparedA = checked.value.slice(0, a.length);
  const preparedB = checked.value.slice(a.length);
  const subtract = (x: Float64Array, y: Float64Array) => x.map((value, m) => value - y[m]!);
  const value = subtract(averages(preparedA, metrics, range(a.length)), averages(preparedB, metrics, range(b.length)));
  const draws = resample(a[0]!, options, (weights, random) => {
    const chosenA = drawReplicates(a.length, random);
    const chosenB = a.length === b.length ? chosenA : drawReplicates(b.length, random);
    return subtract(averages(preparedA, metrics, chosenA, weights), averages(preparedB, metrics, chosenB, weights));
  });
  return ok(
    metrics.map((_, m) => {
      const differences = draws.map((draw) => draw[m]!);
      const above = mean(differences.map((d) => (d > 0 ? 1 : d === 0 ? 0.5 : 0)));
      return { ...summarise(value[m]!, differences, options.level), above };
    }),
  );
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

/** One value per resample; resample `k` depends on the seed and `k` alone. */
function resample(
  scores: ScoreSet,
  { seed, resamples }: BootstrapOptions,
  evaluate: (weights: Uint32Array, random: Stream) => Float64Array,
): Float64Array[] {
  const strata = groupByFold(scores.fold).flatMap((pairs) => [
    pairs.filter((pair) => scores.genuine[pair] === 1),
    pairs.filter((pair) => scores.genuine[pair] !== 1),
  ]);
  const weights = new Uint32Array(scores.score.length);
  return range(resamples).map((k) => {
    const random = stream(seed, 'bootstrap', k);
    drawWeights(strata, random, weights);
    return evaluate(weights, random);
  });
}

function averages(
  prepared: readonly PreparedScores[],
  metrics: readonly Metric[],
  chosen: readonly number[],
  weights?: Uint32Array,
): Float64Array {
  const values = new Map<number, Float64Array>();
  for (const r of chosen) if (!values.has(r)) values.set(r, evaluateMetrics(prepared[r]!, metrics, weights));
  return Float64Array.from(metrics, (_, m) => mean(chosen.map((r) => values.get(r)![m]!)));
}

function drawReplicates(count: number, random: Stream): number[] {
  return count === 1 ? [0] : range(count).map(() => random.integer(count));
}

function summarise(value: number, draws: readonly number[], level: number): Estimate {
  return { value, interval: percentileInterval(draws, level), standardError: standardDeviation(draws, 1) };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
