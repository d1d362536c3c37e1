import type { Value } from '../../../onnx/builder.js';
import type { Laid, Lowering } from '../lowering.js';
import { geometry, type Info, type Shape4D } from './convolution-geometry.js';
import type { Kernel } from './kernel.js';
import { filterGradientByProducts } from './convolution-by-products.js';

/**
 * Gradient in the filter: for each place (i, j) of the filter, the product of dy with x shifted by (i, j), over all images
 * and positions: [c, n h w] x [n h w, o]. With channels as rows each shift is a slice of whole stretches of memory, and
 * the products are as large as they can be.
 */
export const filterGradient: Kernel = {
  result: (_, { x }, { filterShape }) => [{ shape: filterShape as number[], type: x!.type }],
  lower: (lowering, call) => {
    const { builder } = lowering;
    const { shape } = call.outputs[0]!;
    const x = lowering.input(call, 'x');
    const dy = lowering.input(call, 'dy');
    const info = geometry(lowering.tf, x.shape, shape, call.attributes);
    const [kh, kw, channels, outputs] = shape as Shape4D;
    if (lowering.positionsFirst) {
      const value = filterGradientByProducts(builder, lowering.positions(x), lowering.positions(dy), info);
      return [{ shape, value }];
    }
    const positions = info.batchSize * info.outHeight * info.outWidth;
    const right = builder.reshape(channelsAsRows(lowering, dy), [outputs, positions]);
    const shifts = shifted(lowering, x, info).map((value) => builder.reshape(value, [channels, positions]));
    // Few channels make thin products: then all shifts go into one.
    const blocks = channels < 16 ? [builder.concat(shifts, 0)] : shifts;
    const products = blocks.map((left) => builder.product(left, right, { turnB: true }));
    return [{ shape, value: builder.reshape(builder.concat(products, 0), [kh, kw, channels, outputs]) }];
  },
};

/** [channel, image, row, column] of a tensor [image, row, column, channel]. */
function channelsAsRows(lowering: Lowering, x: Laid): Value {
  if (x.blocked === undefined) return lowering.inOrder(x, CHANNELS_AS_ROWS);
  const shape = CHANNELS_AS_ROWS.map((axis) => x.shape[axis]!);
  return lowering.builder.reshape(lowering.blocks!.channelsAsRows(x.blocked), shape);
}

const CHANNELS_AS_ROWS = [3, 0, 1, 2] as const;

/** For each place of the filter, what of x it meets: [c, n, outHeight, outWidth]. */
function shifted(lowering: Lowering, x: Laid, info: Info): Value[] {
  const { builder } = lowering;
  const { strideHeight: sh, strideWidth: sw, batchSize: n, inChannels: c, outHeight, outWidth } = info;
  const { top, left } = info.padInfo;
  // Enough rows and columns for every shift, and a multiple of the stride.
  const rows = sh * (Math.ceil(info.filterHeight / sh) - 1 + outHeight);
  const columns = sw * (Math.ceil(info.filterWidth / sw) - 1 + outWidth);
  const before = [top, left];
  const after = [Math.max(0, rows - info.inHeight - top), Math.max(0, columns - info.inWidth - left)];
  const inBlocks = sh * sw > 1 && x.blocked !== undefined;
  const phases = inBlocks
    ? phasesInBlocks(lowering, lowering.blocks!.pad(x.blocked, before, after, 0), [rows, columns], [sh, sw])
    : phasesInOrder(
        lowering,
        builder.pad(channelsAsRows(lowering, x), [0, 0, ...before], [0, 0, ...after]),
        [rows, columns],
        [sh, sw],
      );
  const found: Value[] = [];
  for (let i = 0; i < info.filterHeight; i += 1) {
    for (let j = 0; j < info.filterWidth; j += 1) {
      const place = [Math.floor(i / sh), Math.floor(j / sw)];
      found.push(phases([i % sh, j % sw], place, [c, n, outHeight, outWidth]));
    }
  }
  return found;
}

type Pair = readonly [number, number];

/**
 * Of rows i, i + stride, ... and columns j, j + stride, ..., those from `place` on, of the size given. With what lies a stride
 * apart put together, a shift is a slice of whole stretches of memory.
 */
type Phases = (phase: Pair, place: readonly number[], size: readonly number[]) => Value;

/** @param whole [c, n, h, w], of at least the size given */
function phasesInOrder({ builder }: Lowering, whole: Value, [rows, columns]: Pair, [sh, sw]: Pair): Phases {
  const [c, n] = whole.shape as [number, number];
  const trimmed = builder.slice(whole, [0, 0, 0, 0], [c, n, rows, columns]);
  const split = builder.reshape(trimmed, [c, n, rows / sh, sh, columns / sw, sw]);
  const phases = builder.transpose(split, [3, 5, 0, 1, 2, 4]);
  return (phase, place, size) => builder.slice(phases, [...phase, 0, 0, ...place], [1, 1, ...size]);
}

/** The same of blocked [n, c, h, w]: the channels of a block move together. */
function phasesInBlocks({ builder, blocks }: Lowering, whole: Value, [rows, columns]: Pair, [sh, sw]: Pair): Phases {
  const [n, c, h, w] = whole.shape as Shape4D;
  const each = blocks!.size;
  const planes = (n * c) / each;
  const maps = builder.reshape(whole, [planes, h, w, each]);
  const trimmed = builder.slice(maps, [0, 0, 0, 0], [planes, rows, columns, each]);
  const split = builder.reshape(trimmed, [planes, rows / sh, sh, columns / sw, sw, each]);
  return ([i, j], place, size) => {
    const phase = builder.slice(split, [0, 0, i, 0, j, 0], [planes, rows / sh, 1, columns / sw, 1, each]);
    const channels = blocks!.channelsAsRows(builder.reshape(phase, [n, c, rows / sh, columns / sw]));
    return builder.slice(builder.reshape(channels, [c, n, rows / sh, columns / sw]), [0, 0, ...place], size);
  };
}
