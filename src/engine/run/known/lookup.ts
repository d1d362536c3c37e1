import type { ResultRecord } from '../../artifacts/content/result-record.js';
import type { RunServices } from '../services.js';

/** A result that is asked for, of a stage or of a part alike. */
export interface Wanted {
  readonly key: string;
  /** Whether its stage divides its work: then fetching the parts that are needed may be cheaper. */
  readonly divided: boolean;
  /** Whether remotes may have it: links of a chain stay where they were computed. */
  readonly shared: boolean;
}

/** The one look-up for results: the cache, then the remotes. What a remote has is brought into the cache. */
export async function findResult(
  services: RunServices,
  { key, divided, shared }: Wanted,
  signal: AbortSignal,
): Promise<ResultRecord | undefined> {
  const here = services.lookup(key);
  if (here !== undefined || !shared || services.remote === undefined) return here;
  const came = await services.remote.fetch(key, { divided }, signal);
  return came ? services.lookup(key) : undefined;
}
