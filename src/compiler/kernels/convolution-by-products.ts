import type { GraphBuilder, Value } from '../onnx/builder.js';
import { Winograd } from '../lowering/winograd.js';
import type { Info } from './convolution-geometry.js';

/**
 * Convolutions of maps that lie positions first, [row, column, image, channel], as matrix products: those of a single place, and by
 * minimal filtering those that are worth it. Nothing where it is neither.
 *
 * @param x [h, w, n, c]
 * @param filter [k, k, c, o]
 * @returns [h', w', n, o]
 */
export function convolveByProducts(
  builder: GraphBuilder,
  x: Value,
  filter: Value,
  info: Info,
  bias?: Value,
): Value | undefined {
  const out = [info.outHeight, info.outWidth, info.batchSize, info.outChannels];
  if (isPointwise(info)) {
    const options = bias === undefined ? {} : { bias };
    return builder.reshape(builder.product(asRows(builder, x), asRows(builder, filter), options), out);
  }
  const y = winograd(builder, info)?.convolve(x, filter);
  return y === undefined || bias === undefined ? y : builder.add('Add', [y, bias], out);
}

/**
 * @param dy [h', w', n, o]
 * @returns [h, w, n, c]
 */
export function inputGradientByProducts(
  builder: GraphBuilder,
  dy: Value,
  filter: Value,
  info: Info,
): Value | undefined {
  if (!isPointwise(info)) return winograd(builder, info)?.inputGradient(dy, filter);
  const product = builder.product(asRows(builder, dy), asRows(builder, filter), { turnB: true });
  return builder.reshape(product, [info.inHeight, info.inWidth, info.batchSize, info.inChannels]);
}

/**
 * By minimal filtering where asked for and worth it, or for each place (i, j) of the filter the product of x, shifted by (i, j), with dy over all positions. A
 * shift moves whole positions, so it is a slice of long stretches of memory.
 *
 * @param x [h, w, n, c]
 * @param dy [h', w', n, o]
 * @returns [k, k, c, o]
 */
export function filterGradientByProducts(
  builder: GraphBuilder,
  x: Value,
  dy: Value,
  info: Info,
  minimally: boolean,
): Value {
  const filtered = minimally ? winograd(builder, info)?.filterGradient(x, dy) : undefined;
  if (filtered !== undefined) return filtered;
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const right = asRows(builder, dy);
  const shape = [filterHeight, filterWidth, inChannels, outChannels];
  // Few channels make thin products: then all shifts go into one, with channels as rows.
  if (inChannels < FEW) {
    const shifts = shifted(builder, builder.transpose(x, [3, 0, 1, 2]), 1, info);
    const rows = shifts.map((shift) => builder.reshape(shift, [inChannels, right.shape[0]!]));
    return builder.reshape(builder.product(builder.concat(rows, 0), right), shape);
  }
  const products = shifted(builder, x, 0, info).map((shift) =>
    builder.product(asRows(builder, shift), right, { turnA: true }),
  );
  return builder.reshape(builder.concat(products, 0), shape);
}

const FEW = 16;

function isPointwise({ filterHeight, filterWidth, strideHeight, strideWidth, padInfo }: Info): boolean {
  const { top, left, bottom, right } = padInfo;
  return (
    [filterHeight, filterWidth, strideHeight, strideWidth].every((n) => n === 1) && top + left + bottom + right === 0
  );
}

function winograd(builder: GraphBuilder, info: Info): Winograd | undefined {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  const isEven = filterHeight === filterWidth && strideHeight === strideWidth;
  if (!isEven || dilationHeight !== 1 || dilationWidth !== 1) return undefined;
  return Winograd.create(builder, {
    rows: { input: info.inHeight, output: info.outHeight, before: padInfo.top },
    columns: { input: info.inWidth, output: info.outWidth, before: padInfo.left },
    images: info.batchSize,
    channels: info.inChannels,
    outputs: info.outChannels,
    filter: filterHeight,
    stride: strideHeight,
  });
}

/** All axes but the last as one. */
function asRows(builder: GraphBuilder, x: Value): Value {
  const channels = x.shape.at(-1)!;
  return builder.reshape(x, [x.shape.slice(0, -1).reduce((a, b) => a * b, 1), channels]);
}

/** For each place of the filter what of x it meets; rows and columns are the axes from `axis` on. */
function shifted(builder: GraphBuilder, x: Value, axis: 0 | 1, info: Info): Value[] {
  const { top, left } = info.padInfo;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, outHeight, outWidth } = info;
  const around = (rows: number, columns: number, other: number): number[] =>
    x.shape.map((_, i) => (i === axis ? rows : i === axis + 1 ? columns : other));
  const reach = (filter: number, dilation: number, out: number, stride: number): number =>
    (filter - 1) * dilation + (out - 1) * stride + 1;
  const bottom = reach(info.filterHeight, dilationHeight, outHeight, strideHeight) - info.inHeight - top;
  const right = reach(info.filterWidth, dilationWidth, outWidth, strideWidth) - info.inWidth - left;
  const padded = builder.pad(x, around(top, left, 0), around(Math.max(0, bottom), Math.max(0, right), 0));
  const size = x.shape.map((n, i) => (i === axis ? outHeight : i === axis + 1 ? outWidth : n));
  const found: Value[] = [];
  for (let i = 0; i < info.filterHeight; i += 1) {
    for (let j = 0; j < info.filterWidth; j += 1) {
      const start = around(i * dilationHeight, j * dilationWidth, 0);
      found.push(builder.slice(padded, start, size, around(strideHeight, strideWidth, 1)));
    }
  }
  return found;
}
