import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256, type Digest } from '../../foundation/files/digest.js';
import { Believed } from '../../engine/artifacts/store/believed.js';
import { isSystemError, makeAndReplace } from '../../foundation/files/files.js';
import { readPlain, readPlainText } from '../../foundation/files/opening.js';

/**
 * Which files something was written into, remembered in the cache under the digest of all that they are a function of: where
 * a folder still holds them, byte for byte, they need not be written again. Says nothing where it is lost or torn.
 */
export class Stamp {
  readonly #path: string;
  readonly #believed: Believed;

  /** @param maker what the files are made from: another build of `fx` may make others of the same */
  constructor(cacheRoot: string, maker: string) {
    this.#believed = new Believed(cacheRoot);
    this.#path = join(cacheRoot, 'reports', `${sha256(`${builtAt()} ${maker}`)}.json`);
  }

  /** Whether the folder holds the files that were written. */
  holdsIn(folder: string): boolean {
    try {
      const { files } = JSON.parse(this.#read()) as { files: Readonly<Record<string, Digest>> };
      return Object.entries(files).every(([path, digest]) => digestOfFile(join(folder, path)) === digest);
    } catch {
      return false;
    }
  }

  #read(): string {
    const { stranger } = this.#believed;
    return readPlainText(this.#path, { links: 'refused', most: 1 << 20, stranger });
  }

  /**
   * That it cannot be written costs time only.
   * @param files digests by path, relative to the folder
   */
  keep(files: Readonly<Record<string, Digest>>): void {
    try {
      makeAndReplace(this.#path, JSON.stringify({ schema: 'fx/report-stamp@1', files }));
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}

export function digestOfFile(path: string): Digest | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? sha256(readPlain(path)) : undefined;
}

function builtAt(): number {
  const dist = fileURLToPath(new URL('../../..', import.meta.url));
  const built =
    statSync(join(dist, '.tsbuildinfo'), { throwIfNoEntry: false }) ?? statSync(fileURLToPath(import.meta.url));
  return built.mtimeMs;
}
