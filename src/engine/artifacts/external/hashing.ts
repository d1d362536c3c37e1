import { statSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { milliseconds } from '../../../foundation/machine/clock.js';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { sha256OfFile, sha256OfFileSync, type Digest } from '../../../foundation/files/digest.js';
import { mapInLanes, until } from '../../../foundation/machine/lanes.js';
import { err, ok } from '../../../foundation/failures/result.js';
import { problemOf, type ExternalCode, type ExternalResult } from './external-problem.js';
import { statOf, type Stat } from './stat-cache.js';

export interface FileToHash {
  /** Relative path in the manifest. */
  readonly name: string;
  readonly path: string;
  /** As it was when the folder was listed. */
  readonly stat: Stat;
}

export interface HashedFile {
  readonly name: string;
  readonly stat: Stat;
  readonly digest: Digest;
}

export interface HashOptions {
  readonly signal?: AbortSignal;
  /** Bytes hashed so far, and in all that are known to need it. Called only where there is something to hash. */
  readonly progress?: (done: number, total: number) => void;
}

/**
 * Hashes files that may be written to meanwhile: one whose status is not the same before and after is hashed again, and
 * given up on after a few times. Small files are read in place, since a call through the thread pool costs more than
 * they do; of large ones several are read ahead while one is hashed.
 */
export async function hashFiles(
  files: readonly FileToHash[],
  options: HashOptions = {},
): Promise<ExternalResult<readonly HashedFile[]>> {
  const total = files.reduce((sum, file) => sum + file.stat.size, 0);
  const hashed: HashedFile[] = [];
  const problems: Diagnostic<ExternalCode>[] = [];
  let done = 0;
  let breathed = milliseconds();
  const take = (outcome: ExternalResult<HashedFile>, size: number): void => {
    if (outcome.ok) hashed.push(outcome.value);
    else problems.push(...outcome.error);
    done += size;
  };
  const left = until(files, () => problems.length >= MOST_REPORTED);
  await mapInLanes(left, AT_ONCE, async (file) => {
    options.signal?.throwIfAborted();
    take(file.stat.size < SMALL ? hashSmall(file) : await hashLarge(file, options.signal), file.stat.size);
    if (milliseconds() - breathed < BREATH) return;
    options.progress?.(done, total);
    await breathe();
    breathed = milliseconds();
  });
  if (files.length > 0) options.progress?.(done, total);
  return problems.length > 0 ? err(problems) : ok(hashed);
}

/** Bytes below which a file is hashed without giving way. */
const SMALL = 256 << 10;
/** Large files open at once. */
const AT_ONCE = 4;
/** Milliseconds after which others get their turn and progress is reported. */
const BREATH = 50;
const ATTEMPTS = 3;
/** Problems that are reported at once. */
const MOST_REPORTED = 20;

function hashSmall(file: FileToHash): ExternalResult<HashedFile> {
  let before = file.stat;
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { digest, bytes } = sha256OfFileSync(file.path);
      const after = statSync(file.path);
      if (isSame(before, after) && bytes === after.size) return ok({ name: file.name, stat: statOf(after), digest });
      before = after;
    }
  } catch (error) {
    return err([problemOf(error, file.path, 'external/changed')]);
  }
  return err([changed(file)]);
}

async function hashLarge(file: FileToHash, signal: AbortSignal | undefined): Promise<ExternalResult<HashedFile>> {
  let before = file.stat;
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { digest, bytes } = await sha256OfFile(file.path, signal);
      const after = statSync(file.path);
      if (isSame(before, after) && bytes === after.size) return ok({ name: file.name, stat: statOf(after), digest });
      before = after;
    }
  } catch (error) {
    signal?.throwIfAborted();
    return err([problemOf(error, file.path, 'external/changed')]);
  }
  return err([changed(file)]);
}

function changed(file: FileToHash): Diagnostic<ExternalCode> {
  const message = `${file.path} is being written to: its content changed while it was being read`;
  return failure('external/changed', message, 'rerun when nothing writes there');
}

function isSame(a: Stat, b: Stat): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.ino === b.ino;
}
