import type { ResultRecord } from '../../artifacts/content/result-record.js';

/** Results that are not here: a remote cache, as a run sees it. What goes wrong there is never the run's failure. */
export interface RemoteResults {
  /** Brings the result of a key into the cache, if it is there and that is cheaper; says whether it did. Never rejects. */
  fetch(key: string, about: { readonly divided: boolean }, signal: AbortSignal): Promise<boolean>;
  /** Hears of a result that was made here. Returns at once. */
  offer(record: ResultRecord): void;
}
