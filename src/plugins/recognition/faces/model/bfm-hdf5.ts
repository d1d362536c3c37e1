import { basename } from 'node:path';
import type { Dataset } from 'h5wasm/node';
import { failure, type Diagnostic } from '../../../../foundation/failures/diagnostic.js';
import { limit, raise } from '../../../../foundation/files/limits.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { elements, readHdf5, type Hdf5File, type ModelCode } from './hdf5-file.js';
import { nearestVertex, parseLandmarks } from './landmarks.js';
import type { LinearModel, MorphableModel } from './morphable-model.js';

/**
 * Reader of the HDF5 layout of the Basel Face Model 2017 (scalismo-faces, MoMoIO): `/shape`, `/color` and, where there
 * is one, `/expression`, each with `model/{mean, pcaBasis, pcaVariance}` and `representer/{points, cells}`, a `version`
 * that says how the basis is to be read, and named landmarks under `/metadata/landmarks`.
 */

/** How many components each part of a model has. */
export interface ModelComponents {
  readonly shape: number;
  readonly albedo: number;
  readonly expression: number;
}

export interface ReadOptions {
  /** Leading components to read; all by default. More than the file has is an error. */
  readonly components?: Partial<ModelComponents>;
  /** Landmarks that must be there. */
  readonly landmarks?: readonly string[];
  /** Elements of a basis in memory besides the model itself, while it is read. No bit depends on it. */
  readonly slab?: number;
}

/** 16 MB of float32. */
const SLAB = 4 * 1024 * 1024;

/**
 * Reads a morphable model. Bases are read slab by slab and only as many components as asked for, so that the working
 * memory beyond the model itself is one slab.
 */
export async function readBfmHdf5(
  path: string,
  options: ReadOptions = {},
): Promise<Result<MorphableModel, readonly Diagnostic<ModelCode>[]>> {
  return readHdf5(path, (file) => new Reader(file, options).model());
}

/** What a model is, but for its bases. */
export interface ModelSurvey {
  readonly vertices: number;
  readonly components: ModelComponents;
  readonly landmarks: ReadonlySet<string>;
}

/** Whether a file has the data sets of a morphable model, in fitting shapes; reads all of it but the bases. */
export async function surveyBfmHdf5(path: string): Promise<Result<ModelSurvey, readonly Diagnostic<ModelCode>[]>> {
  return readHdf5(path, (file) => new Reader(file, {}).survey());
}

/** The landmark's vertex, or what names there are. */
export function landmarkVertex(model: MorphableModel, name: string): Result<number, readonly Diagnostic<ModelCode>[]> {
  const vertex = model.landmarks.get(name);
  return vertex === undefined ? fail(noLandmark(model.name, name, [...model.landmarks.keys()])) : ok(vertex);
}

type Group = 'shape' | 'color' | 'expression';

interface StoredPart {
  readonly mean: Dataset;
  readonly basis: Dataset;
  readonly variance: Dataset;
  readonly stored: number;
}

class Reader {
  readonly #file: Hdf5File;
  readonly #options: ReadOptions;

  constructor(file: Hdf5File, options: ReadOptions) {
    this.#file = file;
    this.#options = options;
  }

