import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDigest, sha256, type Digest } from '../../foundation/digest.js';
import { isSystemError, replaceFile } from '../../foundation/files.js';
import { isJsonObject, type Json } from '../../foundation/json.js';
import { ownedName } from './owner.js';

/** What of a file's status tells one content from another. Times in milliseconds, to about 0.25 µs. */
export interface Stat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

/**
 * Digests of the files of one external input, remembered by their status: a file whose size, times of modification and
 * change, and inode are as they were is not read again. A hint and nothing else: what does not match is hashed.
 *
 * The rule for the racily clean, as in git's index: a file that was written within {@link RACY} before it was hashed
 * might be written again within one tick of the file system's clock, and would look the same. Such an entry is not kept.
 */
export class StatCache {
  readonly #file: string;
  readonly #root: string;
  readonly #temporary: string;
  readonly #entries: Map<string, Entry>;

  /** `root`: the input's absolute path, for which one file in `folder` is kept. */
  constructor(folder: string, root: string, temporary: string) {
    this.#file = join(folder, `${sha256(root).slice(0, 32)}.json`);
    this.#root = root;
    this.#temporary = temporary;
    this.#entries = load(this.#file, root);
  }

  get size(): number {
    return this.#entries.size;
  }

  find(path: string, stat: Stat): Digest | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    const [, size, mtimeMs, ctimeMs, ino, digest] = entry;
    const same = size === stat.size && mtimeMs === stat.mtimeMs && ctimeMs === stat.ctimeMs && ino === stat.ino;
    return same ? digest : undefined;
  }

  /** `now`: a time before the file was read. */
  add(path: string, stat: Stat, digest: Digest, now: number): void {
    if (Math.max(stat.mtimeMs, stat.ctimeMs) > now - RACY) this.#entries.delete(path);
    else this.#entries.set(path, [path, stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino, digest]);
  }

  /** Keeps the entries of files that are still there. That it cannot be written costs time only. */
  save(present: ReadonlySet<string>): void {
    const files = [...this.#entries.values()].filter((entry) => present.has(entry[0]));
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      const text = JSON.stringify({ schema: SCHEMA, root: this.#root, files });
      replaceFile(this.#file, text, join(this.#temporary, ownedName()));
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}

/** Milliseconds: the coarsest clock of a file system in use (FAT). */
export const RACY = 2000;

const SCHEMA = 'fx/stat-cache@1';

/** path, size, mtimeMs, ctimeMs, ino, digest. */
type Entry = readonly [string, number, number, number, number, Digest];

function load(file: string, root: string): Map<string, Entry> {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Json;
    if (!isJsonObject(value) || value.schema !== SCHEMA || value.root !== root || !Array.isArray(value.files)) {
      return new Map();
    }
    return new Map((value.files as readonly unknown[]).filter(isEntry).map((entry) => [entry[0], entry]));
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return new Map();
    throw error;
  }
}

function isEntry(value: unknown): value is Entry {
  return Array.isArray(value) && value.length === 6 && typeof value[0] === 'string' && isDigest(value[5]);
}
