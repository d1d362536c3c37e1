import { err, ok, type Result } from '../../../foundation/failures/result.js';
import { standardDeviation } from '../../../foundation/statistics/moments.js';
import type { Interval } from '../../../foundation/statistics/contrast.js';
import type { Outcomes } from '../../../foundation/statistics/outcomes.js';
import { foldAccuracy } from './verification/fold-accuracy.js';
import { evaluateSplits, metricName, prepareScores, type Metric, type PreparedScores } from './verification/metrics.js';
import { checkScores, type Protocol, type ScoreSet } from './verification/score-set.js';
import type { Benchmark, BenchmarkDiagnostic } from './benchmark.js';
import { compareAll, shorten, type MissingPolicy } from './compare.js';
import { directions, type Embeddings } from './embeddings.js';
import { estimateMetrics } from './estimates.js';
import { outcomesOf } from './outcomes.js';

/** `metrics.json`, beside `scores.safetensors`. */
export interface VerificationRecord {
  readonly schema: 'fx/verification-metrics@2';
  readonly benchmark: string;
  readonly protocol: Protocol;
  /** Comparisons scored. Under `splits`, of all splits together. */
  readonly pairs: number;
  readonly genuine: number;
  readonly impostor: number;
  /** Comparisons that could not be scored. */
  readonly leftOut: number;
  /** By name: `accuracy`, `auc`, `eer`, `tar@far=0.1`, ... */
  readonly metrics: Readonly<Record<string, MetricRecord>>;
}

export interface MetricRecord {
  readonly value: number;
  /** 95 %, over persons; null where it is not known whom the pairs show. A report adds what trainings vary. */
  readonly interval: Interval | null;
  readonly standardError: number | null;
  /** Over folds or splits, of the values themselves (`ddof` 0). Absent where all pairs make one value. */
  readonly std?: number;
  /** Of each fold or split, in ascending order. */
  readonly each?: readonly number[];
  /** Accuracy's thresholds, one for each fold; null where the best is to accept none or all. */
  readonly thresholds?: readonly (number | null)[];
}

export interface VerifyOptions {
  readonly missing: MissingPolicy;
  /** False accept rates at which the true accept rate is reported. */
  readonly fars: readonly number[];
}

export const DEFAULT_VERIFY: VerifyOptions = {
  missing: 'fatal',
  fars: [0.1, 0.01, 0.001],
};

export interface Verification {
  readonly scores: ScoreSet;
  readonly metrics: VerificationRecord;
  /** Undefined where it is not known whom the pairs show. */
  readonly outcomes: Outcomes | undefined;
  readonly warnings: readonly BenchmarkDiagnostic[];
}

/** Most diagnostics about missing images that are reported one by one. */
const MOST_REPORTED = 20;

/** Runs a benchmark on the embeddings of its images: scores every comparison and sums them up. */
export function verify(
  benchmark: Benchmark,
  embeddings: Embeddings,
  options: VerifyOptions = DEFAULT_VERIFY,
): Result<Verification, readonly BenchmarkDiagnostic[]> {
  const unit = directions(embeddings);
  if (!unit.ok) return unit;
  const compared = compareAll(benchmark, unit.value, options.missing);
  if (!compared.ok) return err(shorten(compared.error, MOST_REPORTED));
  const { scores, names, leftOut, warnings } = compared.value;
  const metrics = summariseScores(scores, leftOut, options);
  if (!metrics.ok) return err([...metrics.error, ...shorten(warnings, MOST_REPORTED)]);
  const outcomes = outcomesOf(prepareScores(scores), wantedOf(scores, options.fars), names);
  const notes = [...shorten(warnings, MOST_REPORTED), ...oneFold(scores)];
  return ok({ scores, metrics: metrics.value, outcomes, warnings: notes });
}

function oneFold(scores: ScoreSet): readonly BenchmarkDiagnostic[] {
  if (scores.protocol !== 'folds' || hasAccuracy(scores)) return [];
  const message = `${scores.benchmark}: there is one fold alone, and accuracy takes its threshold from the others: there is none`;
  return [{ code: 'benchmarks/one-fold', severity: 'warning', message }];
}

/** The record of a set of scores. */
export function summariseScores(
  scores: ScoreSet,
  leftOut: number,
  options: Pick<VerifyOptions, 'fars'>,
): Result<VerificationRecord, readonly BenchmarkDiagnostic[]> {
  const checked = checkScores(scores);
  if (!checked.ok) return checked;
  const prepared = prepareScores(scores);
  const wanted = wantedOf(scores, options.fars);
  const estimates = estimateMetrics([scores], wanted);
  if (!estimates.ok) return estimates;
  const metrics = wanted.map((metric, m) => {
    const { value, interval, standardError } = estimates.value[m]!;
    const known = Number.isFinite(standardError)
      ? { interval, standardError }
      : { interval: null, standardError: null };
    return [metricName(metric), { value, ...known, ...detail(prepared, metric) }] as const;
  });
  const genuine = scores.genuine.reduce((sum, one) => sum + one, 0);
  return ok({
    schema: 'fx/verification-metrics@2',
    benchmark: scores.benchmark,
    protocol: scores.protocol,
    pairs: scores.score.length,
    genuine,
    impostor: scores.score.length - genuine,
    leftOut,
    metrics: Object.fromEntries(metrics),
  });
}

function wantedOf(scores: ScoreSet, fars: readonly number[]): readonly Metric[] {
  return [
    ...(hasAccuracy(scores) ? [{ kind: 'accuracy' } as const] : []),
    { kind: 'auc' },
    { kind: 'eer' },
    ...fars.map((far) => ({ kind: 'tar', far }) as const),
  ];
}

function hasAccuracy({ protocol, fold }: ScoreSet): boolean {
  return protocol === 'folds' && fold.some((value) => value !== fold[0]);
}

/** The values of which a metric is the mean, where it is one. */
function detail(prepared: PreparedScores, metric: Metric): Partial<MetricRecord> {
  const { scores, ranked } = prepared;
  if (metric.kind === 'accuracy') {
    const folds = foldAccuracy(ranked[0]!, scores.fold)!;
    const thresholds = Array.from(folds.threshold, (value) => (Number.isFinite(value) ? value : null));
    return { std: folds.std, each: [...folds.accuracy], thresholds };
  }
  if (scores.protocol === 'folds') return {};
  const each = evaluateSplits(prepared, [metric]).map((values) => values[0]!);
  return { std: standardDeviation(each), each };
}
