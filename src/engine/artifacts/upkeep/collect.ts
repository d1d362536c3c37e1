import { lstatSync, lutimesSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../../foundation/files/digest.js';
import { isSystemError, replaceFile, statIfPresent } from '../../../foundation/files/files.js';
import { byCodeUnit } from '../../../foundation/values/json.js';
import { present } from '../../../foundation/values/present.js';
import type { Cache } from '../cache.js';
import { blobsOf, namesIn, storedIn } from './inventory.js';
import { WHOLE_LOG } from '../store/layout.js';
import { isAlive, ownedName, ownerOf } from '../store/owner.js';
import { TOUCHED_EVERY } from '../store/result-store.js';
import { Chains, linkOf, type Link } from './superseded.js';

/** How much a cache may hold. */
export interface Limits {
  /** Bytes of blobs. */
  readonly size: number;
  /** Seconds since a result was last used. */
  readonly age: number;
}

/** 50 GiB and 90 days: on unless the settings say otherwise. */
export const DEFAULT_LIMITS: Limits = { size: 50 * 2 ** 30, age: 90 * 86_400 };

export interface CollectOptions {
  readonly limits?: Limits;
  /** Results that stay whatever the limits: those that named experiments and committed locks need. */
  readonly keep?: ReadonlySet<Digest> | (() => ReadonlySet<Digest>);
  /** Seconds that anything stays after it came or was used, so that what is under way is never hit. Default 600. */
  readonly grace?: number;
  /** Says what would be done, and does nothing. */
  readonly rehearse?: boolean;
  readonly signal?: AbortSignal;
}

export interface Collected {
  readonly results: number;
  readonly blobs: number;
  /** Bytes of the blobs and whole logs that went, or would go. */
  readonly bytes: number;
  /** Files and workspaces that dead processes left. */
  readonly leftovers: number;
  /** Bytes of the blobs that stay. Above the limit where what must stay is larger. */
  readonly remaining: number;
}

/**
 * Collects garbage: results unused for longer than the age limit, then the least recently used ones until the blobs fit
 * the size limit, then blobs that belong to no result or only to links of a chain that went on, and what dead processes
 * left behind.
 *
 * What stays whatever the limits: results in `keep`; results being made (leases); all that came or was used within the
 * grace period, or since the oldest live lease began. A process that has a lease, looks a result up, and reads its blobs
 * is therefore never robbed. Should a blob yet go that a record still wants, the record is a miss and is recomputed.
 */
export async function collect(cache: Cache, options: CollectOptions = {}): Promise<Collected> {
  const lease = await cache.leases.acquire('collect', options.signal === undefined ? {} : { signal: options.signal });
  try {
    const limits = options.limits ?? DEFAULT_LIMITS;
    const safe = safeSince(cache, options.grace ?? 600);
    const sizes = new Map(storedIn(cache, 'blobs').map((blob) => [blob.digest, blob]));
    const keep = typeof options.keep === 'function' ? options.keep() : (options.keep ?? new Set<Digest>());
    const entries = withoutSuperseded(entriesOf(cache, keep, safe));
    const going = choose(entries, limits, (blob) => sizes.get(blob)?.bytes ?? 0);
    const staying = entries.filter((entry) => !going.has(entry));
    const needed = new Set(staying.flatMap((entry) => entry.blobs));
    const garbage = [...sizes.values()].filter((blob) => !needed.has(blob.digest) && blob.changed < safe);
    const act = options.rehearse !== true;
    // Records first: a record is never seen without its blobs because of us.
    if (act) for (const entry of going) cache.results.remove(entry.key);
    if (act) for (const blob of garbage) removeIfOld(blob.path, safe);
    if (act) forget(cache, new Set(staying.map((entry) => entry.preimage)), Date.now() - limits.age * 1000);
    const logs = oldLogs(cache, new Set(staying.map((entry) => entry.key.slice(0, 32))), limits.age);
    if (act) for (const { path } of logs) removeIfOurs(path);
    const bytes = sum(garbage) + sum(logs);
    return {
      results: going.size,
      blobs: garbage.length,
      bytes,
      leftovers: sweep(cache, act),
      remaining: sum([...sizes.values()]) - sum(garbage),
    };
  } finally {
    lease.release();
  }
}

/**
 * Collects once a day at most: what a run does when it ends. Returns undefined where it was not due, or another process
 * is at it.
 */
export async function collectWhenDue(cache: Cache, options: CollectOptions = {}): Promise<Collected | undefined> {
  const stamp = join(cache.root, 'collected');
  const last = statIfPresent(stamp)?.mtimeMs ?? 0;
  // A time far ahead is none: nobody should keep a cache from ever being collected.
  if (Math.abs(Date.now() - last) < DAILY || cache.leases.holder('collect') !== undefined) return undefined;
  try {
    if (last === 0) replaceFile(stamp, '', join(cache.root, 'tmp', ownedName()));
    else lutimesSync(stamp, new Date(), new Date());
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
  return collect(cache, options);
}

const DAILY = 86_400_000;

interface Entry {
  readonly key: Digest;
  readonly preimage: Digest | undefined;
  readonly blobs: readonly Digest[];
  readonly used: number;
  readonly mustStay: boolean;
  readonly link: Link | undefined;
}

/** Milliseconds since 1970: what came or was used from then on stays. */
function safeSince(cache: Cache, grace: number): number {
  const lease = cache.leases.oldestReading();
  const recent = Date.now() - grace * 1000;
  // A record's time of use is renewed only when it is older than TOUCHED_EVERY.
  return lease === undefined ? recent : Math.min(recent, lease.getTime() - TOUCHED_EVERY);
}

/** Every record, the most recently used first; damaged ones have no blobs. */
function entriesOf(cache: Cache, keep: ReadonlySet<Digest>, safe: number): readonly Entry[] {
  const held = cache.leases.held();
  return storedIn(cache, 'results')
    .map(({ digest: key, modified: used }) => {
      const { record } = cache.results.look(key);
      const mustStay = keep.has(key) || held.has(key) || used >= safe;
      const blobs = record === undefined ? [] : blobsOf(record);
      return { key, preimage: record?.preimage, blobs, used, mustStay, link: record && linkOf(cache, record) };
    })
    .sort((a, b) => b.used - a.used || byCodeUnit(a.key, b.key));
}

/** Links that others continue are left without their files, but for those that stay whatever the limits. */
function withoutSuperseded(entries: readonly Entry[]): readonly Entry[] {
  const chains = new Chains(entries);
  return entries.map((entry) => (entry.mustStay || !chains.isSuperseded(entry) ? entry : { ...entry, blobs: [] }));
}

function choose(entries: readonly Entry[], limits: Limits, size: (blob: Digest) => number): ReadonlySet<Entry> {
  const oldest = Date.now() - limits.age * 1000;
  const going = new Set<Entry>(entries.filter((entry) => !entry.mustStay && (entry.used < oldest || !entry.preimage)));
  // How many of the results that stay use each blob: a shared one is freed with the last of them.
  const users = new Map<Digest, number>();
  let total = 0;
  for (const blob of entries.filter((entry) => !going.has(entry)).flatMap((entry) => entry.blobs)) {
    if (!users.has(blob)) total += size(blob);
    users.set(blob, (users.get(blob) ?? 0) + 1);
  }
  for (const entry of entries.toReversed()) {
    if (total <= limits.size) break;
    if (entry.mustStay || going.has(entry)) continue;
    going.add(entry);
    for (const blob of entry.blobs) {
      const left = present(users, blob) - 1;
      users.set(blob, left);
      if (left === 0) total -= size(blob);
    }
  }
  const staying = entries.filter((entry) => !going.has(entry));
  for (const entry of new Chains(entries).before(staying)) going.delete(entry);
  return going;
}

/**
 * Logs too long for a result to hold whole, by the beginning of its key: of results that are no more, as of stages that failed, after
 * a week, and of all after the age limit.
 */
function oldLogs(cache: Cache, staying: ReadonlySet<string>, age: number): readonly { path: string; bytes: number }[] {
  const folder = join(cache.root, 'logs');
  return namesIn(folder).flatMap((name) => {
    const status = name.endsWith(WHOLE_LOG) ? lstatSync(join(folder, name), { throwIfNoEntry: false }) : undefined;
    if (status === undefined) return [];
    const kept = staying.has(name.slice(0, -WHOLE_LOG.length)) ? age * 1000 : Math.min(age * 1000, ABANDONED);
    return status.mtimeMs < Date.now() - kept ? [{ path: join(folder, name), bytes: status.size }] : [];
  });
}

/** A process may have taken a blob up again since we looked: its change time then is new. */
function removeIfOld(path: string, safe: number): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status !== undefined && status.ctimeMs < safe) removeIfOurs(path);
}

