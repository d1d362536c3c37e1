import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CONTENT, sha256, type CodeIdentity } from './identity.js';
import type { Readings } from './source-tree.js';

/**
 * Files that a user's code reads when it runs: data beside it, which versions of packages are installed, and what packages of
 * stage kinds bring. The modules
 * themselves are not among them: what runs is the translation that was made when the code got its identity.
 */
export class WatchedFiles {
  readonly #root: string;
  readonly #packages: readonly Watched[];
  readonly #data = new Map<string, Watched>();

  /** @param readings what was read of the project to find the identities */
  constructor(root: string, { files }: Readings) {
    this.#root = root;
    const watched: Watched[] = [];
    for (const [path, digest] of Object.entries(files)) {
      if (digest === null) continue;
      const one = { path, digest, mark: undefined };
      if (path.includes('node_modules/')) watched.push(one);
      else this.#data.set(path, one);
    }
    this.#packages = watched;
  }

  /** Paths, relative to the project, of those that no longer are what they were. */
  changed({ declarations, packages }: CodeIdentity): readonly string[] {
    const watched = packages.length === 0 ? [] : [...this.#packages];
    for (const { name, file } of declarations) {
      const one = name === CONTENT ? this.#data.get(file) : undefined;
      if (one !== undefined) watched.push(one);
    }
    return watched.filter((one) => hasChanged(join(this.#root, one.path), one)).map(({ path }) => path);
  }
}

interface Watched {
  readonly path: string;
  readonly digest: string;
  /** Its status when it was last found to have that digest. */
  mark: string | undefined;
}

function hasChanged(path: string, watched: Watched): boolean {
  const now = markOf(path);
  if (now === undefined) return true;
  if (now === watched.mark) return false;
  if (sha256(readFileSync(path)) !== watched.digest) return true;
  watched.mark = now;
  return false;
}

function markOf(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  return status && `${status.ino} ${status.size} ${status.mtimeMs} ${status.ctimeMs}`;
}
