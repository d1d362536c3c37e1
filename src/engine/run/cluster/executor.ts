import { setTimeout as sleep } from 'node:timers/promises';
import { failure, type Diagnostic } from '../../../foundation/diagnostic.js';
import { sayDuration } from '../../../foundation/duration.js';
import { isSystemError } from '../../../foundation/files.js';
import { writeFailure } from '../../artifacts/store/store.js';
import type { Task } from '../protocol.js';
import type { WorkerPool, WorkOptions, WorkOutcome } from '../workers.js';
import {
  chosen,
  MOST_AHEAD,
  nameOf,
  Pacing,
  sameSize,
  tell,
  type Entry,
  type Inherited,
  type Pilot,
} from './assignment.js';
import type { Answer, Mailbox, TaskSize } from './mailbox.js';
import type { ClusterCode, JobPhase, JobState, Scheduler } from './scheduler.js';
import { verdictOn } from './verdict.js';

/**
 * Does tasks on a cluster: submits jobs (*pilots*) that take one task after another, so that a stage of a thousand short parts
 * costs a few jobs and a chain of epochs costs one, and a job whose time is up is followed by another.
 *
 * The run sends tasks and reads answers through a {@link Mailbox}; the scheduler is asked at most once in ten seconds, and only
 * to learn why a job waits or ended. A job that is gone without an answer is given some time, as a shared file system may show
 * its last words late; then what it was at is sent to another, as often as the cause allows.
 */
export interface ClusterOptions {
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
  /** Seconds: the limit of a job, and how far it is raised for a task that had all of it. */
  readonly time?: { readonly first: number; readonly most: number };
  /** Hears of what happens to jobs: lost, submission refused for now. */
  readonly warn: (warning: Diagnostic) => void;
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

/** A task lost by no fault of its own is sent again so many times. */
const MOST_LOSSES = 3;
/** What the job's own processes hold beside the task. */
const OWN_MEMORY = 256 * 2 ** 20;
/** Jobs that ended before they took any task: after so many, something is wrong with all of them. */
const MOST_STILLBORN = 2;

export function clusterExecutor(options: ClusterOptions): WorkerPool & { readonly atOnce: number } {
  return new ClusterExecutor(options);
}

class ClusterExecutor implements WorkerPool {
  readonly #options: ClusterOptions;
  readonly #pace: Pace;
  readonly #pilots = new Map<string, Pilot>();
  readonly #waiting: Entry[] = [];
  /** Tasks that an earlier run sent: key -> where. */
  readonly #inherited = new Map<string, Inherited>();
  readonly #pacing = new Pacing();
  #stillborn = 0;
  #vanished = 0;
  #asked = -Infinity;
  #asking = false;
  #submitting: Promise<void> | undefined;
  #refusedSince: number | undefined;
  #loop: Promise<void> | undefined;
  #wake = new AbortController();
  #closed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#pace = { ...PACE, ...options.pace };
    this.#inherit();
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
      const before = this.#inherited.get(options.key);
      if (before === undefined) this.#waiting.push(entry);
      else this.#claimInherited(before, entry);
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
      for (const pilot of this.#pilots.values()) if (pilot.phase === 'ready') mail.end(pilot.id);
    });
    await scheduler.cancel(this.#arrays());
    await this.#loop;
    tolerant(() => mail.remove());
  }

  kill(): void {
    this.#closed = true;
    this.#options.scheduler.cancelAtOnce(this.#arrays());
  }

  #arrays(): readonly string[] {
    const alive = [...this.#pilots.values()].filter(({ phase }) => phase !== 'ended');
    return [...new Set(alive.map(({ id }) => id.slice(0, id.indexOf('_'))))];
  }

