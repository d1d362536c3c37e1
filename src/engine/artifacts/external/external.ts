import type { Believed } from '../store/believed.js';
import { mkdirSync, statSync, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { present } from '../../../foundation/values/present.js';
import { err, fail, ok, type Result } from '../../../foundation/failures/result.js';
import type { LocalBlobStore } from '../store/blob-store.js';
import { problemOf, type ExternalCode } from './external-problem.js';
import { hashFiles, type HashedFile, type HashOptions } from './hashing.js';
import { ListingWriter, type Listing } from '../content/listing.js';
import { Sighting } from './sighting.js';
import { StatCache } from './stat-cache.js';
import { writeFailure, type StoreCode } from '../store/store.js';
import { Walk, type FoundFile } from './walk.js';

/** The path of the one file in the manifest of an external file, whose own name is not content. */
export const EXTERNAL_FILE = 'file';

/** Files that are looked at together, so that some are read while others are hashed. */
const BATCH = 256;

type ReadResult<T> = Result<T, readonly Diagnostic<ExternalCode | StoreCode>[]>;

/** The content of an external input, and how its files looked when it was read. */
export interface SeenListing extends Listing {
  readonly sighting: Sighting;
}

/** Where external inputs are remembered. */
export interface ExternalPlaces {
  /** Folder of the stat caches. */
  readonly stats: string;
  /** Folder for unfinished files, on the blobs' file system. */
  readonly temporary: string;
  /** Takes the manifests of large folders. */
  readonly blobs: LocalBlobStore;
  /** Whose stat caches count; anyone's where it is not said. */
  readonly believed?: Believed;
}

/**
 * Files and folders from outside, by content: the same bytes under the same relative names give the same manifest,
 * wherever they lie and whenever they were written. Content that was hashed once is remembered by the file's status
 * ({@link StatCache}), so that asking again costs one `stat` a file. However many files a folder has, it is gone through
 * a batch at a time.
 *
 * Links are followed, to files and to folders. What cannot be counted by content is refused: dangling links, folders
 * that contain themselves, sockets and devices, names that are not Unicode.
 */
export class ExternalInputs {
  readonly #places: ExternalPlaces;
  readonly #now: () => number;

  /** `now`: milliseconds since 1970, as files are stamped with. */
  constructor(places: ExternalPlaces, now: () => number = Date.now) {
    this.#places = places;
    this.#now = now;
  }

  /**
   * The content of a file or folder as it is now. To learn whether an input changed while a stage read it, ask again and
   * compare digests and sightings.
   */
  async read(path: string, shape: 'file' | 'folder', options: HashOptions = {}): Promise<ReadResult<SeenListing>> {
    const root = resolve(path);
    const status = statusOf(root, shape);
    if (!status.ok) return status;
    const found = (): Found => {
      if (shape === 'file') return { files: [{ path: EXTERNAL_FILE, stat: status.value }], problems: [] };
      const walk = new Walk(root);
      return { files: walk.files(), problems: walk.problems };
    };
    const { stats, temporary, blobs, believed } = this.#places;
    const pass = new Pass(
      found,
      (name) => (shape === 'file' ? root : join(root, name)),
      new StatCache(stats, root, temporary, believed?.stranger),
      new ListingWriter(blobs, temporary),
      this.#now(),
      options,
    );
    let whole = false;
    try {
      makeFolder(temporary);
      const problems = await pass.through();
      if (problems.length > 0) return err(problems);
      const listing = await pass.finish();
      whole = listing.ok;
      return listing;
    } catch (error) {
      // What is wrong with the input is reported above: this is the cache, which has no room, say.
      if (options.signal?.aborted === true) throw error;
      return writeFailure(error, temporary);
    } finally {
      if (!whole) pass.discard();
    }
  }
}

/** One going through the files of an input. */
class Pass {
  readonly #found: () => Found;
  readonly #locate: (name: string) => string;
  readonly #stats: StatCache;
  readonly #listing: ListingWriter;
  readonly #now: number;
  readonly #sighting: Sighting;
  readonly #options: HashOptions;
  /** Bytes hashed in earlier batches. */
  #hashed = 0;
  #surveyed = false;

  constructor(
    found: () => Found,
    locate: (name: string) => string,
    stats: StatCache,
    listing: ListingWriter,
    now: number,
    options: HashOptions,
  ) {
    this.#found = found;
    this.#locate = locate;
    this.#stats = stats;
    this.#listing = listing;
    this.#now = now;
    this.#sighting = new Sighting(now);
    this.#options = options;
  }

  /** Ends at the first batch that cannot be read, with what is wrong there. */
  async through(): Promise<readonly Diagnostic<ExternalCode>[]> {
    const { files, problems: met } = this.#found();
    let batch: FoundFile[] = [];
    for (const file of files) {
      if (batch.push(file) < BATCH) continue;
      const problems = await this.#take(batch);
      if (problems.length > 0) return problems;
      batch = [];
    }
    const problems = await this.#take(batch);
    return problems.length > 0 ? problems : met;
  }

  /** Before the first file is hashed: nobody shall wait for gigabytes to hear of a broken link at the end. */
  #survey(): readonly Diagnostic<ExternalCode>[] {
    if (this.#surveyed) return [];
    this.#surveyed = true;
    const { files, problems } = this.#found();
    const walk = files[Symbol.iterator]();
    while (walk.next().done !== true);
    return problems;
  }

  async #take(batch: readonly FoundFile[]): Promise<readonly Diagnostic<ExternalCode>[]> {
    const known = batch.map(({ path, stat }) => this.#stats.find(path, stat));
    const unknown = batch.filter((_, i) => known[i] === undefined);
    const hashed = new Map<string, HashedFile>();
    if (unknown.length > 0) {
      const problems = this.#survey();
      if (problems.length > 0) return problems;
      const files = unknown.map(({ path, stat }) => ({ name: path, path: this.#locate(path), stat }));
      const before = this.#hashed;
      const { signal, progress } = this.#options;
      const result = await hashFiles(files, {
        ...(signal && { signal }),
        ...(progress && { progress: (done, total) => progress(before + done, before + total) }),
      });
      if (!result.ok) return result.error;
      for (const file of result.value) {
        hashed.set(file.name, file);
        this.#hashed += file.stat.size;
      }
    }
    for (const [i, { path, stat }] of batch.entries()) {
      const digest = known[i];
      if (digest === undefined) {
        const fresh = present(hashed, path);
        this.#sighting.add(path, fresh.stat);
        this.#stats.add(path, fresh.stat, fresh.digest, this.#now);
        this.#listing.add({ path, digest: fresh.digest, bytes: fresh.stat.size });
      } else {
        this.#sighting.add(path, stat);
        this.#stats.keep(path, stat, digest);
        this.#listing.add({ path, digest, bytes: stat.size });
      }
    }
    return [];
  }

  async finish(): Promise<ReadResult<SeenListing>> {
    this.#stats.save();
    const listing = await this.#listing.finish();
    return listing.ok ? ok({ ...listing.value, sighting: this.#sighting }) : listing;
  }

  discard(): void {
    this.#stats.discard();
    this.#listing.discard();
  }
}

interface Found {
  readonly files: Iterable<FoundFile>;
  /** Filled as the files are gone through. */
  readonly problems: readonly Diagnostic<ExternalCode>[];
}

function statusOf(root: string, shape: 'file' | 'folder'): Result<Stats, readonly Diagnostic<ExternalCode>[]> {
  let status: Stats;
  try {
    status = statSync(root);
  } catch (error) {
    return fail(problemOf(error, root, 'external/missing'));
  }
  if (shape === 'folder' ? status.isDirectory() : status.isFile()) return ok(status);
  const is = status.isDirectory() ? 'a folder' : status.isFile() ? 'a file' : 'neither a file nor a folder';
  return fail(failure('external/wrong-shape', `${root} is ${is}; expected a ${shape}`));
}

/** A cache that cannot be written to is read all the same. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
