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
 * How much trouble a remote may make: attempts are few, waits short, and after some failures in a row, or one refusal, it
 * is not asked again. So a remote that is dead, slow or locked costs a bounded time, whatever the number of results.
 */
export class Patience {
  readonly #attempts: number;
  readonly #pause: number;
  readonly #limit: number;
  #failures = 0;
  #last: RemoteFailure | undefined;

  constructor(options: PatienceOptions = {}) {
    this.#attempts = options.attempts ?? 3;
    this.#pause = options.pause ?? 200;
    this.#limit = options.limit ?? 3;
  }

  /** Why the remote is no longer asked, once that is so. */
  get exhausted(): RemoteFailure | undefined {
    return this.#failures >= this.#limit ? this.#last : undefined;
  }

  /** Tries something a few times. Throws the last {@link RemoteFailure}, or the first that another attempt cannot mend. */
  async attempt<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      if (this.exhausted !== undefined) throw this.exhausted;
      try {
        const result = await act();
        this.#failures = 0;
        return result;
      } catch (error) {
        if (!(error instanceof RemoteFailure)) throw error;
        const hopeless = error.kind === 'refused' || error.kind === 'late';
        if (hopeless || attempt >= this.#attempts) {
          this.#note(error);
          throw error;
        }
        await sleep(Math.min(error.wait ?? this.#pause * 2 ** (attempt - 1), LONGEST_WAIT), undefined, { signal });
      }
    }
  }

  /** Counts a failure that {@link attempt} does not see: bytes that are not what they should be. */
  blame(error: RemoteFailure): void {
    this.#note(error);
  }

  #note(error: RemoteFailure): void {
    this.#last = error;
    this.#failures = error.kind === 'refused' ? this.#limit : this.#failures + 1;
  }
}

/** Milliseconds: a server that asks for more is as good as down. */
const LONGEST_WAIT = 3000;
