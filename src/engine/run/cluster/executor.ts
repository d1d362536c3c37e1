import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds } from '../../../foundation/machine/clock.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { writeFailure } from '../../artifacts/store/store.js';
import type { Task } from '../worker/protocol.js';
import type { Place, WorkerPool, WorkOptions, WorkOutcome } from '../worker/workers.js';
import { assign } from './assignment.js';
import { emptyHand, Fleet, type Inherited } from './fleet.js';
import type { Entry, Pilot } from './hand.js';
import { Losses } from './losses.js';
import type { Answer, TaskSize } from './mailbox.js';
import { Pacing } from './pacing.js';
import { INTERRUPTED, nameOf, Queue, reportPlace } from './queue.js';
import type { JobState } from './scheduler.js';
import { Submission, type JobOptions } from './submission.js';

/**
 * Does tasks on a cluster: submits jobs (*pilots*) that take one task after another, so that a stage of a thousand short parts
 * costs a few jobs and a chain of epochs costs one, and a job whose time is up is followed by another.
 *
 * The run sends tasks and reads answers through a mailbox; the scheduler is asked at most once in ten seconds, and only
 * to learn why a job waits or ended. A job that is gone without an answer is given some time, as a shared file system may show
 * its last words late; then what it was at is sent to another, as often as the cause allows.
 */
export interface ClusterOptions extends JobOptions {
  /** Seconds: the limit of a job, and how far it is raised for a task that had all of it. */
  readonly time?: { readonly first: number; readonly most: number };
  readonly pace?: Partial<Pace>;
}

/** Milliseconds. */
export interface Pace {
  /** Between two looks into the mailbox, while tasks are out. */
  readonly look: number;
  /** Between two questions to the scheduler. */
  readonly ask: number;
  /** How long a job that is gone may still give an answer: the latency of the shared file system. */
  readonly latency: number;
  /** How long submission is tried while the controller is away. */
  readonly patience: number;
}

const PACE: Pace = { look: 100, ask: 10_000, latency: 15_000, patience: 300_000 };

export function clusterExecutor(options: ClusterOptions): WorkerPool & { readonly atOnce: number } {
  return new ClusterExecutor(options);
}

/**
 * One loop, while there is work: look into the mailbox, settle what is answered and what is lost, send what waits, ask the scheduler,
 * submit. The tasks that wait are in the {@link Queue}, those that were sent in the hands of the {@link Fleet}.
 */
