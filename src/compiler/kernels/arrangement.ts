import { sameShape } from '../onnx/builder.js';
import { int } from '../onnx/model.js';
import { CHANNELS_FIRST, inverse, size, type Laid, type Lowering } from '../lowering/lowering.js';
import type { Attributes, TensorSpec, TensorType } from '../tape/recording.js';
import { first, type Kernel, type KernelTable } from './kernel.js';

const reshape: Kernel = {
  result: (tf, inputs, attributes) => {
    const { shape, type } = first(inputs);
    return [{ shape: tf.util.inferFromImplicitShape(attributes.shape as number[], size(shape)), type }];
  },
  lower: (lowering, call) => {
    const { shape } = call.outputs[0]!;
    return [{ shape, value: lowering.builder.reshape(lowering.canonical(lowering.inputs(call)[0]!), shape) }];
  },
};

const expandDims: Kernel = {
  result: (_, inputs, { dim }) => {
    const { shape, type } = first(inputs);
    const at = positive(dim as number, shape.length + 1);
    if (at < 0 || at > shape.length) throw new Error(`axis ${dim as number} of a tensor [${shape.join(', ')}]`);
    return [{ shape: [...shape.slice(0, at), 1, ...shape.slice(at)], type }];
  },
  lower: reshape.lower,
};

const transpose: Kernel = {
  result: (_, inputs, { perm }) => {
    const { shape, type } = first(inputs);
    return [{ shape: (perm as number[]).map((axis) => shape[axis]!), type }];
  },
  lower: (lowering, call) => {
    const value = lowering.canonical(lowering.input(call, 'x'));
    return [
      { shape: call.outputs[0]!.shape, value: lowering.builder.transpose(value, call.attributes.perm as number[]) },
    ];
  },
};

const concat: Kernel = {
  result: (tf, inputs, { axis }) => {
    const tensors = Object.values(inputs);
    const at = positive(axis as number, first(inputs).shape.length);
    const shapes = tensors.map(({ shape }) => [...shape]);
    tf.backend_util.assertParamsConsistent(shapes, at);
    return [concatenated(tensors, at)];
  },
  lower: (lowering, call) => {
    const operands = lowering.inputs(call).filter(({ shape }) => size(shape) > 0);
    const { shape, type } = call.outputs[0]!;
    if (operands.length === 0) return [{ shape, value: lowering.builder.uniform(0, shape, type) }];
    const order = operands.find((operand) => operand.order !== undefined)?.order;
    const axis = positive(call.attributes.axis as number, shape.length);
    if (operands.some(({ blocked }) => blocked !== undefined) && areBlocks(lowering, axis, operands)) {
      const blocked = operands.map((operand) => lowering.blocked(operand));
      return [lowering.fromBlocked(shape, lowering.builder.concat(blocked, 1))];
    }
    const values = operands.map((operand) => lowering.inOrder(operand, order));
    const at = order === undefined ? axis : inverse(order)[axis]!;
    return [laid(shape, order, lowering.builder.concat(values, at))];
  },
};

/** Whether maps are divided by channel, at whole blocks: these lie in memory as channels do. */
function areBlocks(
  { blocks }: Lowering,
  axis: number,
  parts: readonly { readonly shape: readonly number[] }[],
): boolean {
  return axis === 3 && parts.every(({ shape }) => shape.length === 4 && blocks!.fit(shape[3]!));
}

function concatenated(inputs: readonly TensorSpec[], at: number): TensorSpec {
  const { shape, type } = inputs[0]!;
  const axis = positive(at, shape.length);
  const total = inputs.reduce((sum, input) => sum + input.shape[axis]!, 0);
  return { shape: shape.map((n, i) => (i === axis ? total : n)), type };
}

