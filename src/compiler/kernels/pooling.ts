import type { backend_util } from '@tensorflow/tfjs-core';
import type { Value } from '../onnx/builder.js';
import { int, ints, text, type OnnxAttribute } from '../onnx/model.js';
import type { TensorFlow } from '../tensorflow.js';
import { CHANNELS_FIRST, size, type Laid, type Lowering } from '../lowering/lowering.js';
import { across, down } from '../lowering/positions.js';
import type { Attributes, RecordedCall, RecordedTensor, TensorSpec } from '../tape/recording.js';
import type { Kernel, KernelTable } from './kernel.js';
import { Maxima } from './max-gradient.js';

type Info = backend_util.Conv2DInfo;

function geometry(tf: TensorFlow, x: readonly number[], attributes: Attributes): Info {
  const { filterSize, strides, pad, dimRoundingMode } = attributes as {
    filterSize: [number, number] | number;
    strides: [number, number] | number;
    pad: 'valid' | 'same' | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  const shape = x as [number, number, number, number];
  return tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
}

function window(info: Info): Record<string, OnnxAttribute> {
  const { top, left, bottom, right } = info.padInfo;
  return {
    kernel_shape: ints([info.filterHeight, info.filterWidth]),
    strides: ints([info.strideHeight, info.strideWidth]),
    pads: ints([top, left, bottom, right]),
  };
}

function physical(shape: readonly number[]): number[] {
  return CHANNELS_FIRST.map((axis) => shape[axis]!);
}

function channelsFirst(shape: readonly number[], value: Value): Laid {
  return { shape, order: CHANNELS_FIRST, value };
}

function pooled(tf: TensorFlow, { x }: Readonly<Record<string, TensorSpec>>, attributes: Attributes): TensorSpec[] {
  return [{ shape: geometry(tf, x!.shape, attributes).outShape, type: x!.type }];
}

/** Largest values and their places in the whole of x, [n, c, h, w] counted in memory order. */
function maxima(lowering: Lowering, x: Laid, info: Info): readonly [Value, Value] {
  const shape = physical(info.outShape);
  const outputs = [
    { shape, type: 'float32' },
    { shape, type: 'int64' },
  ] as const;
  const options = { attributes: window(info) };
  return lowering.builder.addMany('MaxPool', [lowering.channelsFirst(x)], outputs, options) as [Value, Value];
}

/** Values of a map whose comparisons are kept from the forward pass for the gradient; 8 MiB. */
const MOST_KEPT = 2 ** 21;

/** In the layouts that keep rows and columns apart from what moves with them. */
interface ComparedMaxima {
  readonly value: Laid;
  gradient(dy: Laid): Laid;
}

function comparedMaxima(lowering: Lowering, x: Laid, info: Info): ComparedMaxima | undefined {
  const { builder, blocks } = lowering;
  const { batchSize: n, inHeight: rows, inWidth: columns, inChannels: c } = info;
  if (lowering.positionsFirst) {
    const map = { planes: 1, rows, columns, width: n * c };
    const maxima = new Maxima(builder, lowering.positions(x), map, info);
    return {
      value: lowering.fromPositions(
        info.outShape,
        builder.reshape(maxima.value, [info.outHeight, info.outWidth, n, c]),
      ),
      gradient: (dy) => {
        const dx = maxima.gradient(lowering.positions(dy));
        return lowering.fromPositions(x.shape, builder.reshape(dx, [rows, columns, n, c]));
      },
    };
  }
  if (blocks?.fit(c) !== true) return undefined;
  const map = { planes: (n * c) / blocks.size, rows, columns, width: blocks.size };
  const maxima = new Maxima(builder, lowering.blocked(x), map, info);
  return {
    value: lowering.fromBlocked(info.outShape, builder.reshape(maxima.value, physical(info.outShape))),
    gradient: (dy) => {
      const dx = maxima.gradient(lowering.blocked(dy));
      return lowering.fromBlocked(x.shape, builder.reshape(dx, physical(x.shape)));
    },
  };
}

const maxPool: Kernel = {
  result: pooled,
  lower: (lowering, call) => {
    const x = lowering.input(call, 'x');
    const info = geometry(lowering.tf, x.shape, call.attributes);
    const { shape } = call.outputs[0]!;
    // Where the gradient will want the places, one pooling gives both.
    if (isDifferentiated(lowering, call.inputs.x!)) {
      const compared = comparedMaxima(lowering, x, info);
      return [compared?.value ?? channelsFirst(shape, maxima(lowering, x, info)[0])];
    }
    if (lowering.positionsFirst) return [comparedMaxima(lowering, x, info)!.value];
    const attributes = window(info);
    if (x.blocked !== undefined) {
      return [lowering.fromBlocked(shape, lowering.blocks!.pool('MaxPool', x.blocked, physical(shape), attributes))];
    }
    const value = lowering.builder.add('MaxPool', [lowering.channelsFirst(x)], physical(shape), { attributes });
    return [channelsFirst(shape, value)];
  },
};

function isDifferentiated(lowering: Lowering, x: RecordedTensor): boolean {
  const origin = lowering.origin(x);
  return lowering.graph.calls.some(
    ({ kernel, inputs }) => kernel === 'MaxPoolGrad' && lowering.origin(inputs.input!) === origin,
  );
}

/** Each window's gradient goes to the first of its largest values; a value that won several windows gets the sum. */
const maxPoolGradient: Kernel = {
  result: (_, { input }) => [input!],
  lower: (lowering, call) => {
    const { builder } = lowering;
    const x = lowering.input(call, 'input');
    const info = geometry(lowering.tf, x.shape, call.attributes);
    // What was compared is some five times the map: from large ones it is taken apart once more rather than kept.
    const compare = (): ComparedMaxima | undefined => comparedMaxima(lowering, x, info);
    const isLarge = lowering.positionsFirst && size(x.shape) > MOST_KEPT;
    const compared = isLarge ? builder.unshared(compare) : compare();
    if (compared !== undefined) return [compared.gradient(lowering.input(call, 'dy'))];
    const dy = lowering.channelsFirst(lowering.input(call, 'dy'));
    const [, places] = maxima(lowering, x, info);
    const [from, to] = [size(dy.shape), size(x.shape)];
    // ONNX Runtime scatters with sums in single precision alone.
    const scattered = builder.withFloats('float32', () =>
      builder.add(
        'ScatterElements',
        [
          builder.uniform(0, [to]),
          builder.reshape(places, [from]),
          builder.cast(builder.reshape(dy, [from]), 'float32'),
        ],
        [to],
        { attributes: { axis: int(0), reduction: text('add') } },
      ),
    );
    return [channelsFirst(x.shape, builder.reshape(builder.cast(scattered, 'float32'), physical(x.shape)))];
  },
};

/** The mean over those places of a window that lie inside. */
const avgPool: Kernel = {
  result: pooled,
  lower: (lowering, call) => {
    const { shape } = call.outputs[0]!;
    if (lowering.positionsFirst) return [averageOfPositions(lowering, call, shape)];
    const around = zerosAround(lowering, call.inputs.x!);
    const info = geometry(lowering.tf, call.inputs.x!.shape, call.attributes);
    const edges = [info.padInfo.top, info.padInfo.left, info.padInfo.bottom, info.padInfo.right];
    if (around !== undefined && edges.every((n) => n === 0)) {
      const attributes = { ...window(info), pads: ints(around.edges), count_include_pad: int(1) };
      return [average(lowering, lowering.at(around.x), shape, 'AveragePool', attributes)];
    }
    const isWhole = info.filterHeight === info.inHeight && info.filterWidth === info.inWidth;
    const x = lowering.input(call, 'x');
    return [
      isWhole && edges.every((n) => n === 0)
        ? average(lowering, x, shape, 'GlobalAveragePool', {})
        : average(lowering, x, shape, 'AveragePool', window(info)),
    ];
  },
};

function average(
  lowering: Lowering,
  x: Laid,
  shape: readonly number[],
  op: 'AveragePool' | 'GlobalAveragePool',
  attributes: Record<string, OnnxAttribute>,
): Laid {
  if (x.blocked !== undefined) {
    return lowering.fromBlocked(shape, lowering.blocks!.pool(op, x.blocked, physical(shape), attributes));
  }
  return channelsFirst(shape, lowering.builder.add(op, [lowering.channelsFirst(x)], physical(shape), { attributes }));
}

/** A mean over rows and one over columns, each a product with a matrix. */
function averageOfPositions(lowering: Lowering, call: RecordedCall, shape: readonly number[]): Laid {
  const { builder } = lowering;
  const x = lowering.input(call, 'x');
  const info = geometry(lowering.tf, x.shape, call.attributes);
  const { top, left } = info.padInfo;
  const rows = means(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, top);
  const columns = means(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, left);
  const matrix = (values: Float32Array, to: number, from: number): Value =>
    builder.constant(values, [to, from], 'float32');
  const tall = down(builder, matrix(rows, info.outHeight, info.inHeight), lowering.positions(x));
  const y = across(builder, matrix(columns, info.outWidth, info.inWidth), tall);
  return lowering.fromPositions(shape, y);
}

/** [to, from]: means over those places of each window that lie inside. */
function means(from: number, to: number, size: number, stride: number, before: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let window = 0; window < to; window += 1) {
    const first = Math.max(0, window * stride - before);
    const end = Math.min(from, window * stride - before + size);
    matrix.fill(1 / (end - first), window * from + first, window * from + end);
  }
  return matrix;
}

