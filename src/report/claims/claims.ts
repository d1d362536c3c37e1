import type { ClaimPlan, ComparisonPlan, ReportPlan, RunRecord, StageRecord } from '../../engine/run/record.js';
import { studentTail } from '../../foundation/statistics/quantiles.js';
import { chanceOfAlike } from '../measures/alike.js';
import {
  combine,
  measure,
  withoutRounding,
  type Counts,
  type Measurement,
  type Term,
} from '../measures/measurement.js';
import { lackingNotes, sourcesOf } from '../measures/sources.js';
import type { Kinds } from '../kinds.js';
import type { Noise } from '../measures/noise.js';
import { inOrder, measurementsOf } from '../plan.js';
import type { ClaimVerdict, Comparison, Interval, MetricSource, Verdict } from '../report.js';
import { effectDigits } from '../tables/printing.js';
import { whatIsLacking, type OneResult, type OneResults } from './lacking.js';
import { levelAt } from './level.js';

/**
 * Tests sentences of the paper. A comparison is *reproduced* where the 95 % interval of the effect lies on the claimed side of
 * zero, *not reproduced* where it lies on the other side, and *undecided* otherwise, with the reason. A claim
 * is made of them by its `on`:
 *
 * - `all`: reproduced where all comparisons are; not reproduced where one is against it at 2.5 % over their number
 * - `any`: reproduced where one is so at 2.5 % over their number; not reproduced where all are against it
 * - `mean`: by the mean effect over the columns
 *
 * so that with no effect at all a claim is decided in at most 5 % of runs, however many columns it has. Where replicates grow until
 * claims are decided, these levels are {@link levelAt} the look. With one replicate
 * of something that a seed decides, its own noise is not known and nothing is decided; what no seed decides needs one alone.
 */
export function judgeClaims(plan: ReportPlan, run: RunRecord, noise: Noise, kinds: Kinds): readonly ClaimVerdict[] {
  const level = levelAt(plan.look);
  const seeded = seededStages(run, kinds);
  const judged = plan.claims.map((claim) => judge(claim, { run, noise, level, seeded, kinds, tables: plan.tables }));
  return plan.correction === 'holm' ? corrected(judged, level) : judged.map(({ claim }) => claim);
}

/** Chances of what was seen, or more, where there is no effect. */
interface Chances {
  /** That the effect comes out as claimed. */
  readonly for: number;
  /** That it comes out the other way. */
  readonly against: number;
}

interface Judged {
  readonly claim: ClaimVerdict;
  readonly chances: Chances;
}

interface Bench {
  readonly tables: ReportPlan['tables'];
  readonly run: RunRecord;
  readonly noise: Noise;
  readonly level: number;
  /** Stages that are not the same with another seed. */
  readonly seeded: ReadonlySet<string>;
  readonly kinds: Kinds;
}

function judge(plan: ClaimPlan, { run, noise, level, seeded, kinds, tables }: Bench): Judged {
  const mode = plan.mode ?? 'all';
  const columns = plan.on.map(({ label, metric }, c): ClaimColumn => {
    const stages = plan.operands.map(({ cells }) => measurementsOf(run, cells[c]!));
    return {
      label,
      metric,
      tests: stages.map((each) => sourcesOf(each, metric)),
      alone: plan.operands.map(({ cells }, o) => {
        const [stage] = stages[o]!;
        return stage !== undefined && seeded.has(stage.id) && isAlone(stages[o]!, cells[c]!)
          ? { takesSeed: kinds.get(stage.kind)?.takesSeed?.(stage.parameters) !== false }
          : undefined;
      }),
      notes: plan.operands.map((operand, o) =>
        lackingNotes(stages[o]!, metric).map((note) => `${operand.label}, ${note}`),
      ),
    };
  });
  const groups = mode === 'mean' ? [ofCommonReplicates(columns, run)] : columns.map((column) => [column]);
  const all = plan.comparisons.flatMap((comparison) =>
    groups.map((group) => {
      const term = (operand: number, factor: number): Term => {
        const tests = group.map((column) => column.tests[operand]!);
        return { factor, tests, isFixed: !tests.flat().some(({ stage }) => seeded.has(stage)) };
      };
      const measured = effectOf(comparison, term, noise);
      const isOpen = measured.noise?.replicates === null;
      const printed = tables.filter((table) =>
        table.columns.some(({ metric }) => group.some((column) => column.metric === metric)),
      );
      return compared(comparison, { plan, group, measured, isOpen, level, how: effectDigits(printed) });
    }),
  );
  const chances = together(
    all.map((each) => each.chances),
    mode,
  );
  const verdict = verdictAt(chances, level / 2);
  const open = all.filter(({ comparison }) => comparison.verdict === 'undecided');
  const claim: ClaimVerdict = {
    id: plan.id,
    says: plan.says,
    ...(plan.section === undefined ? {} : { section: plan.section }),
    that: plan.that,
    on: mode,
    verdict,
    reason:
      verdict === 'undecided'
        ? reasonOf(
            open.map((each) => each.comparison),
            all.length,
          )
        : null,
    decides: verdict === 'undecided' ? decidesOf(open.map((each) => each.comparison)) : null,
    comparisons: all.map((each) => each.comparison),
  };
  return { claim, chances };
}

