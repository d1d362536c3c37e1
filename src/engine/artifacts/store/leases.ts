import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds } from '../../../foundation/machine/clock.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { userOf } from '../../../foundation/machine/proc.js';
import type { Believed } from './believed.js';
import { isAlive, ownedName, ownerOf } from './owner.js';

/** The right to make what a key stands for, held by this process until released or until it ends, however it ends. */
export interface Lease {
  readonly key: string;
  release(): void;
}

/** Who has a lease that is waited for. */
export interface Holder {
  readonly pid: number;
  /** Our own host's name, or `another machine`. */
  readonly host: string;
  readonly since: Date;
}

/**
 * Leases on keys among all processes that share a cache: `locks/<key>.<owner>` is the lease of one process on one key, a file
 * whose name says all, so that it is never seen half-made.
 *
 * To take one: make the file, then list the folder. A process that sees no other live lease on the key holds it; one that sees one
 * takes its own file away and tries later. Of two that try at once at least one sees the other, since each makes its
 * file before it lists: never do two hold one key. That both may give way is mended by waiting a random while.
 *
 * A lease counts while its holder renews it, by writing to it, and no longer: a process that is there but does not renew, one
 * that never was a process of fx, or a machine that is gone is waited for a few seconds. Whether it is late is judged by the clock of the file
 * system's own clock, which stamps the renewal as it stamps a file of ours: clocks of machines need not agree. One whose
 * process is gone counts for nothing at once. A process that sees a lease that does not count clears it away, where it can; names
 * are never used twice, so clearing cannot hit another's.
 *
 * Anyone may put a file there. One of a user who is not believed (their result would not be either), or in the name of a
 * process of another user, does not count.
 *
 * A lease only spares work: results are the same from every process, and the first one published stays.
 */
export class Leases {
  readonly #locks: string;
  readonly #believed: Believed | undefined;
  readonly #pace: Pace;
  readonly #held = new Set<string>();
  #renewal: NodeJS.Timeout | undefined;

  /**
   * @param believed whose leases count; all, where it is not said
   * @param pace the same for all who share the folder: tests have a shorter one
   */
  constructor(locks: string, believed?: Believed, pace: Pace = PACE) {
    this.#locks = locks;
    this.#believed = believed;
    this.#pace = pace;
  }

