import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds } from '../../../foundation/machine/clock.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { hostFacts } from '../../artifacts/content/result-record.js';
import type { WorkerPool } from '../worker/workers.js';
import { Mailbox, type Answer, type Letter, type News } from './mailbox.js';

export interface PilotOptions {
  /** The job's id. */
  readonly pilot: string;
  /** What the scheduler calls the node. */
  readonly node: string;
  /** The folder of the run's mailbox. */
  readonly folder: string;
  /** Where tasks are done: child processes of this one, so that a crash or an exhausted memory is one task's failure. */
  readonly workers: WorkerPool;
  /** Ends after so many seconds without a task: the run may have died. */
  readonly idle: number;
  /** Aborted when the job's time is nearly up (SIGUSR1) or it was cancelled: no further task is begun. */
  readonly ending: AbortSignal;
  /** Aborted when the job was cancelled: the task at work is stopped. */
  readonly cancelled: AbortSignal;
}

/** A job on a node of the cluster: does the tasks that the run sends it, one at a time, until it is told to end. */
export async function pilot(options: PilotOptions): Promise<void> {
  const { pilot: name, workers, ending, cancelled } = options;
  const mail = new Mailbox(options.folder);
  const start = `${hostname()} ${process.pid} ${process.hrtime.bigint()}`;
  mail.greet(name, { host: options.node, pid: process.pid, start });
  /** A job may start twice, and the first start may still be alive on a node that was thought dead. */
  const isReplaced = (): boolean => mail.helloOf(name)?.start !== start;
  let quiet = milliseconds();
  let worked = false;
  // A job of a minute hears at its start that its time is nearly up: it does one task all the same.
  while (!cancelled.aborted && !(ending.aborted && worked)) {
    const { letters, stops, end } = mail.waiting(name);
    const next = letters.find((n) => !stops.has(n));
    const letter = next === undefined ? undefined : mail.letter(name, next);
    if (letter === undefined) {
      const silence = (milliseconds() - quiet) / 1000;
      if (end || silence > options.idle) break;
      const signal = worked ? ending : cancelled;
      await sleep(pauseAfter(silence), undefined, { signal }).catch(() => undefined);
      continue;
    }
    if (isReplaced()) break;
    await work(letter, mail, name, workers, cancelled);
    worked = true;
    quiet = milliseconds();
  }
  // Of a cancelled job the scheduler says why it ended: what it had in hand is the run's to judge.
  if (!cancelled.aborted && !isReplaced()) mail.leave(name);
  await workers.close();
}

async function work(
  letter: Letter,
  mail: Mailbox,
  name: string,
  workers: WorkerPool,
  cancelled: AbortSignal,
): Promise<void> {
  const { n, key, task, memory, gpus, timeout, series } = letter;
  const stop = new AbortController();
  const onCancelled = (): void => stop.abort();
  if (cancelled.aborted) stop.abort();
  cancelled.addEventListener('abort', onCancelled);
  const news = new Gazette(mail, name);
  const watch = setInterval(() => {
    if (mail.waiting(name).stops.has(n)) stop.abort();
    news.flush();
  }, WATCHED_EVERY);
  const started = milliseconds();
  const outcome = await workers.run(task, {
    key,
    signal: stop.signal,
    memory,
    gpus,
    series,
    ...(timeout === undefined ? {} : { timeout }),
    onLog: (line) => news.add({ n, line }),
    onProgress: (done, total, unit) => news.progress({ n, done, total, unit }),
  });
  clearInterval(watch);
  cancelled.removeEventListener('abort', onCancelled);
  news.flush();
  // The order to end reaches a job's processes in any order: a child may have died of it a moment before.
  if (!outcome.ok && !cancelled.aborted) await sleep(200);
  // Cancelled from outside: the run learns from the scheduler why, and must not take it for its own interruption.
  if (cancelled.aborted && !outcome.ok) return;
  const seconds = Math.round(milliseconds() - started) / 1000;
  await answer(mail, name, { n, key, outcome, host: hostFacts(), seconds }, task.workspace);
}

/** An answer is written even where the task filled the disk: what a failed task left makes room, and others may in time. */
async function answer(mail: Mailbox, name: string, said: Answer, workspace: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      mail.answer(name, said);
      return;
    } catch (error) {
      if (!isSystemError(error, 'ENOSPC', 'EDQUOT') || tries >= ANSWERED_FOR) throw error;
      if (!said.outcome.ok) rmSync(workspace, { recursive: true, force: true });
      if (tries > 0) await sleep(1000);
    }
  }
}

/** Seconds that an answer waits for room. */
const ANSWERED_FOR = 30;

/** News on their way: written a few times a second, not line by line. */
class Gazette {
  readonly #mail: Mailbox;
  readonly #pilot: string;
  #lines: News[] = [];
  #progress: News | undefined;

  constructor(mail: Mailbox, pilot: string) {
    this.#mail = mail;
    this.#pilot = pilot;
  }

  add(news: News): void {
    this.#lines.push(news);
    if (this.#lines.length >= 1000) this.flush();
  }

  /** Only the last one is sent. */
  progress(news: News): void {
    this.#progress = news;
  }

  flush(): void {
    const all = this.#progress === undefined ? this.#lines : [...this.#lines, this.#progress];
    if (all.length === 0) return;
    this.#lines = [];
    this.#progress = undefined;
    try {
      this.#mail.tell(this.#pilot, all);
    } catch (error) {
      // A task does not end for want of room for its log.
      if (!isSystemError(error)) throw error;
    }
  }
}

/** Milliseconds between two looks: often just after a task, when the next is likely on its way, and seldom later. */
function pauseAfter(silence: number): number {
  return silence < 1 ? 20 : silence < 10 ? 100 : 500;
}

const WATCHED_EVERY = 300;
