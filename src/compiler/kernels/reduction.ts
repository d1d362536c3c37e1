import { int, ints } from '../onnx/model.js';
import { inverse, type Laid, type Lowering } from '../lowering/lowering.js';
import type { Attributes, RecordedCall, TensorType } from '../tape/recording.js';
import { first, type Kernel, type KernelTable } from './kernel.js';

/** The axes that a call reduces, counted from 0, and all of them where it names none. */
function reducedAxes(attributes: Attributes, rank: number): number[] {
  const named = attributes.axis ?? attributes.reductionIndices;
  const axes = named === undefined || named === null ? Array.from({ length: rank }, (_, i) => i) : [named].flat();
  return (axes as number[]).map((axis) => (axis + rank) % Math.max(1, rank)).slice(0, rank);
}

function reducedShape(shape: readonly number[], axes: readonly number[], keep: boolean): number[] {
  return keep ? shape.map((n, i) => (axes.includes(i) ? 1 : n)) : shape.filter((_, i) => !axes.includes(i));
}

/** ONNX gives reductions their axes as an attribute, ReduceSum (since set 13) as an input. */
function reduction(op: string, type: (of: TensorType) => TensorType = (of) => of): Kernel {
  return {
    result: (_, inputs, attributes) => {
      const { shape, type: of } = first(inputs);
      const axes = reducedAxes(attributes, shape.length);
      return [{ shape: reducedShape(shape, axes, attributes.keepDims === true), type: type(of) }];
    },
    lower: (lowering, call) => {
      const x = lowering.inputs(call)[0]!;
      const output = call.outputs[0]!;
      const axes = reducedAxes(call.attributes, x.shape.length);
      const kept = reduce(lowering, op, lowering.cast(x, output.type === 'bool' ? 'int32' : output.type), axes);
      return [lowering.cast({ shape: output.shape, value: reshaped(lowering, kept, output.shape) }, output.type)];
    },
  };
}

/** Reduces in whatever order the axes are held, and keeps them as axes of length 1. */
function reduce(lowering: Lowering, op: string, x: Laid, axes: readonly number[]): Laid {
  if (axes.every((axis) => x.shape[axis] === 1)) return x;
  const at = x.order === undefined ? axes : axes.map((axis) => inverse(x.order!)[axis]!);
  const sorted = [...at].sort((a, b) => a - b);
  const { builder } = lowering;
  const shape = x.value.shape.map((n, i) => (sorted.includes(i) ? 1 : n));
  const value =
    op === 'ReduceSum'
      ? builder.add(op, [x.value, builder.integers(sorted)], shape, { attributes: { keepdims: int(1) } })
      : builder.add(op, [x.value], shape, { attributes: { axes: ints(sorted), keepdims: int(1) } });
  return lowering.like(x, value, reducedShape(x.shape, axes, true));
}

function reshaped(lowering: Lowering, laid: Laid, shape: readonly number[]): Laid['value'] {
  return lowering.builder.reshape(lowering.canonical(laid), shape);
}

function argument(op: 'ArgMax' | 'ArgMin'): Kernel {
  return {
    result: (_, inputs, { axis }) => [
      { shape: reducedShape(first(inputs).shape, [axis as number], false), type: 'int32' },
    ],
    lower: (lowering, call: RecordedCall) => {
      const x = lowering.input(call, 'x');
      const value = lowering.canonical(x.value.type === 'bool' ? lowering.cast(x, 'int32') : x);
      const { shape } = call.outputs[0]!;
      const attributes = { axis: int(call.attributes.axis as number), keepdims: int(0) };
      const index = lowering.builder.add(op, [value], shape, { attributes, type: 'int64' });
      return [{ shape, value: lowering.builder.cast(index, 'int32') }];
    },
  };
}

const cumulativeSum: Kernel = {
  result: (_, inputs) => [first(inputs)],
  lower: (lowering, call) => {
    const x = lowering.input(call, 'x');
    const { axis, exclusive, reverse } = call.attributes as { axis: number; exclusive: boolean; reverse: boolean };
    const value = lowering.canonical(x);
    const { builder } = lowering;
    const at = builder.constant(BigInt64Array.of(BigInt(axis)), [], 'int64');
    const attributes = { exclusive: int(Number(exclusive)), reverse: int(Number(reverse)) };
    return [{ shape: x.shape, value: builder.add('CumSum', [value, at], x.shape, { attributes }) }];
  },
};

const softmax: Kernel = {
  result: (_, inputs) => [first(inputs)],
  lower: (lowering, call) => {
    const x = lowering.input(call, 'logits');
    const attributes = { axis: int(call.attributes.dim as number) };
    return [
      { shape: x.shape, value: lowering.builder.add('Softmax', [lowering.canonical(x)], x.shape, { attributes }) },
    ];
  },
};

export const REDUCTION: KernelTable = {
  Sum: reduction('ReduceSum', (of) => (of === 'bool' ? 'int32' : of)),
  Mean: reduction('ReduceMean', () => 'float32'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd', (of) => (of === 'bool' ? 'int32' : of)),
  All: reduction('ReduceMin', () => 'bool'),
  Any: reduction('ReduceMax', () => 'bool'),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Cumsum: cumulativeSum,
  Softmax: softmax,
};
