import { known, type Cache } from '../../engine/artifacts/cache.js';
import type { Located } from '../../engine/sharing/frozen.js';
import { blobsOfResult, type Remote } from '../../engine/sharing/remote/transfer.js';

/** A result counts as present in the other cache when its entry is believed and all its files are there, by name and size. */
export async function locate(cache: Cache, remote: Remote | undefined, key: string): Promise<Located | undefined> {
  const here = known(cache, key).record;
  if (here !== undefined) return { record: here, where: 'here' };
  const record = (await remote?.results.findEntry(key))?.entry?.record;
  if (remote === undefined || record === undefined) return undefined;
  const there = await Promise.all(blobsOfResult(record).map((content) => remote.blobs.contains(content)));
  return there.every((each) => each) ? { record, where: remote.name } : undefined;
}
