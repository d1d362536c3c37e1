import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSystemError } from '../../foundation/files.js';
import { isAlive, ownedName, ownerOf } from './owner.js';

/** The right to make what a key stands for, held by this process until released or until it ends, however it ends. */
export interface Claim {
  readonly key: string;
  release(): void;
}

/** Who has a claim that is waited for. */
export interface Holder {
  readonly pid: number;
  /** Our own host's name, or `another machine`. */
  readonly host: string;
  readonly since: Date;
}

/**
 * Claims on keys among all processes that share a cache: `locks/<key>.<owner>` is the claim of one process on one key, an
 * empty file whose name says all, so that it is never seen half-made.
 *
 * To claim: make the file, then list the folder. Whoever sees no other live claim on the key holds it; whoever sees one
 * takes its own file away and tries later. Of two that claim at once at least one sees the other, since each makes its
 * file before it lists: never do two hold one key. That both may give way is mended by waiting a random while.
 *
 * A claim whose process is gone counts for nothing and is cleared away by whoever sees it; names are never used twice,
 * so clearing cannot hit another's claim. Of processes of another machine (or container, or before a reboot) nothing can
 * be asked: their claims count while the holder renews them.
 *
 * A claim only spares work: results are the same whoever makes them, and the first one published stays.
 */
export class Claims {
  readonly #locks: string;
  readonly #held = new Set<string>();
  #renewal: NodeJS.Timeout | undefined;

  constructor(locks: string) {
    this.#locks = locks;
  }

  /** The claim, or who has it. After getting one, look whether the result has come into being meanwhile. */
  attempt(key: string): Claim | Holder {
    const before = this.holder(key);
    if (before !== undefined) return before;
    const name = this.#announce(key);
    const other = this.#others(key, name)[0];
    if (other === undefined) return this.#hold(key, name);
    rmSync(join(this.#locks, name), { force: true });
    return other;
  }

  /**
   * Says that this process reads from the cache until it releases the lease or ends: what it may have looked up is not
   * collected as garbage meanwhile. Any number of processes may have one.
   */
  lease(): Claim {
    return this.#hold(LEASE, this.#announce(LEASE));
  }

  /** Since when the oldest live lease has been there. */
  oldestLease(): Date | undefined {
    return this.#others(LEASE, '')
      .map((holder) => holder.since)
      .sort((a, b) => a.getTime() - b.getTime())[0];
  }

  /** Waits for the claim; `waiting` hears of each new holder in the way. Rejects with the signal's reason. */
  async acquire(
    key: string,
    options: { readonly signal?: AbortSignal; readonly waiting?: (holder: Holder) => void } = {},
  ): Promise<Claim> {
    let told: string | undefined;
    for (let pause = 5; ; pause = Math.min(pause * 1.5, POLLED_EVERY)) {
      options.signal?.throwIfAborted();
      const claim = this.attempt(key);
      if (isClaim(claim)) return claim;
      const holder = `${claim.host} ${claim.pid}`;
      if (told !== holder) options.waiting?.(claim);
      told = holder;
      // Chance decides nothing but who waits how long.
      const jittered = pause * (0.5 + (performance.now() % 1));
      await sleep(jittered, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() => {
        options.signal?.throwIfAborted();
      });
    }
  }

  /** Who holds a key, if anyone does. */
  holder(key: string): Holder | undefined {
    return this.#others(key, '')[0];
  }

  /** The keys with a live claim: garbage collection keeps off them. */
  held(): ReadonlySet<string> {
    const keys = new Set(this.#names().map((name) => name.slice(0, name.indexOf('.'))));
    return new Set([...keys].filter((key) => key !== LEASE && this.holder(key) !== undefined));
  }

  #announce(key: string): string {
    const name = `${key}.${ownedName()}`;
    mkdirSync(this.#locks, { recursive: true });
    closeSync(openSync(join(this.#locks, name), 'wx'));
    return name;
  }

  #hold(key: string, name: string): Claim {
    const path = join(this.#locks, name);
    this.#held.add(path);
    this.#renewal ??= setInterval(() => this.#renew(), RENEWED_EVERY).unref();
    return { key, release: () => this.#release(path) };
  }

  #others(key: string, own: string): readonly Holder[] {
    return this.#names()
      .filter((name) => name.startsWith(`${key}.`) && name !== own)
      .flatMap((name) => this.#holderOf(name));
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#locks);
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return [];
      throw error;
    }
  }

  /** Nobody, where the claim counts no longer: then it is cleared away. */
  #holderOf(name: string): readonly Holder[] {
    const owner = ownerOf(name.slice(name.indexOf('.') + 1));
    if (owner === undefined) return [];
    const path = join(this.#locks, name);
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return [];
    const alive = isAlive(owner);
    if (alive ?? Date.now() - status.mtimeMs < EXPIRES_AFTER) {
      const host = alive === undefined ? 'another machine' : hostname();
      return [{ pid: owner.pid, host, since: owner.since }];
    }
    rmSync(path, { force: true });
    return [];
  }

  #renew(): void {
    const now = Date.now() / 1000;
    for (const path of this.#held) {
      try {
        utimesSync(path, now, now);
      } catch (error) {
        if (!isSystemError(error)) throw error;
      }
    }
  }

  #release(path: string): void {
    this.#held.delete(path);
    rmSync(path, { force: true });
    if (this.#held.size === 0) {
      clearInterval(this.#renewal);
      this.#renewal = undefined;
    }
  }
}

export function isClaim(claim: Claim | Holder): claim is Claim {
  return 'release' in claim;
}

const LEASE = 'lease';

/** Milliseconds. */
const POLLED_EVERY = 150;
const RENEWED_EVERY = 15_000;
const EXPIRES_AFTER = 120_000;
