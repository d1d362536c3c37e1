import { known, type Cache } from '../../engine/artifacts/cache.js';
import type { Located } from '../../engine/sharing/frozen.js';
import { unlimited } from '../../engine/sharing/remote/blobs.js';
import { blobsOfResult, type Remote } from '../../engine/sharing/remote/transfer.js';

/**
 * A result counts as present in the other cache when its entry is believed and all its files are there, by name and size.
 *
 * @param trouble hears why the remote was no help
 */
export async function locate(
  cache: Cache,
  remote: Remote | undefined,
  key: string,
  trouble: (message: string) => void = () => undefined,
): Promise<Located | undefined> {
  const here = known(cache, key).record;
  if (here !== undefined) return { record: here, where: 'here' };
  if (remote === undefined) return undefined;
  const { entry, warnings } = await remote.results.findEntry(key);
  for (const { message } of warnings) trouble(message);
  const record = entry?.record;
  if (record === undefined) return undefined;
  const there = await Promise.all(
    blobsOfResult(record).map((content) => remote.blobs.contains(content, unlimited(), trouble)),
  );
  return there.every((each) => each) ? { record, where: remote.name } : undefined;
}