/** Whether it is one result that has no replicates to add to: none are asked for, or all have this one. */
function isAlone(stages: readonly StageRecord[], ids: readonly string[]): boolean {
  return stages.length === 1 && (ids.length > 1 || stages[0]!.coordinates.replicate === undefined);
}

/** Stages that a `seed` of their own, or of a stage behind them, makes what they are; not that of one that measures. */
function seededStages({ stages }: RunRecord, kinds: Kinds): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { id, kind, parameters, reads } of inOrder(stages)) {
    const isSeeded = parameters.seed !== undefined && kinds.get(kind)?.measures !== true;
    if (isSeeded || Object.values(reads).some((each) => found.has(each))) found.add(id);
  }
  return found;
}

/** Positive where the statement holds, whichever way it is written. */
function effectOf(
  { left, minus, operator, right, value }: ComparisonPlan,
  term: (operand: number, factor: number) => Term,
  noise: Noise,
): Measurement {
  const sign = operator.startsWith('<') ? -1 : 1;
  if (right !== null) return combine([term(left, sign), term(right, -sign)], noise);
  const alone = term(left, 1);
  const [tests, ...others] = alone.tests;
  const measured =
    tests !== undefined && others.length === 0 && minus === null
      ? measure(tests, noise, alone.isFixed)
      : combine([alone, ...(minus === null ? [] : [term(minus, -1)])], noise);
  const turn = (x: number): number => sign * (x - value!);
  const { interval } = measured;
  const ends = interval === null ? undefined : [turn(interval.low), turn(interval.high)];
  const turned = {
    ...measured,
    value: measured.value === null ? null : turn(measured.value),
    interval: ends === undefined ? null : { low: Math.min(...ends), high: Math.max(...ends) },
  };
  return withoutRounding(turned, Math.max(Math.abs(measured.value ?? 0), Math.abs(value!)));
}

interface ClaimColumn {
  readonly label: string;
  readonly metric: string;
  /** Of each operand. */
  readonly tests: readonly (readonly MetricSource[])[];
  /** Of each operand, if it is one result that will stay one. */
  readonly alone: readonly (OneResult | undefined)[];
  /** Of each operand. */
  readonly notes: readonly (readonly string[])[];
}

/** Columns of which the mean is meant, replicate by replicate: of each operand the replicates that all of them have. */
function ofCommonReplicates(columns: readonly ClaimColumn[], { stages }: RunRecord): readonly ClaimColumn[] {
  // What is not replicated has the first seed.
  const replicates = new Map(stages.map(({ id, coordinates }) => [id, coordinates.replicate ?? '1']));
  const replicateOf = ({ stage }: MetricSource): string | undefined => replicates.get(stage);
  const isCommon = (operand: number, source: MetricSource): boolean =>
    columns.every(({ tests }) => tests[operand]!.some((other) => replicateOf(other) === replicateOf(source)));
  return columns.map((column) => ({
    ...column,
    tests: column.tests.map((sources, operand) => sources.filter((source) => isCommon(operand, source))),
  }));
}

interface Compared {
  readonly plan: ClaimPlan;
  readonly group: readonly ClaimColumn[];
  readonly measured: Measurement;
  /** Whether one replicate's own noise is unknown. */
  readonly isOpen: boolean;
  readonly level: number;
  /** How effects are printed. */
  readonly how: { readonly digits?: number };
}

function compared(
  comparison: ComparisonPlan,
  { plan, group, measured, isOpen, level, how }: Compared,
): { readonly comparison: Comparison; readonly chances: Chances } {
  const chances = isOpen ? { for: 1, against: 1 } : chancesOf(measured, comparison.operator);
  const verdict = verdictAt(chances, level / 2);
  const lacking =
    verdict === 'undecided' ? whatIsLacking(measured, isOpen, how, oneResults(comparison, plan, group)) : undefined;
  const labels = group.map(({ label }) => label).join(', ');
  return {
    chances,
    comparison: {
      column: group.length === 1 ? labels : `mean of ${labels}`,
      metric: [...new Set(group.map(({ metric }) => metric))].join(', '),
      statement: statementOf(comparison, plan),
      operator: comparison.operator,
      verdict,
      effect: measured.value,
      interval: measured.interval,
      ...how,
      method: measured.method,
      notes: [...measured.notes, ...new Set(group.flatMap((column) => notesOn(comparison, column)))],
      reason: lacking?.reason ?? null,
      decides: lacking?.decides ?? null,
      ...(lacking?.replicates === undefined ? {} : { replicates: lacking.replicates }),
    },
  };
}

