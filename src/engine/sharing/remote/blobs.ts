import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { sha256OfFile, type Content } from '../../../foundation/files/digest.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { fail, ok } from '../../../foundation/failures/result.js';
import { writeFailure, type BlobStore, type RemoteCode, type StoreResult } from '../../artifacts/store/store.js';
import { RemoteFailure, type ObjectStore, type Place } from './objects.js';
import type { Patience } from './patience.js';

/** The blobs of a remote: bytes are believed only when their digest and number are right. */
export class RemoteBlobs implements BlobStore {
  readonly #objects: ObjectStore;
  readonly #patience: Patience;

  constructor(objects: ObjectStore, patience: Patience) {
    this.#objects = objects;
    this.#patience = patience;
  }

  /**
   * Whether there is an object of that name and size. A remote that cannot be asked has none.
   *
   * @param trouble hears why it cannot be asked
   */
  async contains(
    content: Content,
    signal: AbortSignal = unlimited(),
    trouble: (message: string) => void = () => undefined,
  ): Promise<boolean> {
    try {
      const size = await this.#patience.attempt(() => this.#objects.size(placeOf(content), signal), signal);
      return size === content.bytes || (Number.isNaN(size) && size !== undefined);
    } catch (error) {
      if (!(error instanceof RemoteFailure)) throw error;
      trouble(error.message);
      return false;
    }
  }

  /**
   * Fetches a blob. After a cut it goes on from where it was; more bytes than were announced are not taken. On failure
   * nothing is left at the destination. Rejects only when `signal` is aborted.
   *
   * @param received hears the number of bytes of each chunk
   */
  async fetch(
    content: Content,
    destination: string,
    signal: AbortSignal = unlimited(),
    received: (bytes: number) => void = () => undefined,
  ): Promise<StoreResult<void>> {
    const file = await open(destination, 'wx').catch((error: unknown) => error as Error);
    if (file instanceof Error) return writeFailure(file, destination);
    const sum = createHash('sha256');
    let done = 0;
    let whole = false;
    try {
      const found = await this.#patience.attempt(async () => {
        const stream = await this.#objects.read(placeOf(content), done, signal);
        if (stream === undefined) return false;
        for await (const chunk of stream) {
          if (done + chunk.length > content.bytes) return 'long';
          sum.update(chunk);
          await file.writeFile(chunk);
          done += chunk.length;
          received(chunk.length);
        }
        return true;
      }, signal);
      if (found === false)
        return fail(failure('remote/missing-blob', `${this.#objects.name} has no blob ${content.digest}`));
      if (found === 'long') return this.#damaged(content, `is longer than its ${content.bytes} bytes`);
      if (done < content.bytes) return this.#damaged(content, `has ${done} of ${content.bytes} bytes`);
      if (sum.digest('hex') !== content.digest) return this.#damaged(content, 'has other content than its name says');
      whole = true;
      return ok(undefined);
    } catch (error) {
      if (error instanceof RemoteFailure) return fail(unreachable(error));
      return writeFailure(error, destination, content.bytes);
    } finally {
      await file.close();
      if (!whole) await rm(destination, { force: true });
    }
  }

  async store(file: string, signal: AbortSignal = unlimited()): Promise<StoreResult<Content>> {
    try {
      const content = await sha256OfFile(file);
      if (await this.contains(content, signal)) return ok(content);
      const body = { ...content, open: () => createReadStream(file) };
      await this.#patience.attempt(() => this.#objects.write(placeOf(content), body, signal), signal);
      return ok(content);
    } catch (error) {
      if (error instanceof RemoteFailure) return fail(unreachable(error));
      if (isSystemError(error)) return fail(failure('cache/missing-blob', `${file} cannot be read: ${error.message}`));
      throw error;
    }
  }

  #damaged({ digest }: Content, what: string): StoreResult<never> {
    const message = `the blob ${digest.slice(0, 12)}... of ${this.#objects.name} ${what}: refused`;
    return fail(failure('remote/damaged-blob', message));
  }
}

/**
 * For callers without a limit of their own: a signal that never comes. Each call makes one, since every request under way
 * listens to its signal, and on one signal for all of them listeners would be as many as requests.
 */
export function unlimited(): AbortSignal {
  return new AbortController().signal;
}

export function unreachable(error: RemoteFailure): Diagnostic<RemoteCode> {
  return failure('remote/unreachable', error.message);
}

function placeOf({ digest }: Content): Place {
  return { room: 'cas', digest };
}
