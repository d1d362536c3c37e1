import { lutimesSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../../foundation/files/digest.js';
import { isSystemError, writeNew } from '../../../foundation/files/files.js';
import { isJsonObject, type Json, type JsonObject } from '../../../foundation/values/json.js';
import { Believed } from './believed.js';
import { ownedName } from './owner.js';
import { Shelf } from './shelf.js';

/**
 * What the code of stage kinds was when results were made, at `codes/ab/cdef....json`, named by the digest that stands in
 * preimages: so that `fx why` can name the declaration that changed. Explains and no more: failing to keep it costs words.
 */
export class CodeStore {
  readonly #shelf: Shelf;
  readonly #temporary: string;

  constructor(codes: string, temporary: string, believed: Believed = new Believed(codes)) {
    this.#shelf = new Shelf(codes, '.json', believed);
    this.#temporary = temporary;
  }

  locate(digest: Digest): string {
    return this.#shelf.locate(digest);
  }

  add(digest: Digest, identity: JsonObject): void {
    const path = this.locate(digest);
    const temporary = join(this.#temporary, ownedName());
    try {
      if (this.#shelf.has(digest)) {
        // As old as its last use, for the collection of garbage.
        lutimesSync(path, new Date(), new Date());
        return;
      }
      mkdirSync(this.#temporary, { recursive: true });
      writeNew(temporary, `${JSON.stringify(identity)}\n`);
      this.#shelf.place(temporary, digest);
    } catch (error) {
      rmSync(temporary, { force: true });
      if (!isSystemError(error)) throw error;
    }
  }

  find(digest: Digest): JsonObject | undefined {
    try {
      const value = JSON.parse(this.#shelf.read(digest, this.#shelf.opening(LARGEST))) as Json;
      return isJsonObject(value) && value.digest === digest ? value : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || isSystemError(error)) return undefined;
      throw error;
    }
  }

  remove(digest: Digest): void {
    this.#shelf.remove(digest);
  }
}

/** Bytes: more than the identity of the largest kind takes. */
const LARGEST = 64 << 20;