const pack: Kernel = {
  result: (_, inputs, { axis }) => {
    const { shape, type } = first(inputs);
    const at = positive(axis as number, shape.length + 1);
    if (Object.values(inputs).some((input) => !sameShape(input.shape, shape) || input.type !== type)) {
      throw new Error('tensors of different shapes or types cannot be stacked');
    }
    return [{ shape: [...shape.slice(0, at), Object.keys(inputs).length, ...shape.slice(at)], type }];
  },
  lower: (lowering, call) => {
    const { shape } = call.outputs[0]!;
    const at = positive(call.attributes.axis as number, shape.length);
    const layer = shape.map((n, i) => (i === at ? 1 : n));
    const values = lowering.inputs(call).map((x) => lowering.builder.reshape(lowering.canonical(x), layer));
    return [{ shape, value: lowering.builder.concat(values, at) }];
  },
};

const unpack: Kernel = {
  list: true,
  result: (_, inputs, { axis }) => {
    const { shape, type } = first(inputs);
    const at = positive(axis as number, shape.length);
    return Array.from({ length: shape[at]! }, () => ({ shape: shape.filter((_n, i) => i !== at), type }));
  },
  lower: (lowering, call) => {
    const x = lowering.input(call, 'value');
    const value = lowering.canonical(x);
    const at = positive(call.attributes.axis as number, x.shape.length);
    const layer = x.shape.map((n, i) => (i === at ? 1 : n));
    return call.outputs.map(({ shape }, k) => {
      const start = x.shape.map((_, i) => (i === at ? k : 0));
      return { shape, value: lowering.builder.reshape(lowering.builder.slice(value, start, layer), shape) };
    });
  },
};

const split: Kernel = {
  list: true,
  result: (tf, inputs, { numOrSizeSplits, axis }) => {
    const { shape, type } = first(inputs);
    const at = positive(axis as number, shape.length);
    const sizes = tf.backend_util.prepareSplitSize({ shape: [...shape] } as never, numOrSizeSplits as number[], at);
    return sizes.map((part) => ({ shape: shape.map((n, i) => (i === at ? part : n)), type }));
  },
  lower: (lowering, call) => {
    const x = lowering.input(call, 'x');
    const at = positive(call.attributes.axis as number, x.shape.length);
    const physical = x.order === undefined ? at : inverse(x.order)[at]!;
    const outputs = call.outputs.map(({ shape }) => ({
      shape: x.value.shape.map((n, i) => (i === physical ? shape[at]! : n)),
      type: x.value.type,
    }));
    const sizes = lowering.builder.integers(call.outputs.map(({ shape }) => shape[at]!));
    const attributes = { axis: int(physical) };
    if (x.blocked !== undefined && areBlocks(lowering, at, call.outputs)) {
      const parts = lowering.builder.addMany('Split', [x.blocked, sizes], outputs, { attributes });
      return parts.map((value, i) => lowering.fromBlocked(call.outputs[i]!.shape, value));
    }
    if (outputs.length > lowering.mostOutputs) {
      let begin = 0;
      return outputs.map(({ shape }, i) => {
        const start = shape.map((_, axis) => (axis === physical ? begin : 0));
        begin += shape[physical]!;
        return lowering.like(x, lowering.builder.slice(x.value, start, shape), call.outputs[i]!.shape);
      });
    }
    const parts = lowering.builder.addMany('Split', [x.value, sizes], outputs, { attributes });
    return parts.map((value, i) => lowering.like(x, value, call.outputs[i]!.shape));
  },
};

