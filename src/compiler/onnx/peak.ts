import { Arena, type ArenaRules } from './arena.js';
import type { OnnxModel, OnnxValue } from './model.js';
import { ELEMENT_BYTES } from './model.js';

/** Bytes that a run of a model takes. */
export interface RunBytes {
  /** Values between inputs and outputs that are alive together, at most; outputs that exist by then among them. */
  readonly values: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly constants: number;
}

export function runBytes(model: OnnxModel): RunBytes {
  let alive = 0;
  let most = 0;
  const take = (bytes: number): number => {
    alive += bytes;
    most = Math.max(most, alive);
    return bytes;
  };
  const give = (bytes: number): void => {
    alive -= bytes;
  };
  runThrough(model, { take, give });
  const { inputs, outputs, initializers } = model.graph;
  const sum = (values: readonly Pick<OnnxValue, 'type' | 'shape'>[]) =>
    values.reduce((all, value) => all + bytesOf(value), 0);
  return { values: most, inputs: sum(inputs), outputs: sum(outputs), constants: sum(initializers) };
}

/**
 * Bytes of memory that an allocator takes for all steps of a training together: for values between inputs and results, or for
 * all, the inputs as long as a step lasts.
 */
export function heldBytes(model: OnnxModel, rules: ArenaRules, what: 'between' | 'all'): number {
  const arena = new Arena(rules);
  const inputs = what === 'all' ? model.graph.inputs.map(bytesOf) : [];
  // The first step finds no regions, the second those of the first; from then on all are alike.
  for (let step = 1; step <= 2; step += 1) {
    const blocks = inputs.map((bytes) => arena.take(bytes));
    runThrough(model, arena, { what });
    for (const block of blocks) arena.give(block);
  }
  return arena.touched;
}

/** Where values are put. */
export interface Places<Place> {
  take(bytes: number): Place;
  give(place: Place): void;
}

/**
 * Takes and gives as ONNX Runtime does while it runs a model whose shapes it does not know before (`withoutShapes`): it goes
 * through the nodes in an order of its own, makes each value when its node's turn comes and frees it after its last use. A
 * reshaped value is the same memory, unless it is a result.
 *
 * @param what `between`: results have places of their own
 * @param ran is told of a node before the values go whose last use it was
 */
export function runThrough<Place>(
  { graph }: OnnxModel,
  places: Places<Place>,
  { what = 'all', ran }: { readonly what?: 'between' | 'all'; readonly ran?: (node: number) => void } = {},
): void {
  const results = new Set(graph.outputs.map(({ name }) => name));
  const uses = new Map([...results].map((name) => [name, 1]));
  for (const { inputs } of graph.nodes) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  /** What a value lies in, and how many uses are to come of all values in it. Inputs and constants have no place here. */
  const held = new Map<string, { readonly place: Place; uses: number }>();
  const use = (value: string): void => {
    const found = held.get(value);
    if (found === undefined) return;
    found.uses -= 1;
    if (found.uses === 0) places.give(found.place);
  };
  for (const index of runOrder({ graph })) {
    const { op, inputs, outputs, bytes } = graph.nodes[index]!;
    const isSame = op === 'Reshape' && !results.has(outputs[0]!);
    if (isSame) {
      const same = held.get(inputs[0]!);
      if (same !== undefined) {
        same.uses += uses.get(outputs[0]!) ?? 0;
        held.set(outputs[0]!, same);
      }
    } else {
      // Of more than two, the larger of two comes first.
      const between = op === 'Max' && inputs.length > 2 ? [places.take(bytes[0]!)] : [];
      // The node itself is a use, since some results have no other.
      outputs.forEach((name, i) => {
        if (what === 'between' && results.has(name)) return;
        held.set(name, { place: places.take(bytes[i]!), uses: (uses.get(name) ?? 0) + 1 });
      });
      for (const place of between) places.give(place);
    }
    ran?.(index);
    for (const input of inputs) use(input);
    if (!isSame) for (const output of outputs) use(output);
  }
  for (const name of results) use(name);
}

function bytesOf({ type, shape }: Pick<OnnxValue, 'type' | 'shape'>): number {
  return shape.reduce((bytes: number, size) => bytes * Number(size), ELEMENT_BYTES[type]);
}

/**
 * A model whose inputs and outputs have sizes that are known at run time alone. With `GraphBuilder.shapesAtRunTime`, which does
 * so for reshaped values, ONNX Runtime knows no value's shape beforehand, so that none takes the place of another.
 */
export function withoutShapes({ graph, opsets }: OnnxModel): OnnxModel {
  let count = 0;
  const unknown = (value: OnnxValue): OnnxValue => ({ ...value, shape: value.shape.map(() => `size.${(count += 1)}`) });
  return { graph: { ...graph, inputs: graph.inputs.map(unknown), outputs: graph.outputs.map(unknown) }, opsets };
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
