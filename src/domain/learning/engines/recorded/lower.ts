import type { OnnxModel } from '../../onnx/model.js';
import { KERNELS } from './kernels/table.js';
import { Lowering } from './lowering.js';
import type { RecordedGraph } from './recording.js';
import type { TensorFlow } from '../../tensorflow.js';

export interface LowerOptions {
  /** Name of the graph. */
  readonly name?: string;
  /** Float inputs that are given as bytes, 0 to 255. */
  readonly bytes?: readonly string[];
  /** Inputs whose values are known now and become part of the model. */
  readonly values?: Readonly<Record<string, Float32Array>>;
}

/** A recorded graph as an ONNX model whose inputs and outputs have the recording's names, shapes and axes. */
export function lower(
  tf: TensorFlow,
  graph: RecordedGraph,
  { name = 'recorded', bytes = [], values = {} }: LowerOptions = {},
): OnnxModel {
  const lowering = new Lowering(tf, graph, new Set(bytes), values);
  for (const call of graph.calls) lowering.place(call, KERNELS[call.kernel]!.lower(lowering, call));
  const outputs = Object.entries(graph.outputs).map(([output, tensor]) => {
    return [output, lowering.canonical(lowering.at(tensor))] as const;
  });
  return lowering.builder.build(name, Object.fromEntries(outputs));
}
