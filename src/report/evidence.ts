import { existsSync } from 'node:fs';
import type { RunRecord, StageRecord } from '../engine/run/record.js';
import type { Result } from '../foundation/result.js';
import { readOutcomes, type Outcomes } from '../foundation/statistics/outcomes.js';
import { readScores, type ScoreSet } from '../foundation/verification/score-set.js';

/** The files that a run's results hold, beside its records: what numbers are computed from again. */
export interface Evidence {
  readonly run: RunRecord;
  /** The path of a stage's file; undefined where it has no such file. */
  readonly locate: (stage: StageRecord, file: string) => string | undefined;
  /** The scores stored under a digest; undefined where they are not to be had. */
  readonly scores: (digest: string) => ScoreSet | undefined;
  /** The outcomes stored under a digest; undefined where the cache lacks them. */
  readonly outcomes: (digest: string) => Outcomes | undefined;
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
    outcomes: outcomesReader(locateBlob),
  };
}

function scoreReader(locateBlob: (digest: string) => string): Evidence['scores'] {
  return once(locateBlob, readScores);
}

export function outcomesReader(locateBlob: (digest: string) => string): Evidence['outcomes'] {
  return once(locateBlob, readOutcomes);
}

/** Reads each file once; nothing where the cache has lost it, or never had it. */
function once<T>(
  locateBlob: (digest: string) => string,
  read: (path: string) => Result<T>,
): (digest: string) => T | undefined {
  const known = new Map<string, T | undefined>();
  return (digest) => {
    if (!known.has(digest)) {
      const path = locateBlob(digest);
      const value = existsSync(path) ? read(path) : undefined;
      known.set(digest, value?.ok === true ? value.value : undefined);
    }
    return known.get(digest);
  };
}

export function digestOf(stage: StageRecord, file: string): string | undefined {
  return stage.outputs.find(({ path }) => path === file)?.digest;
}
