import { constants, type Stats } from 'node:fs';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { copyFile, link, open, readdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { byCodeUnit } from '../values/json.js';

/** Whether an error is the system's, with one of these codes (`ENOENT`, `EEXIST`, ...). */
export function isSystemError(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' && (codes.length === 0 ? 'syscall' in (error as object) : codes.includes(code));
}

/** Whether an absolute path is a folder or lies in it, by its letters alone. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

const QUIETLY = { throwIfNoEntry: false } as const;

/** Status of what a path leads to, undefined where there is nothing. */
export function statIfPresent(path: string): Stats | undefined {
  try {
    return statSync(path, QUIETLY);
  } catch (error) {
    if (isSystemError(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** As {@link replaceFile}, in a folder that is made where it is missing. No link at the path is followed: it gives way. */
export function makeAndReplace(path: string, data: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const serial = `${process.pid}-${process.hrtime.bigint().toString(36)}`;
  replaceFile(path, data, join(dirname(path), `.${serial}.tmp`));
}

/** Writes a whole file that was not there before; on failure nothing is left of it. */
export function writeNew(
  path: string,
  data: Uint8Array | string,
  options: { mode?: number; sync?: boolean } = {},
): void {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  const file = openSync(path, 'wx', options.mode ?? 0o666);
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    if (options.sync === true) fsyncSync(file);
  } catch (error) {
    closeSync(file);
    rmSync(path, { force: true });
    throw error;
  }
  closeSync(file);
}

/**
 * Replaces or makes a file in one step: readers see the old content or the new, never a part. With `sync` that also holds
 * after a power loss. `temporary` is a fresh path on the same file system.
 */
export function replaceFile(
  path: string,
  data: Uint8Array | string,
  temporary: string,
  options: { sync?: boolean } = {},
): void {
  writeNew(temporary, data, options);
  try {
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Waits until a file's content would survive a power loss. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

export type CopyMethod = 'reflink' | 'hardlink' | 'copy';

/** The ways to give a file a second name or a copy, the cheapest first where the bytes stay independent. */
const METHODS: readonly CopyMethod[] = ['reflink', 'hardlink', 'copy'];

/**
 * Copies a file by the first of the methods that the file system allows. A reflink shares the blocks until one side is
 * written to; a hardlink is the same file under a second name. The destination must not exist.
 */
export async function copyBy(methods: readonly CopyMethod[], source: string, destination: string): Promise<CopyMethod> {
  let last: unknown = new Error('no method to copy by');
  for (const method of METHODS.filter((each) => methods.includes(each))) {
    try {
      await copyOnce(method, source, destination);
      return method;
    } catch (error) {
      if (!isSystemError(error, 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EPERM', 'EMLINK', 'EINVAL', 'ENOTTY')) {
        throw error;
      }
      last = error;
    }
  }
  throw last;
}

async function copyOnce(method: CopyMethod, source: string, destination: string): Promise<void> {
  switch (method) {
    case 'reflink':
      return copyFile(source, destination, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    case 'hardlink':
      return link(source, destination);
    case 'copy':
      return copyFile(source, destination, constants.COPYFILE_EXCL);
  }
}

/** Every file below a directory, links not followed, as sorted relative paths with `/`. */
export async function filesBelow(directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  const enter = async (relative: string): Promise<void> => {
    for (const entry of await readdir(join(directory, relative), { withFileTypes: true })) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) await enter(path);
      else found.push(path);
    }
  };
  await enter('');
  return found.sort(byCodeUnit);
}

/** Bytes that an ordinary user may still write to the file system of `path`; undefined where it cannot be known. */
export function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    const above = dirname(path);
    return above === path ? undefined : freeBytes(above);
  }
}

/** `1.5 GiB`, `20 MiB`, `512 bytes`: for messages. */
export function sayBytes(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  if (bytes < 1024) return `${bytes} bytes`;
  const step = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[step - 1]!}`;
}
