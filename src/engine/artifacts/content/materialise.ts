import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { sha256OfFile } from '../../../foundation/files/digest.js';
import { copyBy, freeBytes, isSystemError, sayBytes, type CopyMethod } from '../../../foundation/files/files.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import type { Artifact, ArtifactFile } from '../../stage.js';
import { pathProblem } from '../../../foundation/files/paths.js';
import { ownedName } from '../store/owner.js';

export type GetCode =
  'get/exists' | 'get/no-such-file' | 'get/unsafe-path' | 'get/damaged' | 'get/disk-full' | 'get/failed';

export interface GetOptions {
  /** Only this file: the destination is then a file. Otherwise it is a folder with all of them. */
  readonly file?: string;
  /**
   * The ways to copy that are allowed; the cheapest that works is taken. The default keeps the copy apart from the cache.
   * With `hardlink` the files are the cache's own, read-only: a program that makes them writable and writes to them damages it.
   */
  readonly by?: readonly CopyMethod[];
  /** Takes the place of what is at the destination; refused otherwise. */
  readonly replace?: boolean;
}

/**
 * Copies an artifact out of the cache. The destination appears as a whole or not at all, and each file is hashed on the
 * way, so that a damaged one is never given out. Returns the number of bytes.
 */
export async function materialise(
  artifact: Artifact,
  destination: string,
  options: GetOptions = {},
): Promise<Result<number, readonly Diagnostic<GetCode>[]>> {
  const target = resolve(destination);
  const files = Array.from(artifact.files).filter(({ path }) => options.file === undefined || path === options.file);
  if (options.file !== undefined && files.length === 0) {
    const some = Array.from(artifact.files, ({ path }) => path).slice(0, 8);
    return fail(failure('get/no-such-file', `there is no file ${options.file}`, `it has ${some.join(', ')}`));
  }
  if (options.replace !== true && exists(target)) {
    return fail(
      failure('get/exists', `${destination} is there already`, 'name another file, or replace it with --force'),
    );
  }
  const temporary = join(dirname(target), `.${basename(target)}.${ownedName()}`);
  try {
    mkdirSync(options.file === undefined ? temporary : dirname(target), { recursive: true });
    if (options.file === undefined) makeFolders(temporary, artifact.folders ?? []);
    for (const file of files) {
      const to = options.file === undefined ? placeOf(temporary, file) : temporary;
      if (to === undefined) return fail(failure('get/unsafe-path', `the artifact names ${JSON.stringify(file.path)}`));
      const copied = await copyOut(artifact, file, to, options.by ?? ['reflink', 'copy']);
      if (!copied.ok) return copied;
    }
    settle(temporary, target);
    return ok(files.reduce((sum, file) => sum + file.bytes, 0));
  } catch (error) {
    return fail(problemOf(error, target, files));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Undefined if the path would lead out of the folder. Paths are checked when records are read: this is the last line. */
function placeOf(folder: string, file: ArtifactFile): string | undefined {
  if (pathProblem(file.path) !== undefined) return undefined;
  const place = join(folder, file.path);
  mkdirSync(dirname(place), { recursive: true });
  return place;
}

function makeFolders(root: string, folders: readonly string[]): void {
  for (const path of folders) if (pathProblem(path) === undefined) mkdirSync(join(root, path), { recursive: true });
}

async function copyOut(
  artifact: Artifact,
  file: ArtifactFile,
  to: string,
  by: readonly CopyMethod[],
): Promise<Result<void, readonly Diagnostic<GetCode>[]>> {
  const method = await copyBy(by, artifact.locate(file.path), to);
  if ((await sha256OfFile(to)).digest !== file.digest) {
    const help = 'rerun the stage: damaged files are recomputed; fx cache verify finds all damage';
    return fail(failure('get/damaged', `${file.path} is damaged in the cache`, help));
  }
  if (method !== 'hardlink') chmodSync(to, file.executable === true ? 0o755 : 0o644);
  return ok(undefined);
}

/** Renames into place; what is there is put aside first and put back on failure. */
function settle(temporary: string, target: string): void {
  if (!exists(target)) {
    renameSync(temporary, target);
    return;
  }
  const aside = `${temporary}.old`;
  renameSync(target, aside);
  try {
    renameSync(temporary, target);
  } catch (error) {
    renameSync(aside, target);
    throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function problemOf(error: unknown, target: string, files: readonly ArtifactFile[]): Diagnostic<GetCode> {
  if (!isSystemError(error)) throw error;
  const { message } = error;
  if (!isSystemError(error, 'ENOSPC', 'EDQUOT')) return failure('get/failed', `cannot write ${target}: ${message}`);
  const needed = sayBytes(files.reduce((sum, file) => sum + file.bytes, 0));
  const free = freeBytes(dirname(target));
  const left = free === undefined ? '' : `; ${sayBytes(free)} are left`;
  return failure('get/disk-full', `not enough space for ${needed} at ${target}${left}`, 'nothing was written there');
}