const slice: Kernel = {
  result: (tf, inputs, { begin, size: sizes }) => {
    const { shape, type } = first(inputs);
    tf.slice_util.assertParamsValid(
      { shape: [...shape] } as never,
      ...(tf.slice_util.parseSliceParams({ shape: [...shape] } as never, begin as number[], sizes as number[]) as [
        number[],
        number[],
      ]),
    );
    const [, extent] = tf.slice_util.parseSliceParams(
      { shape: [...shape] } as never,
      begin as number[],
      sizes as number[],
    );
    return [{ shape: extent!, type }];
  },
  lower: (lowering, call) => {
    const x = lowering.input(call, 'x');
    const { begin, size: sizes } = call.attributes as { begin: number[]; size: number[] };
    const [start] = lowering.tf.slice_util.parseSliceParams({ shape: [...x.shape] } as never, begin, sizes);
    const { shape } = call.outputs[0]!;
    const whole = x.shape.every((n, i) => i === 3 || shape[i] === n);
    if (x.blocked !== undefined && whole && areBlocks(lowering, 3, [{ shape }]) && lowering.blocks!.fit(start![3]!)) {
      const sizesInBlocks = CHANNELS_FIRST.map((axis) => shape[axis]!);
      return [lowering.fromBlocked(shape, lowering.builder.slice(x.blocked, [0, start![3]!, 0, 0], sizesInBlocks))];
    }
    const arrange = (values: readonly number[]): readonly number[] => x.order?.map((axis) => values[axis]!) ?? values;
    return [lowering.like(x, lowering.builder.slice(x.value, arrange(start!), arrange(shape)), shape)];
  },
};

const pad: Kernel = {
  result: (_, inputs, { paddings }) => {
    const { shape, type } = first(inputs);
    return [{ shape: shape.map((n, i) => n + sum((paddings as number[][])[i]!)), type }];
  },
  lower: (lowering, call) => {
    const x = lowering.input(call, 'x');
    const { paddings, constantValue } = call.attributes as { paddings: number[][]; constantValue: number };
    const [images, rows, columns, channels] = paddings as [number, number][];
    if (x.blocked !== undefined && [images!, channels!].flat().every((n) => n === 0)) {
      const before = [rows![0], columns![0]];
      const after = [rows![1], columns![1]];
      const value = lowering.blocks!.pad(x.blocked, before, after, constantValue);
      return [lowering.fromBlocked(call.outputs[0]!.shape, value)];
    }
    const around = x.order?.map((axis) => paddings[axis]!) ?? paddings;
    const value = lowering.builder.pad(
      x.value,
      around.map(([before]) => before!),
      around.map(([, after]) => after!),
      constantValue,
    );
    return [lowering.like(x, value, call.outputs[0]!.shape)];
  },
};

const reverse: Kernel = {
  result: (tf, inputs, { dims }) => {
    tf.util.parseAxisParam(dims as number[], [...first(inputs).shape]);
    return [first(inputs)];
  },
  lower: (lowering, call) => {
    const x = lowering.input(call, 'x');
    const dims = lowering.tf.util.parseAxisParam(call.attributes.dims as number[], [...x.shape]);
    const start = x.shape.map((n, i) => (dims.includes(i) ? n - 1 : 0));
    const steps = x.shape.map((_, i) => (dims.includes(i) ? -1 : 1));
    return [{ shape: x.shape, value: lowering.builder.slice(lowering.canonical(x), start, x.shape, steps) }];
  },
};

const tile: Kernel = {
  result: (_, inputs, { reps }) => {
    const { shape, type } = first(inputs);
    return [{ shape: shape.map((n, i) => n * (reps as number[])[i]!), type }];
  },
  lower: (lowering, call) => {
    const { builder } = lowering;
    const { shape } = call.outputs[0]!;
    const inputs = [lowering.canonical(lowering.input(call, 'x')), builder.integers(call.attributes.reps as number[])];
    return [{ shape, value: builder.add('Tile', inputs, shape) }];
  },
};

const broadcastTo: Kernel = {
  result: (_, inputs, { shape }) => [{ shape: shape as number[], type: first(inputs).type }],
  lower: (lowering, call) => {
    const { builder } = lowering;
    const { shape } = call.outputs[0]!;
    return [
      {
        shape,
        value: builder.add('Expand', [lowering.canonical(lowering.input(call, 'x')), builder.integers(shape)], shape),
      },
    ];
  },
};

