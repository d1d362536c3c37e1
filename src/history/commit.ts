import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The commit that a folder's repository is at, read from git's own files: a run that has nothing to do has no time for git. */
export function commitAt(folder: string): string | undefined {
  try {
    const git = gitFolder(folder);
    if (git === undefined) return undefined;
    const head = readFileSync(join(git, 'HEAD'), 'utf8').trim();
    const name = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1];
    if (name === undefined) return isCommit(head) ? head : undefined;
    const common = resolve(git, readIfThere(join(git, 'commondir'))?.trim() ?? '.');
    const loose = readIfThere(join(git, name)) ?? readIfThere(join(common, name));
    if (loose !== undefined) return isCommit(loose.trim()) ? loose.trim() : undefined;
    const packed = readIfThere(join(common, 'packed-refs')) ?? '';
    return packed
      .split('\n')
      .find((line) => line.endsWith(` ${name}`))
      ?.split(' ')[0];
  } catch {
    return undefined;
  }
}

/** `.git` above the folder; of a worktree the folder that its file names. */
function gitFolder(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, '.git');
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isDirectory() === true) return path;
    if (status?.isFile() === true) {
      const named = /^gitdir: (.+)$/m.exec(readFileSync(path, 'utf8'))?.[1];
      return named === undefined ? undefined : resolve(at, named);
    }
    if (at === dirname(at)) return undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(text);
}
