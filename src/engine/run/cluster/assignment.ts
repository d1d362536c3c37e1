import type { Task } from '../protocol.js';
import type { Place, WorkOptions, WorkOutcome } from '../workers.js';
import type { Answer, TaskSize } from './mailbox.js';
import type { JobState } from './scheduler.js';

/** A task that waits for a pilot, or is in the hand of one. */
export interface Entry {
  readonly task: Task;
  readonly options: WorkOptions;
  size: TaskSize;
  readonly settle: (outcome: WorkOutcome) => void;
  losses: number;
  /** The place last told. */
  place?: string;
  /** Where it has been sent. */
  at?: { readonly pilot: Pilot; readonly n: number };
}

/** A task that an earlier run sent. */
export interface Inherited {
  readonly pilot: Pilot;
  readonly n: number;
  answer?: Answer;
}

export interface Pilot {
  readonly id: string;
  readonly size: TaskSize;
  /** When it was submitted, or found. */
  readonly since: number;
  phase: 'submitted' | 'ready' | 'ended';
  /** Tasks in hand, in the order they were sent; undefined for one that an earlier run sent and nobody has asked for yet. */
  readonly hand: Map<number, Entry | undefined>;
  sent: number;
  answered: number;
  offset: number;
  node: string;
  /** Of the last task it was sent. */
  series: string;
  /** Since when the scheduler has called it ended while answers were due. */
  goneSince?: number;
  goneAs?: JobState | undefined;
  /** When its time is up, by this process's clock, where that is known. */
  ends?: number;
}

/** Tasks sent ahead keep a pilot busy for so many seconds. */
const AHEAD = 2;
/** Work for one job, in seconds: what a short task's job is worth starting for. */
const WORTH_A_JOB = 60;
/** Tasks in a pilot's hand at most. */
export const MOST_AHEAD = 64;
/** Of a task of this many seconds none waits behind another in a pilot's hand. */
const LONG = 30;

/**
 * How long tasks of each series (a stage) took so far: how many a pilot gets at a time, and how much of a job each is worth. Of a series
 * that nothing is known of, no task waits behind another: a stage of hours may follow one of moments.
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

  /** Seconds that a task of the series may take, where that is known: with something to spare. */
  expected(series: string): number | undefined {
    const mean = this.#mean(series);
    return mean === undefined ? undefined : 1.25 * mean;
  }

  #mean(series: string): number | undefined {
    const known = this.#known.get(series);
    return known === undefined ? undefined : Math.max(0.01, known.seconds / known.count);
  }
}

export function tell(entry: Entry, place: Place): void {
  const words = `${place.phase} ${place.words} ${place.node}`;
  if (entry.place === words) return;
  entry.place = words;
  entry.options.onPlace?.(place);
}

/** The pilot with the least in hand; among those, one whose last task was of the same series, which is warm. */
export function chosen(open: Iterable<Pilot>, { size, options }: Entry): Pilot | undefined {
  let best: Pilot | undefined;
  for (const pilot of open) {
    if (!sameSize(pilot.size, size)) continue;
    if (best === undefined || pilot.hand.size < best.hand.size) best = pilot;
    else if (pilot.hand.size > best.hand.size || best.series === options.series) continue;
    else if (pilot.series === options.series) best = pilot;
  }
  return best;
}

export function sameSize(a: TaskSize, b: TaskSize): boolean {
  return nameOf(a) === nameOf(b);
}

export function nameOf({ cores, memory, gpus, time = 0 }: TaskSize): string {
  return `${cores} ${memory} ${gpus} ${time}`;
}
