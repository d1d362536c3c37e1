import { closeSync, constants, fstatSync, openSync, readSync, writeSync, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { sayBytes } from './files.js';

/**
 * What a file must be before a byte of it is read. A file that others may have put there is opened without waiting (a
 * named pipe has no writer, and would be waited for without end), is judged by what was opened, not by what its name led to
 * a moment before, and only then is read.
 */
export interface Opening {
  /** Default `followed`. The last name of the path alone is meant: the folders before it are the caller's to judge. */
  readonly links?: 'followed' | 'refused';
  /** Bytes; a larger file is refused. Default: any size. */
  readonly most?: number;
  /** Refuses by owner: says why a file of this user is not taken, or undefined. */
  readonly stranger?: (owner: number) => string | undefined;
}

/**
 * The error of a file that is not what was asked for. It has the shape of a system's error, `code` and `syscall`, since to
 * reading it is one more reason why a file cannot be read.
 *
 * - `EFTYPE`: a folder, a named pipe, a socket, a device
 * - `EFBIG`: larger than allowed
 * - `EOWNER`: of a user who is not believed
 * - `EBADMSG`: its content is not of the form that files of its name have
 */
export class UnfitFile extends Error {
  readonly code: 'EFTYPE' | 'EFBIG' | 'EOWNER' | 'EBADMSG';
  readonly syscall = 'open';
  readonly path: string;

  constructor(code: UnfitFile['code'], path: string, what: string) {
    super(`${code}: ${what}, open '${path}'`);
    this.code = code;
    this.path = path;
  }
}

/** A descriptor to read from, of a plain file that is as it must be. Throws the system's error, or {@link UnfitFile}. */
export function openPlain(path: string, opening: Opening = {}): number {
  return opened(path, opening).file;
}

/** A descriptor, and the bytes that the file had when it was judged. */
function opened(path: string, opening: Opening): { readonly file: number; readonly size: number } {
  const file = openSync(path, flagsOf(opening));
  try {
    const status = fstatSync(file);
    judge(path, status, opening);
    return { file, size: status.size };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** As {@link openPlain}, for those that read without holding up others. */
export async function openPlainHandle(path: string, opening: Opening = {}): Promise<FileHandle> {
  const file = await open(path, flagsOf(opening));
  try {
    judge(path, fstatSync(file.fd), opening);
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}

/** The whole of a plain file. What is longer when read than when opened is cut: it is being written to. */
export function readPlain(path: string, opening: Opening = {}): Buffer {
  const { file, size } = opened(path, opening);
  try {
    const bytes = Buffer.allocUnsafe(size);
    const done = fill(bytes, file, size);
    return done === size ? bytes : bytes.subarray(0, done);
  } finally {
    closeSync(file);
  }
}

/** As {@link readPlain}, the bytes as UTF-8. */
export function readPlainText(path: string, opening: Opening = {}): string {
  const { file, size } = opened(path, opening);
  try {
    const bytes = size > SHORT ? Buffer.allocUnsafe(size) : (short ??= Buffer.allocUnsafe(SHORT));
    return bytes.toString('utf8', 0, fill(bytes, file, size));
  } finally {
    closeSync(file);
  }
}

/** As {@link readPlainText}, with the status by which the file was judged. */
export function readJudgedText(path: string, opening: Opening = {}): { readonly text: string; readonly status: Stats } {
  const file = openSync(path, flagsOf(opening));
  try {
    const status = fstatSync(file);
    judge(path, status, opening);
    const { size } = status;
    const bytes = size > SHORT ? Buffer.allocUnsafe(size) : (short ??= Buffer.allocUnsafe(SHORT));
    return { text: bytes.toString('utf8', 0, fill(bytes, file, size)), status };
  } finally {
    closeSync(file);
  }
}

/** Bytes: more than the records of most results take, of which a run that has nothing to do reads one a stage. */
const SHORT = 1 << 16;
/** Where short texts are read to. */
let short: Buffer | undefined;

/** Reads so many bytes of a file, or as many as there are, and says how many. */
function fill(bytes: Buffer, file: number, size: number): number {
  let done = 0;
  while (done < size) {
    const count = readSync(file, bytes, done, size - done, done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Adds to the end of a plain file, or makes it. No link is followed. */
export function appendPlain(path: string, text: string): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
  try {
    judge(path, fstatSync(file), {});
    // One write, which the system does not mix with another's.
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** What a file is in the words of a message; undefined for a plain one. */
export function kindOfFile(status: Stats): string | undefined {
  if (status.isFile()) return undefined;
  if (status.isDirectory()) return 'a folder';
  if (status.isSymbolicLink()) return 'a link';
  if (status.isFIFO()) return 'a named pipe';
  return status.isSocket() ? 'a socket' : 'a device';
}

function flagsOf({ links }: Opening): number {
  // Neither is there on every system; where it is not, its number is undefined and counts as 0.
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_NOCTTY } = constants;
  return O_RDONLY | O_NONBLOCK | O_NOCTTY | (links === 'refused' ? O_NOFOLLOW : 0);
}

function judge(path: string, status: Stats, { most, stranger }: Opening): void {
  const kind = kindOfFile(status);
  if (kind !== undefined) throw new UnfitFile('EFTYPE', path, `${kind}, no plain file`);
  const foreign = stranger?.(status.uid);
  if (foreign !== undefined) throw new UnfitFile('EOWNER', path, foreign);
  if (most !== undefined && status.size > most) {
    throw new UnfitFile('EFBIG', path, `${sayBytes(status.size)}, more than the ${sayBytes(most)} that it may have`);
  }
}
