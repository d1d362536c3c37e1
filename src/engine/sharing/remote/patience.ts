import { setTimeout as sleep } from 'node:timers/promises';
import { RemoteFailure } from './objects.js';

export interface PatienceOptions {
  /** Attempts at one thing. Default 3. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt; doubled for each further one. Default 200. */
  readonly pause?: number;
  /** Failures in a row, whatever was asked for, after which the remote is left alone. Default 3. */
  readonly limit?: number;
}

/**
 * What was of no use though the request for it was answered: the record of a result, the files of one, or sending one. Each is
 * counted for itself, since a good record says nothing of the files that it names.
 */
export type Matter = 'record' | 'files' | 'sending';

/**
 * How much trouble a remote may make: attempts are few, waits short, and after some failures in a row, or one refusal, it
 * is not asked again. So a remote that is dead, slow or locked costs a bounded time, whatever the number of results.
 */
export class Patience {
  readonly #attempts: number;
  readonly #pause: number;
  readonly #limit: number;
  readonly #failures = new Map<Matter | 'request', number>();
  #last: RemoteFailure | undefined;

  constructor(options: PatienceOptions = {}) {
    this.#attempts = options.attempts ?? 3;
    this.#pause = options.pause ?? 200;
    this.#limit = options.limit ?? 3;
  }

  /** Why the remote is no longer asked, once that is so. */
  get exhausted(): RemoteFailure | undefined {
    return Math.max(0, ...this.#failures.values()) >= this.#limit ? this.#last : undefined;
  }

  /** Tries something a few times. Throws the last {@link RemoteFailure}, or the first that another attempt cannot mend. */
  async attempt<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      if (this.exhausted !== undefined) throw this.exhausted;
      try {
        const result = await act();
        this.#failures.delete('request');
        return result;
      } catch (error) {
        if (!(error instanceof RemoteFailure)) throw error;
        const hopeless = error.kind === 'refused' || error.kind === 'late';
        if (hopeless || attempt >= this.#attempts) {
          this.#note('request', error);
          throw error;
        }
        await sleep(Math.min(error.wait ?? this.#pause * 2 ** (attempt - 1), LONGEST_WAIT), undefined, { signal });
      }
    }
  }

  /** Counts a failure that {@link attempt} does not see: bytes that are not what they should be, or that came too slowly. */
  blame(matter: Matter, error: RemoteFailure): void {
    if (this.exhausted === undefined) this.#note(matter, error);
  }

  /** The failures in a row are over: one was as it should be. */
  settle(matter: Matter): void {
    if (this.exhausted === undefined) this.#failures.delete(matter);
  }

  #note(matter: Matter | 'request', error: RemoteFailure): void {
    this.#last = error;
    this.#failures.set(matter, error.kind === 'refused' ? this.#limit : (this.#failures.get(matter) ?? 0) + 1);
  }
}

/** Milliseconds: a server that asks for more is as good as down. */
const LONGEST_WAIT = 3000;
