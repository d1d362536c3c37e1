import { encodeSafetensors, SafetensorsFile, type Tensor } from '../../../../foundation/formats/safetensors.js';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import { err, fail, ok, type Result } from '../../../../foundation/failures/result.js';
import type { LinearModel, MorphableModel } from './morphable-model.js';

/**
 * A morphable model in little space (`fx/morphable-model@1`, a safetensors file). Bases are quantised to 16 or 8 bits
 * with a step a component. A model that is symmetric in x is stored by its left half (H of N vertices, those first); each
 * component is then even or odd under reflection. H = N stores any model whole.
 *
 * | tensor                   | dtype      | shape     | meaning                                                          |
 * | ------------------------ | ---------- | --------- | ---------------------------------------------------------------- |
 * | `triangles`              | U16 or U32 | [T, 3]    | vertex indices                                                   |
 * | `reflected`              | U16 or U32 | [N - H]   | vertex H + i is the mirror image of vertex reflected[i] < H      |
 * | `landmarks`              | U32        | [L]       | vertices; names in the metadata, as a JSON list                  |
 * | `shape.mean`, ...        | F32        | [H, 3]    | `shape`, `expression`, `albedo`; the mean is even                |
 * | `shape.basis`, ...       | I16 or I8  | [K, H, 3] | in steps                                                         |
 * | `shape.step`, ...        | F32        | [K]       | size of a step                                                   |
 * | `shape.deviation`, ...   | F32        | [K]       | square roots of the variances                                    |
 * | `shape.parity`, ...      | I8         | [K]       | 1 even, -1 odd; a vector's x turns its sign besides, a colour's does not |
 */
export interface CompactModel {
  readonly name: string;
  readonly triangles: Uint32Array;
  readonly reflected: Uint32Array;
  readonly landmarks: ReadonlyMap<string, number>;
  readonly shape: CompactLinear;
  readonly expression: CompactLinear;
  readonly albedo: CompactLinear;
}

export interface CompactLinear {
  /** [H, 3] */
  readonly mean: Float32Array;
  /** K rows of [H, 3]; unit over the whole mesh. */
  readonly rows: readonly ArrayLike<number>[];
  readonly deviation: readonly number[];
  readonly parity: readonly (1 | -1)[];
  readonly bits: 8 | 16;
}

const SCHEMA = 'fx/morphable-model@1';
const GROUPS = ['shape', 'expression', 'albedo'] as const;

/** The bytes of a compact model. */
export function encodeCompact(model: CompactModel): Uint8Array {
  const vertices = model.shape.mean.length / 3 + model.reflected.length;
  const index = (values: Uint32Array): Uint32Array | Uint16Array =>
    vertices > 0xffff ? values : Uint16Array.from(values);
  const names = [...model.landmarks.keys()];
  const tensors: Record<string, Tensor> = {
    triangles: { shape: [model.triangles.length / 3, 3], data: index(model.triangles) },
    reflected: { shape: [model.reflected.length], data: index(model.reflected) },
    landmarks: { shape: [names.length], data: Uint32Array.from(model.landmarks.values()) },
  };
  for (const group of GROUPS) {
    const linear = model[group];
    const half = linear.mean.length / 3;
    const count = linear.rows.length;
    const limit = linear.bits === 8 ? 127 : 32767;
    const basis = linear.bits === 8 ? new Int8Array(count * 3 * half) : new Int16Array(count * 3 * half);
    const step = new Float32Array(count);
    linear.rows.forEach((row, k) => {
      let most = 0;
      for (let i = 0; i < row.length; i += 1) most = Math.max(most, Math.abs(row[i]!));
      step[k] = most / limit;
      const size = most === 0 ? 1 : step[k];
      for (let i = 0; i < row.length; i += 1) {
        basis[k * 3 * half + i] = Math.min(Math.max(Math.round(row[i]! / size), -limit), limit);
      }
    });
    tensors[`${group}.mean`] = { shape: [half, 3], data: linear.mean };
    tensors[`${group}.basis`] = { shape: [count, half, 3], data: basis };
    tensors[`${group}.step`] = { shape: [count], data: step };
    tensors[`${group}.deviation`] = { shape: [count], data: Float32Array.from(linear.deviation) };
    tensors[`${group}.parity`] = { shape: [count], data: Int8Array.from(linear.parity) };
  }
  return encodeSafetensors(tensors, { schema: SCHEMA, name: model.name, landmarks: JSON.stringify(names) });
}

