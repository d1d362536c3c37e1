import { closeSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Dataset, File as LibraryFile } from 'h5wasm/node';
import { failure, type Diagnostic } from '../../../../foundation/failures/diagnostic.js';
import { sayBytes } from '../../../../foundation/files/files.js';
import { limit, raise } from '../../../../foundation/files/limits.js';
import { openPlain, UnfitFile } from '../../../../foundation/files/opening.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';

export type ModelCode =
  | 'model/not-found'
  | 'model/not-hdf5'
  /** It names other files, which HDF5 would read as if they were part of it. */
  | 'model/names-another-file'
  | 'model/too-large'
  | 'model/missing-dataset'
  | 'model/wrong-shape'
  | 'model/wrong-type'
  | 'model/not-finite'
  | 'model/negative-variance'
  | 'model/cell-out-of-range'
  | 'model/too-many-components'
  | 'model/malformed-landmarks'
  | 'model/no-landmark';

/** Thrown by what reads a file, caught where the file was opened. */
class Bad extends Error {
  readonly diagnostic: Diagnostic<ModelCode>;
  constructor(diagnostic: Diagnostic<ModelCode>) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/** Opens an HDF5 file, gives it to `read`, and closes it. What `read` finds wrong with the file is the failure. */
export async function readHdf5<T>(
  path: string,
  read: (file: Hdf5File) => T,
): Promise<Result<T, readonly Diagnostic<ModelCode>[]>> {
  const unfit = checkSignature(path);
  if (unfit !== undefined) return fail(unfit);
  const { File, ready } = await import('h5wasm/node');
  const library = await ready;
  const others = openNothingBut(path, library.FS as unknown as FileSystem);
  const judged = <V>(result: Read<V>): Read<V> => {
    if (others.refused.length === 0) return result;
    const message = `${path} names another file, ${JSON.stringify(others.refused[0])}, which is not read`;
    return fail(failure('model/names-another-file', message, 'save the model as one file'));
  };
  // Otherwise the library prints its stack of errors, with words of the file, and goes on as if there were nothing.
  library.activate_throwing_error_handler();
  try {
    let file: LibraryFile;
    try {
      file = new File(path, 'r');
    } catch {
      return judged(fail(failure('model/not-hdf5', `${path} cannot be opened as HDF5; it may be cut short`)));
    }
    try {
      return judged(ok(read(new Hdf5File(file, path))));
    } catch (error) {
      if (error instanceof Bad) return judged(fail(error.diagnostic));
      if (!isOfLibrary(error)) throw error;
      return judged(fail(failure('model/not-hdf5', `${path} cannot be read by HDF5; it is damaged or cut short`)));
    } finally {
      file.close();
    }
  } finally {
    library.deactivate_throwing_error_handler();
    others.end();
  }
}

/** What is thrown from within the library is about the file. */
function isOfLibrary(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || error.message.startsWith('HDF5-DIAG'));
}

type Read<T> = Result<T, readonly Diagnostic<ModelCode>[]>;

/** Emscripten's, by which the library opens whatever it opens. */
interface FileSystem {
  open: (path: string, flags: number | string, mode?: number) => unknown;
  readonly ErrnoError: new (code: number) => Error;
}

/**
 * Lets the library open one file and no other, until `end`. A link, a data set's storage or its virtual sources may name any file of
 * the machine; so may the search for filters. What the library asked for besides is kept in `refused`.
 */
function openNothingBut(path: string, system: FileSystem): { readonly refused: readonly string[]; end: () => void } {
  const { open } = system;
  const only = resolve(path);
  const refused: string[] = [];
  system.open = (name, flags, mode) => {
    const own = typeof flags === 'number' && (flags & NEW) === NEW && /^\/tmp\/tmpfile_\w+$/.test(name);
    if (resolve(name) === only || own) return open.call(system, name, flags, mode);
    // Folders are looked through for filters, whatever the file says.
    if (typeof flags !== 'number' || (flags & FOLDER) === 0) refused.push(name);
    throw new system.ErrnoError(NOT_PERMITTED);
  };
  return {
    refused,
    end: () => {
      system.open = open;
    },
  };
}

/** O_CREAT and O_EXCL as Emscripten has them: the library's own file for the text of an error. */
const NEW = 0o300;
/** O_DIRECTORY */
const FOLDER = 0o200000;
/** EPERM of WASI. */
const NOT_PERMITTED = 63;

/** An open file whose data sets are checked as they are read; what is wrong is thrown, to be caught by `readHdf5`. */
export class Hdf5File {
  readonly path: string;
  readonly #file: LibraryFile;

  constructor(file: LibraryFile, path: string) {
    this.#file = file;
    this.path = path;
  }

