import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../../foundation/files.js';
import type { Verdict } from '../../report/report.js';

/**
 * What ran in a project: a folder for each run in `.fx/runs/`, by when it began, with `run.json` (a {@link RunEntry}) and
 * `events.ndjson`, what `fx run --json` says. It is kept apart from cache and report: no key, result or report depends on it, and
 * whoever deletes it loses nothing else. The latest {@link MOST_RUNS} are kept.
 */
export interface RunEntry {
  readonly schema: 'fx/run-entry@1';
  /** Its folder: when it began, in UTC, and the process. */
  readonly id: string;
  readonly experiment: string;
  readonly profile: string;
  /** As it was named on the command line. */
  readonly file: string;
  /** `name=value` as given by `--set` and by FX_SET_ variables. */
  readonly set: readonly string[];
  /** Of git, where the project is in a repository. */
  readonly commit: string | null;
  /** ISO 8601, UTC. */
  readonly began: string;
  readonly pid: number;
  /** Null while it runs, and where it was killed. */
  readonly ended: RunEnd | null;
}

export interface RunEnd {
  readonly state: 'done' | 'failed' | 'interrupted';
  readonly seconds: number;
  readonly stages: {
    readonly reused: number;
    readonly executed: number;
    readonly failed: number;
    readonly skipped: number;
  };
  /** Of the report's claims; null where no report was made. */
  readonly verdicts: Readonly<Record<Verdict, number>> | null;
}

export const MOST_RUNS = 200;

export function runsFolder(project: string): string {
  return join(project, '.fx', 'runs');
}

/** Writes the entry whole or not at all, and forgets the oldest runs. Where nothing can be written, nothing is kept. */
export function writeEntry(project: string, entry: RunEntry): boolean {
  const runs = runsFolder(project);
  const folder = join(runs, entry.id);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'run.json.new'), `${JSON.stringify(entry)}\n`);
    renameSync(join(folder, 'run.json.new'), join(folder, 'run.json'));
    if (entry.ended !== null) return true;
    // No tool takes it for a part of the project.
    writeFileSync(join(project, '.fx', '.gitignore'), '*\n');
    for (const old of idsOf(runs).slice(0, -MOST_RUNS)) rmSync(join(runs, old), { recursive: true, force: true });
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

/** The runs of a project, the latest first; what cannot be read is passed over. */
export function readEntries(project: string): readonly RunEntry[] {
  const runs = runsFolder(project);
  return idsOf(runs)
    .toReversed()
    .flatMap((id) => {
      try {
        const entry = JSON.parse(readFileSync(join(runs, id, 'run.json'), 'utf8')) as RunEntry | null;
        return entry?.schema === 'fx/run-entry@1' ? [entry] : [];
      } catch {
        return [];
      }
    });
}

/** Oldest first: ids begin with the time. */
function idsOf(runs: string): readonly string[] {
  try {
    return readdirSync(runs)
      .filter((name) => ID.test(name))
      .sort();
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}

const ID = /^\d{8}T\d{9}Z-\d+$/;

export function idOf(began: Date, pid: number): string {
  return `${began.toISOString().replaceAll(/[-:.]/g, '')}-${pid}`;
}

/** `running` only while the process is there: one that was killed has left no end. */
export function stateOf({ ended, pid }: RunEntry): RunEnd['state'] | 'running' | 'killed' {
  if (ended !== null) return ended.state;
  try {
    process.kill(pid, 0);
    return 'running';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'running' : 'killed';
  }
}
