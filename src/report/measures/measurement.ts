import { estimate, shareUnseen, type Arm, type Estimate } from '../../foundation/statistics/contrast.js';
import type { Subjects } from '../../foundation/statistics/dyadic.js';
import { studentQuantile } from '../../foundation/statistics/quantiles.js';
import { mean, standardDeviation } from '../../foundation/statistics/moments.js';
import { joinColumns, type Joined } from './columns.js';
import type { Found, Noise } from './noise.js';
import type { Interval, MetricSource } from '../report.js';

/** A number with its 95 % interval, what that holds, and what is to be said beside it. */
export interface Measurement {
  readonly value: number | null;
  readonly interval: Interval | null;
  /** What the interval holds. */
  readonly method: string;
  /** In sentences without a full stop. */
  readonly notes: readonly string[];
  /** Null where the number's noise is not known at all. */
  readonly noise: MeasuredNoise | null;
}

export interface MeasuredNoise {
  readonly error: number;
  readonly freedom: number;
  /** Squared errors that sum up to that of the number. */
  readonly subjects: number;
  /** Null where one replicate's own noise is not in it. */
  readonly replicates: number | null;
  readonly counts: Counts;
}

/** How much a number rests on, of each side the least. */
export interface Counts {
  /** 0 where what was measured on is not known, and in `subjects` neither. */
  readonly subjects: number;
  readonly replicates: number;
  /** Replicates of each side that another seed would change; of all sides where it would change none. */
  readonly varying: readonly number[];
  readonly words: { readonly subjects: string; readonly replicates: string };
}

const MISSING: Measurement = { value: null, interval: null, method: 'not measured', notes: [], noise: null };

/** Fewer subjects than this give no interval that can be trusted. */
const FEW_SUBJECTS = 20;

/**
 * The mean over replicates, within the bounds that the metric has.
 *
 * @param isFixed no seed decides what is measured: see {@link Arm}
 */
export function measure(sources: readonly MetricSource[], noise: Noise, isFixed = false): Measurement {
  const measured = combine([{ factor: 1, tests: [sources], isFixed }], noise);
  const bounds = boundsOf(noise.all(sources) ?? []);
  if (measured.interval === null || bounds === undefined) return measured;
  const [least, most] = bounds;
  const { low, high } = measured.interval;
  return { ...measured, interval: { low: Math.max(least, low), high: Math.min(most, high) } };
}

/** Between which all measurements say that the metric lies; a program's numbers may look like shares in one replicate alone. */
function boundsOf(found: readonly Found[]): readonly [number, number] | undefined {
  const all = found.flatMap(({ metric }) => (metric.bounds === undefined ? [] : [metric.bounds]));
  if (all.length === 0 || all.length < found.length) return undefined;
  return [Math.min(...all.map(([least]) => least)), Math.max(...all.map(([, most]) => most))];
}

/** Between which a sum of terms lies, where that is known of all of them. */
function boundsOfSum(terms: readonly Term[], noise: Noise): readonly [number, number] | undefined {
  let [least, most] = [0, 0];
  for (const { factor, tests } of terms) {
    for (const sources of tests) {
      const bounds = boundsOf(noise.all(sources) ?? []);
      if (bounds === undefined) return undefined;
      const ends = bounds.map((end) => (factor * end) / tests.length);
      least += Math.min(...ends);
      most += Math.max(...ends);
    }
  }
  return [least, most];
}

/**
 * Every item is alike: nothing was seen to vary. Where none went wrong, or none right, the other end of the interval is where as many
 * independent subjects would all be alike with a chance of 2.5 % (Clopper and Pearson 1934).
 */
function ofAlike(measured: Measurement, terms: readonly Term[], noise: Noise): Measurement {
  const { value, noise: found } = measured;
  if (value === null || found?.error !== 0 || found.counts.subjects === 0) return measured;
  const what = terms.length === 1 ? 'had the same outcome' : 'gave the same difference';
  const said = (rest: string): readonly string[] => [...measured.notes, `every item ${what}: ${rest}`];
  const [least, most] = boundsOfSum(terms, noise) ?? [];
  if (least === undefined || most === undefined || (value !== least && value !== most))
    return { ...measured, notes: said('nothing was seen of how they vary') };
  const room = (most - least) * shareUnseen(found.counts.subjects);
  const interval = value === most ? { low: most - room, high: most } : { low: least, high: least + room };
  return { ...measured, interval, notes: said('the interval is what this many subjects could hide') };
}

/** The difference `a - b` of two means over replicates. */
export function compare(a: readonly MetricSource[], b: readonly MetricSource[], noise: Noise): Measurement {
  return combine(
    [
      { factor: 1, tests: [a] },
      { factor: -1, tests: [b] },
    ],
    noise,
  );
}

