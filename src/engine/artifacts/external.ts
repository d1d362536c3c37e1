import { mkdirSync, readdirSync, statSync, type Dirent, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { failure, type Diagnostic } from '../../foundation/diagnostic.js';
import { isSystemError } from '../../foundation/files.js';
import { err, fail, ok } from '../../foundation/result.js';
import { problemOf, type ExternalCode, type ExternalResult } from './external-problem.js';
import { hashFiles, type FileToHash, type HashOptions } from './hashing.js';
import { manifest, pathProblem, type Manifest } from './manifest.js';
import { StatCache, type Stat } from './stat-cache.js';

/** The path of the one file in the manifest of an external file, whose own name is not content. */
export const EXTERNAL_FILE = 'file';

/**
 * Files and folders from outside, by content: the same bytes under the same relative names give the same manifest,
 * wherever they lie and whenever they were written. Content that was hashed once is remembered by the file's status
 * ({@link StatCache}), so that asking again costs one `stat` a file.
 *
 * Links are followed, to files and to folders. What cannot be counted by content is refused: dangling links, folders
 * that contain themselves, sockets and devices, names that are not Unicode.
 */
export class ExternalInputs {
  readonly #stats: string;
  readonly #temporary: string;

  readonly #now: () => number;

  /** `now`: milliseconds since 1970, as files are stamped with. */
  constructor(stats: string, temporary: string, now: () => number = Date.now) {
    this.#stats = stats;
    this.#temporary = temporary;
    this.#now = now;
  }

  /**
   * The manifest of a file or folder as it is now. To learn whether an input changed while a stage read it, ask again
   * and compare digests.
   */
  async read(path: string, shape: 'file' | 'folder', options: HashOptions = {}): Promise<ExternalResult<Manifest>> {
    const root = resolve(path);
    const listed = list(root, shape);
    if (!listed.ok) return listed;
    const cache = new StatCache(this.#stats, root, this.#temporary);
    const now = this.#now();
    const known: { path: string; digest: string; bytes: number }[] = [];
    const unknown: FileToHash[] = [];
    for (const { path: name, stat } of listed.value) {
      const digest = cache.find(name, stat);
      if (digest !== undefined) known.push({ path: name, digest, bytes: stat.size });
      else unknown.push({ name, path: shape === 'file' ? root : join(root, name), stat });
    }
    if (unknown.length === 0 && cache.size === known.length) return ok(manifest(known));
    const hashed = await hashFiles(unknown, options);
    if (!hashed.ok) return hashed;
    for (const { name, stat, digest } of hashed.value) {
      known.push({ path: name, digest, bytes: stat.size });
      cache.add(name, stat, digest, now);
    }
    mkdirSync(this.#temporary, { recursive: true });
    cache.save(new Set(known.map((file) => file.path)));
    return ok(manifest(known));
  }
}

interface Listed {
  /** Relative to the root. */
  readonly path: string;
  readonly stat: Stat;
}

function list(root: string, shape: 'file' | 'folder'): ExternalResult<readonly Listed[]> {
  let status: Stats;
  try {
    status = statSync(root);
  } catch (error) {
    return fail(problemOf(error, root, 'external/missing'));
  }
  if (shape === 'folder' ? !status.isDirectory() : !status.isFile()) {
    const is = status.isDirectory() ? 'a folder' : status.isFile() ? 'a file' : 'neither a file nor a folder';
    return fail(failure('external/wrong-shape', `${root} is ${is}, where a ${shape} was expected.`));
  }
  if (shape === 'file') return ok([{ path: EXTERNAL_FILE, stat: status }]);
  const walk = new Walk(root);
  walk.enter('', []);
  return walk.problems.length > 0 ? err(walk.problems) : ok(walk.files);
}

/** Finds the files of a folder. Synchronous: a call through the thread pool costs more than a `stat` does. */
class Walk {
  readonly files: Listed[] = [];
  readonly problems: Diagnostic<ExternalCode>[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** `above`: the folders on the way here, by identity, to which a link may lead back. */
  enter(relative: string, above: readonly string[]): void {
    const folder = relative === '' ? this.#root : join(this.#root, relative);
    try {
      const { dev, ino } = statSync(folder);
      const identity = `${dev}:${ino}`;
      if (above.includes(identity)) {
        this.#refuse('external/link-loop', `${folder} is a link to a folder that it lies in.`, 'Remove the link.');
        return;
      }
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (this.problems.length >= TOLD) return;
        this.#visit(entry, relative === '' ? entry.name : `${relative}/${entry.name}`, [...above, identity]);
      }
    } catch (error) {
      this.problems.push(problemOf(error, folder, 'external/changed'));
    }
  }

  #visit(entry: Dirent, path: string, above: readonly string[]): void {
    const full = join(this.#root, path);
    const naming = pathProblem(path);
    if (naming !== undefined) {
      this.#refuse('external/bad-name', `${JSON.stringify(full)} ${naming}.`, 'Rename it.');
    } else if (entry.isDirectory()) {
      this.enter(path, above);
    } else {
      this.#visitFile(entry, path, full, above);
    }
  }

  #visitFile(entry: Dirent, path: string, full: string, above: readonly string[]): void {
    try {
      const stat = statSync(full);
      if (stat.isFile()) this.files.push({ path, stat });
      else if (stat.isDirectory()) this.enter(path, above);
      else this.#refuse('external/not-a-file', `${full} is neither a file nor a folder.`, 'Take it out of the folder.');
    } catch (error) {
      if (entry.isSymbolicLink() && isSystemError(error, 'ENOENT')) {
        this.#refuse('external/missing', `${full} is a link to nothing.`, 'Restore what it leads to, or remove it.');
      } else {
        this.problems.push(problemOf(error, full, 'external/changed'));
      }
    }
  }

  #refuse(code: ExternalCode, message: string, help: string): void {
    this.problems.push(failure(code, message, help));
  }
}

/** Problems of one folder that are told at once. */
const TOLD = 20;
