/** What the page asks to be drawn (plot.ts). */
export type Plot = LinesPlot | HistogramPlot | PointsPlot;

export interface LinesPlot {
  readonly shape: 'lines';
  readonly axes: {
    readonly x: string;
    readonly y: string;
    readonly isUnit?: boolean;
    readonly isLogX?: boolean;
    readonly isLogY?: boolean;
    /** y begins at 0. */
    readonly isFromZero?: boolean;
    /** x is whole numbers. */
    readonly isCount?: boolean;
  };
  readonly lines: readonly PlotLine[];
  /** 95 % about the first line: x, low, high. */
  readonly band?: readonly (readonly [number, number, number])[];
  readonly height?: number;
}

export interface PlotLine {
  readonly name: string;
  readonly colour: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface HistogramPlot {
  readonly shape: 'histogram';
  readonly x: string;
  readonly y: string;
  readonly at: readonly number[];
  readonly width: number;
  readonly classes: readonly { readonly name: string; readonly colour: string; readonly heights: readonly number[] }[];
  /** Where a line stands. */
  readonly mark?: number;
  readonly height?: number;
}

export interface PointsPlot {
  readonly shape: 'points';
  readonly axes: { readonly x: string; readonly y: string };
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Shown where one points at a point. */
  readonly names: readonly string[];
  /** A colour of each point, or a number of each on a scale with a title. */
  readonly colours: readonly string[] | { readonly title: string; readonly values: readonly number[] };
  readonly height?: number;
}

export interface PlotApi {
  /** Draws into an element; gives what takes the plot away again. */
  draw(element: HTMLElement, plot: Plot): () => void;
}

/** Told apart by most colour-blind readers (Okabe and Ito, 2008), on light ground and on dark. */
export const COLOURS = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#8C6BB1',
  '#7F7F7F',
  '#A6761D',
] as const;

export function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length]!;
}
