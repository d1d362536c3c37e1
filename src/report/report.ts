import type { ComparisonPlan, ExperimentFacts } from '../engine/run/record.js';
import type { JsonObject } from '../foundation/values/json.js';

/**
 * A finished experiment as a reader wants it: tables, figures and claims, each number with where it came from. Made from
 * records and stored scores alone; equal runs give equal reports, to the byte. `report.json` is this, so nothing in it is
 * undefined: what there is none of is null, or left out.
 */
export interface Report {
  readonly schema: 'fx/report@2';
  readonly experiment: ExperimentFacts;
  /** What must be said of the data that numbers were measured on: such numbers are not comparable with published ones. */
  readonly notices: readonly string[];
  /** False where a stage cannot promise the same bits. */
  readonly reproducible: boolean;
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
  /** What is done about there being many claims. Absent in reports of format 1. */
  readonly correction?: 'none' | 'holm';
  /** Which look this is of a run that adds replicates until claims are decided, from 1; absent where there is one look alone. */
  readonly look?: number;
  readonly claims: readonly ClaimVerdict[];
  /** Every stage after those it reads; among equals by id. */
  readonly stages: readonly StageProvenance[];
}

export interface Table {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Where the published numbers stand: `Table II (b)`. */
  readonly source?: string;
  readonly best: 'highest' | 'lowest' | 'none';
  /** How its numbers are printed. */
  readonly percent: boolean;
  readonly digits: number;
  /** Ends "measured on ...", where some cell was measured on data that allow no comparison with the publication. */
  readonly measuredOn?: string;
}

export interface Column {
  readonly label: string;
  /** The metric's name in the stage's record: `accuracy`, `tar@far=0.1`. */
  readonly metric: string;
  /** The metric as its kind labels it; its name by default. */
  readonly metricLabel?: string;
  /** Which of two values is the better one, where the metric's kind declares another than the table says. */
  readonly best?: 'highest' | 'lowest';
}

/** Which values of a column are the better ones. */
export function bestOf(table: Pick<Table, 'best'>, column: Pick<Column, 'best'> | undefined): Table['best'] {
  return column?.best ?? table.best;
}

export interface Row {
  readonly label: string;
  /** One for each column. */
  readonly cells: readonly Cell[];
}

export interface Cell {
  /** Mean over replicates; null where a stage was not run or has no such metric. */
  readonly value: number | null;
  /** 95 %. */
  readonly interval: Interval | null;
  /** What the interval holds: `over 60 persons and 3 trainings`. */
  readonly method: string;
  /** What the number cannot say, in sentences without a full stop. */
  readonly notes: readonly string[];
  /** The standard error and the degrees of freedom that the interval is of; null where there is none. */
  readonly noise: Noise | null;
  /** The number in the paper. */
  readonly published: number | null;
  /** Best of its column, as far as the printed digits tell. */
  readonly best: boolean;
  /** One per replicate. */
  readonly sources: readonly MetricSource[];
}

export interface Noise {
  readonly error: number;
  readonly freedom: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Where a number comes from: a metric in the record of a stage. */
export interface MetricSource {
  readonly stage: string;
  readonly key: string;
  readonly metric: string;
  readonly value: number;
  /** Digest of the stored outcomes that its noise is worked out from. */
  readonly outcomes?: string;
}

export interface Figure {
  readonly id: string;
  readonly title: string;
  /** As the experiment has it. */
  readonly type: string;
  readonly shape: 'curves' | 'pictures' | 'series' | 'graph' | 'chart' | 'image' | 'rows';
  readonly panels: readonly Panel[];
  /** Why it is not drawn, or not all of it, in a sentence without a full stop. */
  readonly lacks?: string;
}

export interface Panel {
  readonly label: string;
  /** SVG or PNG in the report's folder; of `rows`, the CSV. */
  readonly file: string;
  /** The numbers drawn, as CSV beside the picture. */
  readonly data?: string;
}

export type Verdict = 'reproduced' | 'not reproduced' | 'undecided';

export interface ClaimVerdict {
  readonly id: string;
  readonly says: string;
  /** Where the paper says so. */
  readonly section?: string;
  /** The statement as written. */
  readonly that: string;
  /** Of its columns, on which it must hold: on all, on any, or in the mean. */
  readonly on: 'all' | 'any' | 'mean';
  readonly verdict: Verdict;
  /** Why it is undecided, and what would decide it if effects are what was measured; null where it is decided, or nothing would. */
  readonly reason: string | null;
  readonly decides: string | null;
  readonly comparisons: readonly Comparison[];
}

/** One comparison of a claim on one column. */
export interface Comparison {
  readonly column: string;
  readonly metric: string;
  /** `SYN-Front < SYN-1M`. */
  readonly statement: string;
  readonly operator: ComparisonPlan['operator'];
  readonly verdict: Verdict;
  /** By how much the greater side exceeds the lesser: positive where the statement holds. Null where a number is missing. */
  readonly effect: number | null;
  /** 95 %, of the effect. */
  readonly interval: Interval | null;
  /** Digits after the point with which both are printed, where they are more than three. */
  readonly digits?: number;
  readonly method: string;
  readonly notes: readonly string[];
  readonly reason: string | null;
  readonly decides: string | null;
  /** So many replicates would decide it, if the effect is what was measured; absent where they would not. */
  readonly replicates?: number;
}

export interface StageProvenance {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly key: string;
  readonly preimage: string;
  readonly artifact: string;
  /** Resolved, with stages named in place of their artifacts. */
  readonly parameters: JsonObject;
  /** Ids, sorted. */
  readonly reads: readonly string[];
  readonly reproducible: boolean;
  /** Why a result of earlier code counts (`fx accept`); absent where the code is today's. */
  readonly accepted?: string;
  readonly warnings: readonly string[];
}
