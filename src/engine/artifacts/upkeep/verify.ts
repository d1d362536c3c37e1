import { rmSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { canonicalDigest } from '../../../foundation/values/canonical.js';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { sha256OfFile, type Digest } from '../../../foundation/files/digest.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { readPlainText } from '../../../foundation/files/opening.js';
import type { Cache } from '../cache.js';
import { blobsOf, lyingIn, storedIn, type Stored, type StoreName } from './inventory.js';
import type { Lease } from '../store/leases.js';
import { LARGEST_PREIMAGE } from '../store/preimage-store.js';
import type { StoreCode } from '../store/store.js';

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** Bytes of blobs hashed so far, and in all. */
  readonly progress?: (done: number, total: number) => void;
}

export interface Verified {
  readonly blobs: number;
  readonly bytes: number;
  readonly results: number;
  readonly preimages: number;
  /** One for each damaged file, which was removed: what needs it is recomputed. */
  readonly damaged: readonly Diagnostic<StoreCode>[];
  /**
   * Results some of whose blobs are not here. No damage: links of a chain whose files are no longer kept, or results of
   * which the blobs are still at a remote.
   */
  readonly incomplete: number;
}

/**
 * Reads and hashes every blob, record and preimage, whatever its marks say. Damaged files are removed, so that the next
 * run recomputes them. Others may work in the cache meanwhile.
 */
export async function verifyCache(cache: Cache, options: VerifyOptions = {}): Promise<Verified> {
  const lease = leaseOf(cache);
  try {
    const records = recordsOf(cache);
    const blobs = storedIn(cache, 'blobs');
    const preimages = storedIn(cache, 'preimages');
    const damaged = [...STORES.flatMap((store) => removeStrange(cache, store)), ...records.damaged];
    const total = blobs.reduce((sum, blob) => sum + blob.bytes, 0);
    const present = new Set<Digest>();
    let done = 0;
    for (const blob of blobs) {
      options.signal?.throwIfAborted();
      const state = await digestOf(blob, records.sizes.get(blob.digest), options.signal);
      if (state === blob.digest) present.add(blob.digest);
      else if (state !== 'gone') damaged.push(removeBlob(blob, records.users.get(blob.digest) ?? [], state));
      done += blob.bytes;
      options.progress?.(done, total);
    }
    await breathe();
    for (const preimage of preimages) damaged.push(...checkPreimage(preimage));
    const incomplete = records.needs.filter((needed) => needed.some((digest) => !present.has(digest))).length;
    const [results, count] = [records.needs.length + records.damaged.length, preimages.length];
    return { blobs: blobs.length, bytes: total, results, preimages: count, damaged, incomplete };
  } finally {
    lease?.release();
  }
}

/** A cache that cannot be written to can be verified all the same. */
function leaseOf(cache: Cache): Lease | undefined {
  try {
    return cache.leases.reading();
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** What to do about a damaged file, after having tried to remove it. */
function removed(path: string): string {
  try {
    rmSync(path, { recursive: true, force: true });
    return 'it was removed; the next run that needs it recomputes it';
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return `it could not be removed (${error.message}): no run can use it or repair it here`;
  }
}

interface Records {
  /** The blobs of each sound record. */
  readonly needs: readonly (readonly Digest[])[];
  /** Bytes of a blob, as its results have it. */
  readonly sizes: ReadonlyMap<Digest, number>;
  /** Which stages use a blob. */
  readonly users: ReadonlyMap<Digest, readonly string[]>;
  readonly damaged: readonly Diagnostic<StoreCode>[];
}

function recordsOf(cache: Cache): Records {
  const needs: (readonly Digest[])[] = [];
  const users = new Map<Digest, string[]>();
  const sizes = new Map<Digest, number>();
  const damaged: Diagnostic<StoreCode>[] = [];
  for (const { digest: key, path } of storedIn(cache, 'results')) {
    const { record, warnings } = cache.results.look(key);
    if (record === undefined) {
      const help = removed(path);
      damaged.push(...warnings.map((each) => ({ ...each, help })));
      continue;
    }
    needs.push(blobsOf(record));
    const name = record.part === undefined ? record.stage : `${record.stage} (${record.part})`;
    for (const { digest, bytes } of [...record.outputs, ...(record.log === undefined ? [] : [record.log])])
      sizes.set(digest, bytes);
    for (const blob of blobsOf(record)) users.set(blob, [...(users.get(blob) ?? []), name]);
  }
  return { needs, users, sizes, damaged };
}

/** The digest of what is there, or `gone`, or `unreadable`. What is larger than its results say is not read. */
async function digestOf(blob: Stored, bytes: number | undefined, signal: AbortSignal | undefined): Promise<string> {
  if (bytes === undefined ? blob.isHollow === true : bytes !== blob.bytes) return 'unreadable';
  try {
    return (await sha256OfFile(blob.path, signal, { links: 'refused' })).digest;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return 'gone';
    if (isSystemError(error)) return 'unreadable';
    throw error;
  }
}

const STORES = ['blobs', 'results', 'preimages', 'codes'] as const;

/** Whatever else than a plain file lies under the name of one: it is not opened. */
function removeStrange(cache: Cache, store: StoreName): readonly Diagnostic<StoreCode>[] {
  return lyingIn(cache, store).flatMap(({ digest, path, strange }) => {
    if (strange === undefined) return [];
    const code =
      store === 'blobs'
        ? 'cache/damaged-blob'
        : store === 'results'
          ? 'cache/damaged-record'
          : 'cache/damaged-preimage';
    return [failure(code, `${store}/${digest} is ${strange}, no plain file`, removed(path))];
  });
}

/** A RangeError: nested so deep that no preimage is. */
function isUnreadable(error: unknown): boolean {
  const isOdd = error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError;
  return isOdd || isSystemError(error);
}

function removeBlob(blob: Stored, users: readonly string[], found: string): Diagnostic<StoreCode> {
  const help = removed(blob.path);
  const what = found === 'unreadable' ? 'cannot be read' : `has the content of ${found.slice(0, 12)}...`;
  const whose = users.length === 0 ? 'no result uses it' : `used by ${[...new Set(users)].slice(0, 5).join(', ')}`;
  return failure('cache/damaged-blob', `the blob ${blob.digest} ${what}; ${whose}`, help);
}

function checkPreimage({ digest, path }: Stored): readonly Diagnostic<StoreCode>[] {
  try {
    if (canonicalDigest(JSON.parse(readPlainText(path, { links: 'refused', most: LARGEST_PREIMAGE }))) === digest)
      return [];
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    if (!isUnreadable(error)) throw error;
  }
  return [
    failure(
      'cache/damaged-preimage',
      `the preimage ${digest} is damaged: fx why has less to compare with`,
      removed(path),
    ),
  ];
}
