import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Digest } from '../../foundation/digest.js';
import { isSystemError, statIfPresent, writeNew } from '../../foundation/files.js';
import { isJsonObject, type Json, type JsonObject } from '../../foundation/json.js';
import { pathByDigest } from './layout.js';
import { ownedName } from './owner.js';

/**
 * What the code of stage kinds was when results were made, at `codes/ab/cdef....json`, named by the digest that stands in
 * preimages: so that `fx why` can name the declaration that changed. Explains and no more: failing to keep it costs words.
 */
export class CodeStore {
  readonly #codes: string;
  readonly #temporary: string;

  constructor(codes: string, temporary: string) {
    this.#codes = codes;
    this.#temporary = temporary;
  }

  locate(digest: Digest): string {
    return pathByDigest(this.#codes, digest, '.json');
  }

  add(digest: Digest, identity: JsonObject): void {
    const path = this.locate(digest);
    const temporary = join(this.#temporary, ownedName());
    try {
      if (statIfPresent(path) !== undefined) {
        // As old as its last use, for the collection of garbage.
        utimesSync(path, new Date(), new Date());
        return;
      }
      mkdirSync(this.#temporary, { recursive: true });
      mkdirSync(dirname(path), { recursive: true });
      writeNew(temporary, `${JSON.stringify(identity)}\n`);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      if (!isSystemError(error)) throw error;
    }
  }

  find(digest: Digest): JsonObject | undefined {
    try {
      const value = JSON.parse(readFileSync(this.locate(digest), 'utf8')) as Json;
      return isJsonObject(value) && value.digest === digest ? value : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || isSystemError(error)) return undefined;
      throw error;
    }
  }

  remove(digest: Digest): void {
    rmSync(this.locate(digest), { force: true });
  }
}