  model(): MorphableModel {
    const { components = {}, landmarks: required = [] } = this.#options;
    const points = this.#points();
    const vertices = points.length / 3;
    const triangles = this.#cells(vertices);
    const landmarks = this.#landmarks(points);
    const name = basename(this.#file.path);
    for (const landmark of required) {
      if (landmarks.has(landmark)) continue;
      const { code, message, help } = noLandmark(name, landmark, [...landmarks.keys()]);
      throw this.#file.bad(code, message, help);
    }
    const shape = this.#linear('shape', vertices, components.shape);
    const albedo = this.#linear('color', vertices, components.albedo);
    const expression = this.#file.has('/expression')
      ? this.#linear('expression', vertices, components.expression)
      : this.#noExpression(vertices, components.expression);
    return { name, vertices, triangles, shape, expression, albedo, landmarks };
  }

  survey(): ModelSurvey {
    const points = this.#points();
    const vertices = points.length / 3;
    this.#cells(vertices);
    const stored = (group: Group): number => {
      const part = this.#part(group, vertices);
      this.#file.floats(part.mean);
      return this.#deviation(part).length;
    };
    const components = {
      shape: stored('shape'),
      albedo: stored('color'),
      expression: this.#file.has('/expression') ? stored('expression') : 0,
    };
    return { vertices, components, landmarks: new Set(this.#landmarks(points).keys()) };
  }

  #noExpression(vertices: number, limit: number | undefined): LinearModel {
    if (limit !== undefined && limit > 0) this.#tooMany('expression', limit, 0);
    const nothing = new Float32Array(0);
    return { components: 0, mean: new Float32Array(3 * vertices), basis: nothing, deviation: nothing };
  }

  #reference(): { readonly dataset: Dataset; readonly vertices: number } {
    const dataset = this.#file.dataset('/shape/representer/points');
    const [axes, vertices] = dataset.shape ?? [];
    if (dataset.shape?.length !== 2 || axes !== 3 || vertices === undefined || vertices === 0) {
      throw this.#file.wrongShape(dataset, '(3, N)');
    }
    if (vertices > limit('model-vertices')) {
      const message = `the model ${this.#file.path} has ${vertices} vertices, more than are read`;
      throw this.#file.bad('model/too-large', message, raise('model-vertices'));
    }
    return { dataset, vertices };
  }

  /** The reference, stored (3, N), as [N, 3]. */
  #points(): Float32Array {
    const { dataset, vertices } = this.#reference();
    const stored = this.#file.floats(dataset);
    const points = new Float32Array(3 * vertices);
    for (let a = 0; a < 3; a += 1) for (let v = 0; v < vertices; v += 1) points[3 * v + a] = stored[a * vertices + v]!;
    return points;
  }

