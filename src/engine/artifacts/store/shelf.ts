import { lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Digest } from '../../../foundation/files/digest.js';
import { readJudgedText, UnfitFile, type Opening } from '../../../foundation/files/opening.js';
import type { Believed } from './believed.js';
import { pathByDigest } from './layout.js';

/**
 * The files of one store, at `folder/ab/cdef...`. Others may write there too, so nothing is taken for what its name says: no link
 * is followed, and whatever else than a plain file lies at a name is as good as damaged.
 */
export class Shelf {
  readonly believed: Believed;
  readonly #folder: string;
  readonly #extension: string;
  /** How far the folders down to a file can be relied on, by the two first digits of its name. */
  readonly #rooms = new Map<string, 'guarded' | 'open'>();
  #above: 'guarded' | 'open' | undefined;

  constructor(folder: string, extension: string, believed: Believed) {
    this.#folder = folder;
    this.#extension = extension;
    this.believed = believed;
  }

  locate(digest: Digest): string {
    return pathByDigest(this.#folder, digest, this.#extension);
  }

  /** How its files are opened. */
  opening(most: number): Opening {
    return { links: 'refused', most };
  }

  /** The text of a file. Throws the system's error. */
  read(digest: Digest, opening: Opening): string {
    return this.readMarked(digest, opening).text;
  }

  /** With it the time of its last change, milliseconds since 1970. */
  readMarked(digest: Digest, opening: Opening): { readonly text: string; readonly changed: number } {
    this.room(digest);
    const { text, status } = readJudgedText(this.locate(digest), opening);
    return { text, changed: status.mtimeMs };
  }

  /**
   * Whether files that are in the folder of a digest stay what their owners made of them. Throws where something else than a
   * folder lies in its place. Looked at once in a process.
   */
  room(digest: Digest): 'guarded' | 'open' {
    const name = digest.slice(0, 2);
    const known = this.#rooms.get(name);
    if (known !== undefined) return known;
    const folder = dirname(this.locate(digest));
    const own = this.believed.guards(folder);
    if (own === 'strange') throw new UnfitFile('EFTYPE', folder, 'no folder');
    if (own === 'missing') return 'open';
    this.#above ??= [this.#folder, dirname(this.#folder)].every((above) => this.believed.guards(above) === 'guarded')
      ? 'guarded'
      : 'open';
    const found = own === 'guarded' ? this.#above : 'open';
    this.#rooms.set(name, found);
    return found;
  }

  /** Makes the folder of a digest. */
  makeRoom(digest: Digest): void {
    mkdirSync(dirname(this.locate(digest)), { recursive: true });
    this.room(digest);
  }

  /** Puts a finished file in its place, whatever is there. */
  place(temporary: string, digest: Digest): void {
    const path = this.locate(digest);
    this.makeRoom(digest);
    // A folder would not give way to a file.
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) rmSync(path, { recursive: true });
    renameSync(temporary, path);
  }

  /** Whether a plain file lies there. */
  has(digest: Digest): boolean {
    return lstatSync(this.locate(digest), { throwIfNoEntry: false })?.isFile() === true;
  }

  remove(digest: Digest): void {
    rmSync(this.locate(digest), { recursive: true, force: true });
  }
}
