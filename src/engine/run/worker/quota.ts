import { lstatSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { milliseconds } from '../../../foundation/machine/clock.js';
import { failure } from '../../../foundation/failures/diagnostic.js';
import { isSystemError, sayBytes } from '../../../foundation/files/files.js';
import { limit, raise } from '../../../foundation/files/limits.js';
import type { WorkerPool, WorkOutcome } from './workers.js';

/** Milliseconds between two looks at what a task has written, if a look takes less than a twentieth of it. */
const LOOK_MS = 250;

/**
 * A pool whose tasks together write no more than a stranger's run may: what they have in their workspaces, and what those before
 * them gave. A task that exceeds it is stopped; what it writes between two looks is what it may have too much.
 */
export function withinQuota(pool: WorkerPool): WorkerPool {
  let kept = 0;
  const growing = new Map<string, number>();
  const written = (): number => [...growing.values()].reduce((sum, bytes) => sum + bytes, kept);

  const over = (most: number): WorkOutcome => {
    const message = `the run has written ${sayBytes(written())}, more than the ${sayBytes(most)} that an experiment of another person may write`;
    return { ok: false, diagnostics: [failure('run/over-quota', message, raise('stranger-disk'))] };
  };

  return {
    // One by one: a pool may be an object of a class, which a copy of its own properties is not.
    close: () => pool.close(),
    kill: () => {
      pool.kill();
    },
    ...(pool.atOnce === undefined ? {} : { atOnce: pool.atOnce }),
    async run(task, options) {
      const most = limit('stranger-disk');
      const stop = new AbortController();
      const { workspace } = task;
      let timer: NodeJS.Timeout | undefined;
      const look = (): void => {
        const began = milliseconds();
        growing.set(workspace, bytesAt(workspace));
        if (written() > most) stop.abort();
        else timer = setTimeout(look, Math.max(LOOK_MS, 20 * (milliseconds() - began)));
      };
      look();
      let outcome: WorkOutcome;
      try {
        outcome = await pool.run(task, { ...options, signal: AbortSignal.any([options.signal, stop.signal]) });
      } finally {
        clearTimeout(timer);
      }
      const given = outcome.ok ? outcome.files.reduce((sum, { bytes }) => sum + bytes, 0) : undefined;
      if (given !== undefined) growing.set(workspace, given);
      // In whatever way it ended: it would be the next one that fails.
      const exceeds = !options.signal.aborted && written() > most;
      const answer = exceeds ? over(most) : outcome;
      kept += given ?? 0;
      growing.delete(workspace);
      return answer;
    },
  };
}

/** Of the files in a workspace, and of what is written beside it: its log. Links count as what they are. */
function bytesAt(workspace: string): number {
  const beside = dirname(workspace);
  const logs = namesIn(beside).filter((name) => name.startsWith(`${basename(workspace)}.`));
  return bytesBelow(workspace) + logs.reduce((sum, name) => sum + sizeOf(join(beside, name)), 0);
}

function bytesBelow(folder: string): number {
  let sum = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      sum += entry.isDirectory() ? bytesBelow(path) : sizeOf(path);
    }
  } catch (error) {
    // What is being moved or removed meanwhile takes nothing here.
    if (!isSystemError(error)) throw error;
  }
  return sum;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}

/** On the disk: a file of holes is as large as what was written to it. */
function sizeOf(path: string): number {
  try {
    return 512 * lstatSync(path).blocks;
  } catch (error) {
    if (isSystemError(error)) return 0;
    throw error;
  }
}
