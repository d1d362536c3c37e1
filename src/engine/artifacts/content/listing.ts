import { join } from 'node:path';
import type { Digest } from '../../../foundation/files/digest.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { byCodeUnit } from '../../../foundation/values/json.js';
import { ok } from '../../../foundation/failures/result.js';
import { linesOf, TextWriter } from '../../../foundation/files/text-file.js';
import type { ArtifactFile, ArtifactFiles } from '../../stage.js';
import type { LocalBlobStore } from '../store/blob-store.js';
import {
  isFolderLine,
  MANIFEST_HEAD,
  manifestDigest,
  manifestLine,
  manifestText,
  readManifestLine,
} from './manifest.js';
import { ownedName } from '../store/owner.js';
import type { StoreResult } from '../store/store.js';

/** What lies in a cache is opened without following links. */
const IN_PLACE = { links: 'refused' } as const;

/**
 * Files up to which a listing is held in memory, and sent to a child in full. Of a longer one the text of its manifest
 * lies among the blobs, under the artifact's own digest, and is read from there.
 */
export const HELD = 1000;

/** Files that are in memory, sorted by path. */
export function heldFiles(files: readonly ArtifactFile[]): ArtifactFiles {
  // Made at the first question: most results of a run that has nothing to do are never read from.
  let byPath: ReadonlyMap<string, ArtifactFile> | undefined;
  return {
    count: files.length,
    [Symbol.iterator]: () => files[Symbol.iterator](),
    find(path) {
      byPath ??= new Map(files.map((file) => [file.path, file]));
      return byPath.get(path);
    },
  };
}

/** Files by the text of their manifest: read again at each iteration, a piece at a time. */
export class ListedFiles implements ArtifactFiles {
  readonly count: number;
  /** The path of the manifest's text. */
  readonly text: string;
  /** The first path of each block, and where the block begins. */
  #blocks: { readonly paths: string[]; readonly offsets: number[] } | undefined;
  #block: { readonly index: number; readonly files: ReadonlyMap<string, ArtifactFile> } | undefined;

  constructor(text: string, count: number) {
    this.text = text;
    this.count = count;
  }

  *[Symbol.iterator](): Generator<ArtifactFile> {
    for (const { line } of linesOf(this.text, MANIFEST_HEAD.length, 'dropped', IN_PLACE)) {
      if (isFolderLine(line)) return;
      yield readManifestLine(line);
    }
  }

  /** Looks that follow the order of paths read the text once; others, one block of it each. */
  find(path: string): ArtifactFile | undefined {
    const { paths } = (this.#blocks ??= this.#index());
    let low = 0;
    let high = paths.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byCodeUnit(paths[middle]!, path) <= 0) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : this.#read(low - 1).get(path);
  }

  #index(): { readonly paths: string[]; readonly offsets: number[] } {
    const paths: string[] = [];
    const offsets: number[] = [];
    let n = 0;
    for (const { line, at } of linesOf(this.text, MANIFEST_HEAD.length, 'dropped', IN_PLACE)) {
      if (isFolderLine(line)) break;
      if (n % BLOCK === 0) {
        paths.push(readManifestLine(line).path);
        offsets.push(at);
      }
      n += 1;
    }
    return { paths, offsets };
  }

  #read(index: number): ReadonlyMap<string, ArtifactFile> {
    if (this.#block?.index !== index) {
      const files = new Map<string, ArtifactFile>();
      for (const { line } of linesOf(this.text, this.#blocks!.offsets[index], 'dropped', IN_PLACE)) {
        if (files.size === BLOCK || isFolderLine(line)) break;
        const file = readManifestLine(line);
        files.set(file.path, file);
      }
      this.#block = { index, files };
    }
    return this.#block.files;
  }
}

/** Files between two that the index of a listing on disk remembers. */
const BLOCK = 256;

/** An artifact's content: its identity, and its files. */
export interface Listing {
  readonly digest: Digest;
  readonly files: ArtifactFiles;
  /** Folders in which no file lies. */
  readonly folders?: readonly string[];
}

/** Takes in files in the order of their paths; a long listing goes to disk as it comes. */
export class ListingWriter {
  readonly #blobs: LocalBlobStore;
  readonly #temporary: string;
  #held: ArtifactFile[] = [];
  #count = 0;
  #text: TextWriter | undefined;

  /** @param temporary a folder on the blobs' file system, which is there */
  constructor(blobs: LocalBlobStore, temporary: string) {
    this.#blobs = blobs;
    this.#temporary = temporary;
  }

  add(file: ArtifactFile): void {
    this.#count += 1;
    if (this.#text !== undefined) this.#text.add(manifestLine(file));
    else if (this.#held.push(file) > HELD) this.#spill();
  }

  async finish(): Promise<StoreResult<Listing>> {
    if (this.#text === undefined) {
      return ok({ digest: manifestDigest({ files: this.#held }), files: heldFiles(this.#held) });
    }
    this.#text.close();
    const text = await this.#blobs.publish(this.#text.path, { move: true });
    if (!text.ok) return text;
    const { digest } = text.value;
    return ok({ digest, files: new ListedFiles(this.#blobs.locate(digest), this.#count) });
  }

  discard(): void {
    this.#text?.discard();
  }

  #spill(): void {
    try {
      this.#text = new TextWriter(join(this.#temporary, ownedName()));
    } catch (error) {
      // A cache that may only be read: then memory has to do.
      if (isSystemError(error)) return;
      throw error;
    }
    this.#text.add(MANIFEST_HEAD);
    for (const file of this.#held) this.#text.add(manifestLine(file));
    this.#held = [];
  }
}

/** Sees to it that the text of an artifact's manifest is among the blobs, for who opens it by its digest. */
export async function publishListing(
  { digest, files, folders }: Listing,
  blobs: LocalBlobStore,
): Promise<StoreResult<void>> {
  if (published.get(blobs)?.has(digest) === true) return ok(undefined);
  if (!(files instanceof ListedFiles && files.text === blobs.locate(digest))) {
    const text = await (files instanceof ListedFiles
      ? blobs.publish(files.text)
      : blobs.publishBytes(manifestText(files, folders)));
    if (!text.ok) return text;
    if (text.value.digest !== digest) throw new Error(`the manifest of ${digest} is ${text.value.digest}`);
  }
  published.set(blobs, (published.get(blobs) ?? new Set()).add(digest));
  return ok(undefined);
}

/** What this process knows to be there. */
const published = new WeakMap<LocalBlobStore, Set<Digest>>();
