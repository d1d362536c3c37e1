import { present } from '../../../../foundation/values/present.js';
import { Worker } from 'node:worker_threads';
import { samplesPerIdentity } from '../sample/sampler.js';
import { Rows, rowLayout, type RowLayout } from './layout.js';
import type { RenderWork } from './sample-renderer.js';
import type { Task, TaskDone, WorkerStart } from './worker.js';

/** Images a thread makes between two messages. */
const CAPACITY = 16;
/** Slots of each thread: one is drained while the next is filled. */
const SLOTS = 2;
/** MiB. Left to itself, a thread's heap of short-lived objects grows over tens of thousands of images before it is collected. */
const YOUNG = 4;

/** Receives finished rows: row k of `rows` is sample `first + k`, for k < count. They are valid during the call only. */
export type RowSink = (rows: Rows, first: number, count: number) => void;

export interface PoolRun {
  /** Called before samples are made, to put backgrounds into `images`. */
  readonly prepare?: (rows: Rows, first: number, count: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

/**
 * Worker threads that make samples. Which thread makes which sample has no bearing on any bit of it; what the pool holds
 * does not grow with the number of samples.
 */
export class RenderPool {
  readonly layout: RowLayout;
  readonly #samplesPerIdentity: number;
  readonly #threads: readonly { readonly worker: Worker; readonly slots: readonly Rows[] }[];

  /** @param threads at most as many as the shared model has faces */
  constructor(work: RenderWork, threads: number) {
    this.layout = rowLayout(work.recipe, work.landmarks);
    this.#samplesPerIdentity = samplesPerIdentity(work.recipe);
    this.#threads = Array.from({ length: threads }, (_, thread) => {
      const slots = Array.from({ length: SLOTS }, () => new Rows(this.layout, CAPACITY));
      const workerData: WorkerStart = { work, thread, capacity: CAPACITY, slots: slots.map((rows) => rows.buffer) };
      const worker = new Worker(new URL('./worker.js', import.meta.url), {
        workerData,
        execArgv: [],
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG },
      });
      worker.unref();
      return { worker, slots };
    });
  }

  /** Makes samples `first` to `end` (exclusive) of the data set, in runs, in no particular order. One run at a time. */
  async run(first: number, end: number, sink: RowSink, { prepare, signal }: PoolRun = {}): Promise<void> {
    let next = first;
    let stopped = false;
    const stop = (): void => {
      stopped = true;
    };
    signal?.addEventListener('abort', stop);
    try {
      const lines = this.#threads.flatMap(({ worker, slots }) => {
        const answers = new Answers(worker);
        return slots.map(async (rows, slot) => {
          while (!stopped && next < end) {
            const task: Task = {
              slot,
              first: next,
              count: Math.min(CAPACITY, end - next),
              samplesPerIdentity: this.#samplesPerIdentity,
            };
            next += task.count;
            await prepare?.(rows, task.first, task.count);
            await answers.ask(task);
            sink(rows, task.first, task.count);
          }
        });
      });
      const settled = await Promise.allSettled(
        lines.map((line) =>
          line.catch((error: unknown) => {
            stop();
            throw error;
          }),
        ),
      );
      const failed = settled.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    } finally {
      signal?.removeEventListener('abort', stop);
      for (const { worker } of this.#threads) worker.removeAllListeners('message').removeAllListeners('error');
    }
    signal?.throwIfAborted();
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

/** Pairs a worker's answers with the questions, by slot. */
class Answers {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { readonly resolve: () => void; readonly reject: (error: unknown) => void }>();

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', ({ slot }: TaskDone) => {
      const waiting = present(this.#waiting, slot);
      this.#waiting.delete(slot);
      waiting.resolve();
    });
    worker.on('error', (error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  ask(task: Task): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(task.slot, { resolve, reject });
      this.#worker.postMessage(task);
    });
  }
}
