import {
  subjectLayout,
  subjectVariance,
  sumBySubject,
  type Side,
  type SubjectLayout,
  type Subjects,
  type SubjectSums,
} from './dyadic.js';
import type { MetricOutcome, Outcomes, Spread } from './outcomes.js';
import { studentQuantile } from './quantiles.js';

/** Bounds of a number. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A metric of a set of outcomes, its influences summed by subject. */
export interface Measured {
  readonly value: number;
  readonly sums: SubjectSums;
  /** One object for all that are of the same items. */
  readonly layout: Subjects;
  /** [subjects]: who they are, where that is known. */
  readonly names?: readonly string[];
  readonly own?: Spread;
}

/**
 * A mean over replicates, each of one or several measured metrics of which the mean is meant (a test on three benchmarks),
 * multiplied by `factor`: 1 and -1 make a difference.
 */
export interface Arm {
  readonly factor: number;
  /** [replicates][tests]: the tests in one order in all arms */
  readonly replicates: readonly (readonly Measured[])[];
  /** No seed decides what is measured (plain pixels): another replicate would be the same, and one is enough. */
  readonly isFixed?: boolean;
}

export interface Estimate {
  readonly value: number;
  readonly standardError: number;
  readonly freedom: number;
  readonly interval: Interval;
  readonly variance: VarianceParts;
}

/** Of what the squared standard error is the sum. */
export interface VarianceParts {
  readonly subjects: number;
  /** Between replicates, of their means; null if an arm that is not fixed has one replicate alone, whose own noise is unknown. */
  readonly replicates: number | null;
  readonly subjectFreedom: number;
  readonly replicateFreedom: number;
}

/** Makes outcomes ready: layouts are found once for all that are of the same items. */
export class Measuring {
  readonly #layouts = new Map<string, SubjectLayout>();

  measure({ items, subjects, names }: Outcomes, { value, influence, own }: MetricOutcome): Measured {
    let layout = this.#layouts.get(items);
    if (layout === undefined) this.#layouts.set(items, (layout = subjectLayout(subjects)));
    const sums = sumBySubject(layout, influence);
    const known = names === undefined ? {} : { names: Array.from(layout.labels, (label) => names.get(label)!) };
    return { value, layout, sums, ...known, ...(own === undefined ? {} : { own }) };
  }
}

/** The sum of arms, with the interval of what is expected of new subjects and new replicates. */
export function estimate(arms: readonly Arm[], level = 0.95): Estimate {
  const variance = varianceOf(arms);
  let value = 0;
  for (const { factor, replicates } of arms)
    value += factor * mean(replicates.map((tests) => mean(tests.map((t) => t.value))));
  const total = variance.subjects + (variance.replicates ?? 0);
  const standardError = Math.sqrt(total);
  const freedom = wholeFreedom(variance);
  const half = total === 0 ? 0 : studentQuantile((1 + level) / 2, freedom) * standardError;
  return { value, standardError, freedom, variance, interval: { low: value - half, high: value + half } };
}

/**
 * Where nobody of so many independent subjects was seen to differ: the share of subjects that may, all the same. As many would all
 * be alike with a chance of 2.5 % (Clopper and Pearson 1934).
 */
export function shareUnseen(subjects: number): number {
  return 1 - 0.025 ** (1 / subjects);
}

function varianceOf(arms: readonly Arm[]): VarianceParts {
  const tests = arms[0]!.replicates[0]!.length;
  let subjects = 0;
  let squares = 0;
  let independent = 0;
  for (let t = 0; t < tests; t += 1) {
    // Arms on the same items share their subjects; on others, they are independent.
    const together = new Map<Subjects, Side[]>();
    for (const { factor, replicates } of arms) {
      const { layout } = replicates[0]![t]!;
      const side = { factor: factor / tests, replicates: replicates.map((each) => each[t]!.sums) };
      together.set(layout, [...(together.get(layout) ?? []), side]);
    }
    for (const [layout, sides] of together) {
      const parts = subjectVariance(layout, sides);
      const n = parts.length;
      if (n < 2) return UNKNOWN;
      independent += n - 1;
      const scale = n / (n - 1);
      const sum = parts.reduce((a, b) => a + b, 0);
      subjects += scale * sum;
      squares += scale ** 2 * (parts.reduce((a, b) => a + b * b, 0) - sum ** 2 / n);
    }
  }
  subjects = Math.max(0, subjects);
  // Few subjects whose contributions are alike by chance (those of two always are) would be taken for a known variance.
  squares = Math.max(squares, (2 * subjects ** 2) / independent);
  // Of a single replicate; of several, it is in the spread between them.
  const single = arms.filter(({ replicates }) => replicates.length === 1);
  for (const { factor, replicates } of single) {
    for (const { own } of replicates[0]!) {
      if (own === undefined) continue;
      const variance = (factor / tests) ** 2 * own.variance;
      subjects += variance;
      squares += (2 * variance ** 2) / own.freedom;
    }
  }
  const spreads = arms.map(({ factor, replicates, isFixed }) => {
    const n = replicates.length;
    if (n < 2) return isFixed === true ? FIXED : null;
    const values = replicates.map((each) => mean(each.map(({ value }) => value)));
    const centre = mean(values);
    const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1);
    return { variance: (factor ** 2 * variance) / n, freedom: n - 1 };
  });
  const known = spreads.filter((spread) => spread !== null).filter((spread) => spread !== FIXED);
  const between = known.reduce((sum, { variance }) => sum + variance, 0);
  const quartic = known.reduce((sum, { variance, freedom }) => sum + variance ** 2 / freedom, 0);
  return {
    subjects,
    replicates: spreads.includes(null) ? null : between,
    subjectFreedom: squares > 0 ? Math.max(1, (2 * subjects ** 2) / squares) : Infinity,
    replicateFreedom: quartic > 0 ? freedomOf(known, between, quartic) : Infinity,
  };
}

/**
 * Of a sum of variances of few replicates each: halfway between Satterthwaite's degrees of freedom (1946), which are too few
 * for variances that are alike (a difference of three replicates each is held in 96.5 %), and Welch's (1947), too many for
 * variances that are not (92.9 % at 16 to 1).
 */
function freedomOf(spreads: readonly Spread[], between: number, quartic: number): number {
  const least = Math.min(...spreads.map(({ freedom }) => freedom));
  const satterthwaite = between ** 2 / quartic;
  const corrected = spreads.reduce((sum, { variance, freedom }) => sum + variance ** 2 / (freedom + 2), 0);
  return (satterthwaite + Math.max(least, between ** 2 / corrected - 2)) / 2;
}

/** Of an arm that another replicate would not change. */
const FIXED: Spread = { variance: 0, freedom: Infinity };

/** Of one subject alone nothing is known. */
const UNKNOWN: VarianceParts = { subjects: Infinity, replicates: null, subjectFreedom: 1, replicateFreedom: 1 };

/**
 * Of the whole, by Satterthwaite's formula. What replicates vary enters with 1 + 1/freedom of itself: where few of them are alike
 * by chance, the subjects' many degrees of freedom would otherwise be taken for the whole's.
 */
function wholeFreedom({ subjects, replicates, subjectFreedom, replicateFreedom }: VarianceParts): number {
  if (subjects === Infinity) return 1;
  const between = (replicates ?? 0) * (1 + 1 / replicateFreedom);
  const quartic = subjects ** 2 / subjectFreedom + between ** 2 / replicateFreedom;
  return quartic > 0 ? (subjects + between) ** 2 / quartic : Infinity;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
