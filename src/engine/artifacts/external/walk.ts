import { readdirSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { spareMemory } from '../../../foundation/machine/frugal.js';
import { byCodeUnit } from '../../../foundation/values/json.js';
import { problemOf, type ExternalCode } from './external-problem.js';
import { HELD } from '../content/listing.js';
import { pathProblem } from '../../../foundation/files/paths.js';
import { statOf, type Stat } from './stat-cache.js';

export interface FoundFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly stat: Stat;
}

/**
 * Finds the files of a folder, in the order of their paths by code unit, holding no more than the folders on the way.
 * Synchronous: a call through the thread pool costs more than a `stat` does.
 */
export class Walk {
  /** What was met that cannot be counted by content; the walk goes on, so that all of it is reported, up to a bound. */
  readonly problems: Diagnostic<ExternalCode>[] = [];
  readonly #root: string;
  #count = 0;

  constructor(root: string) {
    this.#root = root;
  }

  files(): Generator<FoundFile> {
    return this.#enter('', []);
  }

  /** `above`: the folders on the way here, by identity, to which a link may lead back. */
  *#enter(relative: string, above: readonly string[]): Generator<FoundFile> {
    const folder = relative === '' ? this.#root : join(this.#root, relative);
    let entries: readonly Met[];
    let identity: string;
    try {
      const { dev, ino } = statSync(folder);
      identity = `${dev}:${ino}`;
      if (above.includes(identity)) {
        this.#refuse('external/link-loop', `${folder} is a link to a folder that it lies in`, 'remove the link');
        return;
      }
      entries = entriesOf(folder);
    } catch (error) {
      this.problems.push(problemOf(error, folder, 'external/changed'));
      return;
    }
    for (const { name, isFolder, isLink } of entries) {
      if (this.problems.length >= MOST_REPORTED) return;
      const path = relative === '' ? name : `${relative}/${name}`;
      const full = join(this.#root, path);
      const naming = pathProblem(path);
      if (naming !== undefined) this.#refuse('external/bad-name', `${JSON.stringify(full)} ${naming}`, 'rename it');
      else if (isFolder) yield* this.#enter(path, [...above, identity]);
      else {
        const stat = this.#look(full, isLink);
        if (stat === undefined) continue;
        this.#count += 1;
        // From here on this process goes through long listings again and again.
        if (this.#count > HELD) spareMemory(true);
        yield { path, stat };
      }
    }
  }

  #look(full: string, isLink: boolean): Stat | undefined {
    try {
      const stat = statSync(full);
      if (stat.isFile()) return statOf(stat);
      this.#refuse('external/not-a-file', `${full} is neither a file nor a folder`, 'remove it from the folder');
    } catch (error) {
      if (isLink && isSystemError(error, 'ENOENT')) {
        this.#refuse('external/missing', `${full} is a link to nothing`, 'restore its target, or remove it');
      } else {
        this.problems.push(problemOf(error, full, 'external/changed'));
      }
    }
    return undefined;
  }

  #refuse(code: ExternalCode, message: string, help: string): void {
    this.problems.push(failure(code, message, help));
  }
}

/** Problems of one folder that are reported at once. */
const MOST_REPORTED = 20;

interface Met {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isLink: boolean;
}

/** What lies in a folder; in the order of the paths of files, so a folder counts with the `/` that follows its name. */
function entriesOf(folder: string): readonly Met[] {
  const place = ({ name, isFolder }: Met): string => (isFolder ? `${name}/` : name);
  return readdirSync(folder, { withFileTypes: true })
    .map((entry): Met => {
      const isLink = entry.isSymbolicLink();
      return { name: entry.name, isFolder: isLink ? leadsToFolder(folder, entry) : entry.isDirectory(), isLink };
    })
    .sort((a, b) => byCodeUnit(place(a), place(b)));
}

function leadsToFolder(folder: string, { name }: Dirent): boolean {
  try {
    return statSync(join(folder, name)).isDirectory();
  } catch (error) {
    // What is wrong with it is reported when its turn comes.
    if (isSystemError(error)) return false;
    throw error;
  }
}
