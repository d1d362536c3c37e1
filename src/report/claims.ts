import type { ClaimPlan, ComparisonPlan, RunRecord } from '../engine/run/record.js';
import { compare, measure, sourcesOf, type Measurement } from './measurement.js';
import { stagesOf } from './plan.js';
import type { ClaimVerdict, Comparison, Interval, Source, Verdict } from './report.js';
import type { Resampling } from './resampling.js';

/** `[operand][column]`: where the numbers of a claim come from. */
export function claimSources(plan: ClaimPlan, run: RunRecord): readonly (readonly (readonly Source[])[])[] {
  return plan.operands.map(({ cells }) => cells.map((ids, c) => sourcesOf(stagesOf(run, ids), plan.on[c]!.metric)));
}

/**
 * Tests a sentence of the paper: each of its comparisons on each of its columns. A comparison is *reproduced* where the
 * 95 % interval of the effect lies on the claimed side of zero, *not reproduced* where it lies on the other side, and
 * *undecided* where it contains zero or a number is missing. A claim is reproduced where all its comparisons are, not
 * reproduced where any is not, and undecided otherwise.
 */
export function judgeClaim(plan: ClaimPlan, run: RunRecord, resampling: Resampling): ClaimVerdict {
  const sources = claimSources(plan, run);
  const comparisons = plan.comparisons.flatMap((comparison) =>
    plan.on.map((column, c): Comparison => {
      const of = (operand: number): readonly Source[] => sources[operand]![c]!;
      const found = effectOf(comparison, of, resampling);
      const { operator } = comparison;
      return {
        column: column.label,
        metric: column.metric,
        statement: statementOf(comparison, plan),
        operator,
        verdict: verdictOf(found.interval, operator),
        effect: found.value,
        interval: found.interval,
        method: found.method,
      };
    }),
  );
  return {
    id: plan.id,
    says: plan.says,
    ...(plan.section === undefined ? {} : { section: plan.section }),
    that: plan.that,
    verdict: together(comparisons.map((comparison) => comparison.verdict)),
    comparisons,
  };
}

/** Positive where the statement holds, whichever way it is written. */
function effectOf(
  { left, minus, operator, right, value }: ComparisonPlan,
  of: (operand: number) => readonly Source[],
  resampling: Resampling,
): Measurement {
  const isLess = operator.startsWith('<');
  if (right !== null)
    return isLess ? compare(of(right), of(left), resampling) : compare(of(left), of(right), resampling);
  const measured = minus === null ? measure(of(left), resampling) : compare(of(left), of(minus), resampling);
  const turn = (x: number): number => (isLess ? value! - x : x - value!);
  const { interval } = measured;
  const ends = interval === null ? undefined : [turn(interval.low), turn(interval.high)];
  return {
    value: measured.value === null ? null : turn(measured.value),
    interval: ends === undefined ? null : { low: Math.min(...ends), high: Math.max(...ends) },
    method: measured.method,
  };
}

function statementOf({ left, minus, operator, right, value }: ComparisonPlan, { operands }: ClaimPlan): string {
  const label = (operand: number): string => operands[operand]!.label;
  const difference = minus === null ? label(left) : `${label(left)} - ${label(minus)}`;
  return `${difference} ${operator} ${right === null ? value : label(right)}`;
}

/** `<=` and `>=` hold where there is exactly no difference; otherwise they ask for as much as `<` and `>`. */
export function verdictOf(interval: Interval | null, operator: ComparisonPlan['operator']): Verdict {
  if (interval === null) return 'undecided';
  if (interval.low > 0 || (operator.endsWith('=') && interval.low >= 0)) return 'reproduced';
  return interval.high < 0 ? 'not reproduced' : 'undecided';
}

function together(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('not reproduced')) return 'not reproduced';
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'reproduced') ? 'reproduced' : 'undecided';
}
