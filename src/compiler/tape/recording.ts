import type { TensorFlow } from '../tensorflow.js';

export type TensorType = 'float32' | 'int32' | 'bool';

/** What a tensor looks like. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly type: TensorType;
}

/** A tensor of a recording. It has no values. */
export interface RecordedTensor extends TensorSpec {
  readonly id: number;
}

/** One call of a TensorFlow.js kernel. */
export interface RecordedCall {
  readonly kernel: string;
  /** By TensorFlow.js's own names (`x`, `filter`, `dy`, ...), or `0`, `1`, ... where a kernel takes any number. */
  readonly inputs: Readonly<Record<string, RecordedTensor>>;
  readonly attributes: Attributes;
  readonly outputs: readonly RecordedTensor[];
}

export type Attributes = Readonly<Record<string, unknown>>;

/** Values that the recorded function made itself: literals, tables, the 1 that a gradient starts from. */
export interface RecordedConstant {
  readonly tensor: RecordedTensor;
  /** One byte an element for `bool`. */
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** A function of tensors, as the kernels that it calls, in order. */
export interface RecordedGraph {
  readonly inputs: Readonly<Record<string, RecordedTensor>>;
  readonly outputs: Readonly<Record<string, RecordedTensor>>;
  readonly constants: readonly RecordedConstant[];
  readonly calls: readonly RecordedCall[];
}

/** What the results of a kernel look like. All that recording needs to know of a kernel. */
export type ResultRule = (
  tf: TensorFlow,
  inputs: Readonly<Record<string, TensorSpec>>,
  attributes: Attributes,
) => readonly TensorSpec[];