/** A whole model as a compact one, without use of symmetry. */
export function compactOf(model: MorphableModel, bits: 8 | 16 = 16): CompactModel {
  const linear = ({ mean, basis, deviation, components }: LinearModel): CompactLinear => ({
    mean,
    rows: Array.from({ length: components }, (_, k) => basis.subarray(k * mean.length, (k + 1) * mean.length)),
    deviation: [...deviation],
    parity: Array.from({ length: components }, () => 1 as const),
    bits,
  });
  const { name, triangles, landmarks } = model;
  const [shape, expression, albedo] = [linear(model.shape), linear(model.expression), linear(model.albedo)];
  return { name, triangles, landmarks, reflected: new Uint32Array(0), shape, expression, albedo };
}

/** Reads a compact model. */
export function readCompact(path: string): Result<MorphableModel> {
  const opened = SafetensorsFile.open(path);
  if (!opened.ok) return err(opened.error);
  const file = opened.value;
  try {
    if (file.metadata.schema !== SCHEMA) {
      return fail(failure('model/malformed', `${path} is not a compact morphable model (${SCHEMA})`));
    }
    const missing = tensorNames().filter((name) => !file.tensors.has(name));
    if (missing.length > 0) return fail(failure('model/malformed', `${path} lacks the tensors ${missing.join(', ')}`));
    const reflected = Uint32Array.from(file.read('reflected'));
    const names = JSON.parse(file.metadata.landmarks ?? '[]') as readonly string[];
    const vertexOf = file.read('landmarks');
    const shape = linearModel(file, 'shape', reflected);
    return ok({
      name: file.metadata.name ?? path,
      vertices: shape.mean.length / 3,
      triangles: Uint32Array.from(file.read('triangles')),
      shape,
      expression: linearModel(file, 'expression', reflected),
      albedo: linearModel(file, 'albedo', reflected),
      landmarks: new Map(names.map((name, i) => [name, vertexOf[i]!])),
    });
  } finally {
    file.close();
  }
}

function tensorNames(): readonly string[] {
  const parts = ['mean', 'basis', 'step', 'deviation', 'parity'];
  return ['triangles', 'reflected', 'landmarks', ...GROUPS.flatMap((g) => parts.map((part) => `${g}.${part}`))];
}

function linearModel(file: SafetensorsFile, group: (typeof GROUPS)[number], reflected: Uint32Array): LinearModel {
  const xSign = group === 'albedo' ? 1 : -1;
  const mean = file.read(`${group}.mean`) as Float32Array;
  const rows = new Float32Array(file.read(`${group}.basis`));
  const step = file.read(`${group}.step`);
  const parity = file.read(`${group}.parity`);
  const components = step.length;
  const half = mean.length;
  const size = half + 3 * reflected.length;
  const basis = new Float32Array(components * size);
  for (let k = 0; k < components; k += 1) {
    const row = basis.subarray(k * size, (k + 1) * size);
    unfold(rows.subarray(k * half, (k + 1) * half), step[k]!, parity[k]!, xSign, reflected, row);
  }
  const whole = new Float32Array(size);
  unfold(mean, 1, 1, xSign, reflected, whole);
  return { components, mean: whole, basis, deviation: file.read(`${group}.deviation`) as Float32Array };
}

/** One row: the left half scaled, then the mirror images with their signs. */
function unfold(
  from: Float32Array,
  step: number,
  parity: number,
  xSign: number,
  reflected: Uint32Array,
  out: Float32Array,
): void {
  const half = from.length;
  for (let i = 0; i < half; i += 1) out[i] = step * from[i]!;
  for (let i = 0, j = half; i < reflected.length; i += 1, j += 3) {
    const source = 3 * reflected[i]!;
    out[j] = parity * xSign * out[source]!;
    out[j + 1] = parity * out[source + 1]!;
    out[j + 2] = parity * out[source + 2]!;
  }
}
