import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import type { Digest } from '../../../foundation/files/digest.js';
import { mapInLanes } from '../../../foundation/machine/lanes.js';
import { known, type Cache } from '../../artifacts/cache.js';
import type { ResultRecord } from '../../artifacts/content/result-record.js';
import { unlimited } from './blobs.js';
import { pullResult, pushResult, type Remote } from './transfer.js';

/** What `fx cache push` and `pull` did. */
export interface Moved {
  readonly moved: number;
  readonly there: number;
  readonly failed: number;
  /** Bytes that came. */
  readonly bytes: number;
  readonly problems: readonly Diagnostic[];
}

/** Results under way at once. */
const AT_ONCE = 4;

/** Sends results; links of chains and results whose files are no longer here are left out. */
export async function pushAll(
  remote: Remote,
  cache: Cache,
  keys: readonly Digest[],
  progress: (done: number, total: number) => void,
): Promise<Moved> {
  if (!remote.writable) {
    const problem = failure('remote/read-only', `${remote.name} is read-only here`, 'FX_REMOTE_MODE=write allows it');
    return { moved: 0, there: 0, failed: keys.length, bytes: 0, problems: [problem] };
  }
  return moveAll(cache, keys, progress, async (key) => {
    const { record } = known(cache, key);
    if (record === undefined || cache.preimages.find(key)?.role === 'link') return 'there';
    const sent = await pushResult(remote, cache, record, unlimited());
    if (!sent.ok) return sent.error;
    if (sent.value === 'there') return 'there';
    if (sent.value === 'sent') return 0;
    const message = `${remote.name} has another result of ${record.stage}, which is kept`;
    return [{ ...failure('remote/other-result', message), severity: 'warning' as const }];
  });
}

/**
 * Fetches results that are not in the cache.
 *
 * @param other what a result has other than it must have, in words; such a one is not taken
 */
export async function pullAll(
  remote: Remote,
  cache: Cache,
  keys: readonly Digest[],
  progress: (done: number, total: number) => void,
  other: (record: ResultRecord) => string | undefined = () => undefined,
): Promise<Moved> {
  return moveAll(cache, keys, progress, async (key) => {
    if (known(cache, key).record !== undefined) return 'there';
    const { entry, warnings } = await remote.results.findEntry(key);
    if (entry !== undefined) {
      const what = other(entry.record);
      if (what !== undefined) return [otherResult(remote, entry.record, what)];
      const pulled = await pullResult(remote, cache, entry, unlimited());
      return pulled.ok ? pulled.value : pulled.error;
    }
    if (warnings.length > 0) return warnings.map((warning) => ({ ...warning, severity: 'error' as const }));
    return [failure('remote/no-result', `${remote.name} has no result ${key.slice(0, 12)}...`)];
  });
}

function otherResult(remote: Remote, { stage }: ResultRecord, what: string): Diagnostic {
  const message = `the result of ${stage} at ${remote.name} has ${what} than the lock: it is not taken`;
  return failure('remote/other-result', message, 'one of the two was changed, or two machines got different results');
}

async function moveAll(
  cache: Cache,
  keys: readonly Digest[],
  progress: (done: number, total: number) => void,
  move: (key: Digest) => Promise<number | 'there' | readonly Diagnostic[]>,
): Promise<Moved> {
  const lease = cache.leases.reading();
  const counts = { moved: 0, there: 0, failed: 0, bytes: 0 };
  const problems: Diagnostic[] = [];
  let done = 0;
  try {
    await mapInLanes(keys, AT_ONCE, async (key) => {
      const moved = await move(key);
      if (moved === 'there') counts.there += 1;
      else if (typeof moved === 'number') {
        counts.moved += 1;
        counts.bytes += moved;
      } else {
        counts.failed += 1;
        problems.push(...moved.filter(({ message }) => !problems.some((said) => said.message === message)));
      }
      progress((done += 1), keys.length);
    });
  } finally {
    lease.release();
  }
  return { ...counts, problems };
}
