/** Tasks sent ahead keep a pilot busy for so many seconds. */
const AHEAD = 2;
/** Work for one job, in seconds: what a short task's job is worth starting for. */
const WORTH_A_JOB = 60;
/** Tasks in a pilot's hand at most. */
export const MOST_AHEAD = 64;
/** Of a task of this many seconds none waits behind another in a pilot's hand. */
const LONG = 30;

/** Seconds from sending a task to its beginning and from its end to its answer; what is left of a job's time is known in whole seconds. */
const ON_THE_WAY = 2;

/**
 * How long tasks of each series (a stage) took so far: how many a pilot gets at a time, and how much of a job each is worth. If nothing
 * is known of a series, no task waits behind one of its tasks: a stage of hours may follow one of moments.
 */
export class Pacing {
  readonly #known = new Map<string, { readonly count: number; readonly seconds: number }>();

  note(series: string, seconds: number): void {
    const { count, seconds: sum } = this.#known.get(series) ?? { count: 0, seconds: 0 };
    this.#known.set(series, { count: count + 1, seconds: sum + seconds });
  }

  /** Tasks in a pilot's hand: the next is there when one ends. */
  ahead(series: string): number {
    const mean = this.#mean(series);
    if (mean === undefined || mean > LONG) return 1;
    return Math.min(MOST_AHEAD, 1 + Math.ceil(AHEAD / mean));
  }

  /** The share of a job that a task is worth, at most 1. */
  worth(series: string): number {
    return Math.min(1, (this.#mean(series) ?? WORTH_A_JOB) / WORTH_A_JOB);
  }

  /** Seconds that a task of the series may take, with something to spare beside its way there and back; undefined if none has been timed. */
  expected(series: string): number | undefined {
    const mean = this.#mean(series);
    return mean === undefined ? undefined : 1.25 * mean + ON_THE_WAY;
  }

  #mean(series: string): number | undefined {
    const known = this.#known.get(series);
    return known === undefined ? undefined : Math.max(0.01, known.seconds / known.count);
  }
}
