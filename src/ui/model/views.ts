import type { PointMapValues } from '../../engine/presentation.js';
import type { Json } from '../../foundation/values/json.js';
import type { RunEntry, RunState } from '../../history/history.js';
import type { CellProvenance } from '../../report/tables/cell.js';
import type { ReportDiff } from '../../report/diff/diff.js';
import type { Interval, Report } from '../../report/report.js';
import type { Curve } from './curves.js';
import type { GraphView } from './drawing.js';
import type { RunProgress } from './run.js';
import type { HistogramView } from './histogram.js';

/** What the page is given, as JSON: of each address (address.ts) one of these. */
export interface ProjectView {
  readonly name: string;
  readonly version: string;
  /** Of an export: it does not change, and nothing can be stopped. */
  readonly exported?: true;
  /** What to look at first, as the user named it. */
  readonly experiment?: string;
}

export interface RunsView {
  readonly runs: readonly RunSummary[];
}

export interface RunSummary extends Pick<
  RunEntry,
  'id' | 'experiment' | 'profile' | 'file' | 'set' | 'commit' | 'began' | 'ended'
> {
  readonly state: RunState;
  readonly hasReport: boolean;
}

export interface RunView {
  readonly run: RunSummary;
  /** Whether it can be stopped from here. */
  readonly canStop: boolean;
  readonly progress: RunProgress;
  /** Absent where there are too many stages of different names, or none known. */
  readonly graph?: GraphView;
  /** What curves there are of. */
  readonly measures: readonly string[];
  /** Where the stream goes on. */
  readonly next: { readonly events: number; readonly series: number };
}

export interface CurvesView {
  readonly measure: string;
  readonly curves: readonly Curve[];
}

export interface ReportsView {
  readonly reports: readonly ReportEntry[];
}

export interface ReportEntry {
  /** As `address.ts` writes it. */
  readonly ref: string;
  readonly experiment: string;
  readonly profile: string;
  /** `as it is now`, `run of ...`, `commit ...` */
  readonly from: 'now' | 'run' | 'commit';
  /** ISO 8601, where it is known. */
  readonly when: string | null;
  /** What else tells it from others: settings, the commit and its first line. */
  readonly says: string;
}

export interface ReportView {
  readonly ref: string;
  readonly report: Report;
  /** By stage id: how the sheet of its result is chosen, where its kind draws one and the cache has it. */
  readonly sheets: Readonly<Record<string, SheetView>>;
}

export interface SheetView {
  readonly says: string;
  readonly options: readonly SheetOption[];
}

export interface SheetOption {
  readonly name: string;
  readonly says: string;
  /** Of a choice among words. */
  readonly words?: readonly string[];
  readonly isFlag?: true;
  readonly default?: string;
}

export interface LinesView {
  readonly x: string;
  readonly y: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
}

export interface CellView extends CellProvenance {
  /** One for each replicate. */
  readonly evidence: readonly EvidenceView[];
}

/** What the cache still holds of the stage that measured a number. */
export interface EvidenceView {
  readonly stage: string;
  readonly made: { readonly finished: string; readonly seconds: number; readonly cpu: string } | null;
  /** All that it measured. */
  readonly measured: readonly {
    readonly name: string;
    readonly says?: string;
    readonly value: Json;
    readonly interval: Interval | null;
  }[];
  /** How its kind shows the values that its numbers are made from. */
  readonly histograms: readonly HistogramView[];
  /** What its kind draws as curves. */
  readonly curves: readonly CurveView[];
  /** Single cases that its kind can show, by name: each an address of its own. */
  readonly cases: readonly { readonly name: string; readonly says: string }[];
  /** Maps that its kind can show, likewise. */
  readonly maps: readonly { readonly name: string; readonly says: string }[];
}

/** Many things as points of a plane. */
export interface MapView extends PointMapValues {
  /** Plural noun of what is shown. */
  readonly of: string;
}

/** Single cases that a number was made from, the most telling first. */
export interface CasesView {
  /** What their values are. */
  readonly of: string;
  readonly mark?: { readonly at: number; readonly says: string };
  /** Why names and pictures are kept back. */
  readonly hidden?: string;
  readonly groups: readonly {
    readonly says: string;
    readonly total: number;
    readonly cases: readonly CaseView[];
  }[];
}

export interface CaseView {
  readonly value: number;
  readonly says: string;
  readonly isWrong: boolean;
  readonly items: readonly {
    readonly name?: string;
    /** A PNG, base64. */
    readonly picture?: string;
  }[];
}

export interface CurveView {
  readonly type: string;
  readonly says: string;
  readonly axes: { readonly x: string; readonly y: string; readonly isUnit?: boolean };
  readonly points: readonly (readonly [number, number])[];
  /** 95 % about the curve: x, low, high. */
  readonly band?: readonly (readonly [number, number, number])[];
}

export interface CompareView {
  readonly before: ReportView;
  readonly after: ReportView;
  readonly diff: ReportDiff;
}

/** Why something could not be shown. */
export interface Refusal {
  readonly message: string;
  readonly help?: string;
}