  /** Takes over the jobs of a run that ended without closing. */
  #inherit(): void {
    const { mail } = this.#options;
    for (const [array, { count, size }] of mail.arrays()) {
      for (let i = 0; i < count; i += 1) this.#add(`${array}_${i}`, size);
    }
    for (const id of mail.pilots()) {
      const pilot = this.#pilots.get(id);
      if (pilot === undefined) continue;
      for (const { n, key } of mail.letters(id)) {
        pilot.hand.set(n, undefined);
        pilot.sent = Math.max(pilot.sent, n + 1);
        this.#inherited.set(key, { pilot, n });
      }
    }
  }

  #claimInherited({ pilot, n, answer }: Inherited, entry: Entry): void {
    this.#inherited.delete(entry.options.key);
    entry.at = { pilot, n };
    if (answer === undefined) pilot.hand.set(n, entry);
    else this.#answered(pilot, answer, entry);
  }

  #answered(pilot: Pilot, { n, outcome, host, seconds }: Answer, entry: Entry | undefined): void {
    this.#options.mail.settle(pilot.id, n);
    entry?.settle(outcome.ok ? { ...outcome, done: { host, seconds } } : outcome);
  }

  #add(id: string, size: TaskSize): void {
    const since = performance.now();
    this.#pilots.set(id, {
      id,
      size,
      since,
      phase: 'submitted',
      hand: new Map(),
      sent: 0,
      answered: 0,
      offset: 0,
      node: '',
      series: '',
    });
  }

  async #watch(): Promise<void> {
    while (!this.#closed && this.#isBusy()) {
      const began = performance.now();
      try {
        this.#look();
      } catch (error) {
        if (!isSystemError(error)) throw error;
        // A shared file system that fails for a moment.
        this.#failAll(this.#badFolder(error));
      }
      this.#ask();
      this.#submit();
      // A look at very many jobs takes its time: never more than a tenth of a processor.
      const pause = Math.max(this.#pace.look, 9 * (performance.now() - began));
      this.#wake = new AbortController();
      await sleep(pause, undefined, { signal: this.#wake.signal }).catch(() => undefined);
    }
    this.#loop = undefined;
    if (!this.#closed && this.#isBusy()) this.#loop = this.#watch();
  }

  #isBusy(): boolean {
    return this.#waiting.length > 0 || [...this.#pilots.values()].some(({ hand }) => hand.size > 0);
  }

  #look(): void {
    const { mail } = this.#options;
    for (const id of mail.pilots()) {
      const pilot = this.#pilots.get(id);
      if (pilot?.phase !== 'submitted') continue;
      pilot.phase = 'ready';
      pilot.node = mail.helloOf(id)?.host ?? '';
    }
    const answers = mail.answers();
    const answered = new Set(answers.map(({ pilot }) => pilot));
    for (const pilot of this.#pilots.values()) {
      if (pilot.hand.size > 0 && (pilot.phase === 'ready' || answered.has(pilot.id))) this.#read(pilot);
    }
    for (const { pilot: id, answer } of answers) {
      const pilot = this.#pilots.get(id);
      if (!pilot?.hand.has(answer.n)) continue;
      const entry = pilot.hand.get(answer.n);
      pilot.hand.delete(answer.n);
      pilot.answered += 1;
      delete pilot.goneSince;
      if (entry !== undefined) this.#pacing.note(entry.options.series, answer.seconds);
      // What an earlier run sent may be asked for yet.
      const inherited = this.#inherited.get(answer.key);
      if (entry === undefined && inherited?.pilot === pilot) inherited.answer = answer;
      else this.#answered(pilot, answer, entry);
    }
    for (const id of mail.gone()) {
      const pilot = this.#pilots.get(id);
      if (pilot !== undefined && pilot.phase !== 'ended') this.#retire(pilot);
    }
    this.#lose();
    this.#assign();
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

  /** Its letters without an answer were not begun: they go to another. */
  #retire(pilot: Pilot): void {
    this.#end(pilot);
    for (const entry of pilot.hand.values()) this.#again(entry);
    pilot.hand.clear();
  }

  /** What it had from an earlier run, and did not answer, is to be sent again if it is asked for. */
  #end(pilot: Pilot): void {
    pilot.phase = 'ended';
    for (const [key, { pilot: at, answer }] of this.#inherited) {
      if (at === pilot && answer === undefined) this.#inherited.delete(key);
    }
  }

  #again(entry: Entry | undefined): void {
    if (entry === undefined) return;
    delete entry.at;
    if (entry.options.signal.aborted) entry.settle(INTERRUPTED);
    else this.#waiting.unshift(entry);
  }

  #assign(): void {
    const now = performance.now();
    const open = new Set(
      [...this.#pilots.values()].filter(
        (pilot) => pilot.phase === 'ready' && pilot.goneSince === undefined && pilot.hand.size < MOST_AHEAD,
      ),
    );
    for (const pilot of open) {
      // What would not be done in its time is not begun there: it ends, and another job has its whole time for it.
      const next = this.#waiting.find(({ size }) => sameSize(size, pilot.size));
      if (next === undefined || pilot.answered === 0 || pilot.hand.size > 0 || pilot.ends === undefined) continue;
      if (pilot.ends - now > 1000 * (this.#pacing.expected(next.options.series) ?? 0)) continue;
      open.delete(pilot);
      this.#options.mail.end(pilot.id);
      this.#end(pilot);
    }
    // Where the pilot with the least in hand has no room for a task, others like it wait for the next look.
    const full = new Set<string>();
    for (let i = 0; i < this.#waiting.length && open.size > 0;) {
      const entry = this.#waiting[i]!;
      const alike = `${nameOf(entry.size)} ${entry.options.series}`;
      const pilot = full.has(alike) ? undefined : chosen(open, entry);
      if (pilot === undefined || pilot.hand.size >= this.#roomBehind(pilot, entry)) {
        full.add(alike);
        i += 1;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#send(pilot, entry);
      if (pilot.hand.size >= MOST_AHEAD) open.delete(pilot);
    }
  }

  /** Tasks that a pilot may have in hand with this one: behind one of unknown length none waits. */
  #roomBehind({ hand }: Pilot, { options }: Entry): number {
    const series = [options.series, ...[...hand.values()].flatMap((entry) => entry?.options.series ?? [])];
    return Math.min(...[...new Set(series)].map((each) => this.#pacing.ahead(each)));
  }

  #send(pilot: Pilot, entry: Entry): void {
    const n = pilot.sent;
    const { key, memory, gpus, timeout, series } = entry.options;
    const { task } = entry;
    this.#options.mail.send(pilot.id, {
      n,
      key,
      task,
      memory,
      gpus,
      series,
      ...(timeout === undefined ? {} : { timeout }),
    });
    pilot.sent += 1;
    pilot.series = series;
    pilot.hand.set(n, entry);
    entry.at = { pilot, n };
    tell(entry, { phase: 'running', words: pilot.id, node: pilot.node });
  }

  /** Asks the scheduler if it is time to; the answer is dealt with when it comes, which may take a controller a while. */
  #ask(): void {
    const now = performance.now();
    const isDue = [...this.#pilots.values()].some(
      ({ phase, hand }) => phase === 'submitted' || (phase === 'ready' && hand.size > 0),
    );
    if (!isDue || this.#asking || now - this.#asked < this.#pace.ask) return;
    this.#asked = now;
    this.#asking = true;
    void this.#options.scheduler.jobs(this.#options.name).then((answer) => {
      this.#asking = false;
      // A controller that is away says nothing about jobs: they go on without it.
      if (answer.ok) this.#hear(answer.value, now);
    });
  }

  /** @param asked when: jobs submitted since are not in it */
  #hear(states: ReadonlyMap<string, JobState>, asked: number): void {
    for (const pilot of this.#pilots.values()) {
      if (pilot.phase === 'ended' || pilot.since > asked) continue;
      const state = states.get(pilot.id);
      if (state?.phase === 'queued') {
        for (const entry of this.#waiting) if (sameSize(entry.size, pilot.size)) tell(entry, state);
      }
      if (state?.left !== undefined) pilot.ends = asked + 1000 * state.left;
      if (state === undefined || (state.phase !== 'queued' && state.phase !== 'running')) {
        pilot.goneSince ??= performance.now();
        pilot.goneAs = state;
      } else delete pilot.goneSince;
    }
  }

  /** Deals with jobs that have been gone for as long as the file system may take to show their last words. */
  #lose(): void {
    const now = performance.now();
    for (const pilot of this.#pilots.values()) {
      const { goneSince, goneAs } = pilot;
      if (pilot.phase === 'ended' || goneSince === undefined) continue;
      const isSilent = pilot.phase === 'submitted' && goneAs?.phase !== 'done';
      if (now - goneSince < (isSilent || pilot.hand.size === 0 ? 0 : this.#pace.latency)) continue;
      const wasReady = pilot.phase === 'ready';
      this.#end(pilot);
      if (!wasReady) this.#stillbirth(pilot, goneAs);
      else this.#mourn(pilot, goneAs);
    }
  }

  #stillbirth(pilot: Pilot, state: JobState | undefined): void {
    for (const entry of pilot.hand.values()) this.#again(entry);
    pilot.hand.clear();
    // A controller that died forgets the jobs that it took on last.
    if (state === undefined || state.phase === 'lost') this.#vanished += 1;
    else this.#stillborn += 1;
    if (this.#stillborn === 0 && this.#vanished <= 4 * this.#options.jobs) return;
    if (state?.phase !== 'cancelled' && state?.phase !== 'failed' && this.#stillborn < MOST_STILLBORN) return;
    const printed = this.#options.mail.printed(pilot.id);
    const said = printed.length === 0 ? '' : `; it printed:\n  ${printed.join('\n  ')}`;
    const message = `job ${pilot.id} ended before it took any work: ${state?.words ?? 'gone from the queue'}${said}`;
    const code: ClusterCode = state?.phase === 'cancelled' ? 'cluster/cancelled' : 'cluster/job-failed';
    this.#failSize(pilot.size, failure(code, message));
  }

  #mourn(pilot: Pilot, state: JobState | undefined): void {
    const phase: JobPhase = state?.phase ?? 'lost';
    const [first, ...rest] = [...pilot.hand.values()];
    const wasFresh = pilot.answered === 0;
    pilot.hand.clear();
    for (const entry of rest) this.#again(entry);
    if (first === undefined) return;
    first.losses += 1;
    const verdict = verdictOn(phase, {
      pilot: pilot.id,
      node: pilot.node,
      words: state?.words ?? 'gone from the queue',
      wasFresh,
    });
    if (phase === 'time' && verdict !== undefined && this.#giveTime(first)) return;
    if (verdict !== undefined || first.losses > MOST_LOSSES) {
      const code: ClusterCode = 'cluster/lost';
      const printed = this.#options.mail.printed(pilot.id);
      const said = printed.length === 0 ? '' : `, which printed:\n  ${printed.join('\n  ')}`;
      const message = `lost ${first.losses} times together with its job; the last was job ${pilot.id} on ${pilot.node}${said}`;
      const lost = failure(code, message);
      first.settle({ ok: false, diagnostics: [verdict ?? lost] });
      return;
    }
    const message = `job ${pilot.id} on ${pilot.node} is lost (${state?.words ?? 'gone from the queue'}); its task is sent to another`;
    this.#options.warn({ ...failure<ClusterCode>('cluster/lost', message), severity: 'warning' });
    this.#again(first);
  }

  /** Sends a task that had the whole time of a job to one that has twice as much, as far as that is allowed. */
  #giveTime(entry: Entry): boolean {
    const { time } = this.#options;
    if (time === undefined) return false;
    const had = entry.size.time ?? time.first;
    if (had >= time.most) return false;
    entry.size = { ...entry.size, time: Math.min(2 * had, time.most) };
    const message = `a job's time of ${sayDuration(had)} was not enough; the task is sent to one of ${sayDuration(entry.size.time!)}`;
    this.#options.warn({ ...failure<ClusterCode>('cluster/time-limit', message), severity: 'warning' });
    this.#again(entry);
    return true;
  }

  #submit(): void {
    if (this.#closed || this.#submitting !== undefined) return;
    const sizes = new Map(this.#waiting.map(({ size }) => [nameOf(size), size]));
    for (const size of sizes.values()) {
      const alive = [...this.#pilots.values()].filter(({ phase }) => phase !== 'ended');
      const own = alive.filter((pilot) => sameSize(pilot.size, size));
      const work = this.#waiting
        .filter((entry) => sameSize(entry.size, size))
        .reduce((sum, { options: { series } }) => sum + this.#pacing.worth(series), 0);
      // Jobs that still wait for their start will take some of the tasks.
      const coming = own.filter(({ phase }) => phase === 'submitted').length;
      const idle = own.filter(
        ({ phase, hand, goneSince }) => phase === 'ready' && hand.size === 0 && goneSince === undefined,
      ).length;
      const wanted = Math.ceil(work) - coming - idle;
      const room = this.#options.jobs - alive.length;
      if (wanted <= 0) continue;
      if (room <= 0) {
        this.#makeRoom(size);
        continue;
      }
      this.#submitting = this.#submitJobs(size, Math.min(wanted, room)).finally(() => {
        this.#submitting = undefined;
        this.#wake.abort();
      });
      return;
    }
  }

  /** Jobs of another size that have nothing to do end, where tasks of this size have none. */
  #makeRoom(size: TaskSize): void {
    for (const pilot of this.#pilots.values()) {
      if (pilot.phase !== 'ready' || pilot.hand.size > 0 || sameSize(pilot.size, size)) continue;
      this.#options.mail.end(pilot.id);
      this.#end(pilot);
      return;
    }
  }

  async #submitJobs(size: TaskSize, count: number): Promise<void> {
    const { scheduler, mail, name, command, directory } = this.#options;
    const request = { name, count, ...size, memory: size.memory + OWN_MEMORY, command, directory, logs: mail.logs };
    const answer = await scheduler.submit(request);
    if (answer.ok) {
      this.#refusedSince = undefined;
      try {
        mail.noteArray(answer.value, { count, size });
      } catch (error) {
        if (!isSystemError(error)) throw error;
        // Jobs that no later run would find again.
        await scheduler.cancel([answer.value]);
        this.#failAll(this.#badFolder(error));
        return;
      }
      for (let i = 0; i < count; i += 1) this.#add(`${answer.value}_${i}`, size);
      return;
    }
    const [first] = answer.error;
    const now = performance.now();
    this.#refusedSince ??= now;
    if (first!.code === 'cluster/unreachable' && now - this.#refusedSince < this.#pace.patience) {
      this.#options.warn({ ...first!, severity: 'warning' });
      await sleep(Math.min(this.#pace.ask, 5000));
      return;
    }
    this.#failSize(size, first!);
  }

  /** The task is no longer wanted. One that a pilot is at is stopped there, and counts as interrupted at once. */
  #interrupt(entry: Entry): void {
    const at = this.#waiting.indexOf(entry);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (entry.at !== undefined) {
      const { pilot, n } = entry.at;
      tolerant(() => this.#options.mail.stop(pilot.id, n));
      pilot.hand.set(n, undefined);
    }
    entry.settle(INTERRUPTED);
  }

  #failSize(size: TaskSize, diagnostic: Diagnostic): void {
    for (const entry of this.#waiting.splice(0)) {
      if (sameSize(entry.size, size)) entry.settle({ ok: false, diagnostics: [diagnostic] });
      else this.#waiting.push(entry);
    }
  }

  /** Tasks and answers are files in the cache. */
  #badFolder(error: Error): Diagnostic {
    return writeFailure(error, this.#options.mail.root).error[0]!;
  }

  #failAll(diagnostic: Diagnostic): void {
    const inHand = [...this.#pilots.values()].flatMap((pilot) => [...pilot.hand.values()]);
    for (const pilot of this.#pilots.values()) pilot.hand.clear();
    for (const entry of [...this.#waiting.splice(0), ...inHand])
      entry?.settle({ ok: false, diagnostics: [diagnostic] });
  }
}

/** What ends things goes on where the folder can no longer be written to: the jobs end for want of work. */
function tolerant(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

const INTERRUPTED: WorkOutcome = {
  ok: false,
  diagnostics: [failure('run/interrupted', 'interrupted')],
};
