import { basename } from 'node:path';
import { openSync, readSync, closeSync } from 'node:fs';
import type { Dataset, File as Hdf5File } from 'h5wasm/node';
import { failure, type Diagnostic } from '../../../foundation/diagnostic.js';
import { fail, ok, type Result } from '../../../foundation/result.js';
import { nearestVertex, parseLandmarks } from './landmarks.js';
import type { LinearModel, MorphableModel } from './morphable-model.js';

/**
 * Reader of the HDF5 layout of the Basel Face Model 2017 (scalismo-faces, MoMoIO): `/shape`, `/color` and, where there
 * is one, `/expression`, each with `model/{mean, pcaBasis, pcaVariance}` and `representer/{points, cells}`, a `version`
 * that says how the basis is to be read, and named landmarks under `/metadata/landmarks`.
 */

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

export interface ReadOptions {
  /** Leading components to read; all by default. More than the file has is an error. */
  readonly components?: { readonly shape?: number; readonly albedo?: number; readonly expression?: number };
  /** Landmarks that must be there. */
  readonly landmarks?: readonly string[];
}

/** Elements of a basis read at once: 16 MB of float32. */
const SLAB = 4 * 1024 * 1024;

/** Thrown inside the reader, caught at its one edge. */
class Bad extends Error {
  readonly diagnostic: Diagnostic<ModelCode>;
  constructor(diagnostic: Diagnostic<ModelCode>) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/**
 * Reads a morphable model. Bases are read slab by slab and only as many components as asked for, so that the working
 * memory beyond the model itself is one slab.
 */
export async function readBfmHdf5(
  path: string,
  options: ReadOptions = {},
): Promise<Result<MorphableModel, readonly Diagnostic<ModelCode>[]>> {
  const unfit = checkSignature(path);
  if (unfit !== undefined) return fail(unfit);
  const { File, ready } = await import('h5wasm/node');
  const library = await ready;
  // Otherwise a file that HDF5 cannot open prints its stack of errors and seems empty.
  library.activate_throwing_error_handler();
  let file: Hdf5File;
  try {
    file = new File(path, 'r');
  } catch {
    return fail(failure('model/not-hdf5', `${path} cannot be opened as HDF5; it may be cut short`));
  } finally {
    library.deactivate_throwing_error_handler();
  }
  try {
    return ok(new Reader(file, path, options).model());
  } catch (error) {
    if (error instanceof Bad) return fail(error.diagnostic);
    throw error;
  } finally {
    file.close();
  }
}

/** The landmark's vertex, or what names there are. */
export function landmarkVertex(model: MorphableModel, name: string): Result<number, readonly Diagnostic<ModelCode>[]> {
  const vertex = model.landmarks.get(name);
  return vertex === undefined ? fail(noLandmark(model.name, name, [...model.landmarks.keys()])) : ok(vertex);
}

class Reader {
  readonly #file: Hdf5File;
  readonly #path: string;
  readonly #options: ReadOptions;

  constructor(file: Hdf5File, path: string, options: ReadOptions) {
    this.#file = file;
    this.#path = path;
    this.#options = options;
  }

  model(): MorphableModel {
    const { components = {}, landmarks: required = [] } = this.#options;
    const points = this.#points();
    const vertices = points.length / 3;
    const triangles = this.#cells(vertices);
    const landmarks = this.#landmarks(points);
    const name = basename(this.#path);
    for (const landmark of required) {
      if (!landmarks.has(landmark)) throw new Bad(noLandmark(name, landmark, [...landmarks.keys()]));
    }
    const shape = this.#linear('shape', vertices, components.shape);
    const albedo = this.#linear('color', vertices, components.albedo);
    const expression =
      this.#file.get('/expression') === null
        ? this.#noExpression(vertices, components.expression)
        : this.#linear('expression', vertices, components.expression);
    return { name, vertices, triangles, shape, expression, albedo, landmarks };
  }

  #noExpression(vertices: number, limit: number | undefined): LinearModel {
    if (limit !== undefined && limit > 0) this.#tooMany('expression', limit, 0);
    const nothing = new Float32Array(0);
    return { components: 0, mean: new Float32Array(3 * vertices), basis: nothing, deviation: nothing };
  }

