import { float } from '../../../onnx/model.js';
import type { Laid, Lowering } from '../lowering.js';
import type { RecordedCall } from '../recording.js';

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
      return apply('Relu');
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
