import { constants, copyFileSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { isSystemError } from './files.js';

/** A link that cannot be replaced by what it leads to, and why: `leads to nothing`. */
export interface BadLink {
  /** Relative to the folder that was looked at, with `/`. */
  readonly path: string;
  readonly why: string;
}

/**
 * Replaces every link at or below `path` (relative to `root`) by a copy of what it leads to, so that the files stand for
 * themselves wherever they go. A link may lead to what lies below `root`, or to a file that `mayLead` allows.
 */
export function resolveLinks(
  root: string,
  path: string,
  mayLead: (real: string) => boolean = () => false,
): readonly BadLink[] {
  const base = realpathSync(root);
  const bad: BadLink[] = [];
  const enter = (at: string): void => {
    const full = join(base, at);
    const status = lstatSync(full);
    if (status.isDirectory())
      for (const name of readdirSync(full)) if (isUnicode(name)) enter(at === '' ? name : `${at}/${name}`);
    if (!status.isSymbolicLink()) return;
    const why = replace(full, base, mayLead);
    if (why !== undefined) bad.push({ path: at, why });
  };
  enter(path);
  return bad;
}

/** Bytes of a name that are no UTF-8 become U+FFFD, by which the file is not found again: the caller that lists the names refuses it. */
function isUnicode(name: string): boolean {
  return !name.includes('\ufffd');
}

/** Says why it cannot. */
function replace(link: string, base: string, mayLead: (real: string) => boolean): string | undefined {
  const real = realOf(link);
  if (real === undefined) return 'leads to nothing';
  const problem = problemOf(link, real, base, mayLead);
  if (problem !== undefined) return problem;
  const temporary = freeIn(dirname(link));
  const inner = copyResolved(real, temporary, base, mayLead, [real]);
  if (inner !== undefined) {
    rmSync(temporary, { recursive: true, force: true });
    return inner;
  }
  // A folder is not renamed onto a link.
  rmSync(link);
  renameSync(temporary, link);
  return undefined;
}

/** A path in a folder at which nothing lies. */
function freeIn(folder: string): string {
  for (let i = 0; ; i += 1) {
    const path = join(folder, `.resolving-${i}`);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return path;
  }
}

function problemOf(link: string, real: string, base: string, mayLead: (real: string) => boolean): string | undefined {
  if (real === base || link.startsWith(real + sep)) return 'leads to a folder that it lies in';
  if (!real.startsWith(base + sep) && !mayLead(real)) return `leads outside, to ${real}`;
  return undefined;
}

/** `above`: the folders on the way, to which a link may lead back. */
function copyResolved(
  from: string,
  to: string,
  base: string,
  mayLead: (real: string) => boolean,
  above: readonly string[],
): string | undefined {
  const status = lstatSync(from);
  if (status.isFile()) {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    return undefined;
  }
  if (!status.isDirectory()) return 'leads to what is neither a file nor a folder';
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (!isUnicode(name)) return `leads to a folder whose ${name} is no name in UTF-8`;
    const path = join(from, name);
    const real = realOf(path);
    if (real === undefined) return `leads to a folder whose ${name} leads to nothing`;
    if (lstatSync(path).isSymbolicLink()) {
      const problem = above.includes(real) ? 'leads to itself' : problemOf(path, real, base, mayLead);
      if (problem !== undefined) return `leads to a folder whose ${relative(from, path)} ${problem}`;
    }
    const inner = copyResolved(real, join(to, name), base, mayLead, [...above, real]);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ELOOP', 'ENOTDIR')) return undefined;
    throw error;
  }
}
