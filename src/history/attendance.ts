import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../foundation/files/files.js';

/**
 * How a run is reached from another machine that shares the project's folder, where no signal goes: it renews the time of
 * `alive` in its folder, and stops, as at Ctrl-C, once there is a file `stop`.
 */
const EVERY_MS = 2000;

/**
 * Begins to renew and to look, and gives back what ends it. A run of moments does neither.
 * @param folder of the run
 */
export function attend(folder: string, stop: () => void): () => void {
  let asked = false;
  const timer = setInterval(() => {
    try {
      touch(join(folder, 'alive'));
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
    if (asked || timeOf(join(folder, 'stop')) === undefined) return;
    asked = true;
    stop();
  }, EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** False where nothing can be written there. */
export function askToStop(folder: string): boolean {
  try {
    writeFileSync(join(folder, 'stop'), '');
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  }
}

/** When the run last said that it is there, by the clock of the file system; undefined where it never did. */
export function lastRenewal(folder: string): number | undefined {
  return timeOf(join(folder, 'alive'));
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
    writeFileSync(path, '');
  }
}

function timeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
