import type { StageRecord } from '../engine/run/record.js';
import { mean, standardDeviation } from '../foundation/statistics.js';
import { digestOf, SCORES_FILE } from './evidence.js';
import type { Interval, Source } from './report.js';
import type { Measure, Resampling } from './resampling.js';

/** A number with its 95 % interval and the way that was made. */
export interface Measurement {
  readonly value: number | null;
  readonly interval: Interval | null;
  readonly method: string;
}

/** The metric in each stage's record, replicates of one another; those without a number are left out. */
export function sourcesOf(stages: readonly StageRecord[], metric: string): readonly Source[] {
  return stages.flatMap((stage) => {
    const value = stage.metrics[metric];
    if (typeof value !== 'number') return [];
    const scores = digestOf(stage, SCORES_FILE);
    return [{ stage: stage.id, key: stage.key, metric, value, ...(scores === undefined ? {} : { scores }) }];
  });
}

/** What the intervals of these numbers are resampled from. */
export function measuresOf(sources: readonly Source[]): readonly Measure[] {
  return sources.flatMap(({ scores, metric }) => (scores === undefined ? [] : [{ scores, metric }]));
}

/**
 * The mean over replicates. Its interval is bootstrapped over pairs and replicates where scores are stored; else it is
 * Student's, of the mean of two replicates or more.
 */
export function measure(sources: readonly Source[], resampling: Resampling): Measurement {
  if (sources.length === 0) return { value: null, interval: null, method: 'not measured' };
  const values = sources.map((source) => source.value);
  const value = mean(values);
  const estimate = isScored(sources) ? resampling.estimate(measuresOf(sources)) : undefined;
  if (estimate !== undefined) {
    return { value, interval: bounds(estimate.interval), method: `bootstrap over ${over(sources, resampling)}` };
  }
  if (values.length < 2) return { value, interval: null, method: 'one value' };
  const half = halfWidth(standardDeviation(values, 1) / Math.sqrt(values.length), values.length - 1);
  return {
    value,
    interval: { low: value - half, high: value + half },
    method: `Student's t of ${values.length} replicates`,
  };
}

/**
 * The difference `a - b` of two means over replicates: from paired resamples where both have scores of the same pairs;
 * else by Student's t, paired where there are equally many replicates of both, Welch's where not.
 */
export function compare(a: readonly Source[], b: readonly Source[], resampling: Resampling): Measurement {
  if (a.length === 0 || b.length === 0) return { value: null, interval: null, method: 'not measured' };
  const [valuesA, valuesB] = [a.map((source) => source.value), b.map((source) => source.value)];
  const value = mean(valuesA) - mean(valuesB);
  if (isScored(a) && isScored(b)) {
    const paired = resampling.difference(measuresOf(a), measuresOf(b));
    if (paired !== undefined) {
      const more = a.length > b.length ? a : b;
      return { value, interval: bounds(paired.interval), method: `paired bootstrap over ${over(more, resampling)}` };
    }
    const errors = [a, b].map((sources) => resampling.estimate(measuresOf(sources))?.standardError);
    if (errors[0] !== undefined && errors[1] !== undefined) {
      return { ...around(value, Math.hypot(errors[0], errors[1])), method: 'bootstrap, of different pairs' };
    }
  }
  if (valuesA.length === valuesB.length && valuesA.length > 1) {
    const n = valuesA.length;
    const error =
      standardDeviation(
        valuesA.map((each, i) => each - valuesB[i]!),
        1,
      ) / Math.sqrt(n);
    return { ...around(value, error, n - 1), method: `Student's t, paired, of ${n} replicates` };
  }
  if (valuesA.length < 2 || valuesB.length < 2)
    return { value, interval: null, method: 'one value: its noise is unknown' };
  const [u, v] = [valuesA, valuesB].map((values) => standardDeviation(values, 1) ** 2 / values.length) as [
    number,
    number,
  ];
  const freedom = u + v === 0 ? 1 : (u + v) ** 2 / (u ** 2 / (valuesA.length - 1) + v ** 2 / (valuesB.length - 1));
  const method = `Welch's t of ${valuesA.length} and ${valuesB.length} replicates`;
  return { ...around(value, Math.sqrt(u + v), Math.floor(freedom)), method };
}

function isScored(sources: readonly Source[]): boolean {
  return sources.every(({ scores }) => scores !== undefined);
}

function over(sources: readonly Source[], resampling: Resampling): string {
  const pairs = `${resampling.pairs(sources[0]!.scores!)} pairs`;
  return sources.length === 1 ? pairs : `${pairs} and ${sources.length} replicates`;
}

function bounds({ low, high }: Interval): Interval {
  return { low, high };
}

/** 95 % about a value of a known standard error; normal where no degrees of freedom are given. */
export function around(value: number, error: number, freedom?: number): { value: number; interval: Interval } {
  const half = freedom === undefined ? NORMAL * error : halfWidth(error, freedom);
  return { value, interval: { low: value - half, high: value + half } };
}

/** The normal distribution's quantile at 0.975. */
export const NORMAL = 1.959963984540054;

function halfWidth(error: number, freedom: number): number {
  return error === 0 ? 0 : error * studentQuantile(freedom);
}

/** Student's quantiles at 0.975 for 1 to 9 degrees of freedom. */
const STUDENT = [
  12.706204736432095, 4.302652729911275, 3.182446305284263, 2.7764451051977987, 2.5705818366147395, 2.4469118487916806,
  2.3646242510102993, 2.3060041350333704, 2.2621571628540993,
];

/**
 * Student's quantile at 0.975: a table for few degrees of freedom, beyond them the expansion in their inverse (Abramowitz and
 * Stegun 26.7.5), which is right to 1e-4 from 10 on.
 */
export function studentQuantile(freedom: number): number {
  const tabled = STUDENT[Math.max(1, freedom) - 1];
  if (tabled !== undefined) return tabled;
  const z = NORMAL;
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7];
  return (
    z +
    (z3 + z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
  );
}
