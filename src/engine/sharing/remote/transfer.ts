import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import type { Content, Digest } from '../../../foundation/files/digest.js';
import { freeBytes, sayBytes } from '../../../foundation/files/files.js';
import type { JsonObject } from '../../../foundation/values/json.js';
import { mapInLanes, until } from '../../../foundation/machine/lanes.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import type { Cache } from '../../artifacts/cache.js';
import { contents } from '../../artifacts/content/manifest.js';
import { ownedName } from '../../artifacts/store/owner.js';
import type { ResultRecord } from '../../artifacts/content/result-record.js';
import type { StoreCode } from '../../artifacts/store/store.js';
import type { RemoteBlobs } from './blobs.js';
import type { Entry } from './entry.js';
import { RemoteFailure } from './objects.js';
import type { Matter } from './patience.js';
import type { RemoteResults } from './results.js';

/** A remote as a cache deals with it. */
export interface Remote {
  readonly name: string;
  readonly blobs: RemoteBlobs;
  readonly results: RemoteResults;
  /** Whether it may be written to. */
  readonly writable: boolean;
  /** Counts a failure against it that only its user could see: files that are not the record's, or that came too slowly. */
  readonly blame: (matter: Matter, failure: RemoteFailure) => void;
  /** Ends the row of such failures. */
  readonly settle: (matter: Matter) => void;
}

type TransferCode = StoreCode | 'remote/no-room';
type Transferred<T> = Result<T, readonly Diagnostic<TransferCode>[]>;

/** Transfers of blobs of one result at once. Several results may be under way, so this is small. */
const AT_ONCE = 4;

/** All blobs of a result, its log among them, each once. */
export function blobsOfResult({ outputs, log }: ResultRecord): readonly Content[] {
  const files = contents({ files: outputs });
  return log === undefined || files.some(({ digest }) => digest === log.digest) ? files : [...files, log];
}

/**
 * Brings a result into the cache: blobs first, each checked on arrival, then preimages and record. Blobs that are here
 * already are not fetched, so that a pull that was cut goes on where it was. Returns the number of bytes that came.
 */
export async function pullResult(
  remote: Remote,
  cache: Cache,
  { record, preimages }: Entry,
  signal: AbortSignal,
  received: (bytes: number) => void = () => undefined,
): Promise<Transferred<number>> {
  const missing = blobsOfResult(record).filter((content) => !cache.blobs.has(content));
  const needed = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = freeBytes(cache.root) ?? Infinity;
  if (needed > free) {
    const message = `a result of ${record.stage} has ${sayBytes(needed)}; ${sayBytes(free)} are free at ${cache.root}`;
    return fail(failure('remote/no-room', message, 'free some space: fx cache gc'));
  }
  const problems = await inParallel(missing, AT_ONCE, (content) => pullBlob(remote, cache, content, signal, received));
  if (problems.length > 0) {
    if (problems.some(({ code }) => code === 'remote/damaged-blob'))
      remote.blame('files', new RemoteFailure('broken', `${remote.name} gives damaged files`));
    return { ok: false, error: problems };
  }
  if (missing.length > 0) remote.settle('files');
  for (const preimage of preimages) {
    const kept = cache.preimages.add(preimage);
    if (!kept.ok) return kept;
  }
  // A record of which blobs were lost gives way; one that is whole is the first writer's.
  const here = cache.results.look(record.key).record;
  const replace = here !== undefined && blobsOfResult(here).some((content) => !cache.blobs.has(content));
  const added = cache.results.add(record, { replace });
  return added.ok ? ok(needed) : added;
}

async function pullBlob(
  remote: Remote,
  cache: Cache,
  content: Content,
  signal: AbortSignal,
  received: (bytes: number) => void,
): Promise<readonly Diagnostic<TransferCode>[]> {
  const folder = join(cache.root, 'tmp');
  const temporary = join(folder, ownedName());
  mkdirSync(folder, { recursive: true });
  const fetched = await remote.blobs.fetch(content, temporary, signal, received);
  if (!fetched.ok) return fetched.error;
  const published = await cache.blobs.publish(temporary, { move: true });
  rmSync(temporary, { force: true });
  return published.ok ? [] : published.error;
}

/**
 * Brings a result of the cache to a remote: blobs first, then the entry. What is there already is not sent. Blobs are
 * hashed before, so that damage does not spread. Returns whether it was sent, was there, or gave way to another that was.
 */
export async function pushResult(
  remote: Remote,
  cache: Cache,
  record: ResultRecord,
  signal: AbortSignal,
): Promise<Transferred<'sent' | 'there' | 'other'>> {
  const problems = await inParallel(blobsOfResult(record), AT_ONCE, async (content) => {
    if (await remote.blobs.contains(content, signal)) return [];
    if ((await cache.blobs.verify(content)) !== 'sound') {
      const message = `a blob of ${record.stage} is missing or damaged in the cache: its result is not sent`;
      return [failure<TransferCode>('cache/damaged-blob', message)];
    }
    const stored = await remote.blobs.store(cache.blobs.locate(content.digest), signal);
    return stored.ok ? [] : stored.error;
  });
  if (problems.length > 0) return { ok: false, error: problems };
  const stands = await remote.results.publishEntry(record, preimagesOf(cache, record), signal);
  if (!stands.ok) return stands;
  if (stands.value === record) return ok('sent');
  return ok(stands.value.artifact === record.artifact ? 'there' : 'other');
}

function preimagesOf(cache: Cache, { key, preimage }: ResultRecord): readonly JsonObject[] {
  const digests: readonly Digest[] = key === preimage ? [key] : [key, preimage];
  return digests.map((digest) => cache.preimages.find(digest)).filter((found) => found !== undefined);
}

/** Acts on all items, so many at once, and gathers the problems. After the first problem no further item is begun. */
async function inParallel<T, P>(
  items: readonly T[],
  atOnce: number,
  act: (item: T) => Promise<readonly P[]>,
): Promise<readonly P[]> {
  const problems: P[] = [];
  await mapInLanes(
    until(items, () => problems.length > 0),
    atOnce,
    async (item) => problems.push(...(await act(item))),
  );
  return problems;
}
