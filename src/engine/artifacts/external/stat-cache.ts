import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDigest, sha256, type Digest } from '../../../foundation/files/digest.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { byCodeUnit } from '../../../foundation/values/json.js';
import { linesOf, TextWriter } from '../../../foundation/files/text-file.js';
import { ownedName } from '../store/owner.js';

/** What of a file's status tells one content from another. Times in milliseconds, to about 0.25 µs. */
export interface Stat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

/** No more than that: a `Stats` of Node takes a kilobyte. */
export function statOf({ size, mtimeMs, ctimeMs, ino }: Stat): Stat {
  return { size, mtimeMs, ctimeMs, ino };
}

/**
 * Digests of the files of one external input, remembered by their status: a file whose size, times of modification and
 * change, and inode are as they were is not read again. A hint and nothing else: what does not match is hashed.
 *
 * One pass over an input asks for its files and then keeps them, each in the order of paths, so that what is remembered
 * is read and written a line at a time, however much it is.
 *
 * The rule for the racily clean, as in git's index: a file that was written within {@link RACY} before it was hashed
 * might be written again within one tick of the file system's clock, and would look the same. Such an entry is not kept.
 */
export class StatCache {
  readonly #file: string;
  readonly #head: string;
  readonly #temporary: string;
  readonly #stranger: Stranger | undefined;
  readonly #known: Iterator<Entry>;
  #next: Entry | undefined;
  /** Entries that were found and kept before anything changed: until then nothing is written. */
  #same = 0;
  #changed = false;
  #kept: TextWriter | undefined;
  /** False once what is kept cannot be written: that costs time only. */
  #keeping = true;

  /**
   * @param root the input's absolute path, for which one file in `folder` is kept
   * @param temporary a folder for unfinished files; made where it is missing
   * @param stranger why a user's file is not believed: what is remembered in a shared cache decides digests
   */
  constructor(folder: string, root: string, temporary: string, stranger?: Stranger) {
    this.#file = join(folder, sha256(root).slice(0, 32));
    this.#head = `${SCHEMA} ${JSON.stringify(root)}`;
    this.#temporary = temporary;
    this.#stranger = stranger;
    this.#known = entriesOf(this.#file, this.#head, stranger);
    this.#next = take(this.#known);
  }

  /** The digest of a file that looks as it did. Asked in the order of paths. */
  find(path: string, stat: Stat): Digest | undefined {
    while (this.#next !== undefined && byCodeUnit(this.#next.path, path) < 0) this.#drop();
    if (this.#next?.path !== path) return undefined;
    const { size, mtimeMs, ctimeMs, ino, digest } = this.#next;
    const same = size === stat.size && mtimeMs === stat.mtimeMs && ctimeMs === stat.ctimeMs && ino === stat.ino;
    if (!same) this.#drop();
    else this.#next = take(this.#known);
    return same ? digest : undefined;
  }

  /** Remembers what {@link find} found, in the order of paths. */
  keep(path: string, stat: Stat, digest: Digest): void {
    if (this.#changed) this.#write((text) => text.add(lineOf(path, stat, digest)));
    else this.#same += 1;
  }

  /** Remembers a file that was hashed, in the same order. `now`: a time before it was read. */
  add(path: string, stat: Stat, digest: Digest, now: number): void {
    if (Math.max(stat.mtimeMs, stat.ctimeMs) > now - RACY) return;
    this.#changed = true;
    this.#write((text) => text.add(lineOf(path, stat, digest)));
  }

  /** Ends the pass: what was kept and added in it takes the place of what was known. */
  save(): void {
    if (this.#next !== undefined) this.#drop();
    this.#known.return?.();
    if (!this.#changed) return;
    this.#write((text) => {
      text.close();
      mkdirSync(dirname(this.#file), { recursive: true });
      renameSync(text.path, this.#file);
    });
  }

  /** Ends a pass that did not come to its end: what was known stays. */
  discard(): void {
    this.#kept?.discard();
    this.#known.return?.();
  }

  #drop(): void {
    this.#next = take(this.#known);
    this.#changed = true;
  }

  #write(act: (text: TextWriter) => void): void {
    if (!this.#keeping) return;
    try {
      this.#kept ??= this.#begin();
      act(this.#kept);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#keeping = false;
      this.#kept?.discard();
    }
  }

  #begin(): TextWriter {
    mkdirSync(this.#temporary, { recursive: true });
    const text = new TextWriter(join(this.#temporary, ownedName()));
    text.add(`${this.#head}\n`);
    let left = this.#same;
    if (left === 0) return text;
    for (const { path, digest, ...stat } of entriesOf(this.#file, this.#head, this.#stranger)) {
      text.add(lineOf(path, stat, digest));
      left -= 1;
      if (left === 0) break;
    }
    return text;
  }
}

/** Milliseconds: the coarsest clock of a file system in use (FAT). */
export const RACY = 2000;

/** Begins the first line, which goes on with the root. One line a file: digest, size, mtime, ctime, inode, path as JSON. */
const SCHEMA = 'fx/stat-cache@2';

interface Entry extends Stat {
  readonly path: string;
  readonly digest: Digest;
}

function lineOf(path: string, { size, mtimeMs, ctimeMs, ino }: Stat, digest: Digest): string {
  return `${digest} ${size} ${mtimeMs} ${ctimeMs} ${ino} ${JSON.stringify(path)}\n`;
}

function take(entries: Iterator<Entry>): Entry | undefined {
  const next = entries.next();
  return next.done === true ? undefined : next.value;
}

type Stranger = (user: number) => string | undefined;

/** Bytes of a line: a path, and some numbers. */
const LONGEST = 1 << 16;

/** As far as they can be read. */
function* entriesOf(file: string, head: string, stranger: Stranger | undefined): Generator<Entry> {
  try {
    const opening = { links: 'refused', longest: LONGEST, ...(stranger === undefined ? {} : { stranger }) } as const;
    for (const { line, at } of linesOf(file, 0, 'dropped', opening)) {
      if (at === 0) {
        if (line !== head) return;
        continue;
      }
      const entry = entryOf(line);
      if (entry === undefined) return;
      yield entry;
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

function entryOf(line: string): Entry | undefined {
  const parts = /^([0-9a-f]{64}) (\S+) (\S+) (\S+) (\S+) (".*")$/.exec(line);
  if (parts === null || !isDigest(parts[1])) return undefined;
  const [size, mtimeMs, ctimeMs, ino] = parts.slice(2, 6).map(Number) as [number, number, number, number];
  try {
    return { digest: parts[1], size, mtimeMs, ctimeMs, ino, path: JSON.parse(parts[6]!) as string };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
