import type { DataType } from '@tensorflow/tfjs-core';
import { sameShape, type GraphBuilder, type Value } from '../onnx/builder.js';
import { float } from '../onnx/model.js';
import { broadcast, type Laid, type Lowering } from '../lowering/lowering.js';
import type { Attributes, RecordedCall, TensorType } from '../tape/recording.js';
import { rectify } from './activation.js';
import { first, type Kernel, type KernelTable } from './kernel.js';

type Make = (
  builder: GraphBuilder,
  values: readonly Value[],
  shape: readonly number[],
  attributes: Attributes,
) => Value;

/** Results have the common shape of the operands, and the type of the first or the one given. */
function elementwise(make: Make, type?: TensorType, op?: string): Kernel {
  return {
    result: (_, inputs) => {
      const operands = Object.values(inputs);
      return [{ shape: broadcast(operands.map(({ shape }) => shape)), type: type ?? first(inputs).type }];
    },
    lower: (lowering, call) => [
      lowering.elementwise(
        lowering.inputs(call),
        (values, shape) => make(lowering.builder, values, shape, call.attributes),
        op,
      ),
    ],
  };
}

const OPERATOR =
  (op: string, attributes?: (of: Attributes) => Record<string, number>): Make =>
  (builder, values, shape, of) =>
    builder.add(op, values, shape, {
      attributes: Object.fromEntries(Object.entries(attributes?.(of) ?? {}).map(([k, v]) => [k, float(v)])),
    });

/** A function of real numbers: integers become floats first, and again integers where TensorFlow.js has it so. */
function real(op: string, type?: TensorType, attributes?: (of: Attributes) => Record<string, number>): Kernel {
  const make = OPERATOR(op, attributes);
  return elementwise((builder, [x], shape, of) => {
    const value = make(builder, [builder.cast(x!, 'float32')], shape, of);
    return builder.cast(value, type ?? x!.type);
  }, type);
}

/** Arithmetic, computed now where both sides are uniform, and dropped where it changes nothing. */
function arithmetic(
  op: string,
  fold: (a: number, b: number) => number,
  neutral: { left?: number; right?: number },
): Kernel {
  const make: Make = (builder, values, shape) => {
    const [a, b] = values as [Value, Value];
    if (a.uniform !== undefined && b.uniform !== undefined && a.type === 'float32') {
      return builder.uniform(Math.fround(fold(a.uniform, b.uniform)), shape, a.type);
    }
    if (b.uniform !== undefined && b.uniform === neutral.right && sameShape(a.shape, shape)) return a;
    if (a.uniform !== undefined && a.uniform === neutral.left && sameShape(b.shape, shape)) return b;
    return builder.add(op, values, shape);
  };
  return elementwise(make, undefined, op);
}

/** A comparison; `not` for those that ONNX has only the opposite of. */
function comparison(op: string, not = false): Kernel {
  return elementwise((builder, values, shape) => {
    const operands =
      values[0]!.type === 'bool' && op !== 'Equal' ? values.map((v) => builder.cast(v, 'int32')) : values;
    const value = builder.add(op, operands, shape, { type: 'bool' });
    return not ? builder.add('Not', [value], shape) : value;
  }, 'bool');
}

function logical(op: string): Kernel {
  return elementwise((builder, values, shape) => builder.add(op, values, shape, { type: 'bool' }), 'bool');
}

/** Values of the operand's shape that do not depend on its values. */
function filled(value: number): Kernel {
  return {
    result: (_, inputs) => [first(inputs)],
    lower: ({ builder }, { outputs: [output] }) => {
      const { shape, type } = output!;
      return [{ shape, value: builder.uniform(value, shape, type) }];
    },
  };
}

/** 1 where x > 0, `alpha` elsewhere. */
const step: Make = (builder, [x], shape, { alpha }) => {
  const positive = builder.add('Greater', [x, builder.uniform(0, [], x!.type)], shape, { type: 'bool' });
  if (alpha === 0 || alpha === undefined) return builder.cast(positive, x!.type);
  const constant = (value: number): Value => builder.uniform(value, [], x!.type);
  return builder.add('Where', [positive, constant(1), constant(alpha as number)], shape, { type: x!.type });
};

/** Bounds as scalars, which ONNX's Clip wants. */
const clip =
  (bounds: (of: Attributes) => readonly [number, number]): Make =>
  (builder, [x], shape, of) =>
    builder.add('Clip', [x, ...bounds(of).map((bound) => builder.uniform(bound, [], x!.type))], shape);

/** x a where x < 0, x elsewhere: ONNX's PRelu wants the slope to broadcast to x, as TensorFlow.js does. */
const prelu: Make = (builder, values, shape) =>
  builder.add(
    'PRelu',
    values.map((value) => builder.cast(value, 'float32')),
    shape,
  );

/** dy (y + 1) where y < 0, dy elsewhere, with y = elu(x). */
const eluGradient: Make = (builder, [dy, y], shape) => {
  const negative = builder.add('Less', [y, builder.uniform(0, [])], shape, { type: 'bool' });
  const slope = builder.add('Add', [y, builder.uniform(1, [])], shape);
  return builder.add('Where', [negative, builder.add('Mul', [dy, slope], shape), dy], shape, { type: 'float32' });
};

