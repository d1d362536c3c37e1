import type { Value } from '../onnx/builder.js';
import { broadcast, type Laid, type Lowering } from '../lowering/lowering.js';
import type { Attributes, RecordedCall, TensorSpec } from '../tape/recording.js';
import { activate } from './activation.js';
import type { Kernel, KernelTable } from './kernel.js';

/** [..., m, k] x [..., k, n], either side's last two axes swapped on request. */
function productShape(a: TensorSpec, b: TensorSpec, { transposeA, transposeB }: Attributes): number[] {
  const rows = a.shape.at(transposeA === true ? -1 : -2)!;
  const columns = b.shape.at(transposeB === true ? -2 : -1)!;
  const inner = [a.shape.at(transposeA === true ? -2 : -1), b.shape.at(transposeB === true ? -1 : -2)];
  if (inner[0] !== inner[1]) throw new Error(`a matrix product of [${a.shape.join()}] and [${b.shape.join()}]`);
  return [...broadcast([a.shape.slice(0, -2), b.shape.slice(0, -2)]), rows, columns];
}

function product(lowering: Lowering, call: RecordedCall, bias?: Value): Laid {
  const { builder } = lowering;
  const { shape } = call.outputs[0]!;
  // Products of integers are taken in floats: exact up to 2^24.
  const [a, b] = ['a', 'b'].map((name) => lowering.canonical(lowering.cast(lowering.input(call, name), 'float32'))) as [
    Value,
    Value,
  ];
  const transposeA = call.attributes.transposeA === true;
  const transposeB = call.attributes.transposeB === true;
  if (a.shape.length === 2 && b.shape.length === 2) {
    const options = { turnA: transposeA, turnB: transposeB, ...(bias === undefined ? {} : { bias }) };
    return { shape, value: builder.product(a, b, options) };
  }
  const value = builder.add('MatMul', [transposeA ? builder.turned(a) : a, transposeB ? builder.turned(b) : b], shape);
  return { shape, value: bias === undefined ? value : builder.add('Add', [value, bias], shape) };
}

const batchMatMul: Kernel = {
  result: (_, { a, b }, attributes) => [{ shape: productShape(a!, b!, attributes), type: a!.type }],
  lower: (lowering, call) => [lowering.cast(product(lowering, call), call.outputs[0]!.type)],
};

const fusedMatMul: Kernel = {
  result: batchMatMul.result,
  lower: (lowering, call) => {
    const bias = call.inputs.bias === undefined ? undefined : lowering.canonical(lowering.input(call, 'bias'));
    return [activate(lowering, call, product(lowering, call, bias))];
  },
};

export const PRODUCT: KernelTable = {
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
};