  /** The reference, stored (3, N), as [N, 3]. */
  #points(): Float32Array {
    const dataset = this.#dataset('/shape/representer/points');
    const [axes, vertices] = dataset.shape ?? [];
    if (dataset.shape?.length !== 2 || axes !== 3 || vertices === undefined || vertices === 0) {
      throw this.#wrongShape(dataset, '(3, N)');
    }
    const stored = this.#floats(dataset);
    const points = new Float32Array(3 * vertices);
    for (let a = 0; a < 3; a += 1) for (let v = 0; v < vertices; v += 1) points[3 * v + a] = stored[a * vertices + v]!;
    return points;
  }

  /** Triangles, stored (3, T), as [T, 3]. */
  #cells(vertices: number): Uint32Array {
    const dataset = this.#dataset('/shape/representer/cells');
    const [axes, count] = dataset.shape ?? [];
    if (dataset.shape?.length !== 2 || axes !== 3 || count === undefined) throw this.#wrongShape(dataset, '(3, T)');
    const stored = dataset.value;
    if (!(stored instanceof Int32Array || stored instanceof Uint32Array)) {
      throw this.#bad('model/wrong-type', `${dataset.path} is ${describe(dataset)}; expected int32 or uint32`);
    }
    const triangles = new Uint32Array(3 * count);
    for (let a = 0; a < 3; a += 1) {
      for (let t = 0; t < count; t += 1) {
        const vertex = stored[a * count + t]!;
        if (vertex < 0 || vertex >= vertices) {
          throw this.#bad('model/cell-out-of-range', `triangle ${t} names vertex ${vertex}, but there are ${vertices}`);
        }
        triangles[3 * t + a] = vertex;
      }
    }
    return triangles;
  }

  #landmarks(points: Float32Array): ReadonlyMap<string, number> {
    for (const kind of ['json', 'text'] as const) {
      const path = `/metadata/landmarks/${kind}`;
      const stored = this.#file.get(path);
      if (stored === null || !('value' in stored)) continue;
      const value = Array.isArray(stored.value) ? stored.value[0] : stored.value;
      const parsed = typeof value === 'string' ? parseLandmarks(kind, value) : undefined;
      if (parsed === undefined) {
        const form = kind === 'json' ? 'a list of {id, coordinates: [x, y, z]}' : 'lines "name visible x y z"';
        throw this.#bad('model/malformed-landmarks', `${path} is not ${form}`);
      }
      return new Map(parsed.map(({ name, point }) => [name, nearestVertex(points, point)]));
    }
    return new Map();
  }

  #linear(group: 'shape' | 'color' | 'expression', vertices: number, limit: number | undefined): LinearModel {
    const size = 3 * vertices;
    const mean = this.#dataset(`/${group}/model/mean`);
    const basis = this.#dataset(`/${group}/model/pcaBasis`);
    const variance = this.#dataset(`/${group}/model/pcaVariance`);
    if (elements(mean) !== size) throw this.#wrongShape(mean, `(${size}), three values a vertex`);
    const stored = elements(variance);
    if (basis.shape?.length !== 2 || basis.shape[0] !== size || basis.shape[1] !== stored) {
      throw this.#wrongShape(basis, `(${size}, ${stored}), a column for each of the ${stored} variances`);
    }
    this.#checkNoise(group);
    if (limit !== undefined && limit > stored) this.#tooMany(group, limit, stored);
    const components = limit ?? stored;
    const deviation = this.#floats(variance).slice(0, components);
    deviation.forEach((value, k) => {
      if (value < 0) throw this.#bad('model/negative-variance', `${variance.path}[${k}] is ${value}`);
      deviation[k] = Math.sqrt(value);
    });
    const rows = this.#basis(basis, size, components);
    if (!this.#orthonormal(group)) normaliseRows(rows, size);
    return { components, mean: this.#floats(mean), basis: rows, deviation };
  }

  /** (3N, K) row-major as [K, N, 3], the first `components` of it. */
  #basis(dataset: Dataset, size: number, components: number): Float32Array {
    const rows = new Float32Array(components * size);
    if (components === 0) return rows;
    const height = Math.max(1, Math.floor(SLAB / components));
    for (let from = 0; from < size; from += height) {
      const to = Math.min(from + height, size);
      const slab = this.#floatArray(
        dataset,
        dataset.slice([
          [from, to],
          [0, components],
        ]),
      );
      for (let k = 0; k < components; k += 1) {
        const row = k * size;
        for (let i = from, j = k; i < to; i += 1, j += components) {
          const value = slab[j]!;
          if (!Number.isFinite(value)) throw this.#notFinite(dataset, `[${i}, ${k}]`, value);
          rows[row + i] = value;
        }
      }
    }
    return rows;
  }

  /** Statismo 0.9 and later store orthonormal columns; 0.8, and files that do not say, scaled ones. */
  #orthonormal(group: string): boolean {
    const number = (which: string): number | undefined => {
      for (const prefix of [`/${group}`, '']) {
        const dataset = this.#file.get(`${prefix}/version/${which}`);
        if (dataset === null || !('value' in dataset)) continue;
        const value = dataset.value;
        const scalar = ArrayBuffer.isView(value) ? (value as Int32Array)[0] : value;
        if (typeof scalar === 'number' || typeof scalar === 'bigint') return Number(scalar);
      }
      return undefined;
    };
    const major = number('majorVersion') ?? 0;
    const minor = number('minorVersion') ?? 8;
    return major > 0 || minor >= 9;
  }

  /** The noise of probabilistic PCA is no part of a face, but a malformed one means a malformed file. */
  #checkNoise(group: string): void {
    const noise = this.#file.get(`/${group}/model/noiseVariance`);
    if (noise === null || !('shape' in noise)) return;
    if (elements(noise) !== 1) throw this.#wrongShape(noise, 'a scalar or (1)');
  }

  #dataset(path: string): Dataset {
    const found = this.#file.get(path);
    if (found === null || !('slice' in found)) {
      throw this.#bad(
        'model/missing-dataset',
        `${this.#path} has no dataset ${path}`,
        'expected the layout of the Basel Face Model 2017 (model2017-1_bfm_nomouth.h5)',
      );
    }
    return found;
  }

  /** All values, finite. */
  #floats(dataset: Dataset): Float32Array {
    const values = this.#floatArray(dataset, dataset.value);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw this.#notFinite(dataset, `[${bad}]`, values[bad]!);
    return values;
  }

  #floatArray(dataset: Dataset, value: unknown): Float32Array {
    if (value instanceof Float32Array) return value;
    if (value instanceof Float64Array) return Float32Array.from(value);
    throw this.#bad('model/wrong-type', `${dataset.path} is ${describe(dataset)}; expected floating point`);
  }

  #tooMany(group: string, asked: number, there: number): never {
    const name = group === 'color' ? 'albedo' : group;
    throw this.#bad(
      'model/too-many-components',
      `${asked} ${name} components asked of ${this.#path}, which has ${there}`,
      `ask for at most ${there}`,
    );
  }

  #wrongShape(dataset: Dataset, expected: string): Bad {
    const shape = `(${(dataset.shape ?? []).join(', ')})`;
    return this.#bad('model/wrong-shape', `${dataset.path} in ${this.#path} has shape ${shape}; expected ${expected}`);
  }

  #notFinite(dataset: Dataset, at: string, value: number): Bad {
    return this.#bad('model/not-finite', `${dataset.path}${at} in ${this.#path} is ${value}`);
  }

  #bad(code: ModelCode, message: string, help?: string): Bad {
    return new Bad(failure(code, message, help));
  }
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

function noLandmark(model: string, name: string, known: readonly string[]): Diagnostic<ModelCode> {
  const help = known.length === 0 ? 'it names no landmarks at all' : `it has ${[...known].sort().join(', ')}`;
  return failure('model/no-landmark', `the model ${model} has no landmark ${name}`, help);
}

function elements(dataset: Dataset): number {
  return (dataset.shape ?? []).reduce((a, b) => a * b, 1);
}

function describe(dataset: Dataset): string {
  return typeof dataset.dtype === 'string' ? `of type ${dataset.dtype}` : 'of a compound type';
}

function normaliseRows(rows: Float32Array, size: number): void {
  for (let row = 0; row < rows.length; row += size) {
    let square = 0;
    for (let i = row; i < row + size; i += 1) square += rows[i]! * rows[i]!;
    const scale = square === 0 ? 0 : 1 / Math.sqrt(square);
    for (let i = row; i < row + size; i += 1) rows[i] = rows[i]! * scale;
  }
}
