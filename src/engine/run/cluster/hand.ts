import type { Task } from '../worker/protocol.js';
import type { WorkOptions, WorkOutcome } from '../worker/workers.js';
import type { TaskSize } from './mailbox.js';
import type { JobState } from './scheduler.js';

/** A task that waits for a pilot, or is in the hand of one. */
export interface Entry {
  readonly task: Task;
  readonly options: WorkOptions;
  size: TaskSize;
  readonly settle: (outcome: WorkOutcome) => void;
  losses: number;
  /** The place last reported. */
  place?: string;
  /** Where it has been sent. */
  at?: { readonly pilot: Pilot; readonly n: number };
}

/** A job that takes one task after another. */
export interface Pilot {
  readonly id: string;
  readonly size: TaskSize;
  /** When it was submitted, or found. */
  readonly since: number;
  phase: 'submitted' | 'ready' | 'ended';
  /** Tasks in hand, in the order they were sent; undefined for one that an earlier run sent and this one has not asked for yet. */
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
  /** When its time is up, by this process's clock, if that is known. */
  ends?: number;
}
