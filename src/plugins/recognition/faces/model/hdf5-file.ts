import { openSync, readSync, closeSync } from 'node:fs';
import type { Dataset, File as LibraryFile } from 'h5wasm/node';
import { failure, type Diagnostic } from '../../../../foundation/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/result.js';

export type ModelCode =
  | 'model/not-found'
  | 'model/not-hdf5'
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
  // Otherwise a file that HDF5 cannot open prints its stack of errors and seems empty.
  library.activate_throwing_error_handler();
  let file: LibraryFile;
  try {
    file = new File(path, 'r');
  } catch {
    return fail(failure('model/not-hdf5', `${path} cannot be opened as HDF5; it may be cut short`));
  } finally {
    library.deactivate_throwing_error_handler();
  }
  try {
    return ok(read(new Hdf5File(file, path)));
  } catch (error) {
    if (error instanceof Bad) return fail(error.diagnostic);
    throw error;
  } finally {
    file.close();
  }
}

/** An open file whose data sets are checked as they are read; what is wrong is thrown, to be caught by `readHdf5`. */
export class Hdf5File {
  readonly path: string;
  readonly #file: LibraryFile;

  constructor(file: LibraryFile, path: string) {
    this.#file = file;
    this.path = path;
  }

  has(path: string): boolean {
    return this.#file.get(path) !== null;
  }

  /** A data set that need not be there. */
  optional(path: string): Dataset | undefined {
    const found = this.#file.get(path);
    return found !== null && 'slice' in found ? found : undefined;
  }

  dataset(path: string): Dataset {
    const found = this.optional(path);
    if (found !== undefined) return found;
    const help = 'expected the layout of the Basel Face Model 2017 (model2017-1_bfm_nomouth.h5)';
    throw this.bad('model/missing-dataset', `${this.path} has no dataset ${path}`, help);
  }

  /** All values, finite. */
  floats(dataset: Dataset): Float32Array {
    const values = this.floatArray(dataset, dataset.value);
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
    fd = openSync(path, 'r');
  } catch {
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
