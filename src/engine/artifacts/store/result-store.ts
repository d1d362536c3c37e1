import { linkSync, lutimesSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../../foundation/files/digest.js';
import { failure } from '../../../foundation/failures/diagnostic.js';
import { isSystemError, writeNew } from '../../../foundation/files/files.js';
import { UnfitFile } from '../../../foundation/files/opening.js';
import { ok } from '../../../foundation/failures/result.js';
import { Believed } from './believed.js';
import { ownedName } from './owner.js';
import { parseRecord, recordText, type ResultRecord } from '../content/result-record.js';
import { Shelf } from './shelf.js';
import { writeFailure, type Found, type ResultStore, type StoreResult } from './store.js';

/** What was found, and the last use of a record, milliseconds since 1970. */
export interface Seen extends Found {
  readonly used?: number;
}

/**
 * Records as JSON files at `results/ab/cdef....json`, named by their key. A record is written to a temporary file and linked
 * into place, so it is there as a whole or not at all, and the first writer wins. It is not waited for to reach the
 * disk: after a power loss it may be missing or torn, and both are misses. Its modification time is its last use.
 */
export class LocalResultStore implements ResultStore {
  readonly #results: string;
  readonly #shelf: Shelf;
  readonly #temporary: string;
  #isToldOfStrangers = false;

  constructor(results: string, temporary: string, believed: Believed = new Believed(results)) {
    this.#results = results;
    this.#shelf = new Shelf(results, '.json', believed);
    this.#temporary = temporary;
  }

  locate(key: Digest): string {
    return this.#shelf.locate(key);
  }

  /** Synchronous: a run that has nothing to do is one such look per stage. */
  look(key: Digest): Seen {
    const { stranger } = this.#shelf.believed;
    let seen: ReturnType<Shelf['readMarked']>;
    try {
      seen = this.#shelf.readMarked(key, { ...this.#shelf.opening(LARGEST_RECORD), stranger });
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return NOTHING;
      if (error instanceof UnfitFile && error.code === 'EOWNER') return this.#ofStranger(key, error);
      if (!isSystemError(error)) throw error;
      const message = `the record of result ${key} cannot be read: ${error.message}`;
      return { record: undefined, warnings: [{ ...failure('cache/damaged-record', message), severity: 'warning' }] };
    }
    const record = parseRecord(seen.text, key);
    if (record.ok) return { record: record.value, warnings: [], used: seen.changed };
    return { record: undefined, warnings: record.error.map((each) => ({ ...each, severity: 'warning' })) };
  }

  /**
   * Notes that a result was of use: what was used lately is not collected as garbage.
   * @param used its last use, where that is known
   */
  touch(key: Digest, used = 0): void {
    const path = this.locate(key);
    const now = Date.now();
    try {
      if (now - used > TOUCHED_EVERY) lutimesSync(path, now / 1000, now / 1000);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  /**
   * Adds a record; its blobs must be there already. Where the key has a readable record that one stays and is returned,
   * unless `replace` is set: for a result whose blobs were lost or damaged and that came out otherwise this time.
   */
  add(record: ResultRecord, options: { readonly replace?: boolean } = {}): StoreResult<ResultRecord> {
    const path = this.locate(record.key);
    const temporary = join(this.#temporary, ownedName());
    try {
      mkdirSync(this.#temporary, { recursive: true });
      this.#shelf.makeRoom(record.key);
      writeNew(temporary, recordText(record));
      if (options.replace === true) {
        this.#shelf.place(temporary, record.key);
        return ok(record);
      }
      try {
        linkSync(temporary, path);
        return ok(record);
      } catch (error) {
        if (!isSystemError(error, 'EEXIST')) throw error;
      }
      const first = this.look(record.key).record;
      if (first !== undefined) return ok(first);
      this.#shelf.place(temporary, record.key);
      return ok(record);
    } catch (error) {
      return writeFailure(error, this.#results);
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  remove(key: Digest): void {
    this.#shelf.remove(key);
  }

  /** Said once: a user of a shared cache need not hear of each result of others. */
  #ofStranger(key: Digest, { message }: UnfitFile): Found {
    if (this.#isToldOfStrangers) return NOTHING;
    this.#isToldOfStrangers = true;
    const said = `the cached result ${key.slice(0, 12)}... is ${message.replace(/^EOWNER: |, open .*$/g, '')}: it is recomputed`;
    const help = 'if you trust this user’s results, name them: FX_CACHE_BELIEVES=USER,... (docs/cache.md)';
    return { record: undefined, warnings: [{ ...failure('cache/of-a-stranger', said, help), severity: 'warning' }] };
  }

  find(key: Digest): Promise<Found> {
    const { record, warnings } = this.look(key);
    return Promise.resolve({ record, warnings });
  }

  publish(record: ResultRecord): Promise<StoreResult<ResultRecord>> {
    return Promise.resolve(this.add(record));
  }
}

const NOTHING: Found = { record: undefined, warnings: [] };

/** Bytes: more than the record of half a million files takes. */
const LARGEST_RECORD = 256 << 20;

/** Milliseconds between two notes of use of one record. Collection allows for it. */
export const TOUCHED_EVERY = 3600_000;
