import type { Content, Digest } from '../../../foundation/files/digest.js';
import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { failure } from '../../../foundation/failures/diagnostic.js';
import { freeBytes, isSystemError, sayBytes } from '../../../foundation/files/files.js';
import { fail, type Err, type Result } from '../../../foundation/failures/result.js';
import type { ManifestCode } from '../content/manifest.js';
import type { ResultRecord } from '../content/result-record.js';

/** What can be wrong with a store that is far away. */
export type RemoteCode =
  'remote/unreachable' | 'remote/missing-blob' | 'remote/damaged-blob' | 'remote/damaged-record' | 'remote/unsigned';

export type StoreCode =
  | ManifestCode
  | RemoteCode
  | 'cache/no-file'
  | 'cache/of-a-stranger'
  | 'cache/disk-full'
  | 'cache/unwritable'
  | 'cache/damaged-blob'
  | 'cache/missing-blob'
  | 'cache/damaged-record'
  | 'cache/damaged-preimage';

export type StoreResult<T> = Result<T, readonly Diagnostic<StoreCode>[]>;

/** What every store of blobs offers, near or far. Tests hold each implementation to one contract. */
export interface BlobStore {
  /** Whether the blob is there and, at a cheap look, whole. */
  contains(content: Content): Promise<boolean>;
  /** Writes the blob to a path where nothing is yet. The bytes are those of the digest, or it fails and leaves nothing. */
  fetch(content: Content, destination: string): Promise<StoreResult<void>>;
  /** Takes in the bytes of a file, which stays. Bytes that are there already are not taken again. */
  store(file: string): Promise<StoreResult<Content>>;
}

/** What every store of results offers, near or far. */
export interface ResultStore {
  find(key: Digest): Promise<Found>;
  /** The first writer of a key wins: returns the record that is in the store afterwards. */
  publish(record: ResultRecord): Promise<StoreResult<ResultRecord>>;
}

/** An unreadable record is as good as none, with a warning. */
export interface Found {
  readonly record: ResultRecord | undefined;
  readonly warnings: readonly Diagnostic<StoreCode>[];
}

/**
 * What a failing write to the cache means to the user. Errors that are not the file system's are bugs and thrown on.
 * `needed`: bytes that were to be written, where known.
 */
export function writeFailure(error: unknown, where: string, needed?: number): Err<readonly [Diagnostic<StoreCode>]> {
  if (!isSystemError(error)) throw error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    const free = freeBytes(where);
    const wanted = needed === undefined ? '' : ` for ${sayBytes(needed)} more`;
    const left = free === undefined ? '' : ` (${sayBytes(free)} left)`;
    return fail(
      failure(
        'cache/disk-full',
        `not enough space${wanted} in the cache at ${where}${left}${error.code === 'EDQUOT' ? ': the quota is used up' : ''}`,
        'free some space (fx cache gc) and rerun: finished work is kept',
      ),
    );
  }
  return fail(
    failure(
      'cache/unwritable',
      `cannot write to the cache at ${where}: ${reasonOf(error)}`,
      'check its owner and permissions, or name another folder with --cache',
    ),
  );
}

/** `EROFS: read-only file system`: without the temporary name that nobody knows. */
function reasonOf(error: NodeJS.ErrnoException): string {
  return error.message.split(', ')[0]!;
}
