import type { Diagnostic } from '../foundation/failures/diagnostic.js';
import type { JsonObject } from '../foundation/values/json.js';
import type { Result } from '../foundation/failures/result.js';
import type { Schema } from '../foundation/schema/schema.js';

/**
 * What a stage kind adds wherever its results are shown: the engine, the reports and the command line know no kind by name
 * and ask for these. All of it is optional and light; what draws or writes is reached through `await import()`.
 */
export interface Presentation {
  /** Of its boxes in drawings of the graph, as `#rrggbb`. */
  readonly colour?: string;
  readonly notice?: Notice;
  /** What `fx show` draws of a result. */
  readonly sheet?: Sheet;
  /** Types of figures, by the word that an experiment writes after `type:`. */
  readonly figures?: Readonly<Record<string, FigureType>>;
  /**
   * What its results hold of how they came about (training curves), for figures `learning-curves`; undefined where a result has
   * none. A kind without this may leave `epochs.json` (schema `fx/epochs@1`: a list `epochs` of numbers by name).
   */
  readonly series?: (result: ResultFiles, parameters: JsonObject) => Promise<Series | undefined>;
  /** How values that its numbers are made from lie, by name: shown where one looks into such a number. */
  readonly histograms?: Readonly<Record<string, Histogram>>;
  /** Single cases behind its numbers, the telling ones, by name: shown where one looks into such a number. */
  readonly cases?: Readonly<Record<string, Cases>>;
  /** What its numbers are made from as points of a plane, by name: shown where one looks into such a number. */
  readonly maps?: Readonly<Record<string, PointMap>>;
  /** Forms in which `fx get --as NAME` writes a result for other programs, by name. */
  readonly exports?: Readonly<Record<string, Export>>;
}

/**
 * What must be said of every number computed from such results, however far downstream: those numbers are not comparable
 * with published ones.
 */
export interface Notice {
  /** Ends "measured on ...": `simulated data`. */
  readonly on: string;
  /** A sentence or two for the top of a report. */
  readonly says: string;
}

/** The files of a result as far as they are at hand. */
export interface ResultFiles {
  /** Absolute path of a file of the result; undefined where it has no such file. */
  readonly locate: (file: string) => string | undefined;
}

/** A result with those that it was made from. */
export interface TracedResult extends ResultFiles {
  /** The result of the stage that a parameter names (`${stage}`); undefined where it names none, or that result is not at hand. */
  readonly input: (parameter: string) => TracedResult | undefined;
}

export type Options = Readonly<Record<string, unknown>>;

/** A picture of a result, drawn on demand. */
export interface Sheet {
  /** One sentence. */
  readonly says: string;
  /** What can be chosen, in the words of parameters (an `object`), each with a default or optional. */
  readonly options: Schema<Options>;
  /** A PNG; undefined where the result has nothing to show under these options. */
  readonly draw: (result: ResultFiles, options: Options) => Promise<Uint8Array | undefined>;
}

export type FigureType = Curves | Pictures;

/** A line for each row of the figure, in a panel for each axis value it is `on`. */
export interface Curves {
  readonly shape: 'curves';
  /** One sentence. */
  readonly says: string;
  readonly axes: {
    readonly x: string;
    readonly y: string;
    /** Both from 0 to 1. */
    readonly isUnit?: boolean;
  };
  /** The points of one line, from the results of replicates of one another; undefined where there is nothing to draw. */
  readonly line: (results: readonly ResultFiles[]) => Promise<readonly Point[] | undefined>;
  /** 95 % about the line of one result, where it is known; shown where one looks into a number. */
  readonly band?: (
    result: ResultFiles,
  ) => Promise<readonly (readonly [x: number, low: number, high: number])[] | undefined>;
}

/** Values of some classes, to be shown as shares over a common axis. */
export interface Histogram {
  /** One sentence. */
  readonly says: string;
  /** What the values are: the axis's title. */
  readonly of: string;
  /** Undefined where there is nothing to show. */
  readonly values: (result: ResultFiles) => Promise<HistogramValues | undefined>;
}

export interface HistogramValues {
  readonly classes: readonly { readonly name: string; readonly values: ArrayLike<number> }[];
  /** A value that matters, such as a threshold. */
  readonly mark?: { readonly at: number; readonly says: string };
}

/** Single cases that a number was made from, such as those that were judged worst. */
export interface Cases {
  /** One sentence. */
  readonly says: string;
  /** What the values of cases are: `score`. */
  readonly of: string;
  /**
   * Undefined where there is nothing to show.
   *
   * @param most cases of a group
   */
  readonly groups: (result: TracedResult, most: number) => Promise<CaseGroups | undefined>;
}

export interface CaseGroups {
  readonly groups: readonly CaseGroup[];
  /** A value that matters, such as a threshold. */
  readonly mark?: { readonly at: number; readonly says: string };
  /** Why names and pictures are kept back, in a sentence: of what is private, others see neither. */
  readonly hidden?: string;
}

export interface CaseGroup {
  readonly says: string;
  /** How many cases these were chosen from. */
  readonly total: number;
  /** The most telling first. */
  readonly cases: readonly Case[];
}

export interface Case {
  readonly value: number;
  /** What became of it: `accepted`. */
  readonly says: string;
  readonly isWrong: boolean;
  /** What was judged: of a pair, two. */
  readonly items: readonly CaseItem[];
}

export interface CaseItem {
  readonly name?: string;
  /** PNG. */
  readonly picture?: Uint8Array;
}

/** Many things as points of a plane: alike ones lie near each other. */
export interface PointMap {
  /** One sentence. */
  readonly says: string;
  /** Plural noun of what is shown: `images`. */
  readonly of: string;
  /**
   * Undefined where there is nothing to show.
   *
   * @param most points
   */
  readonly points: (result: TracedResult, most: number) => Promise<PointMapValues | undefined>;
}

export interface PointMapValues {
  readonly axes: { readonly x: string; readonly y: string };
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** How many there are: points may be a choice of them. */
  readonly total: number;
  /** Ways to colour the points, the first shown at first. */
  readonly colourings: readonly Colouring[];
}

/** A class or a number of each point. Of what is private, the page shows classes without their names. */
export type Colouring =
  | { readonly says: string; readonly classes: readonly string[] }
  | { readonly says: string; readonly values: readonly number[] };

export type Point = readonly [x: number, y: number];

/** Numbers by step, of one run. */
export interface Series {
  /** What the steps are: `epoch`. */
  readonly step: string;
  /** By name. */
  readonly values: Readonly<Record<string, readonly Point[]>>;
}

/** A picture of each stage it is `of`. */
export interface Pictures extends Sheet {
  readonly shape: 'pictures';
}

/** Writes a result in another form. */
export interface Export {
  /** One sentence. */
  readonly says: string;
  /** Plural noun of what is counted: `images`. */
  readonly unit: string;
  /**
   * @param folder exists
   * @returns how many were written
   */
  readonly write: (result: ResultFiles, folder: string) => Promise<Result<number>>;
}

/** A function of a user's kind that shows results threw, or gave back what it must not. */
export class PresentationFault extends Error {
  readonly problem: Diagnostic;

  constructor(problem: Diagnostic) {
    super(problem.message);
    this.problem = problem;
  }
}
