import { chmodSync, lstatSync, lutimesSync, mkdirSync, renameSync, rmSync, type Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256, sha256OfFile, sha256OfFileSync, type Content, type Digest } from '../../../foundation/files/digest.js';
import { failure } from '../../../foundation/failures/diagnostic.js';
import { copyBy, isSystemError, syncFile, writeNew } from '../../../foundation/files/files.js';
import { kindOfFile, UnfitFile } from '../../../foundation/files/opening.js';
import { fail, ok } from '../../../foundation/failures/result.js';
import { bootId } from '../../../foundation/machine/proc.js';
import { Believed } from './believed.js';
import { ownedName } from './owner.js';
import { Shelf } from './shelf.js';
import { writeFailure, type BlobStore, type StoreResult } from './store.js';

/**
 * Blobs as read-only files at `blobs/ab/cdef...`, named by their sha256.
 *
 * A blob's modification time is a mark: {@link SEALED} says that its content was hashed and has reached the disk. A write
 * that goes around the cache changes the time, so that an intact mark with the right size is a cheap look worth having;
 * a change of bytes with the time put back is found by {@link verify} only. Small blobs, which come by the thousand, are
 * spared a wait for the disk each: theirs is the mark of the boot they were written in ({@link markOfBoot}), under which
 * the operating system has their bytes, wherever it holds them, until they are old enough to have reached the disk: then they
 * are hashed once more, and sealed. Without either mark a blob is hashed at each look. So are those whose mark others could
 * have put there: files of users who are not believed, and files in folders in which others can put one file in the place of
 * another. After a power loss a blob may be missing or torn: both are found, and are misses.
 */
export class LocalBlobStore implements BlobStore {
  readonly #blobs: string;
  readonly #shelf: Shelf;
  readonly #temporary: string;
  readonly #now: () => number;
  /** The status under which blobs were found sound in this process, by digest. */
  readonly #hashed = new Map<Digest, string>();

  /**
   * Folders are made when first written to. `temporary` must be on the same file system as `blobs`. `now`: milliseconds since
   * 1970, as files are stamped with.
   */
  constructor(
    blobs: string,
    temporary: string,
    believed: Believed = new Believed(blobs),
    now: () => number = Date.now,
  ) {
    this.#blobs = blobs;
    this.#shelf = new Shelf(blobs, '', believed);
    this.#temporary = temporary;
    this.#now = now;
  }

  /** Where the blob is, if it is there. */
  locate(digest: Digest): string {
    return this.#shelf.locate(digest);
  }

  /** The look of a run that has nothing to do: one `stat` where the blob bears a mark. */
  look({ digest, bytes }: Content): BlobState {
    const path = this.locate(digest);
    const status = lookAt(path);
    if (status === undefined) return 'missing';
    if (!status.isFile() || status.size !== bytes) return 'damaged';
    const room = this.#roomOf(digest);
    if (room === undefined) return 'damaged';
    const isSealed = status.mtimeMs === SEALED;
    const isSettled = this.#now() - Math.max(status.ctimeMs, status.mtimeMs) > SETTLED;
    const isMarked = isSealed || (!isSettled && status.mtimeMs === markOfBoot());
    const isKnown = isMarked && room === 'guarded' && this.#isOurs(status);
    if (!isKnown && !hasDigest(path, { digest, bytes })) return 'damaged';
    if (!isSealed && isSettled) mark(path, SEALED);
    return 'sound';
  }