/** Preimages outlive their results by the age limit, and what code was its last use, so that `fx why` can still compare with them. */
function forget(cache: Cache, needed: ReadonlySet<Digest | undefined>, before: number): void {
  for (const { digest, modified } of storedIn(cache, 'preimages')) {
    if (!needed.has(digest) && modified < before) cache.preimages.remove(digest);
  }
  for (const { digest, modified } of storedIn(cache, 'codes')) if (modified < before) cache.codes.remove(digest);
  const stats = join(cache.root, 'stat');
  for (const name of namesIn(stats)) {
    if ((statIfPresent(join(stats, name))?.mtimeMs ?? Infinity) < before) removeIfOurs(join(stats, name));
  }
}

/** Counts and clears what no live process owns in `tmp`. */
function sweep(cache: Cache, act: boolean): number {
  const temporary = join(cache.root, 'tmp');
  const dead = namesIn(temporary).filter((name) => {
    const owner = ownerOf(name);
    const alive = owner === undefined ? undefined : isAlive(owner);
    if (alive !== undefined) return !alive;
    return (statIfPresent(join(temporary, name))?.mtimeMs ?? Infinity) < Date.now() - ABANDONED;
  });
  if (act) for (const name of dead) removeIfOurs(join(temporary, name));
  return dead.length;
}

/** What is another user's may have to stay, in a folder that keeps what is each one's; so may what the system does not let go. */
function removeIfOurs(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (!isSystemError(error, 'EPERM', 'EACCES', 'EROFS', 'EBUSY', 'ENOTEMPTY', 'ENAMETOOLONG', 'EIO')) throw error;
  }
}

/** Milliseconds after which a leftover of another machine, of which nothing can be asked, counts as nobody's. */
const ABANDONED = 7 * 86_400_000;

function sum(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((all, file) => all + file.bytes, 0);
}
