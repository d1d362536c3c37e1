import { Worker } from 'node:worker_threads';

/**
 * Ends this process if a call into foreign code that cannot be interrupted takes too long: the process is a child that works for a
 * run, which says what its last words were. The clock is a thread of its own, since the one that calls is busy.
 */
export class Watchdog {
  readonly #begun = new Int32Array(new SharedArrayBuffer(4));
  readonly #clock: Worker;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param seconds how long a call may take
   * @param words what to say at the end
   */
  constructor(seconds: number, words: string) {
    this.#clock = new Worker(CLOCK, { eval: true, workerData: { begun: this.#begun, ms: seconds * 1000, words } });
    this.#clock.unref();
  }

  /** Calls follow each other, each with all of its time. */
  watch<T>(call: () => Promise<T>): Promise<T> {
    const watched = this.#last.then(() => this.#watch(call));
    this.#last = watched.catch(() => undefined);
    return watched;
  }

  async #watch<T>(call: () => Promise<T>): Promise<T> {
    Atomics.add(this.#begun, 0, 1);
    Atomics.notify(this.#begun, 0);
    try {
      return await call();
    } finally {
      Atomics.add(this.#begun, 0, 1);
      Atomics.notify(this.#begun, 0);
    }
  }

  async close(): Promise<void> {
    await this.#clock.terminate();
  }
}

/** An odd count is a call that has begun. */
const CLOCK = `
const { workerData: { begun, ms, words } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
for (;;) {
  const seen = Atomics.load(begun, 0);
  const ended = Atomics.wait(begun, 0, seen, seen % 2 === 0 ? Infinity : ms);
  if (seen % 2 === 0 || ended !== 'timed-out') continue;
  writeSync(2, words + '\\n');
  process.kill(process.pid, 'SIGKILL');
}`;
