import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isAlive, type Owner } from '../engine/artifacts/store/owner.js';
import { isSystemError } from '../foundation/files/files.js';
import { readPlainText } from '../foundation/files/opening.js';
import type { Verdict } from '../report/report.js';
import { askToStop } from './attendance.js';

/**
 * What ran in a project: a folder for each run in `.fx/runs/`, by when it began. No key, result or report depends on it, and
 * deleting it loses nothing else. The latest {@link MOST_RUNS} are kept, the latest {@link MOST_DETAILED} with all of these:
 *
 * - `run.json`: a {@link RunEntry}
 * - `graph.json`: its stages (graph.ts)
 * - `events.ndjson`: what `fx run --json` says, with `at`, and the resources used (events.ts)
 * - `series.ndjson`: the points of curves (events.ts)
 * - `report/`: the report that it wrote, and its figures
 * - `output.log`: what it printed, if it was detached
 * - `alive`, `stop`: how other machines reach it (attendance.ts)
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
  /** Tells the process from a later one of the same id. Absent in entries of before. */
  readonly process?: RunProcess;
  /** Null while it runs, and where it was killed. */
  readonly ended: RunEnd | null;
}

export interface RunProcess extends Owner {
  /** The machine's name. */
  readonly host: string;
}

export type RunState = RunEnd['state'] | 'running' | 'killed';

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

export const MOST_RUNS = 1000;
export const MOST_DETAILED = 200;

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
    const ignored = join(project, '.fx', '.gitignore');
    if (!existsSync(ignored)) writeFileSync(ignored, '*\n');
    const ids = idsOf(runs);
    for (const old of ids.slice(0, -MOST_RUNS)) rmSync(join(runs, old), { recursive: true, force: true });
    // One more is kept each time, so one is beyond.
    const beyond = ids.at(-1 - MOST_DETAILED);
    if (beyond !== undefined)
      for (const name of DETAILS) rmSync(join(runs, beyond, name), { recursive: true, force: true });
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

const DETAILS = ['graph.json', 'events.ndjson', 'series.ndjson', 'report', 'output.log', 'alive', 'stop'] as const;

/** The runs of a project, the latest first; what cannot be read is passed over. */
export function readEntries(project: string): readonly RunEntry[] {
  return runIds(project).flatMap((id) => readEntry(project, id) ?? []);
}

/** The latest first. */
export function runIds(project: string): readonly string[] {
  return idsOf(runsFolder(project)).toReversed();
}

export function readEntry(project: string, id: string): RunEntry | undefined {
  if (!ID.test(id)) return undefined;
  try {
    const text = readPlainText(join(runsFolder(project), id, 'run.json'), { links: 'refused', most: 1 << 20 });
    const entry = JSON.parse(text) as RunEntry | null;
    return entry?.schema === 'fx/run-entry@1' && entry.id === id ? entry : undefined;
  } catch {
    return undefined;
  }
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

/** `running` only while the process is there: one that was killed has left no end. Of another machine that cannot be seen. */
export function stateOf({ ended, pid, process: owner }: Pick<RunEntry, 'ended' | 'pid' | 'process'>): RunState {
  if (ended !== null) return ended.state;
  if (owner !== undefined) {
    const alive = isAlive(owner);
    // This machine under another boot: whatever ran before is gone.
    return (alive ?? owner.host !== hostname()) ? 'running' : 'killed';
  }
  try {
    process.kill(pid, 0);
    return 'running';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'running' : 'killed';
  }
}

/** Asks a run to stop as Ctrl-C does: what is finished is kept. False where it is known not to run. */
export function stopRun(project: string, entry: Pick<RunEntry, 'id' | 'ended' | 'pid' | 'process'>): boolean {
  const { id, ended, pid, process: owner } = entry;
  // An id alone may be another process's by now.
  if (ended !== null || owner === undefined || stateOf(entry) !== 'running') return false;
  if (isAlive(owner) === undefined) return askToStop(join(runsFolder(project), id));
  process.kill(pid, 'SIGINT');
  return true;
}
