import type { JsonObject } from '../../../foundation/values/json.js';
import type { ChartEncoding, ChartLayer } from '../../schemas/chart-section.js';
import type { Comparison } from './claim.js';

/** The `report` section with its names tied to stages: all that a report needs besides the records. */
export interface Report {
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
  readonly claims: readonly Claim[];
  /** What is done about there being many claims; nothing where absent. */
  readonly correction?: 'holm';
  /** Which look this is at replicates that grow until claims are decided, from 1; absent where they were looked at once. */
  readonly look?: number;
}

export interface Table {
  readonly id: string;
  readonly title: string | undefined;
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  /** `cells[row][column]`: ids of the stages whose metric fills it, more than one where there are replicates. */
  readonly cells: readonly (readonly (readonly string[])[])[];
  /** `published[row][column]`; absent where the publication has none of it. */
  readonly published: readonly (readonly (number | null)[])[] | undefined;
  readonly source: string | undefined;
  readonly best: 'highest' | 'lowest' | 'none';
  readonly percent: boolean;
  readonly digits: number;
}

export interface Row {
  readonly label: string;
  /** A stage or an axis value. */
  readonly of: string;
}

export interface Column {
  readonly label: string;
  /** An axis value; absent where the row alone says which stage. */
  readonly of: string | undefined;
  readonly metric: string;
}

export type Figure = {
  /** As the experiment writes it: one of the engine's own words, or one that a kind declares. */
  readonly type: string;
  readonly id: string;
  readonly title: string | undefined;
} & (CurvesPlan | PicturesPlan | SeriesPlan | ChartPlan | FilesPlan | { readonly shape: 'graph' });

/** A line for each row, in each panel. */
export interface CurvesPlan {
  readonly shape: 'curves';
  readonly rows: readonly Row[];
  /** A panel for each; one without a name where `on` is left out. */
  readonly panels: readonly string[];
  /** `cells[row][panel]`: stage ids. */
  readonly cells: readonly (readonly (readonly string[])[])[];
}

/** A picture of each stage. */
export interface PicturesPlan {
  readonly shape: 'pictures';
  readonly stages: readonly string[];
  /** Resolved, as the figure's type declares them. */
  readonly options: JsonObject;
}

/** A metric of each stage over its epochs. */
export interface SeriesPlan {
  readonly shape: 'series';
  readonly stages: readonly string[];
  readonly metric: string;
}

/** Rows of data, drawn as the experiment says. */
export interface ChartPlan {
  readonly shape: 'chart';
  /** The cells, with replicates of one another together. */
  readonly cells: readonly ChartCell[];
  /** The axes of the matrix, with their values in order. */
  readonly axes: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly data: MetricData | FileData;
  /** `mark`, `encoding`, `layer`, `width`, `height`, as written. */
  readonly view: ChartView;
  readonly intervals: boolean;
}

export interface ChartCell {
  /** The stage's name in the experiment. */
  readonly name: string;
  /** By axis, without `replicate`. */
  readonly coordinates: Readonly<Record<string, string>>;
  /** By replicate. */
  readonly stages: readonly string[];
}

/** A row for each cell. */
export interface MetricData {
  readonly metrics: readonly string[];
}

/** The rows of a file of each stage. */
export interface FileData {
  readonly file: string;
  /** Columns of which the mean over replicates is meant. */
  readonly average: readonly string[];
}

export interface ChartView {
  readonly mark: string | JsonObject;
  readonly encoding: ChartEncoding;
  readonly layer?: readonly ChartLayer[];
  readonly width?: number;
  readonly height?: number;
}

/** A file of each stage, as it is: a picture, or a table. */
export interface FilesPlan {
  readonly shape: 'image' | 'rows';
  readonly stages: readonly string[];
  readonly file: string;
}

export interface Claim {
  readonly id: string;
  readonly says: string;
  readonly section: string | undefined;
  /** As written. */
  readonly that: string;
  readonly on: readonly Column[];
  /** On which of the columns it must hold; absent for all. */
  readonly mode?: 'any' | 'mean';
  readonly operands: readonly Operand[];
  /** All must hold. */
  readonly comparisons: readonly Comparison[];
}

export interface Operand extends Row {
  /** By column of `on`: stage ids. */
  readonly cells: readonly (readonly string[])[];
}
