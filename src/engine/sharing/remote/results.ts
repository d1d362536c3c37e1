import { Readable } from 'node:stream';
import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { sha256, type Digest } from '../../../foundation/files/digest.js';
import type { JsonObject } from '../../../foundation/values/json.js';
import { fail, ok } from '../../../foundation/failures/result.js';
import type { ResultRecord } from '../../artifacts/content/result-record.js';
import type { Found, ResultStore, StoreCode, StoreResult } from '../../artifacts/store/store.js';
import { unlimited, unreachable } from './blobs.js';
import { entryText, LARGEST_ENTRY, parseEntry, type Entry } from './entry.js';
import { RemoteFailure, type ObjectStore } from './objects.js';
import type { Patience } from './patience.js';
import type { Signer, TrustedKeys } from './signature.js';

export interface RemoteResultsOptions {
  /** Signs what is published. */
  readonly signer?: Signer | undefined;
  /** Only what one of these keys signed is believed. */
  readonly trusted?: TrustedKeys | undefined;
}

export interface FoundEntry {
  readonly entry: Entry | undefined;
  readonly warnings: readonly Diagnostic<StoreCode>[];
}

/** The results of a remote. */
export class RemoteResults implements ResultStore {
  readonly #objects: ObjectStore;
  readonly #patience: Patience;
  readonly #options: RemoteResultsOptions;

  constructor(objects: ObjectStore, patience: Patience, options: RemoteResultsOptions = {}) {
    this.#objects = objects;
    this.#patience = patience;
    this.#options = options;
  }

  async find(key: Digest): Promise<Found> {
    const { entry, warnings } = await this.findEntry(key);
    return { record: entry?.record, warnings };
  }

  /** What is there under a key, if it can be believed. Rejects only when `signal` is aborted. */
  async findEntry(key: Digest, signal: AbortSignal = unlimited()): Promise<FoundEntry> {
    try {
      const text = await this.#patience.attempt(() => this.#read(key, signal), signal);
      if (text === undefined) return { entry: undefined, warnings: [] };
      const entry = parseEntry(text, key, this.#options.trusted);
      if (entry.ok) {
        this.#patience.settle('record');
        return { entry: entry.value, warnings: [] };
      }
      if (entry.error[0]?.code !== 'remote/unsigned')
        this.#patience.blame('record', new RemoteFailure('broken', `${this.#objects.name} gives damaged results`));
      return { entry: undefined, warnings: entry.error.map(asWarning) };
    } catch (error) {
      if (error instanceof RemoteFailure) return { entry: undefined, warnings: [asWarning(unreachable(error))] };
      throw error;
    }
  }

  publish(record: ResultRecord): Promise<StoreResult<ResultRecord>> {
    return this.publishEntry(record, []);
  }

  /** Publishes a record whose blobs are there. Returns the record that stands afterwards: the first writer's. */
  async publishEntry(
    record: ResultRecord,
    preimages: readonly JsonObject[],
    signal: AbortSignal = unlimited(),
  ): Promise<StoreResult<ResultRecord>> {
    const { key } = record;
    const text = entryText(record, preimages, this.#options.signer);
    const bytes = Buffer.from(text, 'utf8');
    const body = { bytes: bytes.length, digest: sha256(bytes), open: () => Readable.from([bytes]) };
    try {
      const standing = await this.#standing(key, signal);
      if (standing !== undefined && standing !== 'damaged') return ok(standing);
      const replace = standing === 'damaged';
      const place = { room: 'ac', digest: key } as const;
      const written = await this.#patience.attempt(() => this.#objects.write(place, body, signal, { replace }), signal);
      const first = written === 'there' ? await this.#standing(key, signal) : undefined;
      return ok(first === undefined || first === 'damaged' ? record : first);
    } catch (error) {
      if (error instanceof RemoteFailure) return fail(unreachable(error));
      throw error;
    }
  }

  /** The signer: the first writer is not put aside because we do not know them. */
  async #standing(key: Digest, signal: AbortSignal): Promise<ResultRecord | 'damaged' | undefined> {
    const text = await this.#patience.attempt(() => this.#read(key, signal), signal);
    if (text === undefined) return undefined;
    const entry = parseEntry(text, key);
    return entry.ok ? entry.value.record : 'damaged';
  }

  async #read(key: Digest, signal: AbortSignal): Promise<string | undefined> {
    const stream = await this.#objects.read({ room: 'ac', digest: key }, 0, signal);
    if (stream === undefined) return undefined;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > LARGEST_ENTRY) return 'too long';
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

function asWarning(diagnostic: Diagnostic): Diagnostic<StoreCode> {
  return { ...diagnostic, code: diagnostic.code as StoreCode, severity: 'warning' };
}