const floorDivide: Make = (builder, values, shape) => {
  const [a, b] = values.map((value) => builder.cast(value, 'float32'));
  return builder.cast(builder.add('Floor', [builder.add('Div', [a, b], shape)], shape), 'int32');
};

const select: Kernel = {
  result: (_, { condition, t }) => [
    { shape: t!.shape.length >= condition!.shape.length ? t!.shape : condition!.shape, type: t!.type },
  ],
  lower: (lowering, call) => {
    const t = lowering.input(call, 't');
    const condition = lowering.input(call, 'condition');
    // A condition [n] chooses among the rows of t and e.
    const rows = condition.shape.length === 1 && t.shape.length > 1;
    const shape = rows ? [...condition.shape, ...t.shape.slice(1).fill(1)] : condition.shape;
    const mask = rows ? { shape, value: lowering.builder.reshape(lowering.canonical(condition), shape) } : condition;
    return [
      lowering.elementwise([mask, t, lowering.input(call, 'e')], (values, full) =>
        lowering.builder.add('Where', values, full, { type: t.value.type }),
      ),
    ];
  },
};

const cast: Kernel = {
  result: (_, inputs, attributes) => [{ ...first(inputs), type: attributes.dtype as TensorType & DataType }],
  lower: (lowering, call) => {
    const x = lowering.input(call, 'x');
    const type = call.outputs[0]!.type;
    // The runtimes' Cast rounds a float to bool by "not zero", to int32 by truncation: as TensorFlow.js.
    return [lowering.cast(x, type)];
  },
};

const sum: Kernel = {
  result: (_, inputs) => [first(inputs)],
  lower: (lowering, call) => [lowering.inputs(call).reduce((a, b) => add(lowering, a, b))],
};

function add(lowering: Lowering, a: Laid, b: Laid): Laid {
  return lowering.elementwise([a, b], (values, shape) => lowering.builder.add('Add', values, shape), 'Add');
}

const identity: Kernel = {
  result: (_, inputs) => [first(inputs)],
  lower: (lowering, call: RecordedCall) => [lowering.inputs(call)[0]!],
};

const relu: Kernel = {
  result: (_, inputs) => [first(inputs)],
  lower: (lowering, call) => [rectify(lowering, lowering.inputs(call)[0]!)],
};

const square: Make = (builder, [x], shape) => builder.add('Mul', [x, x], shape);

export const ELEMENTWISE: KernelTable = {
  Add: arithmetic('Add', (a, b) => a + b, { left: 0, right: 0 }),
  AddN: sum,
  Sub: arithmetic('Sub', (a, b) => a - b, { right: 0 }),
  Multiply: arithmetic('Mul', (a, b) => a * b, { left: 1, right: 1 }),
  RealDiv: arithmetic('Div', (a, b) => a / b, { right: 1 }),
  FloorDiv: elementwise(floorDivide, 'int32'),
  Maximum: elementwise(OPERATOR('Max')),
  Minimum: elementwise(OPERATOR('Min')),
  Pow: elementwise(OPERATOR('Pow')),
  SquaredDifference: elementwise((builder, values, shape) => {
    return square(builder, [builder.add('Sub', values, shape)], shape, {});
  }),

  Equal: comparison('Equal'),
  NotEqual: comparison('Equal', true),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  LogicalNot: logical('Not'),
  Select: select,

  Abs: elementwise(OPERATOR('Abs')),
  Neg: elementwise(OPERATOR('Neg')),
  Sign: elementwise(OPERATOR('Sign')),
  Square: elementwise(square),
  Sqrt: real('Sqrt'),
  Rsqrt: elementwise((builder, [x], shape) => builder.add('Reciprocal', [builder.add('Sqrt', [x], shape)], shape)),
  Reciprocal: real('Reciprocal'),
  Exp: real('Exp', 'float32'),
  Log: real('Log'),
  Sin: real('Sin'),
  Cos: real('Cos'),
  Tanh: real('Tanh'),
  Sigmoid: real('Sigmoid'),
  Softplus: real('Softplus'),
  Erf: real('Erf'),
  Floor: real('Floor'),
  Ceil: real('Ceil'),
  Round: real('Round'),

  Relu: relu,
  Relu6: elementwise(clip(() => [0, 6])),
  Elu: real('Elu', 'float32', () => ({ alpha: 1 })),
  EluGrad: elementwise(eluGradient),
  LeakyRelu: real('LeakyRelu', 'float32', ({ alpha }) => ({ alpha: alpha as number })),
  Prelu: elementwise(prelu, 'float32'),
  ClipByValue: elementwise(clip(({ clipValueMin, clipValueMax }) => [clipValueMin as number, clipValueMax as number])),
  Step: elementwise(step),

  Cast: cast,
  Identity: identity,
  ZerosLike: filled(0),
  OnesLike: filled(1),
};
