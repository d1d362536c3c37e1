import type { TensorLayout } from '../../../../foundation/formats/safetensors-writer.js';
import type { TensorData } from '../../../../foundation/formats/safetensors.js';
import { present } from '../../../../foundation/values/present.js';
import type { MorphableModel } from '../model/morphable-model.js';
import { mapChannels } from '../render/maps.js';
import type { GeneratorRecipe } from '../sample/recipe.js';
import type { ComponentCounts } from './shared-model.js';

/**
 * The tensors of a shard besides those of `image-set.ts`:
 *
 * | tensor                    | dtype | shape           | meaning                                                             |
 * | ------------------------- | ----- | --------------- | ------------------------------------------------------------------- |
 * | `coefficients.shape`      | F32   | [n, Ks]         | standard normal units; likewise `.albedo`, `.expression`            |
 * | `camera`                  | F64   | [n, 6]          | focal length, sensor width, height (mm), principal point (NDC) x, y; roll of the view (radians) |
 * | `placement`               | F64   | [n, 4]          | scaling, translation x, y, z (mm)                                   |
 * | `maps.<name>`             | U8    | [n, h, w(, 3)]  | see `render/maps.ts`                                                |
 */
export type RowLayout = Readonly<
  Record<string, { readonly dtype: 'F32' | 'F64' | 'I32' | 'U8'; readonly shape: readonly number[] }>
>;

/** Shape of one image's row in each tensor. */
export function rowLayout(recipe: GeneratorRecipe, model: MorphableModel): RowLayout {
  const { width, height } = recipe.size;
  const landmarks = model.landmarks.size;
  const components = componentCounts(recipe, model);
  return {
    images: { dtype: 'U8', shape: [height, width, 3] },
    identity: { dtype: 'I32', shape: [] },
    sample: { dtype: 'I32', shape: [] },
    landmarks: { dtype: 'F32', shape: [landmarks, 2] },
    visible: { dtype: 'U8', shape: [landmarks] },
    pose: { dtype: 'F32', shape: [3] },
    light: { dtype: 'F32', shape: [9, 3] },
    camera: { dtype: 'F64', shape: [6] },
    placement: { dtype: 'F64', shape: [4] },
    'coefficients.shape': { dtype: 'F32', shape: [components.shape] },
    'coefficients.albedo': { dtype: 'F32', shape: [components.albedo] },
    'coefficients.expression': {
      dtype: 'F32',
      shape: [components.expression],
    },
    ...Object.fromEntries(
      recipe.maps.map((name) => [
        `maps.${name}`,
        { dtype: 'U8', shape: mapChannels(name) === 3 ? [height, width, 3] : [height, width] } as const,
      ]),
    ),
  };
}

/** Leading components of each part of the model that a recipe uses. */
export function componentCounts(recipe: GeneratorRecipe, model: MorphableModel): ComponentCounts {
  const { shape, albedo, expression } = recipe.face;
  return {
    shape: shape.components ?? model.shape.components,
    albedo: albedo.components ?? model.albedo.components,
    expression: expression === undefined ? 0 : (expression.components ?? model.expression.components),
  };
}

/** The layout of a file of `rows` such rows. */
export function fileLayout(layout: RowLayout, rows: number): Record<string, TensorLayout> {
  return Object.fromEntries(
    Object.entries(layout).map(([name, { dtype, shape }]) => [name, { dtype, shape: [rows, ...shape] }]),
  );
}

type ArrayOver = { readonly BYTES_PER_ELEMENT: number } & (new (
  buffer: ArrayBufferLike,
  at: number,
  length: number,
) => TensorData);
const ARRAYS: Readonly<Record<'F32' | 'F64' | 'I32' | 'U8', ArrayOver>> = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  U8: Uint8Array,
};

/** Some rows of every tensor, over one buffer that threads share. */
export class Rows {
  readonly buffer: SharedArrayBuffer;
  readonly #fields: ReadonlyMap<string, { readonly data: TensorData; readonly length: number }>;

  constructor(layout: RowLayout, capacity: number, buffer?: SharedArrayBuffer) {
    let bytes = 0;
    const places = Object.entries(layout).map(([name, { dtype, shape }]) => {
      const length = shape.reduce((a, b) => a * b, 1);
      const at = bytes;
      bytes += Math.ceil((capacity * length * ARRAYS[dtype].BYTES_PER_ELEMENT) / 8) * 8;
      return { name, dtype, length, at };
    });
    this.buffer = buffer ?? new SharedArrayBuffer(bytes);
    this.#fields = new Map(
      places.map(({ name, dtype, length, at }) => [
        name,
        { data: new ARRAYS[dtype](this.buffer, at, capacity * length), length },
      ]),
    );
  }

  get names(): readonly string[] {
    return [...this.#fields.keys()];
  }

  /** One row, in place. */
  row(name: string, index: number): TensorData {
    return this.rows(name, index, index + 1);
  }

  /** Rows `from` to `to` (exclusive), in place. */
  rows(name: string, from: number, to: number): TensorData {
    const { data, length } = present(this.#fields, name);
    return data.subarray(from * length, to * length);
  }
}
