import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canonicalDigest, canonicalText } from '../../foundation/canonical.js';
import type { Digest } from '../../foundation/digest.js';
import { isSystemError, statIfPresent, writeNew } from '../../foundation/files.js';
import type { JsonObject } from '../../foundation/json.js';
import { ok } from '../../foundation/result.js';
import { pathByDigest } from './layout.js';
import { ownedName } from './owner.js';
import { writeFailure, type StoreResult } from './store.js';

/** What keys were made of, at `preimages/ab/cdef....json`, named by canonical digest: so that `fx why` can tell. */
export class PreimageStore {
  readonly #preimages: string;
  readonly #temporary: string;

  constructor(preimages: string, temporary: string) {
    this.#preimages = preimages;
    this.#temporary = temporary;
  }

  locate(digest: Digest): string {
    return pathByDigest(this.#preimages, digest, '.json');
  }

  add(preimage: JsonObject): StoreResult<Digest> {
    const digest = canonicalDigest(preimage);
    const path = this.locate(digest);
    if (statIfPresent(path) !== undefined && this.find(digest) !== undefined) return ok(digest);
    const temporary = join(this.#temporary, ownedName());
    try {
      mkdirSync(this.#temporary, { recursive: true });
      mkdirSync(dirname(path), { recursive: true });
      writeNew(temporary, `${canonicalText(preimage)}\n`);
      renameSync(temporary, path);
      return ok(digest);
    } catch (error) {
      rmSync(temporary, { force: true });
      return writeFailure(error, this.#preimages);
    }
  }

  /** Undefined where it is missing or damaged: it explains, nothing rests on it. */
  find(digest: Digest): JsonObject | undefined {
    try {
      const value = JSON.parse(readFileSync(this.locate(digest), 'utf8')) as JsonObject;
      return canonicalDigest(value) === digest ? value : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError || isSystemError(error)) return undefined;
      throw error;
    }
  }

  remove(digest: Digest): void {
    rmSync(this.locate(digest), { force: true });
  }
}