  /** The lease, or who has it. After getting one, look whether the result has come into being meanwhile. */
  attempt(key: string): Lease | Holder {
    const before = this.holder(key);
    if (before !== undefined) return before;
    const name = this.#announce(key);
    const other = this.#others(key, name)[0];
    if (other === undefined) return this.#hold(key, name);
    clear(join(this.#locks, name));
    return other;
  }

  /**
   * Says that this process reads from the cache until it releases the lease or ends: what it may have looked up is not
   * collected as garbage meanwhile. Any number of processes may have one.
   */
  reading(): Lease {
    return this.#hold(READING, this.#announce(READING));
  }

  /** Since when the oldest live reader has been there. */
  oldestReading(): Date | undefined {
    return this.#others(READING, '')
      .map((holder) => holder.since)
      .sort((a, b) => a.getTime() - b.getTime())[0];
  }

  /** Waits for the lease; `waiting` hears of each new holder in the way. Rejects with the signal's reason. */
  async acquire(
    key: string,
    options: { readonly signal?: AbortSignal; readonly waiting?: (holder: Holder) => void } = {},
  ): Promise<Lease> {
    let reported: string | undefined;
    for (let pause = 5; ; pause = Math.min(pause * 1.5, POLLED_EVERY)) {
      options.signal?.throwIfAborted();
      const lease = this.attempt(key);
      if (isLease(lease)) return lease;
      const holder = `${lease.host} ${lease.pid}`;
      if (reported !== holder) options.waiting?.(lease);
      reported = holder;
      // Chance decides nothing but who waits how long.
      const jittered = pause * (0.5 + (milliseconds() % 1));
      await sleep(jittered, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() => {
        options.signal?.throwIfAborted();
      });
    }
  }

  /** Who holds a key, if anyone does. */
  holder(key: string): Holder | undefined {
    return this.#others(key, '')[0];
  }

  /** The keys with a live lease: garbage collection keeps off them. */
  held(): ReadonlySet<string> {
    const keys = new Set(this.#names().map((name) => name.slice(0, name.indexOf('.'))));
    return new Set([...keys].filter((key) => key !== READING && this.holder(key) !== undefined));
  }

  /** Breaks leases, of all keys or of one, of any holder; readers keep theirs. Gives what was broken. */
  unlock(key?: string): readonly { readonly key: string; readonly pid: number; readonly since: Date }[] {
    return this.#names().flatMap((name) => {
      const of = name.slice(0, name.indexOf('.'));
      const owner = ownerOf(name.slice(name.indexOf('.') + 1));
      if (of === READING || owner === undefined || (key !== undefined && of !== key)) return [];
      return clear(join(this.#locks, name)) ? [{ key: of, pid: owner.pid, since: owner.since }] : [];
    });
  }

  #announce(key: string): string {
    const name = `${key}.${ownedName()}`;
    mkdirSync(this.#locks, { recursive: true });
    closeSync(openSync(join(this.#locks, name), 'wx'));
    return name;
  }

  #hold(key: string, name: string): Lease {
    const path = join(this.#locks, name);
    this.#held.add(path);
    this.#renewal ??= setInterval(() => this.#renew(), this.#pace.renewedEvery).unref();
    return { key, release: () => this.#release(path) };
  }

  /** @param own our own file, just made: what time it is by the clock of the file system */
  #others(key: string, own: string): readonly Holder[] {
    const names = this.#names().filter((name) => name.startsWith(`${key}.`) && name !== own);
    if (names.length === 0) return [];
    const now = (own === '' ? undefined : statusOf(join(this.#locks, own))?.mtimeMs) ?? this.#clock();
    return names.flatMap((name) => this.#holderOf(name, now));
  }

  /** The time by the clock of the file system that the leases are on; our own where nothing can be written. */
  #clock(): number {
    const path = join(this.#locks, `clock.${ownedName()}`);
    try {
      closeSync(openSync(path, 'wx'));
      return statusOf(path)?.mtimeMs ?? Date.now();
    } catch (error) {
      if (isSystemError(error)) return Date.now();
      throw error;
    } finally {
      clear(path);
    }
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#locks);
    } catch (error) {
      if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
      throw error;
    }
  }

  /** Nobody, where the lease counts no longer: then it is cleared away. */
  #holderOf(name: string, now: number): readonly Holder[] {
    const owner = ownerOf(name.slice(name.indexOf('.') + 1));
    if (owner === undefined) return [];
    const path = join(this.#locks, name);
    const status = statusOf(path);
    if (status?.isFile() !== true) return [];
    if (this.#believed?.isBelieved(status.uid) === false) return [];
    const alive = isAlive(owner);
    const isReading = name.startsWith(`${READING}.`);
    const { readersExpire, farExpire, expiresAfter } = this.#pace;
    const patience = isReading ? readersExpire : alive === undefined ? farExpire : expiresAfter;
    // A time far ahead is no renewal that anyone here could have seen.
    const isRenewed = Math.abs(now - status.mtimeMs) < patience;
    const isTheirs = alive !== true || userOf(owner.pid) === undefined || userOf(owner.pid) === status.uid;
    if (alive !== false && isRenewed && isTheirs) {
      const host = alive === undefined ? 'another machine' : hostname();
      return [{ pid: owner.pid, host, since: owner.since }];
    }
    clear(path);
    return [];
  }

  #renew(): void {
    for (const path of this.#held) {
      try {
        // Never recreates it: it may have been broken. A write, for the file system to stamp it by its own clock.
        const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
        try {
          writeSync(file, '.', 0);
        } finally {
          closeSync(file);
        }
      } catch (error) {
        if (!isSystemError(error)) throw error;
      }
    }
  }

  #release(path: string): void {
    this.#held.delete(path);
    clear(path);
    if (this.#held.size === 0) {
      clearInterval(this.#renewal);
      this.#renewal = undefined;
    }
  }
}

export function isLease(lease: Lease | Holder): lease is Lease {
  return 'release' in lease;
}

/** As the files of readers were named before leases were called so. */
const READING = 'lease';

/** Milliseconds. */
const POLLED_EVERY = 150;

/** How often a holder renews its lease, and how long after that it counts, in milliseconds. */
export interface Pace {
  readonly renewedEvery: number;
  /** Of a process that we can see: some renewals of a machine that is busy. */
  readonly expiresAfter: number;
  /** Of another machine: a network file system shows a change after some seconds. */
  readonly farExpire: number;
  /** A reader that is held up must not be robbed. */
  readonly readersExpire: number;
}

export const PACE: Pace = { renewedEvery: 2000, expiresAfter: 9000, farExpire: 30_000, readersExpire: 120_000 };

function statusOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Removes whatever lies there, where we may: what is another's may have to stay, and then does not count all the same. */
function clear(path: string): boolean {
  try {
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}
