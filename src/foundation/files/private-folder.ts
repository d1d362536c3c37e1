import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { atEnd } from '../machine/at-end.js';
import { isSystemError } from './files.js';

/**
 * A folder in which this user alone writes (0700, owner checked): for what is loaded as code again. `$XDG_CACHE_HOME/fx`, else
 * `~/.cache/fx`, else one in the system's folder for temporary files; where others could put theirs in the place of any of
 * these, one that lives as long as this process.
 */
export function privateFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  if (found !== undefined) return found;
  found = candidates(environment).find(isPrivate) ?? passing();
  atEnd(() => {
    found = undefined;
  });
  return found;
}

let found: string | undefined;

/** Undefined for a user without one: no HOME and no entry among the system's users, as in a container run for any id. */
export function homeFolder(): string | undefined {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : undefined;
  } catch (error) {
    // Node's own kind of error, whose code is not the system's.
    if (isSystemError(error, 'ERR_SYSTEM_ERROR')) return undefined;
    throw error;
  }
}

/** Where the folder may be, the first choice first. */
export function candidates(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const named = environment.XDG_CACHE_HOME;
  const home = homeFolder();
  const base = named !== undefined && isAbsolute(named) ? [named] : home === undefined ? [] : [join(home, '.cache')];
  const user = process.getuid?.();
  return [...base.map((folder) => join(folder, 'fx')), join(tmpdir(), user === undefined ? 'fx' : `fx-${user}`)];
}

/**
 * Makes the folder where it is missing. True where it is a folder and no link, this user's own, closed to others, and in a
 * place where others cannot put another in its stead: its parent is not theirs to write to, or keeps what is each one's (the
 * sticky bit).
 */
export function isPrivate(folder: string): boolean {
  try {
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error;
    }
    const user = process.getuid?.();
    const status = lstatSync(folder);
    if (!status.isDirectory()) return false;
    if (user === undefined) return true;
    if (status.uid !== user) return false;
    const above = statSync(dirname(folder));
    if (above.uid !== user && above.uid !== ROOT) return false;
    if ((above.mode & WRITTEN_BY_OTHERS) !== 0 && (above.mode & STICKY) === 0) return false;
    // Made by an earlier version, or with rights that someone gave: nobody else's business from now on.
    if ((status.mode & 0o077) !== 0) chmodSync(folder, 0o700);
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

const ROOT = 0;
const WRITTEN_BY_OTHERS = 0o022;
const STICKY = 0o1000;

function passing(): string {
  const folder = madeIn(tmpdir());
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function madeIn(above: string): string {
  try {
    return mkdtempSync(join(above, 'fx-'));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const help = 'set XDG_CACHE_HOME to a folder of yours';
    error.message = `no private folder can be made, not in ${above} either (${error.message}): ${help}`;
    throw error;
  }
}