/** What a tensor is with zeros put around rows and columns, if it is such: pooling can add them itself. */
function zerosAround(lowering: Lowering, tensor: RecordedTensor): { x: RecordedTensor; edges: number[] } | undefined {
  const padding = lowering.graph.calls.find(({ outputs }) => outputs[0]?.id === tensor.id);
  if (padding?.kernel !== 'PadV2' || padding.attributes.constantValue !== 0) return undefined;
  const [images, rows, columns, channels] = padding.attributes.paddings as [number, number][];
  if ([images!, channels!].flat().some((n) => n !== 0)) return undefined;
  return { x: padding.inputs.x!, edges: [rows![0], columns![0], rows![1], columns![1]] };
}

/** Each place gets the sum of its windows' gradients, over the whole window's size (as in TensorFlow.js, at the edge too). */
const avgPoolGradient: Kernel = {
  result: (_, { input }) => [input!],
  lower: (lowering, call) => {
    const { builder } = lowering;
    const { shape } = call.outputs[0]!;
    const dy = lowering.channelsFirst(lowering.input(call, 'dy'));
    const info = geometry(lowering.tf, shape, call.attributes);
    const { filterHeight: kh, filterWidth: kw, inChannels } = info;
    const { top, left, bottom, right } = info.padInfo;
    const weights = builder.uniform(1 / (kh * kw), [inChannels, 1, kh, kw]);
    const spare = [
      info.inHeight - ((info.outHeight - 1) * info.strideHeight + kh - top - bottom),
      info.inWidth - ((info.outWidth - 1) * info.strideWidth + kw - left - right),
    ];
    const attributes = { ...window(info), output_padding: ints(spare), group: int(inChannels) };
    return [channelsFirst(shape, builder.add('ConvTranspose', [dy, weights], physical(shape), { attributes }))];
  },
};

export const POOLING: KernelTable = {
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGradient,
  AvgPool: avgPool,
  AvgPoolGrad: avgPoolGradient,
};
