import { present } from '../../foundation/values/present.js';
import type { OnnxModel } from './model.js';
import { ELEMENT_BYTES } from './model.js';

/** Bytes that a run of a model takes. */
export interface RunBytes {
  /** Values between inputs and outputs that are alive together, at most; outputs that exist by then among them. */
  readonly values: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly constants: number;
}

/**
 * What ONNX Runtime holds while it runs a model whose shapes it does not know before (`GraphBuilder.shapesAtRunTime`): it goes
 * through the nodes in an order of its own, makes each value when its node's turn comes and frees it after its last use. A
 * reshaped value is the same memory.
 */
export function runBytes({ graph }: OnnxModel): RunBytes {
  const { nodes } = graph;
  const uses = new Map<string, number>(graph.outputs.map(({ name }) => [name, 1]));
  for (const { inputs } of nodes) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  /** What a value lies in: bytes, and how many uses are to come of all values in it. */
  const places = new Map<string, { readonly bytes: number; uses: number }>();
  let alive = 0;
  let most = 0;
  const use = (value: string): void => {
    const place = places.get(value);
    if (place === undefined) return;
    place.uses -= 1;
    if (place.uses === 0) alive -= place.bytes;
  };
  for (const index of runOrder({ graph })) {
    const { op, inputs, outputs, bytes } = nodes[index]!;
    const same = op === 'Reshape' ? places.get(inputs[0]!) : undefined;
    outputs.forEach((output, i) => {
      const count = uses.get(output) ?? 0;
      if (same !== undefined) same.uses += count;
      else {
        places.set(output, { bytes: bytes[i]!, uses: count });
        alive += bytes[i]!;
      }
      if (same !== undefined) places.set(output, same);
    });
    most = Math.max(most, alive);
    for (const input of inputs) use(input);
    for (const output of outputs) if (!uses.has(output) && same === undefined) alive -= present(places, output).bytes;
  }
  const sum = (
    values: readonly { readonly type: keyof typeof ELEMENT_BYTES; readonly shape: readonly (number | string)[] }[],
  ) =>
    values.reduce(
      (all, { type, shape }) => all + shape.reduce((n: number, size) => n * Number(size), ELEMENT_BYTES[type]),
      0,
    );
  return { values: most, inputs: sum(graph.inputs), outputs: sum(graph.outputs), constants: sum(graph.initializers) };
}

/**
 * The order in which ONNX Runtime runs a graph's nodes one after another: depth first from the last results back to what they
 * need, of a node's inputs the later one in the file first (`GraphViewer` and `NodeCompare` in its source).
 */
export function runOrder({ graph: { nodes } }: Pick<OnnxModel, 'graph'>): readonly number[] {
  const maker = new Map<string, number>();
  nodes.forEach(({ outputs }, i) => {
    for (const output of outputs) maker.set(output, i);
  });
  const needs = nodes.map(({ inputs }) => {
    const makers = new Set(inputs.flatMap((input) => maker.get(input) ?? []));
    return [...makers].sort((a, b) => a - b);
  });
  const needed = new Set(needs.flat());
  const stack = nodes.flatMap((_, i) => (needed.has(i) ? [] : [{ node: i, ready: false }]));
  const seen = new Uint8Array(nodes.length);
  const order: number[] = [];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.ready) order.push(top.node);
    else if (seen[top.node] === 0) {
      seen[top.node] = 1;
      stack.push({ node: top.node, ready: true });
      for (const node of needs[top.node]!) if (seen[node] === 0) stack.push({ node, ready: false });
    }
  }
  return order;
}
