import type { OnnxModel } from '../onnx/model.js';
import { KERNELS } from '../kernels/table.js';
import { Lowering, type LowerOptions } from './lowering.js';
import { halfCalls } from '../tape/half.js';
import type { RecordedGraph } from '../tape/recording.js';
import type { TensorFlow } from '../tensorflow.js';

/** A recorded graph as an ONNX model whose inputs and outputs have the recording's names, shapes and axes. */
export function lower(tf: TensorFlow, graph: RecordedGraph, options: LowerOptions = {}): OnnxModel {
  const lowering = new Lowering(tf, graph, options);
  const half = options.half === true ? halfCalls(graph) : new Set();
  for (const call of graph.calls) {
    const float = half.has(call) ? 'float16' : 'float32';
    lowering.place(
      call,
      lowering.builder.withFloats(float, () => KERNELS[call.kernel]!.lower(lowering, call)),
    );
  }
  const outputs = Object.entries(graph.outputs).map(([output, tensor]) => {
    return [output, lowering.canonical(lowering.at(tensor))] as const;
  });
  return lowering.builder.build(options.name ?? 'recorded', Object.fromEntries(outputs));
}
