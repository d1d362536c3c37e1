import { existsSync } from 'node:fs';
import type { RunRecord, StageRecord } from '../engine/run/record.js';
import { readScores, type ScoreSet } from '../foundation/verification/score-set.js';

/** The files that a run's results hold, beside its records: what numbers are computed from again. */
export interface Evidence {
  readonly run: RunRecord;
  /** The path of a stage's file; undefined where it has no such file. */
  readonly locate: (stage: StageRecord, file: string) => string | undefined;
  /** The scores stored under a digest; undefined where they are not to be had. */
  readonly scores: (digest: string) => ScoreSet | undefined;
}

export const SCORES_FILE = 'scores.safetensors';

/** @param locateBlob path of a blob by its digest */
export function evidenceOf(run: RunRecord, locateBlob: (digest: string) => string): Evidence {
  return {
    run,
    locate: (stage, file) => {
      const digest = digestOf(stage, file);
      return digest === undefined ? undefined : locateBlob(digest);
    },
    scores: scoreReader(locateBlob),
  };
}

/** Reads each file of scores once; none where the cache has lost it, or never had it. */
export function scoreReader(locateBlob: (digest: string) => string): Evidence['scores'] {
  const read = new Map<string, ScoreSet | undefined>();
  return (digest) => {
    if (!read.has(digest)) {
      const path = locateBlob(digest);
      const scores = existsSync(path) ? readScores(path) : undefined;
      read.set(digest, scores?.ok === true ? scores.value : undefined);
    }
    return read.get(digest);
  };
}

export function digestOf(stage: StageRecord, file: string): string | undefined {
  return stage.outputs.find(({ path }) => path === file)?.digest;
}
