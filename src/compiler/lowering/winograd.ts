import type { GraphBuilder, Value } from '../onnx/builder.js';
import { int } from '../onnx/model.js';
import { minimalFiltering, type MinimalFiltering } from './minimal-filtering.js';
import { across, down } from './positions.js';

/** A convolution along one axis. */
interface Axis {
  readonly input: number;
  readonly output: number;
  /** Zeros in front. */
  readonly before: number;
}

export interface WinogradShape {
  readonly rows: Axis;
  readonly columns: Axis;
  readonly images: number;
  readonly channels: number;
  readonly outputs: number;
  /** Side of the square filter. */
  readonly filter: number;
  readonly stride: number;
}

/** An axis cut into tiles that F(m, r) filters; matrices over the whole axis, zeros and what is left over included. */
interface Tiling {
  readonly products: number;
  readonly tiles: number;
  /** Products of all tiles. */
  readonly extent: number;
  /** [extent, input]; row (a, tile) is a tiles + tile. */
  readonly spread: Value;
  /** [output, extent]. */
  readonly gather: Value;
  /** G, [products, taps]. */
  readonly filter: Value;
}

/**
 * A convolution and its gradients by minimal filtering, nested for rows and columns, of maps that lie positions first,
 * [row, column, image, channel]. Then every step is a matrix product: the transforms along an axis take that axis from the
 * left, and the arithmetic proper is one product over the channels for each of the tile's products^2 places. The gradients
 * are the transposes of the forward pass, step by step.
 */
export class Winograd {
  readonly #builder: GraphBuilder;
  readonly #shape: WinogradShape;
  readonly #rows: Tiling;
  readonly #columns: Tiling;

  private constructor(builder: GraphBuilder, shape: WinogradShape, filtering: MinimalFiltering) {
    this.#builder = builder;
    this.#shape = shape;
    this.#rows = tiling(builder, shape.rows, shape.stride, filtering);
    this.#columns = tiling(builder, shape.columns, shape.stride, filtering);
  }

  /** With the longest tile that pays; nothing where none does. */
  static create(builder: GraphBuilder, shape: WinogradShape): Winograd | undefined {
    const filtering = cheapest(shape);
    return filtering === undefined ? undefined : new Winograd(builder, shape, filtering);
  }