const gather: Kernel = {
  result: (_, { x, indices }, { axis, batchDims }) => {
    const at = positive(axis as number, x!.shape.length);
    const chosen = indices!.shape.slice((batchDims as number | undefined) ?? 0);
    return [{ shape: [...x!.shape.slice(0, at), ...chosen, ...x!.shape.slice(at + 1)], type: x!.type }];
  },
  lower: (lowering, call) => {
    if ((call.attributes.batchDims ?? 0) !== 0) throw new Error('GatherV2 with batch dimensions cannot be lowered');
    const x = lowering.input(call, 'x');
    const axis = positive(call.attributes.axis as number, x.shape.length);
    const inputs = [lowering.canonical(x), lowering.canonical(lowering.input(call, 'indices'))];
    const { shape } = call.outputs[0]!;
    return [{ shape, value: lowering.builder.add('Gather', inputs, shape, { attributes: { axis: int(axis) } }) }];
  },
};

const oneHot: Kernel = {
  result: (_, inputs, { depth, dtype }) => [
    { shape: [...first(inputs).shape, depth as number], type: (dtype as TensorType | undefined) ?? 'int32' },
  ],
  lower: (lowering, call) => {
    const { builder } = lowering;
    const { depth, onValue, offValue } = call.attributes as { depth: number; onValue: number; offValue: number };
    const { shape, type } = call.outputs[0]!;
    const index = lowering.canonical(lowering.input(call, 'indices'));
    const column = builder.reshape(index, [...index.shape, 1]);
    const places = builder.constant(
      Int32Array.from({ length: depth }, (_, i) => i),
      [depth],
      'int32',
    );
    const hit = builder.add('Equal', [column, places], shape, { type: 'bool' });
    const constant = (value: number): ReturnType<typeof builder.uniform> => builder.uniform(value, [], type);
    return [{ shape, value: builder.add('Where', [hit, constant(onValue), constant(offValue)], shape, { type }) }];
  },
};

const fill: Kernel = {
  result: (tf, _, { shape, value, dtype }) => [
    { shape: shape as number[], type: (dtype ?? tf.util.inferDtype(value as number)) as TensorType },
  ],
  lower: ({ builder }, call) => {
    const { shape, type } = call.outputs[0]!;
    return [{ shape, value: builder.uniform(Number(call.attributes.value), shape, type) }];
  },
};

const range: Kernel = {
  result: (_, _inputs, attributes) => [{ shape: [counted(attributes).length], type: attributes.dtype as TensorType }],
  lower: ({ builder }, call) => {
    const values = counted(call.attributes);
    const { shape, type } = call.outputs[0]!;
    const data = type === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
    return [{ shape, value: builder.constant(data, shape, type) }];
  },
};

/** From `start` towards `stop`; a step of 1 counts down where the stop lies below, any other wrong way gives nothing. */
function counted(attributes: Attributes): number[] {
  const { start, stop, step } = attributes as { start: number; stop: number; step: number };
  const stride = stop < start && step === 1 ? -1 : step;
  const length = Math.max(0, Math.ceil((stop - start) / stride));
  return Array.from({ length }, (_, i) => start + i * stride);
}

function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function laid(shape: readonly number[], order: readonly number[] | undefined, value: Laid['value']): Laid {
  return order === undefined ? { shape, value } : { shape, order, value };
}

export const ARRANGEMENT: KernelTable = {
  Reshape: reshape,
  ExpandDims: expandDims,
  Transpose: transpose,
  Concat: concat,
  Pack: pack,
  Unpack: unpack,
  SplitV: split,
  Slice: slice,
  PadV2: pad,
  Reverse: reverse,
  Tile: tile,
  BroadcastTo: broadcastTo,
  GatherV2: gather,
  OneHot: oneHot,
  Fill: fill,
  Range: range,
};