function oneResults(
  { left, minus, right }: ComparisonPlan,
  { operands }: ClaimPlan,
  group: readonly ClaimColumn[],
): OneResults {
  const sides = [...new Set([left, minus, right])].filter((operand) => operand !== null);
  const alone = sides.flatMap((operand) => {
    const one = group.flatMap((column) => column.alone[operand] ?? [])[0];
    return one === undefined ? [] : [[operands[operand]!.label, one] as const];
  });
  return { alone: new Map(alone), others: sides.length - alone.length };
}

function notesOn({ left, minus, right }: ComparisonPlan, { notes }: ClaimColumn): readonly string[] {
  return [left, minus, right].flatMap((operand) => (operand === null ? [] : notes[operand]!));
}

function statementOf({ left, minus, operator, right, value }: ComparisonPlan, { operands }: ClaimPlan): string {
  const label = (operand: number): string => operands[operand]!.label;
  const difference = minus === null ? label(left) : `${label(left)} - ${label(minus)}`;
  return `${difference} ${operator} ${right === null ? value : label(right)}`;
}

/** `<=` and `>=` hold where there is exactly no difference; otherwise they ask for as much as `<` and `>`. */
function chancesOf({ value, interval, noise }: Measurement, operator: ComparisonPlan['operator']): Chances {
  if (value === null || interval === null || noise === null) return { for: 1, against: 1 };
  if (noise.error === 0) {
    return interval.low < interval.high
      ? atTheBound(value, interval, Math.max(1, noise.counts.subjects))
      : byInterval(interval, operator, noise.counts);
  }
  const tail = studentTail(Math.abs(value) / noise.error, noise.freedom);
  return value > 0 ? { for: tail, against: 1 - tail } : { for: 1 - tail, against: tail };
}

/** The chance that so many independent subjects are all alike, as all were, if the value is what it is compared with. */
function atTheBound(effect: number, { low, high }: Interval, subjects: number): Chances {
  const room = high - low;
  const chance = (1 - Math.min(1, (Math.abs(effect) / room) * (1 - 0.025 ** (1 / subjects)))) ** subjects;
  if (effect > 0) return { for: low < effect ? chance : 0, against: 1 };
  return { for: 1, against: high > effect ? chance : 0 };
}

/** Where nothing was seen to vary. */
function byInterval({ low, high }: Interval, operator: ComparisonPlan['operator'], counts: Counts): Chances {
  const chance = chanceOfAlike(counts);
  const isEqual = operator.endsWith('=') && low === 0;
  return { for: isEqual ? 0 : low > 0 ? chance : 1, against: high < 0 ? chance : 1 };
}

function verdictAt(chances: Chances, level: number): Verdict {
  if (chances.for <= level) return 'reproduced';
  return chances.against <= level ? 'not reproduced' : 'undecided';
}

/** That all lie on one side is tested by the worst of them; that one does, by the best times their number. */
function together(all: readonly Chances[], mode: 'all' | 'any' | 'mean'): Chances {
  if (all.length === 0) return { for: 1, against: 1 };
  const every = (side: keyof Chances): number => Math.max(...all.map((each) => each[side]));
  const some = (side: keyof Chances): number => Math.min(1, all.length * Math.min(...all.map((each) => each[side])));
  return mode === 'any'
    ? { for: some('for'), against: every('against') }
    : { for: every('for'), against: some('against') };
}

/** Holm (1979): the k-th least of m chances must be below the level over m - k + 1, and all before it too. */
function corrected(judged: readonly Judged[], level: number): readonly ClaimVerdict[] {
  const least = (chances: Chances): number => 2 * Math.min(chances.for, chances.against);
  const order = [...judged].sort((a, b) => least(a.chances) - least(b.chances));
  let isRejecting = true;
  const kept = new Set<Judged>();
  order.forEach((each, k) => {
    isRejecting &&= least(each.chances) <= level / (judged.length - k);
    if (isRejecting) kept.add(each);
  });
  return judged.map((each) => {
    if (kept.has(each) || each.claim.verdict === 'undecided') return each.claim;
    const reason = `decided alone (${each.claim.verdict}), but not among ${judged.length} claims, by Holm's correction`;
    return { ...each.claim, verdict: 'undecided' as const, reason, decides: null };
  });
}

function reasonOf(open: readonly Comparison[], count: number): string {
  const said = open.flatMap(({ column, reason }) =>
    reason === null ? [] : [count === 1 ? reason : `${column}: ${reason}`],
  );
  return said.length === 0 ? 'its comparisons do not agree' : [...new Set(said)].join('; ');
}

/** What would decide most of what is open: the comparison that asks for most that can be had. */
function decidesOf(open: readonly Comparison[]): string | null {
  const wanted = open.flatMap(({ decides }) => (decides === null ? [] : [decides]));
  return wanted.length === 0 ? null : [...new Set(wanted)].join('; ');
}
