import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyBy, isSystemError } from '../../../foundation/files/files.js';
import { openCache, type Cache } from '../../artifacts/cache.js';
import { openFiles } from '../../artifacts/content/open.js';
import { ownedName } from '../../artifacts/store/owner.js';
import { knowledgeOf, type RunServices } from '../../run/services.js';
import type { Artifact } from '../../stage.js';

/**
 * A cache of its own, inside the other's folder for unfinished things, in which work is recomputed: nothing is known in
 * it, and what comes out is seen by nobody else. It goes with {@link remove}, or as a dead process's leftovers.
 */
export class Scratch {
  readonly services: RunServices;
  readonly #from: Cache;
  readonly #cache: Cache;

  constructor(services: RunServices) {
    this.#from = services.cache;
    this.#cache = openCache(join(services.cache.root, 'tmp', ownedName()));
    const own = knowledgeOf(this.#cache, {
      code: (kind) => services.code(kind),
      external: (input) => services.external(input),
      warn: () => undefined,
    });
    const { workers, scriptOf, codeChanged } = services;
    this.services = {
      ...own,
      cache: this.#cache,
      workers,
      ...(scriptOf && { scriptOf }),
      ...(codeChanged && { codeChanged }),
    };
  }

  /** Where one of its blobs lies. */
  locate(digest: string): string {
    return this.#cache.blobs.locate(digest);
  }

  /**
   * An artifact as it can be read here: files of the other cache are hashed and given a second name, files from outside
   * stay where they are. Gives the path of a file that is missing or damaged, where one is.
   */
  async take(artifact: Artifact): Promise<Artifact | string> {
    if (artifact.outside !== undefined) return artifact;
    for (const file of artifact.files) {
      if (this.#cache.blobs.has(file)) continue;
      if ((await this.#from.blobs.verify(file)) !== 'sound') return file.path;
      const to = this.#cache.blobs.locate(file.digest);
      mkdirSync(dirname(to), { recursive: true });
      try {
        await copyBy(['reflink', 'hardlink', 'copy'], this.#from.blobs.locate(file.digest), to);
      } catch (error) {
        if (!isSystemError(error, 'EEXIST')) throw error;
      }
    }
    return openFiles(artifact, artifact.metrics, this.#cache.blobs);
  }

  remove(): void {
    rmSync(this.#cache.root, { recursive: true, force: true });
  }
}
