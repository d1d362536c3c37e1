import { existsSync } from 'node:fs';
import type { RunRecord, StageRecord } from '../engine/run/record.js';
import { readOutcomes, type Outcomes } from '../foundation/statistics/outcomes.js';

/** The files that a run's results hold, beside its records: what numbers are computed from again. */
export interface Evidence {
  readonly run: RunRecord;
  /** The path of a stage's file; undefined where it has no such file. */
  readonly locate: (stage: StageRecord, file: string) => string | undefined;
  /** The outcomes stored under a digest; undefined where the cache lacks them. */
  readonly outcomes: (digest: string) => Outcomes | undefined;
}

/** @param locateBlob path of a blob by its digest */
export function evidenceOf(run: RunRecord, locateBlob: (digest: string) => string): Evidence {
  return {
    run,
    locate: (stage, file) => {
      const digest = digestOf(stage, file);
      return digest === undefined ? undefined : locateBlob(digest);
    },
    outcomes: outcomesReader(locateBlob),
  };
}

/** Reads each file once; nothing where the cache has lost it, or never had it. */
export function outcomesReader(locateBlob: (digest: string) => string): Evidence['outcomes'] {
  const known = new Map<string, Outcomes | undefined>();
  return (digest) => {
    if (!known.has(digest)) {
      const path = locateBlob(digest);
      const outcomes = existsSync(path) ? readOutcomes(path) : undefined;
      known.set(digest, outcomes?.ok === true ? outcomes.value : undefined);
    }
    return known.get(digest);
  };
}

export function digestOf(stage: StageRecord, file: string): string | undefined {
  return stage.outputs.find(({ path }) => path === file)?.digest;
}