/** A mean over replicates and over tests, multiplied by `factor`. `tests[test][replicate]` */
export interface Term {
  readonly factor: number;
  readonly tests: readonly (readonly MetricSource[])[];
  /** No seed decides what is measured: see {@link Arm}. */
  readonly isFixed?: boolean;
}

/**
 * A sum of terms. Its interval holds subjects and replicates where outcomes are stored: what the same subjects do to both sides
 * cancels; replicates vary independently. Without outcomes it holds replicates alone, two of each or more (Student's or
 * Welch's).
 */
export function combine(terms: readonly Term[], noise: Noise): Measurement {
  const sources = terms.flatMap(({ tests }) => tests.flat());
  if (terms.some(({ tests }) => tests.some((each) => each.length === 0))) return MISSING;
  const counts = countsOf(terms, noise);
  const arms = terms.map((term) => armOf(term, noise));
  const joined = arms.every((arm) => arm !== undefined) ? joinColumns(arms) : undefined;
  const known = joined === undefined ? undefined : estimate(joined.arms);
  const measured =
    known !== undefined && Number.isFinite(known.standardError)
      ? fromOutcomes(known, counts, [...notesOf(sources, noise), ...fewSubjects(counts)])
      : fromReplicates(terms, counts);
  const notes = [...measured.notes, ...itemsNotes(terms, noise, joined)];
  const exact = withoutRounding({ ...measured, notes }, Math.max(...sources.map(({ value }) => Math.abs(value))));
  return ofAlike(exact, terms, noise);
}

/** What the sum of a thousand equal numbers, divided by a thousand, may differ from the number, as a share of it. */
const ROUNDING = 1e-12;

/**
 * A value, and an error, that are rounding alone are none: ten times 0.1 and five times 0.1 have one mean.
 *
 * @param scale the size of the numbers of which it is a difference
 */
export function withoutRounding(measured: Measurement, scale: number): Measurement {
  const { value, interval, noise } = measured;
  if (value === null) return measured;
  const settled = (x: number): number => (Math.abs(x) <= ROUNDING * scale ? 0 : x);
  const exact = settled(value);
  if (noise !== null && noise.error > 0 && settled(noise.error) === 0) {
    const none = { ...noise, error: 0, subjects: 0, replicates: noise.replicates === null ? null : 0 };
    return { ...measured, value: exact, interval: { low: exact, high: exact }, noise: none };
  }
  const ends = interval === null ? null : { low: settled(interval.low), high: settled(interval.high) };
  return { ...measured, value: exact, interval: ends };
}

/** Where items are known, but not the same on both sides or in all replicates: what that does to the interval. */
function itemsNotes(terms: readonly Term[], noise: Noise, joined: Joined | undefined): readonly string[] {
  const layouts = terms.map(({ tests }) =>
    tests.map((sources) => noise.all(sources)?.map(({ measured }) => measured.layout)),
  );
  if (!layouts.flat().every((each) => each !== undefined)) return [];
  const known = layouts as readonly (readonly (readonly Subjects[])[])[];
  const { subjects, replicates } = noise.words(terms.flatMap(({ tests }) => tests.flat()));
  if (known.flat().some((each) => new Set(each).size > 1))
    return [`${replicates} are of different items: the interval holds what varies between ${replicates} alone`];
  const isOfOthers = known.some((tests) => new Set(tests.map(([layout]) => layout)).size > 1);
  const others = isOfOthers ? [columnsNote(joined, subjects)] : [];
  const together = (layout: Subjects): unknown => joined?.groupOf(layout) ?? layout;
  const isPaired = known.every((tests) =>
    tests.every(([layout], t) => together(layout!) === together(known[0]![t]![0]!)),
  );
  return isPaired
    ? others
    : ['the sides are of different items: they are compared as if they were independent', ...others];
}

/** What is known of the subjects of columns of different items. */
function columnsNote(joined: Joined | undefined, words: string): string {
  if (joined?.isNamed !== true)
    return 'columns of different items count as independent: if these are of the same subjects, the interval is too narrow';
  if (joined.shared > 0)
    return `${joined.shared} of ${joined.subjects} ${words} are in several columns, and count once`;
  return `columns of different items count as independent: no two name the same ${words}`;
}

function armOf({ factor, tests, isFixed = false }: Term, noise: Noise): Arm | undefined {
  const found = tests.map((sources) => noise.all(sources));
  if (!found.every((each) => each !== undefined)) return undefined;
  const [first] = found;
  if (first === undefined || found.some((each) => each.length !== first.length)) return undefined;
  // Replicates on other items (a split of the data by the seed): nothing says which subjects they share.
  if (!found.every((each) => new Set(each.map(({ measured }) => measured.layout)).size <= 1)) return undefined;
  return { factor, isFixed, replicates: first.map((_, r) => found.map((test) => test[r]!.measured)) };
}

