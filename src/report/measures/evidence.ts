import { existsSync } from 'node:fs';
import type { RunRecord, StageRecord } from '../../engine/run/record.js';
import { readOutcomes, type Outcomes } from '../../foundation/statistics/outcomes.js';

/** The files that a run's results hold, beside its records: what numbers are computed from again. */
export interface Evidence {
  readonly run: RunRecord;
  /** The path of a stage's file; undefined where it has no such file. */
  readonly locate: (stage: StageRecord, file: string) => string | undefined;
  /** The outcomes stored under a digest, of one metric at least; undefined where the cache lacks them. */
  readonly outcomes: (digest: string, metric: string) => Outcomes | undefined;
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

/** Reads the metric that is asked for; nothing where the cache has lost the file, or never had it. */
export function outcomesReader(locateBlob: (digest: string) => string): Evidence['outcomes'] {
  return (digest, metric) => {
    const path = locateBlob(digest);
    const outcomes = existsSync(path) ? readOutcomes(path, metric) : undefined;
    return outcomes?.ok === true ? outcomes.value : undefined;
  };
}

export function digestOf(stage: StageRecord, file: string): string | undefined {
  return stage.outputs.find(({ path }) => path === file)?.digest;
}