  /**
   * @param x [h, w, n, c]
   * @param filter [k, k, c, o]
   * @returns [h', w', n, o]
   */
  convolve(x: Value, filter: Value): Value {
    const { rows, columns, images, outputs } = this.#shape;
    // For each place of a tile its products over the channels: [a, tiles, b, tiles n, .].
    const products = this.#builder.products(this.#spreadInput(x), this.#spreadFilter(filter));
    const tall = down(this.#builder, this.#rows.gather, this.#flat(products, outputs));
    return this.#builder.reshape(across(this.#builder, this.#columns.gather, tall), [
      rows.output,
      columns.output,
      images,
      outputs,
    ]);
  }

  /** @returns the gradient in x, [h, w, n, c] */
  inputGradient(dy: Value, filter: Value): Value {
    const { channels } = this.#shape;
    const spread = this.#builder.products(this.#spreadOutput(dy), this.#spreadFilter(filter), { turnB: true });
    const tall = down(this.#builder, this.#rows.spread, this.#flat(spread, channels), { turned: true });
    return across(this.#builder, this.#columns.spread, tall, { turned: true });
  }

  /** @returns the gradient in the filter, [k, k, c, o] */
  filterGradient(x: Value, dy: Value): Value {
    const { channels, outputs } = this.#shape;
    const builder = this.#builder;
    const { products: a, tiles } = this.#rows;
    const b = this.#columns.products;
    const spread = this.#isLarge ? builder.unshared(() => this.#spreadInput(x)) : this.#spreadInput(x);
    const each = this.#builder.products(spread, this.#spreadOutput(dy), { turnA: true });
    // Tiles of a row were summed over by the product, rows of tiles are left.
    const sums =
      tiles === 1
        ? each
        : builder.add('ReduceSum', [each, builder.integers([1])], [a, 1, b, channels, outputs], {
            attributes: { keepdims: int(1) },
          });
    const places = builder.reshape(sums, [a, b, channels, outputs]);
    const tall = down(builder, this.#rows.filter, places, { turned: true });
    return across(builder, this.#columns.filter, tall, { turned: true });
  }

  /** Whether the input, spread, is too large to keep from the forward pass to the filter's gradient. */
  get #isLarge(): boolean {
    const { images, channels } = this.#shape;
    return this.#rows.extent * this.#columns.extent * images * channels > MOST_KEPT;
  }

  /** [h, w, n, c] to [a, tiles, b, tiles n, c]. */
  #spreadInput(x: Value): Value {
    const tall = down(this.#builder, this.#rows.spread, x);
    return this.#tiled(across(this.#builder, this.#columns.spread, tall), this.#shape.channels);
  }

  /** [h', w', n, o] to [a, tiles, b, tiles n, o]. */
  #spreadOutput(dy: Value): Value {
    const tall = down(this.#builder, this.#rows.gather, dy, { turned: true });
    return this.#tiled(across(this.#builder, this.#columns.gather, tall, { turned: true }), this.#shape.outputs);
  }

  /** [k, k, c, o] to [a, 1, b, c, o]. */
  #spreadFilter(filter: Value): Value {
    const { channels, outputs } = this.#shape;
    const tall = down(this.#builder, this.#rows.filter, filter);
    const whole = across(this.#builder, this.#columns.filter, tall);
    return this.#builder.reshape(whole, [this.#rows.products, 1, this.#columns.products, channels, outputs]);
  }

  #tiled(value: Value, channels: number): Value {
    const { products: a, tiles } = this.#rows;
    const { products: b, tiles: tilesAcross } = this.#columns;
    return this.#builder.reshape(value, [a, tiles, b, tilesAcross * this.#shape.images, channels]);
  }

  #flat(value: Value, channels: number): Value {
    const shape = [this.#rows.extent, this.#columns.extent, this.#shape.images, channels];
    return this.#builder.reshape(value, shape);
  }
}

function tiling(
  builder: GraphBuilder,
  { input, output, before }: Axis,
  stride: number,
  filtering: MinimalFiltering,
): Tiling {
  const { products, outputs, reach, taps } = filtering;
  const tiles = Math.ceil(output / outputs);
  const extent = products * tiles;
  const spread = new Float32Array(extent * input);
  const gather = new Float32Array(output * extent);
  for (let tile = 0; tile < tiles; tile += 1) {
    for (let a = 0; a < products; a += 1) {
      const row = a * tiles + tile;
      for (let k = 0; k < reach; k += 1) {
        const at = stride * tile * outputs + k - before;
        if (at >= 0 && at < input) spread[row * input + at] = filtering.input[a * reach + k]!;
      }
      for (let j = 0; j < outputs && tile * outputs + j < output; j += 1) {
        gather[(tile * outputs + j) * extent + row] = filtering.output[j * products + a]!;
      }
    }
  }
  return {
    products,
    tiles,
    extent,
    spread: builder.constant(spread, [extent, input], 'float32'),
    gather: builder.constant(gather, [output, extent], 'float32'),
    filter: builder.constant(Float32Array.from(filtering.filter), [products, taps], 'float32'),
  };
}

/** Values of a spread input that are kept from the forward pass for the gradient; 32 MiB. */
const MOST_KEPT = 2 ** 23;

const TILES = [2, 3, 4];
/**
 * What minimal filtering may cost of the plain convolution's multiplications: that would have to turn its maps' axes, and back.
 */
const WORTH_IT = 1.25;

function cheapest(shape: WinogradShape): MinimalFiltering | undefined {
  const { rows, columns, channels, outputs, filter, stride } = shape;
  let best: MinimalFiltering | undefined;
  if (filter === 1) return undefined;
  let least = WORTH_IT * filter ** 2 * rows.output * columns.output * channels * outputs;
  for (const m of TILES) {
    const filtering = minimalFiltering(m, filter, stride);
    if (filtering === undefined) continue;
    const needed = multiplications(shape, filtering);
    if (needed < least) [best, least] = [filtering, needed];
  }
  return best;
}

/** For each image, of the forward pass: of the products, and of the transforms before and behind. */
function multiplications({ rows, columns, channels, outputs }: WinogradShape, filtering: MinimalFiltering): number {
  const [tall, wide] = [rows, columns].map(
    ({ output }) => filtering.products * Math.ceil(output / filtering.outputs),
  ) as [number, number];
  const spread = tall * columns.input * (rows.input + wide) * channels;
  const gather = rows.output * wide * (tall + columns.output) * outputs;
  return tall * wide * channels * outputs + spread + gather;
}