function countsOf(terms: readonly Term[], noise: Noise): Counts {
  const sources = terms.flatMap(({ tests }) => tests.flat());
  const subjects = Math.min(...sources.map((source) => noise.of(source)?.subjects ?? 0));
  const lengths = (of: readonly Term[]): number[] => of.flatMap(({ tests }) => tests.map((each) => each.length));
  const varying = terms.filter((term) => term.isFixed !== true || Math.min(...lengths([term])) > 1);
  const counted = (varying.length > 0 ? varying : terms).map((term) => Math.min(...lengths([term])));
  return { subjects, replicates: Math.min(...counted), varying: counted, words: noise.words(sources) };
}

function fromOutcomes(known: Estimate, counts: Counts, notes: readonly string[]): Measurement {
  const { value, interval, standardError, freedom, variance } = known;
  const persons = `${counts.subjects} ${counts.words.subjects}`;
  return {
    value,
    interval,
    method:
      variance.replicates === null
        ? `over ${persons} alone, not over ${counts.words.replicates}`
        : variance.replicates === 0 && counts.replicates === 1
          ? `over ${persons}`
          : `over ${persons} and ${counts.replicates} ${counts.words.replicates}`,
    notes,
    noise: {
      error: standardError,
      freedom: Number.isFinite(freedom) ? freedom : MANY,
      subjects: variance.subjects,
      replicates: variance.replicates,
      counts,
    },
  };
}

/** Degrees of freedom that are as good as infinitely many, which JSON cannot say. */
const MANY = 1e6;

function fromReplicates(terms: readonly Term[], counts: Counts): Measurement {
  const scale = scaleOf(terms.flatMap(({ tests }) => tests.flat()));
  const arms = terms.map((term) => ({ ...term, values: perReplicate(term.tests, scale) }));
  const value = scale * arms.reduce((sum, { factor, values }) => sum + factor * mean(values), 0);
  if (!Number.isFinite(value)) return { ...MISSING, notes: ['it is larger than any number that can be written'] };
  const none = { value, interval: null, notes: [], noise: null };
  const isSame = arms.every(({ values }) => new Set(values).size === 1);
  if (counts.replicates < 2) return { ...none, method: 'a single value: its noise is unknown' };
  const parts = arms.map(({ factor, values, isFixed }) => {
    if (values.length === 1 && isFixed === true) return { variance: 0, freedom: MANY };
    return { variance: (factor * standardDeviation(values, 1)) ** 2 / values.length, freedom: values.length - 1 };
  });
  const variance = parts.reduce((sum, part) => sum + part.variance, 0);
  const quartic = parts.reduce((sum, part) => sum + part.variance ** 2 / part.freedom, 0);
  const freedom = quartic === 0 ? MANY : variance ** 2 / quartic;
  const error = scale * Math.sqrt(variance);
  const interval = around(value, error, freedom);
  const method = `over ${counts.replicates} ${counts.words.replicates} alone`;
  if (!Number.isFinite(interval.low) || !Number.isFinite(interval.high))
    return { ...none, method, notes: ['its interval is wider than any number that can be written'] };
  const squared = Math.min(variance * scale ** 2, Number.MAX_VALUE);
  return {
    value,
    interval,
    method,
    notes: isSame ? [`all ${counts.words.replicates} gave the same number: nothing was seen of their noise`] : [],
    noise: { error, freedom, subjects: 0, replicates: squared, counts: { ...counts, subjects: 0 } },
  };
}

/** Sizes of numbers of which neither the squares nor their sums are infinite or nothing. */
const ORDINARY = [1e-100, 1e100] as const;

/** A power of two by which to divide numbers whose squares could not be written: exact, and 1 for all others. */
function scaleOf(sources: readonly MetricSource[]): number {
  const largest = Math.max(...sources.map(({ value }) => Math.abs(value)));
  if (largest === 0 || (largest >= ORDINARY[0] && largest <= ORDINARY[1])) return 1;
  return 2 ** Math.min(Math.floor(Math.log2(largest)), 1023);
}

/** The mean over tests, of as many replicates as all tests have, divided by `scale`. */
function perReplicate(tests: Term['tests'], scale: number): readonly number[] {
  const count = Math.min(...tests.map((each) => each.length));
  return Array.from({ length: count }, (_, r) => mean(tests.map((each) => each[r]!.value / scale)));
}

/** What the outcomes say of themselves, each once. */
function notesOf(sources: readonly MetricSource[], noise: Noise): readonly string[] {
  return [...new Set(sources.flatMap((source) => noise.of(source)?.metric.notes ?? []))];
}

function fewSubjects({ subjects, words }: Counts): readonly string[] {
  if (subjects >= FEW_SUBJECTS) return [];
  return [`${subjects} ${words.subjects} are too few for an interval to be relied on (fewer than ${FEW_SUBJECTS})`];
}

/** 95 % about a value of a known standard error. */
export function around(value: number, error: number, freedom: number): Interval {
  const half = error === 0 ? 0 : studentQuantile(0.975, freedom) * error;
  return { low: value - half, high: value + half };
}
