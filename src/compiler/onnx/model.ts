/**
 * The part of the ONNX intermediate representation that `fx` writes: one graph of static shapes, float32 and integers.
 * See https://onnx.ai/onnx/repo-docs/IR.html. Names are unique within a graph, in the graph's single scope.
 */
export interface OnnxModel {
  readonly graph: OnnxGraph;
  /** Versions of the operator sets in use, by domain; `''` is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxTensor[];
  /** In topological order: a node follows the makers of its inputs. */
  readonly nodes: readonly OnnxNode[];
}

export type OnnxType = 'float32' | 'float16' | 'int32' | 'int64' | 'bool' | 'uint8';

export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  /** A number, or the name of a dimension that is known only at run time. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  /** Row-major values; one byte each for `bool` and `uint8`, the bits of each for `float16`. */
  readonly data: Float32Array | Uint16Array | Int32Array | BigInt64Array | Uint8Array;
}

export interface OnnxNode {
  readonly op: string;
  /** The operator set; absent for ONNX's own. */
  readonly domain?: string;
  /** Names of values; `''` for an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of each output; not part of the file, but of what is known of memory (`peak.ts`). */
  readonly bytes: readonly number[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** Bytes of an element. */
export const ELEMENT_BYTES: Readonly<Record<OnnxType, number>> = {
  float32: 4,
  float16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  uint8: 1,
};

/** An attribute's type is part of its value: ONNX tells `1` the integer from `1` the float. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] };

export const int = (value: number): OnnxAttribute => ({ int: value });
export const ints = (values: readonly number[]): OnnxAttribute => ({ ints: values });
export const float = (value: number): OnnxAttribute => ({ float: value });
export const text = (value: string): OnnxAttribute => ({ string: value });
