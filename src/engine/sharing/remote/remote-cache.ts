import { milliseconds } from '../../../foundation/machine/clock.js';
import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import type { Cache } from '../../artifacts/cache.js';
import type { ResultRecord } from '../../artifacts/content/result-record.js';
import type { RemoteResults } from '../../run/known/remote-results.js';
import type { Entry } from './entry.js';
import { RemoteFailure } from './objects.js';
import type { Matter } from './patience.js';
import { blobsOfResult, pullResult, pushResult, type Remote } from './transfer.js';
import { within } from './within.js';

export interface ElsewhereOptions {
  readonly warn: (warning: Diagnostic) => void;
  /** Milliseconds that an answer, and the transfer of a small result, may take. Default 10 s. */
  readonly patience?: number;
}

/** What passed between a run and its remote. */
export interface Traffic {
  readonly fetched: number;
  readonly sent: number;
  /** Bytes that came. */
  readonly bytes: number;
}

/**
 * A remote cache for a run. Asked for what is not in the cache, it is given a bounded time: for a small result the patience,
 * for a larger one twice the time that making it took, but no more than its bytes take at the slowest pace that is of use. What is made is sent while the run goes on.
 */
export class RemoteCache implements RemoteResults {
  readonly #remote: Remote;
  readonly #cache: Cache;
  readonly #warn: (warning: Diagnostic) => void;
  readonly #patience: number;
  readonly #reported = new Set<string>();
  readonly #gate: Gate = new Gate(FETCHES);
  readonly #sending = new Set<Promise<void>>();
  readonly #sendGate: Gate = new Gate(SENDS);
  readonly #traffic = { fetched: 0, sent: 0, bytes: 0 };
  /** Bytes and milliseconds of transfers so far: how fast the remote is. */
  readonly #pace = { bytes: 0, time: 0 };

  constructor(remote: Remote, cache: Cache, options: ElsewhereOptions) {
    this.#remote = remote;
    this.#cache = cache;
    this.#warn = options.warn;
    this.#patience = options.patience ?? 10_000;
  }

  get traffic(): Traffic {
    return this.#traffic;
  }

  async fetch(key: string, about: { readonly divided: boolean }, signal: AbortSignal): Promise<boolean> {
    const leave = await this.#gate.enter();
    try {
      const { entry, warnings } = await within(this.#patience, signal, (asking) =>
        this.#remote.results.findEntry(key, asking),
      );
      for (const warning of warnings) this.#tell(warning);
      if (entry === undefined || !this.#isWorth(entry.record, about.divided)) return false;
      return await this.#pull(entry, about.divided, signal);
    } catch (error) {
      if (signal.aborted) return false;
      if (!isTimeout(error)) throw error;
      this.#tooSlow('files');
      return false;
    } finally {
      leave();
    }
  }

  offer(record: ResultRecord): void {
    if (!this.#remote.writable) return;
    const sent = this.#send(record).finally(() => this.#sending.delete(sent));
    this.#sending.add(sent);
  }

  /** Waits until what was made is sent; an abort leaves the rest unsent. */
  async flush(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#sendGate.close();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    await Promise.all(this.#sending);
    signal.removeEventListener('abort', stop);
  }

  async #pull(entry: Entry, divided: boolean, signal: AbortSignal): Promise<boolean> {
    const { record } = entry;
    const started = milliseconds();
    let came = 0;
    const count = (bytes: number): void => {
      came += bytes;
    };
    const pulled = await within(this.#limitOf(record, divided), signal, (pulling) =>
      pullResult(this.#remote, this.#cache, entry, pulling, count),
    ).finally(() => {
      this.#pace.bytes += came;
      this.#pace.time += milliseconds() - started;
    });
    this.#traffic.bytes += came;
    if (pulled.ok) this.#traffic.fetched += 1;
    else for (const problem of pulled.error) this.#tell({ ...problem, severity: 'warning' });
    return pulled.ok;
  }

  async #send(record: ResultRecord): Promise<void> {
    const leave = await this.#sendGate.enter();
    if (this.#sendGate.closed) return;
    try {
      const bytes = blobsOfResult(record).reduce((sum, blob) => sum + blob.bytes, 0);
      const time = Math.round(this.#patience + bytes / SLOWEST);
      const sent = await within(time, undefined, (sending) => pushResult(this.#remote, this.#cache, record, sending));
      if (sent.ok) {
        this.#remote.settle('sending');
        this.#traffic.sent += sent.value === 'sent' ? 1 : 0;
      } else for (const problem of sent.error) this.#tell({ ...problem, severity: 'warning' });
    } catch (error) {
      if (!isTimeout(error)) throw error;
      this.#tooSlow('sending');
    } finally {
      leave();
    }
  }

  /** Milliseconds that the transfer of a result may take. Of a divided stage, how long its parts took is not known. */
  #limitOf(record: ResultRecord, divided: boolean): number {
    const bytes = this.#missing(record);
    const slowest = bytes / SLOWEST;
    // How long it took is the remote's word: it buys little more time than its bytes need.
    const worth = divided ? slowest : Math.min(2000 * record.duration, MOST_PATIENCES * this.#patience + slowest);
    return Math.round(Math.max(this.#patience, worth));
  }

  /** Not where the transfer, at the pace so far, takes longer than making it again. */
  #isWorth(record: ResultRecord, divided: boolean): boolean {
    const bytes = this.#missing(record);
    if (divided || bytes < SMALL || this.#pace.bytes < SMALL) return true;
    return (bytes / this.#pace.bytes) * this.#pace.time <= 1000 * record.duration;
  }

  #missing(record: ResultRecord): number {
    return blobsOfResult(record).reduce((sum, blob) => sum + (this.#cache.blobs.has(blob) ? 0 : blob.bytes), 0);
  }

  #tooSlow(matter: Matter): void {
    const message = `${this.#remote.name} is too slow to be useful`;
    this.#remote.blame(matter, new RemoteFailure('late', message));
    this.#tell({ code: 'remote/unreachable', severity: 'warning', message });
  }

  /** Each thing once: a remote that is down is worth one line, not one per result. */
  #tell(warning: Diagnostic): void {
    const said = warning.code === 'remote/unreachable' ? warning.code : warning.message;
    if (this.#reported.has(said)) return;
    this.#reported.add(said);
    const help = warning.help ?? 'the run goes on without it';
    this.#warn({ ...warning, severity: 'warning', help });
  }
}

/** Results asked for, and sent, at once. */
const FETCHES = 8;
const SENDS = 4;
/** Bytes below which a transfer is not worth a thought, and says nothing of the pace. */
const SMALL = 1 << 20;
/** How many times the patience the little that a result's making was worth may take, on top of its bytes. */
const MOST_PATIENCES = 6;
/** Bytes a millisecond (50 KB/s) below which a remote is as good as none. */
const SLOWEST = 50;

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

/** Lets so many in at once, in order of arrival. Once closed, all enter, and are to leave. */
class Gate {
  #free: number;
  #closed = false;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  async enter(): Promise<() => void> {
    if (this.#free === 0 && !this.#closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    return () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }

  close(): void {
    this.#closed = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