  /** Triangles, stored (3, T), as [T, 3]. */
  #cells(vertices: number): Uint32Array {
    const dataset = this.#file.dataset('/shape/representer/cells');
    const [axes, count] = dataset.shape ?? [];
    if (dataset.shape?.length !== 2 || axes !== 3 || count === undefined)
      throw this.#file.wrongShape(dataset, '(3, T)');
    const stored = this.#file.value(dataset);
    if (!(stored instanceof Int32Array || stored instanceof Uint32Array)) {
      throw this.#file.wrongType(dataset, 'int32 or uint32');
    }
    const triangles = new Uint32Array(3 * count);
    for (let a = 0; a < 3; a += 1) {
      for (let t = 0; t < count; t += 1) {
        const vertex = stored[a * count + t]!;
        if (vertex < 0 || vertex >= vertices) {
          throw this.#file.bad(
            'model/cell-out-of-range',
            `triangle ${t} names vertex ${vertex}, but there are ${vertices}`,
          );
        }
        triangles[3 * t + a] = vertex;
      }
    }
    return triangles;
  }

  #landmarks(points: Float32Array): ReadonlyMap<string, number> {
    for (const kind of ['json', 'text'] as const) {
      const path = `/metadata/landmarks/${kind}`;
      const stored = this.#file.optional(path);
      if (stored === undefined) continue;
      const text = this.#file.value(stored);
      const value: unknown = Array.isArray(text) ? text[0] : text;
      const parsed = typeof value === 'string' ? parseLandmarks(kind, value) : undefined;
      if (parsed === undefined) {
        const form = kind === 'json' ? 'a list of {id, coordinates: [x, y, z]}' : 'lines "name visible x y z"';
        throw this.#file.bad('model/malformed-landmarks', `${path} is not ${form}`);
      }
      if (parsed.length > limit('model-landmarks')) {
        const message = `the model ${this.#file.path} has ${parsed.length} landmarks, more than are read`;
        throw this.#file.bad('model/too-large', message, raise('model-landmarks'));
      }
      return new Map(parsed.map(({ name, point }) => [name, nearestVertex(points, point)]));
    }
    return new Map();
  }

  /** The data sets of one part, whose shapes fit each other. */
  #part(group: Group, vertices: number): StoredPart {
    const size = 3 * vertices;
    const mean = this.#file.dataset(`/${group}/model/mean`);
    const basis = this.#file.dataset(`/${group}/model/pcaBasis`);
    const variance = this.#file.dataset(`/${group}/model/pcaVariance`);
    if (elements(mean) !== size) throw this.#file.wrongShape(mean, `(${size}), three values a vertex`);
    const stored = elements(variance);
    if (basis.shape?.length !== 2 || basis.shape[0] !== size || basis.shape[1] !== stored) {
      throw this.#file.wrongShape(basis, `(${size}, ${stored}), a column for each of the ${stored} variances`);
    }
    this.#checkNoise(group);
    return { mean, basis, variance, stored };
  }

  #linear(group: Group, vertices: number, limit: number | undefined): LinearModel {
    const size = 3 * vertices;
    const part = this.#part(group, vertices);
    const { mean, basis, stored } = part;
    if (limit !== undefined && limit > stored) this.#tooMany(group, limit, stored);
    const components = limit ?? stored;
    const deviation = this.#deviation(part).slice(0, components);
    const rows = this.#basis(basis, size, components);
    if (!this.#orthonormal(group)) normaliseRows(rows, size);
    return { components, mean: this.#file.floats(mean), basis: rows, deviation };
  }

  #deviation({ variance }: StoredPart): Float32Array {
    return this.#file.floats(variance).map((value, k) => {
      if (value < 0) throw this.#file.bad('model/negative-variance', `${variance.path}[${k}] is ${value}`);
      return Math.sqrt(value);
    });
  }

  /** (3N, K) row-major as [K, N, 3], the first `components` of it. */
  #basis(dataset: Dataset, size: number, components: number): Float32Array {
    const rows = new Float32Array(components * size);
    if (components === 0) return rows;
    const height = Math.max(1, Math.floor((this.#options.slab ?? SLAB) / components));
    for (let from = 0; from < size; from += height) {
      const to = Math.min(from + height, size);
      const slab = this.#file.floatArray(
        dataset,
        this.#file.slice(dataset, [
          [from, to],
          [0, components],
        ]),
      );
      for (let k = 0; k < components; k += 1) {
        const row = k * size;
        for (let i = from, j = k; i < to; i += 1, j += components) {
          const value = slab[j]!;
          if (!Number.isFinite(value)) throw this.#file.notFinite(dataset, `[${i}, ${k}]`, value);
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
        const dataset = this.#file.optional(`${prefix}/version/${which}`);
        if (dataset === undefined) continue;
        const value = this.#file.value(dataset);
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
    const noise = this.#file.optional(`/${group}/model/noiseVariance`);
    if (noise !== undefined && elements(noise) !== 1) throw this.#file.wrongShape(noise, 'a scalar or (1)');
  }

  #tooMany(group: string, asked: number, there: number): never {
    const name = group === 'color' ? 'albedo' : group;
    throw this.#file.bad(
      'model/too-many-components',
      `${asked} ${name} components asked of ${this.#file.path}, which has ${there}`,
      `ask for at most ${there}`,
    );
  }
}

function noLandmark(model: string, name: string, known: readonly string[]): Diagnostic<ModelCode> {
  const help = known.length === 0 ? 'it names no landmarks at all' : `it has ${[...known].sort().join(', ')}`;
  return failure('model/no-landmark', `the model ${model} has no landmark ${name}`, help);
}

function normaliseRows(rows: Float32Array, size: number): void {
  for (let row = 0; row < rows.length; row += size) {
    let square = 0;
    for (let i = row; i < row + size; i += 1) square += rows[i]! * rows[i]!;
    const scale = square === 0 ? 0 : 1 / Math.sqrt(square);
    for (let i = row; i < row + size; i += 1) rows[i] = rows[i]! * scale;
  }
}
