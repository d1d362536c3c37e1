import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, posix, relative, resolve, sep } from 'node:path';
import { byCodeUnit } from '../../../foundation/values/json.js';
import { sha256 } from './identity.js';

/** The files that code identity reads. Paths are relative to the project's root, with `/`, so that no directory shows. */
export interface SourceTree {
  /** The bytes of a file; undefined where there is no such file. */
  read(path: string): Uint8Array | undefined;
  /**
   * All files in a folder and below it, sorted; without `node_modules`, dot folders and what the tree leaves out. Of the folder of
   * an installed package (`node_modules/name`): all that it brings.
   */
  list(folder: string): readonly string[];
  /** Where a folder really is, for packages that are installed as links. */
  real(folder: string): string;
  /** How many levels above the root may hold a `node_modules`. */
  readonly above: number;
}

/** What fx and builds write into a project: never source. */
const WRITTEN = ['cache', 'coverage', 'dist', 'reports'];

export function diskSources(root: string, leaveOut: readonly string[] = WRITTEN): SourceTree {
  const base = resolve(root);
  const fromBase = (path: string): string => relative(base, path).split(sep).join('/');
  const left = new Set(leaveOut);
  const isHidden = (part: string): boolean => part === 'node_modules' || (part !== '.' && part.startsWith('.'));
  const isLeftOut = (path: string): boolean => left.has(path) || path.split('/').some(isHidden);
  const walk = (folder: string, found: string[], leavesOut = isLeftOut): string[] => {
    if (leavesOut(folder)) return found;
    let entries;
    try {
      entries = readdirSync(join(base, folder), { withFileTypes: true });
    } catch {
      return found;
    }
    for (const entry of entries) {
      const path = posix.join(folder, entry.name);
      if (entry.isFile()) found.push(path);
      else if (entry.isDirectory()) walk(path, found, leavesOut);
    }
    return found;
  };
  return {
    read(path) {
      const absolute = join(base, path);
      return statSync(absolute, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(absolute) : undefined;
    },
    list: (folder) => {
      const below = (path: string): boolean =>
        path
          .slice(folder.length + 1)
          .split('/')
          .some(isHidden);
      return walk(folder, [], INSTALLED.test(folder) ? below : isLeftOut).sort(byCodeUnit);
    },
    real: (folder) => fromBase(realpathSync(join(base, folder))),
    above: base.split(sep).length - 1,
  };
}

/** The folder of an installed package. */
const INSTALLED = /(^|\/)node_modules\/(@[^/]+\/)?[^/@]+$/;

/** What was read of a tree: if it would read the same again, whatever was worked out from it still holds. */
export interface Readings {
  /** sha256 of the content; null where there was no such file. */
  readonly files: Readonly<Record<string, string | null>>;
  /** sha256 of the sorted paths. */
  readonly folders: Readonly<Record<string, string>>;
}

/** The same tree, keeping a log of what is read. Reads each file once. */
export function recording(tree: SourceTree): { readonly tree: SourceTree; readings(): Readings } {
  const contents = new Map<string, Uint8Array | undefined>();
  const listings = new Map<string, readonly string[]>();
  const remembered = <T>(map: Map<string, T>, key: string, make: (key: string) => T): T => {
    if (!map.has(key)) map.set(key, make(key));
    return map.get(key) as T;
  };
  const sorted = <T, U>(map: Map<string, T>, digest: (value: T) => U): Record<string, U> =>
    Object.fromEntries([...map].sort(([a], [b]) => byCodeUnit(a, b)).map(([path, value]) => [path, digest(value)]));
  return {
    tree: {
      read: (path) => remembered(contents, path, (p) => tree.read(p)),
      list: (folder) => remembered(listings, folder, (f) => tree.list(f)),
      real: (folder) => tree.real(folder),
      above: tree.above,
    },
    readings: () => ({
      files: sorted(contents, (bytes) => (bytes === undefined ? null : sha256(bytes))),
      folders: sorted(listings, (paths) => sha256(paths.join('\n'))),
    }),
  };
}

/** Whether the tree still reads as it did. */
export function stillReads(tree: SourceTree, { files, folders }: Readings): boolean {
  for (const [path, digest] of Object.entries(files)) {
    const bytes = tree.read(path);
    if ((bytes === undefined ? null : sha256(bytes)) !== digest) return false;
  }
  for (const [folder, digest] of Object.entries(folders)) {
    if (sha256(tree.list(folder).join('\n')) !== digest) return false;
  }
  return true;
}