  /**
   * The look of who reads a blob again and again: the inode of a sound one, else undefined. One `stat`, also where the blob
   * bears no mark: it is hashed once a process, and then known by its status. The process's memory does not outlast
   * the operating system's, so that a blob torn by a power loss is not taken for whole.
   */
  glance(content: Content): number | undefined {
    const status = lookAt(this.locate(content.digest));
    if (status?.isFile() !== true || status.size !== content.bytes) return undefined;
    const mark = `${status.ino} ${status.mtimeMs} ${status.ctimeMs}`;
    if (this.#hashed.get(content.digest) === mark) return status.ino;
    if (this.look(content) !== 'sound') return undefined;
    this.#hashed.set(content.digest, mark);
    return status.ino;
  }

  has(content: Content): boolean {
    return this.look(content) === 'sound';
  }

  /** Hashes the blob, whatever its mark. */
  async verify(content: Content): Promise<BlobState> {
    try {
      if (this.#roomOf(content.digest) === undefined) return 'damaged';
      const opening = this.#shelf.opening(content.bytes);
      const found = await sha256OfFile(this.locate(content.digest), undefined, opening);
      return found.digest === content.digest && found.bytes === content.bytes ? 'sound' : 'damaged';
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return 'missing';
      if (isUnfit(error) || isSystemError(error, 'EIO')) return 'damaged';
      throw error;
    }
  }

  /**
   * Takes in a file's bytes. With `move` the file itself becomes the blob where it can (same file system, no other name,
   * not a link), which spares the copy; afterwards it is gone or its own, so the caller must not look at it again.
   */
  async publish(file: string, options: { readonly move?: boolean } = {}): Promise<StoreResult<Content>> {
    const temporary = join(this.#temporary, ownedName());
    let needed: number | undefined;
    try {
      const status = await lstat(file);
      const kind = kindOfFile(status.isSymbolicLink() ? await stat(file) : status);
      if (kind !== undefined) return fail(failure('cache/no-file', `${file} is ${kind}: only plain files are kept`));
      needed = status.size;
      if (!(options.move === true && isMovable(status) && moved(file, temporary))) {
        mkdirSync(this.#temporary, { recursive: true });
        await copyBy(['reflink', 'copy'], file, temporary);
      }
      const content = needed <= AT_ONCE ? sha256OfFileSync(temporary) : await sha256OfFile(temporary);
      await this.#settle(temporary, content);
      return ok(content);
    } catch (error) {
      rmSync(temporary, { force: true });
      return writeFailure(error, this.#blobs, needed);
    }
  }

  async publishBytes(bytes: Uint8Array | string): Promise<StoreResult<Content>> {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
    const content = { digest: sha256(data), bytes: data.length };
    if (this.#reuse(content)) return ok(content);
    const temporary = join(this.#temporary, ownedName());
    try {
      mkdirSync(this.#temporary, { recursive: true });
      writeNew(temporary, data);
      await this.#settle(temporary, content);
      return ok(content);
    } catch (error) {
      rmSync(temporary, { force: true });
      return writeFailure(error, this.#blobs, data.length);
    }
  }

  remove(digest: Digest): void {
    this.#shelf.remove(digest);
  }

  contains(content: Content): Promise<boolean> {
    return Promise.resolve(this.has(content));
  }

  store(file: string): Promise<StoreResult<Content>> {
    return this.publish(file);
  }

  async fetch(content: Content, destination: string): Promise<StoreResult<void>> {
    const state = await this.verify(content);
    if (state === 'missing') return fail(failure('cache/missing-blob', `the cache has no blob ${content.digest}`));
    if (state === 'damaged') return fail(failure('cache/damaged-blob', `the blob ${content.digest} is damaged`));
    try {
      await copyBy(['reflink', 'copy'], this.locate(content.digest), destination);
      return ok(undefined);
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) rmSync(destination, { force: true });
      return writeFailure(error, dirname(destination), content.bytes);
    }
  }

  /** Puts a hashed temporary file in its place. A sound blob that is there stays; a damaged one is replaced. */
  async #settle(temporary: string, content: Content): Promise<void> {
    if (this.#reuse(content)) {
      rmSync(temporary, { force: true });
      return;
    }
    if (content.bytes >= SYNCED_FROM) {
      await syncFile(temporary);
      mark(temporary, SEALED);
    } else {
      const ofBoot = markOfBoot();
      if (ofBoot !== undefined) mark(temporary, ofBoot);
    }
    chmodSync(temporary, 0o444);
    this.#shelf.place(temporary, content.digest);
  }

  /** Undefined where something else than a folder lies in its place. */
  #roomOf(digest: Digest): 'guarded' | 'open' | undefined {
    try {
      return this.#shelf.room(digest);
    } catch (error) {
      if (isUnfit(error)) return undefined;
      throw error;
    }
  }

  /** Of someone believed, and of nobody else's to write to. */
  #isOurs({ uid, mode }: Stats): boolean {
    return (mode & 0o022) === 0 && this.#shelf.believed.isBelieved(uid);
  }

  /** True where the blob is sound; its change time is then renewed, which garbage collection takes for a new arrival. */
  #reuse(content: Content): boolean {
    if (!this.has(content)) return false;
    const path = this.locate(content.digest);
    try {
      const { mtime } = lstatSync(path);
      lutimesSync(path, mtime, mtime);
    } catch (error) {
      // Collected since, or not ours to touch: the former is published again, the latter is there.
      return !isSystemError(error, 'ENOENT');
    }
    return true;
  }
}

export type BlobState = 'sound' | 'missing' | 'damaged';

/** The modification time of a blob that needs no second look: the start of the year 2000 (UTC), in milliseconds. */
export const SEALED = Date.UTC(2000, 0, 1);

/** Milliseconds after which an operating system has long written out what it holds back (Linux: 30 s). */
const SETTLED = 300_000;

/** Bytes of a file that is hashed without giving way: it takes less time than four turns of the event loop. */
const AT_ONCE = 1 << 16;

/** Blobs of this size and more are written out before they are published: the wait is small beside the writing. */
const SYNCED_FROM = 1 << 20;

const EMPTY = sha256('');

/** Of a file that has so many bytes. One that marks that something is done has none, and need not be opened. */
function hasDigest(path: string, { digest, bytes }: Content): boolean {
  if (bytes === 0) return digest === EMPTY;
  try {
    return sha256OfFileSync(path, { links: 'refused', most: bytes }).digest === digest;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, QUIETLY);
  } catch (error) {
    if (isSystemError(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

const QUIETLY = { throwIfNoEntry: false } as const;

/** Not a plain file, or not to be come to: a link, a pipe, a socket, a folder that is none. */
function isUnfit(error: unknown): boolean {
  return error instanceof UnfitFile || isSystemError(error, 'ELOOP', 'ENXIO', 'ENOTDIR');
}

function mark(path: string, time: number): void {
  try {
    lutimesSync(path, time / 1000, time / 1000);
  } catch {
    // In a cache that may only be read a blob stays as it is: without a mark each look hashes.
  }
}

/**
 * The modification time of a blob that was hashed and then written in this boot of the operating system, in milliseconds: what was
 * written is what is read until the system stops, on the disk or not. An even second after {@link SEALED}, so that every
 * file system can keep it, of 2^27: another boot has the same once in 100 million. Undefined where boots have no names (not Linux).
 */
function markOfBoot(): number | undefined {
  if (ofBoot === undefined) {
    const boot = bootId();
    ofBoot = {
      mark: boot === undefined ? undefined : SEALED + 2000 * (1 + (parseInt(sha256(boot).slice(0, 8), 16) >>> 5)),
    };
  }
  return ofBoot.mark;
}

let ofBoot: { readonly mark: number | undefined } | undefined;

/** A file with a second name could be changed through it; a link is not the bytes. */
function isMovable(status: Stats): boolean {
  return status.isFile() && status.nlink === 1;
}

function moved(file: string, to: string): boolean {
  try {
    renameSync(file, to);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EXDEV')) return false;
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
  // The folder is not there yet: it mostly is, and need not be asked for each time.
  mkdirSync(dirname(to), { recursive: true });
  renameSync(file, to);
  return true;
}
