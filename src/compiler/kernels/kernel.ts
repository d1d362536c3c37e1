import type { Laid, Lowering } from '../lowering/lowering.js';
import type { RecordedCall, ResultRule, TensorSpec } from '../tape/recording.js';

/** A kernel of TensorFlow.js: what its results look like, and the ONNX nodes that compute them. */
export interface Kernel {
  /** Gives a list of results, even of one. */
  readonly list?: boolean;
  readonly result: ResultRule;
  readonly lower: (lowering: Lowering, call: RecordedCall) => readonly Laid[];
}

export type KernelTable = Readonly<Record<string, Kernel>>;

/** The first input, in whatever name. */
export function first(inputs: Readonly<Record<string, TensorSpec>>): TensorSpec {
  return Object.values(inputs)[0]!;
}
