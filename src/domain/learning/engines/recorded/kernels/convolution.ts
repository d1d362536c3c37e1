import type { backend_util } from '@tensorflow/tfjs-core';
import type { Value } from '../../../onnx/builder.js';
import { ints, type OnnxAttribute } from '../../../onnx/model.js';
import type { TensorFlow } from '../../../tensorflow.js';
import { CHANNELS_FIRST, type Laid, type Lowering } from '../lowering.js';
import type { Attributes, RecordedCall, TensorSpec } from '../recording.js';
import { activate } from './activation.js';
import type { Kernel, KernelTable } from './kernel.js';

type Info = backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

/** [height, width, in, out] as ONNX's [out, in, height, width]. */
const FILTER_ORDER = [3, 2, 0, 1] as const;

/** Sizes, strides and padding of a convolution of x [n, h, w, c] with a filter [kh, kw, c, o]. */
function geometry(tf: TensorFlow, x: readonly number[], filter: readonly number[], attributes: Attributes): Info {
  const { strides, pad, dataFormat, dilations, dimRoundingMode } = attributes as {
    strides: [number, number] | number;
    pad: 'valid' | 'same' | number;
    dataFormat?: 'NHWC' | 'NCHW';
    dilations?: [number, number] | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  if (dataFormat === 'NCHW') throw new Error('a convolution recorded with channels first cannot be lowered');
  return tf.backend_util.computeConv2DInfo(
    x as Shape4D,
    filter as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
  );
}

function edges({ padInfo: { top, left, bottom, right } }: Info): number[] {
  return [top, left, bottom, right];
}

function window(info: Info): Record<string, OnnxAttribute> {
  return {
    kernel_shape: ints([info.filterHeight, info.filterWidth]),
    strides: ints([info.strideHeight, info.strideWidth]),
    dilations: ints([info.dilationHeight, info.dilationWidth]),
    pads: ints(edges(info)),
  };
}

/** A result of ONNX's [n, c, h, w] as TensorFlow.js's [n, h, w, c]. */
function channelsFirst(shape: readonly number[], value: Value): Laid {
  return { shape, order: CHANNELS_FIRST, value };
}

function physical(shape: readonly number[]): number[] {
  return CHANNELS_FIRST.map((axis) => shape[axis]!);
}

function convolve(lowering: Lowering, call: RecordedCall, bias?: Value): Laid {
  const x = lowering.input(call, 'x');
  const filter = lowering.input(call, 'filter');
  const { shape } = call.outputs[0]!;
  const info = geometry(lowering.tf, x.shape, filter.shape, call.attributes);
  const out = physical(shape);
  const band = bias === undefined && info.filterHeight * info.filterWidth === 1 ? bandOf(lowering, call) : undefined;
  if (band !== undefined) return channelsFirst(shape, bandConvolution(lowering, lowering.channelsFirst(x), band));
  if (isBlocked(lowering, filter.shape)) {
    const thin = filter.shape[2]! < lowering.blocks!.size;
    const input = thin ? lowering.channelsFirst(x) : lowering.blocked(x);
    const options = { bias, rectified: call.attributes.activation === 'relu' };
    const value = lowering.blocks!.convolve(input, lowering.canonical(filter), out, window(info), options);
    return lowering.fromBlocked(shape, value);
  }
  const inputs = [lowering.channelsFirst(x), lowering.inOrder(filter, FILTER_ORDER)];
  if (bias !== undefined) inputs.push(bias);
  return channelsFirst(shape, lowering.builder.add('Conv', inputs, out, { attributes: window(info) }));
}

/**
 * The diagonals of a 1x1 filter that is a band matrix (local response normalisation): with F[i, j] = t[j - i + w] within w
 * places of the diagonal and 0 elsewhere, t. Nothing where it is no such matrix, or the band is not narrow.
 */
function bandOf(lowering: Lowering, call: RecordedCall): Float32Array | undefined {
  const values = lowering.literal(call.inputs.filter!);
  const [, , inputs, outputs] = call.inputs.filter!.shape as Shape4D;
  if (values === undefined || inputs !== outputs) return undefined;
  let width = 0;
  while (width < inputs && values[width + 1] !== 0) width += 1;
  if (4 * width >= inputs) return undefined;
  const middle = inputs >> 1;
  const diagonals = Float32Array.from(
    { length: 2 * width + 1 },
    (_, k) => values[middle * inputs + middle + k - width]!,
  );
  for (let i = 0; i < inputs; i += 1) {
    for (let j = 0; j < inputs; j += 1) {
      if (values[i * inputs + j] !== (diagonals[j - i + width] ?? 0)) return undefined;
    }
  }
  return diagonals;
}

/** The band as what it is: a convolution along the channels, of each position by itself. */
function bandConvolution({ builder }: Lowering, x: Value, diagonals: Float32Array): Value {
  const [n, channels, height, width] = x.shape as Shape4D;
  const size = diagonals.length;
  const edge = size >> 1;
  const plane = builder.reshape(x, [n, 1, channels, height * width]);
  const weights = builder.constant(diagonals.toReversed(), [1, 1, size, 1], 'float32');
  const attributes = { kernel_shape: ints([size, 1]), pads: ints([edge, 0, edge, 0]) };
  return builder.reshape(builder.add('Conv', [plane, weights], plane.shape, { attributes }), x.shape);
}

/** Whether a convolution with that filter [kh, kw, in, out] goes with channels in blocks; the image's few are no hindrance. */
function isBlocked({ blocks }: Lowering, [, , inputs, outputs]: readonly number[]): boolean {
  return blocks !== undefined && blocks.fit(outputs!) && (blocks.fit(inputs!) || inputs! < blocks.size / 2);
}

function convolved(
  tf: TensorFlow,
  { x, filter }: Readonly<Record<string, TensorSpec>>,
  attributes: Attributes,
): TensorSpec[] {
  return [{ shape: geometry(tf, x!.shape, filter!.shape, attributes).outShape, type: 'float32' }];
}

const conv2D: Kernel = {
  result: convolved,
  lower: (lowering, call) => [convolve(lowering, call)],
};

const fusedConv2D: Kernel = {
  result: convolved,
  lower: (lowering, call) => {
    const channels = call.outputs[0]!.shape[3]!;
    const given = call.inputs.bias === undefined ? undefined : lowering.input(call, 'bias');
    const bias = given === undefined ? undefined : lowering.builder.reshape(lowering.canonical(given), [channels]);
    const y = convolve(lowering, call, bias);
    // In blocked channels the convolution has the ReLU in it.
    return [y.blocked !== undefined && call.attributes.activation === 'relu' ? y : activate(lowering, call, y)];
  },
};

/**
 * Gradient in the input. With stride 1 it is a convolution of dy with the filter turned by 180 degrees and its channels
 * swapped; else a transposed convolution.
 */
const inputGradient: Kernel = {
  result: (_, { dy }, { inputShape }) => [{ shape: inputShape as number[], type: dy!.type }],
  lower: (lowering, call) => {
    const { builder } = lowering;
    const { shape } = call.outputs[0]!;
    const filter = lowering.input(call, 'filter');
    const dy = lowering.channelsFirst(lowering.input(call, 'dy'));
    const info = geometry(lowering.tf, shape, filter.shape, call.attributes);
    const [top, left, bottom, right] = edges(info) as Shape4D;
    const [kh, kw] = [info.filterHeight, info.filterWidth];
    const out = physical(shape);
    const rest = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right];
    if (info.strideHeight === 1 && info.strideWidth === 1 && rest.every((n) => n >= 0)) {
      // Turned first, while channels lie together, so that whole stretches of memory move.
      const whole = lowering.canonical(filter);
      const turned =
        kh === 1 && kw === 1 ? whole : builder.slice(whole, [kh - 1, kw - 1, 0, 0], whole.shape, [-1, -1, 1, 1]);
      const attributes = { kernel_shape: ints([kh, kw]), pads: ints(rest) };
      const blocks = lowering.blocks;
      if (blocks?.fit(filter.shape[2]!) === true && blocks.fit(filter.shape[3]!)) {
        const dyBlocked = lowering.blocked(lowering.input(call, 'dy'));
        return [lowering.fromBlocked(shape, blocks.convolve(dyBlocked, turned, out, attributes, { swapped: true }))];
      }
      const swapped = builder.transpose(turned, [2, 3, 0, 1]);
      return [channelsFirst(shape, builder.add('Conv', [dy, swapped], out, { attributes }))];
    }
    const spare = [
      info.inHeight - ((info.outHeight - 1) * info.strideHeight + kh - top - bottom),
      info.inWidth - ((info.outWidth - 1) * info.strideWidth + kw - left - right),
    ];
    const attributes = { ...window(info), output_padding: ints(spare) };
    const inputs = [dy, lowering.inOrder(filter, FILTER_ORDER)];
    return [channelsFirst(shape, builder.add('ConvTranspose', inputs, out, { attributes }))];
  },
};

/**
 * Gradient in the filter: for each place (i, j) of the filter, the product of dy with x shifted by (i, j), over all images
 * and positions: [c, n h w] x [n h w, o]. With channels as rows each shift is a slice of whole stretches of memory, and
 * the products are as large as they can be.
 */
const filterGradient: Kernel = {
  result: (_, { x }, { filterShape }) => [{ shape: filterShape as number[], type: x!.type }],
  lower: (lowering, call) => {
    const { builder } = lowering;
    const { shape } = call.outputs[0]!;
    const x = lowering.input(call, 'x');
    const dy = lowering.input(call, 'dy');
    const info = geometry(lowering.tf, x.shape, shape, call.attributes);
    const [kh, kw, channels, outputs] = shape as Shape4D;
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

export const CONVOLUTION: KernelTable = {
  Conv2D: conv2D,
  FusedConv2D: fusedConv2D,
  Conv2DBackpropInput: inputGradient,
  Conv2DBackpropFilter: filterGradient,
};
