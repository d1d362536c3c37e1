import { float } from '../onnx/model.js';
import type { Laid, Lowering, MakeElementwise } from '../lowering/lowering.js';
import type { RecordedCall } from '../tape/recording.js';

/** The activation that a fused kernel ends with, by its `activation` attribute. */
export function activate(lowering: Lowering, call: RecordedCall, x: Laid): Laid {
  const { activation, leakyreluAlpha } = call.attributes as { activation?: string; leakyreluAlpha?: number };
  const { builder } = lowering;
  const apply = (op: string, attributes = {}): Laid =>
    lowering.like(x, builder.add(op, [x.value], x.value.shape, { attributes }), x.shape);
  switch (activation) {
    case undefined:
    case 'linear':
      return x;
    case 'relu':
      return rectify(lowering, x);
    case 'relu6': {
      const bounds = [builder.uniform(0, []), builder.uniform(6, [])];
      return lowering.like(x, builder.add('Clip', [x.value, ...bounds], x.value.shape), x.shape);
    }
    case 'elu':
      return apply('Elu', { alpha: float(1) });
    case 'sigmoid':
      return apply('Sigmoid');
    case 'leakyrelu':
      return apply('LeakyRelu', { alpha: float(leakyreluAlpha ?? 0.2) });
    case 'prelu':
      return lowering.elementwise([x, lowering.input(call, 'preluActivationWeights')], (values, shape) =>
        builder.add('PRelu', values, shape),
      );
    default:
      throw new Error(`a fused kernel's activation ${activation} cannot be lowered`);
  }
}

/**
 * max(x, 0). Where maps lie positions first by Max, as ONNX Runtime's Relu writes over its input, and a WebAssembly loop over values that
 * may alias is compiled to a branch for each: fifteen times as slow.
 */
export function rectify(lowering: Lowering, x: Laid): Laid {
  const { builder, positionsFirst } = lowering;
  const make: MakeElementwise = ([value], shape) =>
    positionsFirst
      ? builder.add('Max', [value, builder.uniform(0, [], value!.type)], shape)
      : builder.add('Relu', [value], shape);
  return lowering.elementwise([x], make, 'Relu');
}