class ClusterExecutor implements WorkerPool {
  readonly #options: ClusterOptions;
  readonly #pace: Pace;
  readonly #fleet: Fleet;
  readonly #queue = new Queue();
  readonly #pacing = new Pacing();
  readonly #losses: Losses;
  readonly #submission: Submission;
  #asked = -Infinity;
  #isAsking = false;
  #submitting: Promise<void> | undefined;
  #loop: Promise<void> | undefined;
  #wake = new AbortController();
  #closed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#pace = { ...PACE, ...options.pace };
    const { latency, ask, patience } = this.#pace;
    this.#fleet = new Fleet(options.mail);
    this.#losses = new Losses(this.#fleet, this.#queue, { ...options, latency });
    const pause = Math.min(ask, 5000);
    this.#submission = new Submission(this.#fleet, this.#queue, this.#pacing, { ...options, pause, patience });
  }

  /** So many tasks keep all jobs busy, with the next at hand. */
  get atOnce(): number {
    return 2 * this.#options.jobs;
  }

  async run(task: Task, options: WorkOptions): Promise<WorkOutcome> {
    if (options.signal.aborted) return INTERRUPTED;
    const size: TaskSize = { cores: task.cores, memory: options.memory, gpus: options.gpus };
    return new Promise((resolve) => {
      const onAbort = (): void => this.#interrupt(entry);
      const entry: Entry = {
        task,
        options,
        size,
        losses: 0,
        settle: (outcome) => {
          options.signal.removeEventListener('abort', onAbort);
          resolve(outcome);
        },
      };
      options.signal.addEventListener('abort', onAbort, { once: true });
      const before = this.#fleet.claim(options.key);
      if (before === undefined) this.#queue.push(entry);
      else this.#takeOver(before, entry);
      this.#wake.abort();
      this.#loop ??= this.#watch();
    });
  }

  /** Ends all jobs: none is left in the queue. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake.abort();
    await this.#submitting;
    const { mail, scheduler } = this.#options;
    tolerant(() => {
      for (const pilot of this.#fleet) if (pilot.phase === 'ready') mail.end(pilot.id);
    });
    await scheduler.cancel(this.#fleet.arrays());
    await this.#loop;
    tolerant(() => mail.remove());
  }

  kill(): void {
    this.#closed = true;
    this.#options.scheduler.cancelAtOnce(this.#fleet.arrays());
  }

  #takeOver({ pilot, n, answer }: Inherited, entry: Entry): void {
    entry.at = { pilot, n };
    if (answer === undefined) pilot.hand.set(n, entry);
    else this.#answered(pilot, answer, entry);
  }

  #answered(pilot: Pilot, { n, outcome, host, seconds }: Answer, entry: Entry | undefined): void {
    this.#options.mail.settle(pilot.id, n);
    entry?.settle(outcome.ok ? { ...outcome, done: { host, seconds } } : outcome);
  }

  async #watch(): Promise<void> {
    while (!this.#closed && this.#isBusy()) {
      const began = milliseconds();
      try {
        this.#look();
        this.#losses.settle();
        assign({ mail: this.#options.mail, fleet: this.#fleet, queue: this.#queue, pacing: this.#pacing });
      } catch (error) {
        // A shared file system that fails for a moment.
        this.#failAll(error);
      }
      this.#ask();
      this.#submit();
      // A look at very many jobs takes its time: never more than a tenth of a processor.
      const pause = Math.max(this.#pace.look, 9 * (milliseconds() - began));
      this.#wake = new AbortController();
      await sleep(pause, undefined, { signal: this.#wake.signal }).catch(() => undefined);
    }
    this.#loop = undefined;
    if (!this.#closed && this.#isBusy()) this.#loop = this.#watch();
  }

  #isBusy(): boolean {
    return this.#queue.length > 0 || this.#fleet.isBusy;
  }

  #look(): void {
    const { mail } = this.#options;
    for (const id of mail.pilots()) {
      const pilot = this.#fleet.get(id);
      if (pilot?.phase !== 'submitted') continue;
      pilot.phase = 'ready';
      this.#losses.began();
      pilot.node = mail.helloOf(id)?.host ?? '';
    }
    // Before the answers: a job answers, then leaves. One that does both in between would be gone without the answer that is there.
    const gone = mail.gone();
    const answers = mail.answers();
    const answered = new Set(answers.map(({ pilot }) => pilot));
    for (const pilot of this.#fleet) {
      if (pilot.hand.size > 0 && (pilot.phase === 'ready' || answered.has(pilot.id))) this.#read(pilot);
    }
    for (const { pilot: id, answer } of answers) {
      const pilot = this.#fleet.get(id);
      if (!pilot?.hand.has(answer.n)) continue;
      const entry = pilot.hand.get(answer.n);
      pilot.hand.delete(answer.n);
      pilot.answered += 1;
      delete pilot.goneSince;
      if (entry !== undefined) this.#pacing.note(entry.options.series, answer.seconds);
      if (entry !== undefined || !this.#fleet.keep(pilot, answer)) this.#answered(pilot, answer, entry);
    }
    for (const id of gone) {
      const pilot = this.#fleet.get(id);
      if (pilot !== undefined && pilot.phase !== 'ended') this.#losses.retire(pilot);
    }
  }

  /** Log lines and progress of the tasks in a pilot's hand. */
  #read(pilot: Pilot): void {
    const { news, offset } = this.#options.mail.news(pilot.id, pilot.offset);
    pilot.offset = offset;
    for (const one of news) {
      const options = pilot.hand.get(one.n)?.options;
      if (options === undefined) continue;
      if ('line' in one) options.onLog(one.line);
      else options.onProgress(one.done, one.total, one.unit);
    }
  }

  /** Asks the scheduler if it is time to; the answer is dealt with when it comes, which may take a controller a while. */
  #ask(): void {
    const now = milliseconds();
    const isDue = [...this.#fleet].some(
      ({ phase, hand }) => phase === 'submitted' || (phase === 'ready' && hand.size > 0),
    );
    if (!isDue || this.#isAsking || now - this.#asked < this.#pace.ask) return;
    this.#asked = now;
    this.#isAsking = true;
    void this.#options.scheduler.jobs(this.#options.name).then((answer) => {
      this.#isAsking = false;
      // A controller that is away says nothing about jobs: they go on without it.
      if (answer.ok) this.#hear(answer.value, now);
    });
  }

  /** @param asked when: jobs submitted since are not in it */
  #hear(states: ReadonlyMap<string, JobState>, asked: number): void {
    for (const pilot of this.#fleet) {
      if (pilot.phase === 'ended' || pilot.since > asked) continue;
      const state = states.get(pilot.id);
      if (state?.left !== undefined) pilot.ends = asked + 1000 * state.left;
      if (state === undefined || (state.phase !== 'queued' && state.phase !== 'running')) {
        pilot.goneSince ??= milliseconds();
        pilot.goneAs = state;
      } else delete pilot.goneSince;
    }
    this.#placeWaiting(states);
  }

  /** The first job of a size that is queued speaks for all: of several, each with a reason of its own, none would be the last word. */
  #placeWaiting(states: ReadonlyMap<string, JobState>): void {
    const queued = new Map<string, JobState>();
    for (const { id, size } of this.#fleet.alive()) {
      const state = states.get(id);
      if (state?.phase === 'queued' && !queued.has(nameOf(size))) queued.set(nameOf(size), state);
    }
    for (const entry of this.#queue) {
      const state = queued.get(nameOf(entry.size));
      if (state !== undefined) reportPlace(entry, { phase: 'queued', words: state.words, node: '' });
      // What was said of a job that has begun, or of one that is lost, is true no more.
      else if (entry.place !== undefined) reportPlace(entry, BEHIND);
    }
  }

  #submit(): void {
    if (this.#closed || this.#submitting !== undefined) return;
    this.#submitting = this.#submission
      .next()
      ?.catch((error: unknown) => this.#failAll(error))
      .finally(() => {
        this.#submitting = undefined;
        this.#wake.abort();
      });
  }

  /** The task is no longer wanted. One that a pilot is at is stopped there, and counts as interrupted at once. */
  #interrupt(entry: Entry): void {
    this.#queue.remove(entry);
    if (entry.at !== undefined) {
      const { pilot, n } = entry.at;
      tolerant(() => this.#options.mail.stop(pilot.id, n));
      pilot.hand.set(n, undefined);
    }
    entry.settle(INTERRUPTED);
  }

  /** Tasks and answers are files in the cache: if the system fails there, no task can go on. Other errors are bugs. */
  #failAll(error: unknown): void {
    if (!isSystemError(error)) throw error;
    const [diagnostic] = writeFailure(error, this.#options.mail.root).error;
    const inHand = [...this.#fleet].flatMap(emptyHand);
    this.#queue.failAll(diagnostic);
    for (const entry of inHand) entry.settle({ ok: false, diagnostics: [diagnostic] });
  }
}

/** Behind the tasks that the jobs are at. */
const BEHIND: Place = { phase: 'waiting', words: '', node: '' };

/** Ending goes on if the folder can no longer be written to: the jobs end for want of work. */
function tolerant(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
