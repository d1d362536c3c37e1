import { createWriteStream, mkdirSync, type ReadStream } from 'node:fs';
import { link, lstat, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isSystemError } from '../../../foundation/files/files.js';
import { kindOfFile, openPlainHandle } from '../../../foundation/files/opening.js';
import { pathByDigest } from '../../artifacts/store/layout.js';
import { ownedName } from '../../artifacts/store/owner.js';
import { RemoteFailure, type Body, type ObjectStore, type Place, type Written } from './objects.js';

/** A folder, on a disk or a network file system: `ac/ab/cdef...` and `cas/ab/cdef...`. The first writer of an entry wins. */
export class DirectoryStore implements ObjectStore {
  readonly name: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.name = folder;
  }

  async size(place: Place): Promise<number | undefined> {
    return failing(async () => {
      const status = await lstat(this.#locate(place));
      const kind = kindOfFile(status);
      if (kind !== undefined) throw new RemoteFailure('broken', `${this.#locate(place)} is ${kind}`);
      return status.size;
    });
  }

  async read(place: Place, from: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
    return failing(async () => {
      const file = await openPlainHandle(this.#locate(place), { links: 'refused' });
      return chunks(file.createReadStream({ start: from, signal }));
    });
  }

  async write(place: Place, body: Body, signal: AbortSignal, options: { replace?: boolean } = {}): Promise<Written> {
    const path = this.#locate(place);
    const temporary = join(this.#folder, 'tmp', ownedName());
    const written = await failing<Written>(async () => {
      if (options.replace !== true && (await this.size(place)) === body.bytes && place.room === 'cas') return 'there';
      mkdirSync(dirname(temporary), { recursive: true });
      mkdirSync(dirname(path), { recursive: true });
      try {
        await pipeline(body.open(), createWriteStream(temporary, { flags: 'wx', mode: 0o444 }), { signal });
        if (options.replace === true) await rename(temporary, path);
        else await link(temporary, path);
        return 'written';
      } catch (error) {
        if (isSystemError(error, 'EEXIST')) return 'there';
        throw error;
      } finally {
        await rm(temporary, { force: true });
      }
    });
    if (written === undefined) throw new RemoteFailure('broken', `${this.#folder} went away`);
    return written;
  }

  #locate({ room, digest }: Place): string {
    return pathByDigest(join(this.#folder, room), digest);
  }
}

/** Undefined for what is not there; other errors of the system as failures of the remote. */
async function failing<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    if (isSystemError(error, 'EACCES', 'EPERM', 'EROFS')) throw new RemoteFailure('refused', error.message);
    if (isSystemError(error)) throw new RemoteFailure('broken', error.message);
    throw error;
  }
}

async function* chunks(stream: ReadStream): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    if (isSystemError(error)) throw new RemoteFailure('broken', error.message);
    throw error;
  }
}
