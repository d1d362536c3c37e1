import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalDigest, canonicalText } from '../../../foundation/values/canonical.js';
import type { Digest } from '../../../foundation/files/digest.js';
import { isSystemError, writeNew } from '../../../foundation/files/files.js';
import type { JsonObject } from '../../../foundation/values/json.js';
import { ok } from '../../../foundation/failures/result.js';
import { Believed } from './believed.js';
import { ownedName } from './owner.js';
import { Shelf } from './shelf.js';
import { writeFailure, type StoreResult } from './store.js';

/** What keys were made of, at `preimages/ab/cdef....json`, named by canonical digest: so that `fx why` can tell. */
export class PreimageStore {
  readonly #preimages: string;
  readonly #shelf: Shelf;
  readonly #temporary: string;

  constructor(preimages: string, temporary: string, believed: Believed = new Believed(preimages)) {
    this.#preimages = preimages;
    this.#shelf = new Shelf(preimages, '.json', believed);
    this.#temporary = temporary;
  }

  locate(digest: Digest): string {
    return this.#shelf.locate(digest);
  }

  add(preimage: JsonObject): StoreResult<Digest> {
    const digest = canonicalDigest(preimage);
    if (this.#shelf.has(digest) && this.find(digest) !== undefined) return ok(digest);
    const temporary = join(this.#temporary, ownedName());
    try {
      mkdirSync(this.#temporary, { recursive: true });
      writeNew(temporary, `${canonicalText(preimage)}\n`);
      this.#shelf.place(temporary, digest);
      return ok(digest);
    } catch (error) {
      rmSync(temporary, { force: true });
      return writeFailure(error, this.#preimages);
    }
  }

  /** Undefined where it is missing or damaged: it explains, nothing rests on it. */
  find(digest: Digest): JsonObject | undefined {
    try {
      const value = JSON.parse(this.#shelf.read(digest, this.#shelf.opening(LARGEST_PREIMAGE))) as JsonObject;
      return canonicalDigest(value) === digest ? value : undefined;
    } catch (error) {
      // A RangeError: nested so deep that no preimage is.
      if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) return undefined;
      if (isSystemError(error)) return undefined;
      throw error;
    }
  }

  remove(digest: Digest): void {
    this.#shelf.remove(digest);
  }
}

/** Bytes: more than the preimage of the longest list of inputs takes. */
export const LARGEST_PREIMAGE = 64 << 20;
