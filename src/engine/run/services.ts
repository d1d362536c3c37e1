import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { Result } from '../../foundation/failures/result.js';
import { known, type Cache } from '../artifacts/cache.js';
import { openResult } from '../artifacts/content/open.js';
import type { ExternalInput } from '../graph/graph.js';
import type { Knowledge } from '../plan/plan.js';
import type { AnyStageKind, Artifact } from '../stage.js';
import type { RemoteResults } from './known/remote-results.js';
import type { WorkerPool } from './worker/workers.js';

/** What running asks of the world, besides what planning does. */
export interface RunServices extends Knowledge {
  readonly cache: Cache;
  readonly workers: WorkerPool;
  readonly remote?: RemoteResults;
  /** Keeps what the code of a kind is: a result was made of it, and a later change is to be explained. */
  readonly keepCode?: (kind: AnyStageKind) => void;
  /** Of a user's own kind: the script that its code was translated to when it got its identity. */
  readonly scriptOf?: (kind: AnyStageKind) => string | undefined;
  /** Files that the code of a kind depends on besides that script, and that changed since it got its identity. */
  readonly codeChanged?: (kind: AnyStageKind) => readonly string[];
}

export interface KnowledgeSources {
  readonly code: (kind: AnyStageKind) => string;
  readonly external: (input: ExternalInput) => Promise<Result<Artifact>>;
  /** Hears of damage in the cache. */
  readonly warn: (warning: Diagnostic) => void;
}

/** Knowledge from a local cache. */
export function knowledgeOf(cache: Cache, sources: KnowledgeSources): Knowledge {
  return {
    code: sources.code,
    external: sources.external,
    lookup(key) {
      const found = known(cache, key);
      for (const warning of found.warnings) sources.warn(warning);
      return found.record;
    },
    isThere: (record) => record.outputs.every((file) => cache.blobs.has(file)),
    lookupRecord: (key) => cache.results.look(key).record,
    open: (record) => openResult(record, cache.blobs),
  };
}
