import type { RecordedCall, RecordedGraph } from './recording.js';

/**
 * Products that are taken in half precision: their terms are channels and places of a filter. The gradient in a filter
 * (Conv2DBackpropFilter) has as many terms as a batch has positions, and WebGPU adds in the precision of the operands.
 */
const PRODUCTS: ReadonlySet<string> = new Set(['Conv2D', 'Conv2DBackpropInput']);

/** What hands maps on, value by value. */
const FOLLOWING: ReadonlySet<string> = new Set([
  'Add',
  'AddN',
  'AddV2',
  'Concat',
  'Identity',
  'MaxPool',
  'MaxPoolGrad',
  'Multiply',
  'Neg',
  'PadV2',
  'Relu',
  'Slice',
  'SplitV',
  'Step',
  'Sub',
]);

/**
 * The calls of a training step that are computed in half precision: convolutions of maps [n, h, w, c], their gradients in maps, and
 * what hands their results on. All else is single: the step's inputs and outputs, literals as filters (local response normalisation), what has
 * no map as its result, roots and quotients, and what is only there for a mean over positions, the statistics of a batch.
 */
export function halfCalls({ calls, constants }: RecordedGraph): ReadonlySet<RecordedCall> {
  const literals = new Set(constants.map(({ tensor }) => tensor.id));
  const averaged = new Set<number>();
  const otherwise = new Set<number>();
  for (const { kernel, inputs } of calls) {
    for (const { id } of Object.values(inputs)) (kernel === 'AvgPool' ? averaged : otherwise).add(id);
  }
  const maps = new Set<number>();
  const half = new Set<RecordedCall>();
  for (const call of calls) {
    const { kernel, inputs, outputs } = call;
    const { id, shape } = outputs[0]!;
    const isProduct = PRODUCTS.has(kernel) && !literals.has(inputs.filter!.id);
    const isForMean = averaged.has(id) && !otherwise.has(id);
    const follows = FOLLOWING.has(kernel) && shape.length === 4 && !isForMean;
    if (!isProduct && !(follows && Object.values(inputs).some((tensor) => maps.has(tensor.id)))) continue;
    half.add(call);
    for (const output of outputs) maps.add(output.id);
  }
  return half;
}
