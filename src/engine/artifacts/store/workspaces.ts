import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from '../../../foundation/machine/at-end.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { removeLater } from '../../../foundation/files/removal.js';
import { ownedName } from './owner.js';

/**
 * Empty folders on the cache's file system, so that what is left in one can be published without copying. Most are empty again
 * when they are given back; they are kept, and given out under another name: to remove a folder takes some file systems over
 * a millisecond, in which nothing else is done beside it.
 */
export class Workspaces {
  readonly #folder: string;
  readonly #spare: string[] = [];
  #unwatch: (() => void) | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A path that no one has had, of a folder closed to others: what a stage makes is its user's until it is published. */
  open(): string {
    const path = join(this.#folder, ownedName());
    const spare = this.#spare.pop();
    if (spare !== undefined && isFresh(spare) && moved(spare, path)) return path;
    mkdirSync(this.#folder, { recursive: true });
    mkdirSync(path, { mode: MODE });
    return path;
  }

  /** Nobody works in it any more. */
  close(workspace: string): void {
    if (this.#spare.length < KEPT && isFresh(workspace)) {
      this.#spare.push(workspace);
      this.#unwatch ??= atEnd(() => this.end());
    } else removeLater(workspace);
  }

  /** Removes what is kept. */
  end(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    for (const path of this.#spare.splice(0)) rmSync(path, { recursive: true, force: true });
  }
}

const MODE = 0o700;

/** Folders kept: more than are worked in at a time would be of no use. */
const KEPT = 64;

/** Empty, and as it was made: a stage may have opened it to others. */
function isFresh(path: string): boolean {
  try {
    const status = lstatSync(path);
    return status.isDirectory() && (status.mode & 0o7777) === MODE && readdirSync(path).length === 0;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}