  has(path: string): boolean {
    return this.#get(path) !== null;
  }

  /** A data set that need not be there. */
  optional(path: string): Dataset | undefined {
    const found = this.#get(path);
    return found !== null && 'slice' in found ? found : undefined;
  }

  /** What cannot be reached, as by a link that leads in a circle, is not there. */
  #get(path: string): ReturnType<LibraryFile['get']> {
    try {
      return this.#file.get(path);
    } catch {
      return null;
    }
  }

  dataset(path: string): Dataset {
    const found = this.optional(path);
    if (found !== undefined) return found;
    const help = 'expected the layout of the Basel Face Model 2017 (model2017-1_bfm_nomouth.h5)';
    throw this.bad('model/missing-dataset', `${this.path} has no dataset ${path}`, help);
  }

  /** All values, finite. */
  floats(dataset: Dataset): Float32Array {
    const values = this.floatArray(dataset, this.value(dataset));
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw this.notFinite(dataset, `[${bad}]`, values[bad]!);
    return values;
  }

  /** What was read of a data set, in single precision. */
  floatArray(dataset: Dataset, value: unknown): Float32Array {
    if (value instanceof Float32Array) return value;
    if (value instanceof Float64Array) return Float32Array.from(value);
    throw this.wrongType(dataset, 'floating point');
  }

  /** All that a data set holds. */
  value(dataset: Dataset): unknown {
    this.#bound(dataset, 'has', elements(dataset));
    return this.#read(dataset, () => dataset.value);
  }

  /** The values in some ranges, one for each axis. */
  slice(dataset: Dataset, ranges: [number, number][]): unknown {
    return this.#read(dataset, () => dataset.slice(ranges));
  }

  #read(dataset: Dataset, read: () => unknown): unknown {
    // A piece is unpacked whole, however little of it is wanted.
    const { chunks } = dataset.metadata;
    if (chunks !== null) this.#bound(dataset, 'has pieces of', chunks.reduce((a, b) => a * b, 1)); // prettier-ignore
    try {
      return read();
    } catch (error) {
      const said = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
      const reason = isOfLibrary(error) ? 'it is damaged, or packed by a filter that is not there' : said;
      throw this.bad('model/not-hdf5', `${dataset.path} of ${this.path} cannot be read: ${reason}`);
    }
  }

  #bound(dataset: Dataset, has: string, count: number): void {
    const bytes = count * dataset.metadata.size;
    if (bytes <= limit('hdf5-bytes')) return;
    const message = `${dataset.path} in ${this.path} ${has} ${sayBytes(bytes)}, more than are read at once`;
    throw this.bad('model/too-large', message, raise('hdf5-bytes'));
  }

  wrongType(dataset: Dataset, expected: string): Bad {
    return this.bad('model/wrong-type', `${dataset.path} is ${describe(dataset)}; expected ${expected}`);
  }

  wrongShape(dataset: Dataset, expected: string): Bad {
    const shape = `(${(dataset.shape ?? []).join(', ')})`;
    return this.bad('model/wrong-shape', `${dataset.path} in ${this.path} has shape ${shape}; expected ${expected}`);
  }

  notFinite(dataset: Dataset, at: string, value: number): Bad {
    return this.bad('model/not-finite', `${dataset.path}${at} in ${this.path} is ${value}`);
  }

  bad(code: ModelCode, message: string, help?: string): Bad {
    return new Bad(failure(code, message, help));
  }
}

export function elements(dataset: Dataset): number {
  return (dataset.shape ?? []).reduce((a, b) => a * b, 1);
}

/** A quick, lazy check before HDF5's own library is loaded. A user block may shift the signature by a power of two. */
function checkSignature(path: string): Diagnostic<ModelCode> | undefined {
  let fd: number;
  try {
    fd = openPlain(path);
  } catch (error) {
    if (error instanceof UnfitFile) return failure('model/not-hdf5', `${path} is no plain file`);
    return failure('model/not-found', `the morphable model ${path} cannot be opened`, 'check the path of the model');
  }
  try {
    const signature = Buffer.alloc(8);
    for (let at = 0; at <= 1 << 20; at = at === 0 ? 512 : 2 * at) {
      if (readSync(fd, signature, 0, 8, at) < 8) break;
      if (signature.equals(Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'))) return undefined;
    }
    return failure('model/not-hdf5', `${path} is not an HDF5 file`, 'the Basel Face Model 2017 comes as .h5');
  } catch {
    return failure('model/not-hdf5', `${path} cannot be read as a file`);
  } finally {
    closeSync(fd);
  }
}

function describe(dataset: Dataset): string {
  return typeof dataset.dtype === 'string' ? `of type ${dataset.dtype}` : 'of a compound type';
}
