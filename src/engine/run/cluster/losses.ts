import { milliseconds } from '../../../foundation/machine/clock.js';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { sayDuration } from '../../../foundation/numbers/duration.js';
import { emptyHand, type Fleet } from './fleet.js';
import type { Entry, Pilot } from './hand.js';
import type { Mailbox } from './mailbox.js';
import type { Queue } from './queue.js';
import type { ClusterCode, JobPhase, JobState, Scheduler } from './scheduler.js';
import { verdictOn } from './verdict.js';

/** A task lost by no fault of its own is sent again so many times. */
const MOST_LOSSES = 3;
/** Jobs that ended before they took any task: after so many, something is wrong with all of them. */
const MOST_STILLBORN = 2;

export interface LossOptions {
  readonly scheduler: Pick<Scheduler, 'cancel'>;
  readonly mail: Mailbox;
  /** At most so many jobs at a time. */
  readonly jobs: number;
  /** Seconds: the limit of a job, and how far it is raised for a task that had all of it. */
  readonly time?: { readonly first: number; readonly most: number };
  readonly warn: (warning: Diagnostic) => void;
  /** Milliseconds for which a job that is gone may still give an answer. */
  readonly latency: number;
}

/** What becomes of the tasks of jobs that ended: sent to another job as often as the cause allows, else failed with the cause. */
export class Losses {
  readonly #fleet: Fleet;
  readonly #queue: Queue;
  readonly #options: LossOptions;
  #stillborn = 0;
  #vanished = 0;

  constructor(fleet: Fleet, queue: Queue, options: LossOptions) {
    this.#fleet = fleet;
    this.#queue = queue;
    this.#options = options;
  }

  /** A job took up its work: the scheduler does not forget all of them. */
  began(): void {
    this.#vanished = 0;
  }

  /** A job that ended by itself: its letters without an answer were not begun, and go to another. */
  retire(pilot: Pilot): void {
    this.#fleet.end(pilot);
    this.#putBackAll(pilot);
  }

  /** Deals with jobs that have been gone for as long as the file system may take to show their last words. */
  settle(): void {
    const now = milliseconds();
    const idle: string[] = [];
    for (const pilot of this.#fleet) {
      const { goneSince, goneAs } = pilot;
      if (pilot.phase === 'ended' || goneSince === undefined) continue;
      const isSilent = pilot.phase === 'submitted' && goneAs?.phase !== 'done';
      if (now - goneSince < (isSilent || pilot.hand.size === 0 ? 0 : this.#options.latency)) continue;
      const wasReady = pilot.phase === 'ready';
      this.#fleet.end(pilot);
      if (goneAs?.phase === 'never') idle.push(pilot.id);
      if (wasReady) this.#afterWork(pilot, goneAs);
      else this.#beforeWork(pilot, goneAs);
    }
    // They would stay in the queue, of no use to anybody.
    if (idle.length > 0) void this.#options.scheduler.cancel(idle);
  }

  /** A job that ended before it took any task. One may be unlucky; if several are, the tasks of its size fail. */
  #beforeWork(pilot: Pilot, state: JobState | undefined): void {
    this.#putBackAll(pilot);
    // A controller that died forgets the jobs that it took on last.
    if (state === undefined || state.phase === 'lost') this.#vanished += 1;
    else this.#stillborn += 1;
    const isForgotten = this.#vanished > 4 * this.#options.jobs;
    if (this.#stillborn === 0 && !isForgotten) return;
    if (state?.phase === 'never') {
      const message = `job ${pilot.id} can never start: ${wordsOf(state)}`;
      const help =
        'ask for less under `resources:` of the stage (cores, memory, gpus), or for another partition, account or time under `slurm:`';
      this.#queue.fail(pilot.size, failure<ClusterCode>('cluster/job-failed', message, help));
      return;
    }
    const isTold = state?.phase === 'cancelled' || state?.phase === 'failed';
    if (!isTold && !isForgotten && this.#stillborn < MOST_STILLBORN) return;
    const said = this.#printed(pilot, '; it printed:');
    const message = `job ${pilot.id} ended before it took any work: ${wordsOf(state)}${said}`;
    const code: ClusterCode = state?.phase === 'cancelled' ? 'cluster/cancelled' : 'cluster/job-failed';
    this.#queue.fail(pilot.size, failure(code, message));
  }

  /** A job that ended while it was at a task: the first in its hand. The rest were not begun. */
  #afterWork(pilot: Pilot, state: JobState | undefined): void {
    const phase: JobPhase = state?.phase ?? 'lost';
    const wasFresh = pilot.answered === 0;
    // In its hand's order: a first letter that is no longer asked for is not a task.
    const [first, ...rest] = [...pilot.hand.values()];
    pilot.hand.clear();
    for (const entry of rest) if (entry !== undefined) this.#queue.putBack(entry);
    if (first === undefined) return;
    first.losses += 1;
    const words = wordsOf(state);
    const verdict = verdictOn(phase, { pilot: pilot.id, node: pilot.node, words, wasFresh });
    if (phase === 'time' && verdict !== undefined && this.#giveTime(first)) return;
    if (verdict !== undefined || first.losses > MOST_LOSSES) {
      first.settle({ ok: false, diagnostics: [verdict ?? this.#tooOften(first, pilot)] });
      return;
    }
    this.#warn('cluster/lost', `job ${pilot.id} on ${pilot.node} is lost (${words}); its task is sent to another`);
    this.#queue.putBack(first);
  }

  #tooOften({ losses }: Entry, pilot: Pilot): Diagnostic {
    const where = `the last was job ${pilot.id} on ${pilot.node}${this.#printed(pilot, ', which printed:')}`;
    return failure<ClusterCode>('cluster/lost', `lost ${losses} times together with its job; ${where}`);
  }

  /** Sends a task that had the whole time of a job to one that has twice as much, as far as that is allowed. */
  #giveTime(entry: Entry): boolean {
    const { time } = this.#options;
    if (time === undefined) return false;
    const had = entry.size.time ?? time.first;
    if (had >= time.most) return false;
    const given = Math.min(2 * had, time.most);
    entry.size = { ...entry.size, time: given };
    this.#warn(
      'cluster/time-limit',
      `a job's time of ${sayDuration(had)} was not enough; the task is sent to one of ${sayDuration(given)}`,
    );
    this.#queue.putBack(entry);
    return true;
  }

  #putBackAll(pilot: Pilot): void {
    for (const entry of emptyHand(pilot)) this.#queue.putBack(entry);
  }

  #printed(pilot: Pilot, introduction: string): string {
    const lines = this.#options.mail.printed(pilot.id);
    return lines.length === 0 ? '' : `${introduction}\n  ${lines.join('\n  ')}`;
  }

  #warn(code: ClusterCode, message: string): void {
    this.#options.warn({ ...failure(code, message), severity: 'warning' });
  }
}

function wordsOf(state: JobState | undefined): string {
  return state?.words ?? 'gone from the queue';
}
