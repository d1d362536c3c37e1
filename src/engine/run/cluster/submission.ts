import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds } from '../../../foundation/machine/clock.js';
import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../../foundation/files/files.js';
import type { Fleet } from './fleet.js';
import type { Mailbox, TaskSize } from './mailbox.js';
import type { Pacing } from './pacing.js';
import { sameSize, type Queue } from './queue.js';
import type { Scheduler } from './scheduler.js';

/** What the job's own processes hold beside the task. */
const OWN_MEMORY = 256 * 2 ** 20;

/** The jobs of a run: who queues them, what they execute, how many there may be. */
export interface JobOptions {
  readonly scheduler: Scheduler;
  readonly mail: Mailbox;
  /** Of all jobs of this run: how they are found again. */
  readonly name: string;
  /** What a job executes; it gets its id as last argument. */
  readonly command: readonly string[];
  /** Absolute. */
  readonly directory: string;
  /** At most so many jobs at a time. */
  readonly jobs: number;
  /** Hears of what happens to jobs: lost, submission refused for now. */
  readonly warn: (warning: Diagnostic) => void;
}

export interface SubmissionOptions extends JobOptions {
  /** Milliseconds between two tries while the controller is away, and for how long it is tried. */
  readonly pause: number;
  readonly patience: number;
}

/** Submits as many jobs as the tasks that wait are worth, of their sizes, one array at a time. */
export class Submission {
  readonly #fleet: Fleet;
  readonly #queue: Queue;
  readonly #pacing: Pacing;
  readonly #options: SubmissionOptions;
  #refusedSince: number | undefined;

  constructor(fleet: Fleet, queue: Queue, pacing: Pacing, options: SubmissionOptions) {
    this.#fleet = fleet;
    this.#queue = queue;
    this.#pacing = pacing;
    this.#options = options;
  }

  /**
   * Begins to submit jobs of the first size that wants some; undefined if none does. The promise rejects with the system's error if the
   * jobs cannot be noted where a later run would find them: they are cancelled.
   */
  next(): Promise<void> | undefined {
    for (const size of this.#queue.sizes()) {
      const wanted = this.#wanted(size);
      if (wanted <= 0) continue;
      const room = this.#options.jobs - this.#fleet.alive().length;
      if (room > 0) return this.#submit(size, Math.min(wanted, room));
      this.#makeRoom(size);
    }
    return undefined;
  }

  #wanted(size: TaskSize): number {
    const own = this.#fleet.alive().filter((pilot) => sameSize(pilot.size, size));
    const work = this.#queue.ofSize(size).reduce((sum, { options: { series } }) => sum + this.#pacing.worth(series), 0);
    // Jobs that still wait for their start will take some of the tasks.
    const coming = own.filter(({ phase }) => phase === 'submitted').length;
    const idle = own.filter(
      ({ phase, hand, goneSince }) => phase === 'ready' && hand.size === 0 && goneSince === undefined,
    ).length;
    return Math.ceil(work) - coming - idle;
  }

  /** Ends a job of another size that has nothing to do. */
  #makeRoom(size: TaskSize): void {
    for (const pilot of this.#fleet) {
      if (pilot.phase !== 'ready' || pilot.hand.size > 0 || sameSize(pilot.size, size)) continue;
      this.#options.mail.end(pilot.id);
      this.#fleet.end(pilot);
      return;
    }
  }

  async #submit(size: TaskSize, count: number): Promise<void> {
    const { scheduler, mail, name, command, directory } = this.#options;
    const request = { name, count, ...size, memory: size.memory + OWN_MEMORY, command, directory, logs: mail.logs };
    const answer = await scheduler.submit(request);
    if (!answer.ok) {
      await this.#refused(size, answer.error[0]!);
      return;
    }
    this.#refusedSince = undefined;
    try {
      mail.noteArray(answer.value, { count, size });
    } catch (error) {
      if (isSystemError(error)) await scheduler.cancel([answer.value]);
      throw error;
    }
    this.#fleet.addArray(answer.value, count, size);
  }

  async #refused(size: TaskSize, reason: Diagnostic): Promise<void> {
    const now = milliseconds();
    this.#refusedSince ??= now;
    if (reason.code !== 'cluster/unreachable' || now - this.#refusedSince >= this.#options.patience) {
      this.#queue.fail(size, reason);
      return;
    }
    this.#options.warn({ ...reason, severity: 'warning' });
    await sleep(this.#options.pause);
  }
}
