import { createWriteStream, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { Entry, ZipFile } from 'yauzl';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isSystemError, sayBytes } from '../../../foundation/files/files.js';
import { limit, raise, type LimitName } from '../../../foundation/files/limits.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import type { SharingCode } from '../codes.js';
import { entryKind, type EntryKind } from './layout.js';

/** How much a zip may hold before it counts as an attack on the disk. */
export interface ZipLimits {
  readonly entries: number;
  /** Bytes of all entries, unpacked. */
  readonly total: number;
  /** How many times larger than the zip its entries may be. */
  readonly ratio: number;
}

/** Shards and weights hardly shrink; tables and pages do by ten. */
export function zipLimits(): ZipLimits {
  return { entries: limit('bundle-entries'), total: limit('bundle-bytes'), ratio: limit('bundle-ratio') };
}

/** Below this many bytes a zip harms nobody, whatever its ratio. */
const HARMLESS = 64 << 20;

export interface BundleEntry {
  readonly name: string;
  readonly zipped: Entry;
  readonly bytes: number;
  readonly kind: EntryKind;
}

type Opened<T> = Result<T, readonly Diagnostic<SharingCode>[]>;

/** A zip whose table of contents was read and found harmless. Nothing of it is unpacked yet. */
export class OpenedBundle {
  readonly entries: readonly BundleEntry[];
  readonly #zip: ZipFile;
  readonly #byName: ReadonlyMap<string, BundleEntry>;
  readonly #name: string;

  private constructor(name: string, zip: ZipFile, entries: ReadonlyMap<string, BundleEntry>) {
    this.#name = name;
    this.#zip = zip;
    this.entries = [...entries.values()];
    this.#byName = entries;
  }

  /** Refuses what names places outside, links, what is encrypted, doubled or enormous. yauzl is loaded by the first call. */
  static async open(path: string, limits: ZipLimits = zipLimits()): Promise<Opened<OpenedBundle>> {
    let zip: ZipFile;
    try {
      zip = await openZip(path);
    } catch (error) {
      return fail(failure('bundle/unreadable', `${path} cannot be read as a zip: ${(error as Error).message}`));
    }
    const listed = await list(zip, path, limits, statSync(path).size);
    if (!listed.ok) {
      zip.close();
      return listed;
    }
    return ok(new OpenedBundle(path, zip, listed.value));
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The text of a small entry; undefined where there is none. */
  async text(name: string): Promise<Opened<string | undefined>> {
    const entry = this.#byName.get(name);
    if (entry === undefined) return ok(undefined);
    if (entry.bytes > LARGEST_TEXT) return this.#broken(name, 'is too large');
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of await this.#stream(entry.zipped)) chunks.push(chunk as Buffer);
    } catch (error) {
      return this.#broken(name, (error as Error).message);
    }
    return ok(Buffer.concat(chunks).toString('utf8'));
  }

  /** Unpacks one entry to a path where nothing is yet. Entries that are longer than they say are cut short and refused. */
  async extract({ name, zipped }: BundleEntry, to: string): Promise<Opened<void>> {
    try {
      mkdirSync(dirname(to), { recursive: true });
      await pipeline(await this.#stream(zipped), createWriteStream(to, { flags: 'wx' }));
      return ok(undefined);
    } catch (error) {
      if (isSystemError(error)) return fail(failure('bundle/unwritable', `cannot write ${to}: ${error.message}`));
      return this.#broken(name, (error as Error).message);
    }
  }

  close(): void {
    this.#zip.close();
  }

  #stream(entry: Entry): Promise<Readable> {
    return new Promise((resolve, reject) => {
      this.#zip.openReadStream(entry, (error, stream) => {
        if (error === null) resolve(stream);
        else reject(error);
      });
    });
  }

  #broken(name: string, what: string): Opened<never> {
    return fail(failure('bundle/unreadable', `${name} of ${this.#name} cannot be unpacked: ${what}`));
  }
}

