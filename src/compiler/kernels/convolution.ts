import type { Value } from '../onnx/builder.js';
import { ints } from '../onnx/model.js';
import type { TensorFlow } from '../tensorflow.js';
import type { Laid, Lowering } from '../lowering/lowering.js';
import type { Attributes, RecordedCall, TensorSpec } from '../tape/recording.js';
import { activate } from './activation.js';
import { convolveByProducts, inputGradientByProducts } from './convolution-by-products.js';
import { edges, geometry, physical, window, type Shape4D } from './convolution-geometry.js';
import { filterGradient } from './filter-gradient.js';
import type { Kernel, KernelTable } from './kernel.js';

/** [height, width, in, out] as ONNX's [out, in, height, width]. */
const FILTER_ORDER = [3, 2, 0, 1] as const;

function convolve(lowering: Lowering, call: RecordedCall, bias?: Value): Laid {
  const x = lowering.input(call, 'x');
  const filter = lowering.input(call, 'filter');
  const { shape } = call.outputs[0]!;
  const info = geometry(lowering.tf, x.shape, filter.shape, call.attributes);
  const out = physical(shape);
  const band = bias === undefined && info.filterHeight * info.filterWidth === 1 ? bandOf(lowering, call) : undefined;
  if (band !== undefined) return bandConvolution(lowering, x, band);
  if (lowering.positionsFirst) {
    const filters = lowering.canonical(filter);
    const y = convolveByProducts(lowering.builder, lowering.positions(x), filters, info, bias);
    if (y !== undefined) return lowering.fromPositions(shape, y);
  }
  if (isBlocked(lowering, filter.shape)) {
    const thin = filter.shape[2]! < lowering.blocks!.size;
    const input = thin ? lowering.channelsFirst(x) : lowering.blocked(x);
    const options = { bias, rectified: call.attributes.activation === 'relu' };
    const value = lowering.blocks!.convolve(input, lowering.canonical(filter), out, window(info), options);
    return lowering.fromBlocked(shape, value);
  }
  const inputs = [lowering.channelsFirst(x), lowering.inOrder(filter, FILTER_ORDER)];
  if (bias !== undefined) inputs.push(bias);
  return lowering.fromChannelsFirst(shape, convolveChannelsFirst(lowering, inputs, out, window(info)));
}

/** @param inputs map, filter [out, in, height, width] and, where there is one, bias */
function convolveChannelsFirst(
  { builder, wrongThreefold }: Lowering,
  [x, filter, ...bias]: readonly Value[],
  out: readonly number[],
  attributes: ReturnType<typeof window>,
): Value {
  const channels = x!.shape[1]!;
  const isWrong = wrongThreefold && channels > 3 && channels % 3 === 0 && channels % 4 !== 0;
  const more = (value: Value): Value => (isWrong ? builder.pad(value, [0, 0, 0, 0], [0, 1, 0, 0]) : value);
  return builder.add('Conv', [more(x!), more(filter!), ...bias], out, { attributes });
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
function bandConvolution(lowering: Lowering, laid: Laid, diagonals: Float32Array): Laid {
  const { builder, positionsFirst } = lowering;
  const x = positionsFirst ? lowering.positions(laid) : lowering.channelsFirst(laid);
  const [a, b, c, d] = x.shape as Shape4D;
  const size = diagonals.length;
  const edge = size >> 1;
  const [plane, kernel, edges] = positionsFirst
    ? [
        [a, 1, b * c, d],
        [1, size],
        [0, edge, 0, edge],
      ]
    : [
        [a, 1, b, c * d],
        [size, 1],
        [edge, 0, edge, 0],
      ];
  const weights = builder.constant(diagonals.toReversed(), [1, 1, ...kernel], 'float32');
  const attributes = { kernel_shape: ints(kernel), pads: ints(edges) };
  const y = builder.reshape(builder.add('Conv', [builder.reshape(x, plane), weights], plane, { attributes }), x.shape);
  return positionsFirst ? lowering.fromPositions(laid.shape, y) : lowering.fromChannelsFirst(laid.shape, y);
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
    const info = geometry(lowering.tf, shape, filter.shape, call.attributes);
    if (lowering.positionsFirst) {
      const dy = lowering.positions(lowering.input(call, 'dy'));
      const dx = inputGradientByProducts(builder, dy, lowering.canonical(filter), info);
      if (dx !== undefined) return [lowering.fromPositions(shape, dx)];
    }
    const dy = lowering.channelsFirst(lowering.input(call, 'dy'));
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
      return [lowering.fromChannelsFirst(shape, convolveChannelsFirst(lowering, [dy, swapped], out, attributes))];
    }
    const spare = [
      info.inHeight - ((info.outHeight - 1) * info.strideHeight + kh - top - bottom),
      info.inWidth - ((info.outWidth - 1) * info.strideWidth + kw - left - right),
    ];
    const attributes = { ...window(info), output_padding: ints(spare) };
    const inputs = [dy, lowering.inOrder(filter, FILTER_ORDER)];
    return [lowering.fromChannelsFirst(shape, builder.add('ConvTranspose', inputs, out, { attributes }))];
  },
};

export const CONVOLUTION: KernelTable = {
  Conv2D: conv2D,
  FusedConv2D: fusedConv2D,
  Conv2DBackpropInput: inputGradient,
  Conv2DBackpropFilter: filterGradient,
};
