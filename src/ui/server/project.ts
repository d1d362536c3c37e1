import type { Cache } from '../../engine/artifacts/cache.js';
import type { Result } from '../../foundation/failures/result.js';
import type { DiffServices } from '../../report/diff/diff.js';
import type { Kinds } from '../../report/kinds.js';

/** What is looked at, and the means to: the command line hands them in. Nothing of it is written to. */
export interface UiProject {
  /** Absolute. */
  readonly root: string;
  readonly name: string;
  readonly version: string;
  /** The name of the experiment to look at first. */
  readonly experiment?: string;
  readonly cache: Cache;
  /** Kinds that `fx` brings: no code of an experiment is run to look at it. */
  readonly kinds: Kinds;
  readonly commits: Commits;
  readonly explain: NonNullable<DiffServices['explain']>;
}

/** What was committed of `reports/`. */
export interface Commits {
  /** The commits that changed it, the latest first, with the reports that each changed. */
  list(): Promise<readonly Commit[]>;
  /** A file below the project's `reports/` as of a commit. */
  read(commit: string, path: string): Promise<Result<Buffer>>;
}

export interface Commit {
  readonly id: string;
  /** ISO 8601. */
  readonly when: string;
  readonly says: string;
  readonly reports: readonly { readonly experiment: string; readonly profile: string }[];
}