/** More than the largest record or lock takes. */
const LARGEST_TEXT = 64 << 20;

async function openZip(path: string): Promise<ZipFile> {
  const { open } = await import('yauzl');
  return new Promise((resolve, reject) => {
    // Names are judged below, in our words; sizes are held to what the table says.
    const options = { lazyEntries: true, autoClose: false, validateEntrySizes: true, decodeStrings: false };
    open(path, options, (error, zip) => {
      if (error === null) resolve(zip);
      else reject(error);
    });
  });
}

/** The entries by their names. */
function list(
  zip: ZipFile,
  path: string,
  limits: ZipLimits,
  zipped: number,
): Promise<Opened<ReadonlyMap<string, BundleEntry>>> {
  const found = new Map<string, BundleEntry>();
  let total = 0;
  const unsafe = (what: string): Opened<never> =>
    fail(failure('bundle/unsafe', `${path} was refused: ${what}`, 'nothing of it was unpacked'));
  const tooLarge = (what: string, over: LimitName): Opened<never> =>
    fail(failure('bundle/too-large', `${path} was refused: ${what}`, `nothing of it was unpacked; ${raise(over)}`));
  const take = (entry: Entry): Opened<void> => {
    const name = Buffer.from(entry.fileName as unknown as Uint8Array).toString('utf8');
    const shown = JSON.stringify(name.slice(0, 200));
    if (name.endsWith('/') && entry.uncompressedSize === 0 && typeof entryKind(name.slice(0, -1)) !== 'string')
      return ok(undefined);
    const kind = entryKind(name);
    if (typeof kind === 'string') return unsafe(`it names ${shown}, which ${kind}`);
    const type = (entry.externalFileAttributes >>> 16) & TYPE;
    if (type !== 0 && type !== REGULAR) return unsafe(`${shown} is ${type === LINK ? 'a link' : 'no ordinary file'}`);
    if ((entry.generalPurposeBitFlag & 1) !== 0) return unsafe(`${shown} is encrypted`);
    if (found.has(name)) return unsafe(`it names ${shown} twice`);
    if (name.split('/').some((segment) => Buffer.byteLength(segment) > LONGEST_NAME))
      return unsafe(`it names ${shown}, which is longer than ${LONGEST_NAME} bytes`);
    total += entry.uncompressedSize;
    if (found.size >= limits.entries) return tooLarge(`it has more than ${limits.entries} entries`, 'bundle-entries');
    if (total > limits.total) return tooLarge(`it holds more than ${sayBytes(limits.total)}`, 'bundle-bytes');
    if (total > HARMLESS && total > limits.ratio * zipped) {
      const said = `it would hold ${sayBytes(total)} and more, in ${sayBytes(zipped)}`;
      return tooLarge(said, 'bundle-ratio');
    }
    found.set(name, { name, zipped: entry, bytes: entry.uncompressedSize, kind });
    return ok(undefined);
  };
  return new Promise((resolve) => {
    zip.on('entry', (entry: Entry) => {
      const taken = take(entry);
      if (taken.ok) zip.readEntry();
      else resolve(taken);
    });
    zip.on('end', () => {
      const inside = insideOfFile(found);
      resolve(
        inside === undefined ? ok(found) : unsafe(`it names ${JSON.stringify(inside.slice(0, 200))} inside of a file`),
      );
    });
    zip.on('error', (error: Error) =>
      resolve(fail(failure('bundle/unreadable', `${path} cannot be read as a zip: ${error.message}`))),
    );
    zip.readEntry();
  });
}

/** Bytes of a name that file systems take. */
const LONGEST_NAME = 255;

/** A name of which a folder is named as a file, too. */
function insideOfFile(found: ReadonlyMap<string, BundleEntry>): string | undefined {
  for (const name of found.keys())
    for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1))
      if (found.has(name.slice(0, at))) return name;
  return undefined;
}

/** The kinds of file in the upper half of a Unix mode. */
const TYPE = 0o170000;
const REGULAR = 0o100000;
const LINK = 0o120000;
