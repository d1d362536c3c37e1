import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxType } from './model.js';
import { halfBits } from './half.js';
import { ELEMENT_BYTES, int, ints } from './model.js';

/** A value of the graph under construction. All shapes are known. */
export interface Value {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  /** Set where every element is this number: such a value costs nothing until an operator needs it in full. */
  readonly uniform?: number;
}

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly domain?: string;
  /** Defaults to that of the first input. */
  readonly type?: OnnxType;
}

export interface ProductOptions {
  /** Whether the operand is given as its transpose. */
  readonly turnA?: boolean;
  readonly turnB?: boolean;
  readonly bias?: Value;
}

type Data = OnnxTensor['data'];
type Float = 'float32' | 'float16';

const DOMAIN_VERSIONS: Readonly<Record<string, number>> = { 'com.microsoft': 1, 'com.microsoft.nchwc': 1 };

/**
 * Builds an ONNX graph and keeps it small as it grows: the same operator on the same inputs is one node (value numbering),
 * constants are shared, reshapes and transposes that follow one another are one or none, and `build` drops what no
 * output needs.
 */
export class GraphBuilder {
  readonly #inputs: Value[] = [];
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, OnnxTensor>();
  #numbering = new Map<string, readonly Value[]>();
  /** What made a value, for the rules that look one step back. */
  readonly #makers = new Map<string, { op: string; inputs: readonly Value[]; permutation?: readonly number[] }>();
  readonly #made = new Set<string>();
  #count = 0;
  /** An input that is 0, where shapes are not to be known before the run. */
  #zero: Value | undefined;
  #float: Float = 'float32';
  readonly #noTransposedProducts: boolean;

  /** `noTransposedProducts`: the runtime lacks FusedMatMul. */
  constructor({ noTransposedProducts = false }: { readonly noTransposedProducts?: boolean } = {}) {
    this.#noTransposedProducts = noTransposedProducts;
  }

  /**
   * From here on the model's values have shapes that are known at run time alone, by an input of this name that must be [0].
   *
   * ONNX Runtime plans its memory by shapes: it lets a value take the place of an earlier one of the same shape that has served
   * its turn, and keeps that place until then, so that what the forward pass has no more use for is held for the backward pass:
   * more than twice the bytes that are alive at any time. Where it knows no shape it frees each value after its last use.
   */
  shapesAtRunTime(name: string): void {
    this.#zero = this.input(name, 'int64', [1]);
  }

  /** What real numbers are where nodes are added. */
  get float(): Float {
    return this.#float;
  }

  /** What `make` calls `float32` is of that type; what it reads must be so already. */
  withFloats<T>(float: Float, make: () => T): T {
    const before = this.#float;
    this.#float = float;
    try {
      return make();
    } finally {
      this.#float = before;
    }
  }

  #typed(type: OnnxType): OnnxType {
    return type === 'float32' ? this.#float : type;
  }

  input(name: string, type: OnnxType, shape: readonly number[]): Value {
    const value = { name, type, shape };
    this.#inputs.push(value);
    return value;
  }

  /** One node of one output. */
  add(op: string, inputs: readonly (Value | undefined)[], shape: readonly number[], options: NodeOptions = {}): Value {
    const type = options.type ?? inputs[0]?.type ?? 'float32';
    return this.addMany(op, inputs, [{ shape, type }], options)[0]!;
  }

  addMany(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly { readonly shape: readonly number[]; readonly type: OnnxType }[],
    { attributes = {}, domain }: NodeOptions = {},
  ): readonly Value[] {
    const names = inputs.map((value) => (value === undefined ? '' : this.#concrete(value).name));
    const types = outputs.map(({ type }) => this.#typed(type));
    const key = JSON.stringify([op, domain, names, attributes, types]);
    const known = this.#numbering.get(key);
    if (known !== undefined) return known;
    const made = outputs.map(({ shape }, i): Value => ({ name: this.#fresh(op), type: types[i]!, shape }));
    for (const value of made) this.#made.add(value.name);
    this.#nodes.push({
      op,
      ...(domain === undefined ? {} : { domain }),
      inputs: names,
      outputs: made.map(({ name }) => name),
      bytes: made.map(bytesOf),
      attributes,
    });
    this.#numbering.set(key, made);
    return made;
  }

  /** With nodes of its own, which nothing else shares: computing twice can be cheaper than keeping. */
  unshared<T>(make: () => T): T {
    const known = this.#numbering;
    this.#numbering = new Map();
    try {
      return make();
    } finally {
      this.#numbering = known;
    }
  }

  /** Every element is `value`. */
  uniform(value: number, shape: readonly number[], type: OnnxType = 'float32'): Value {
    return { name: '', type: this.#typed(type), shape, uniform: value };
  }

  /** A uniform value as a scalar, for operators that broadcast; any other value as it is. */
  scalar(value: Value): Value {
    return value.uniform === undefined ? value : this.uniform(value.uniform, [], value.type);
  }

  constant(data: Data, shape: readonly number[], type: OnnxType): Value {
    if (this.#typed(type) === 'float16' && data instanceof Float32Array) {
      return this.constant(Uint16Array.from(data, halfBits), shape, 'float16');
    }
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const key = `constant ${type} ${shape.join('x')} ${bytes.length > 4096 ? String(this.#count) : bytes.toString('latin1')}`;
    const known = this.#numbering.get(key);
    if (known !== undefined) return known[0]!;
    const value: Value = { name: this.#fresh('constant'), type, shape };
    this.#initializers.set(value.name, { name: value.name, type, shape, data });
    this.#numbering.set(key, [value]);
    return value;
  }

  integers(values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length], 'int64');
  }

  reshape(value: Value, shape: readonly number[]): Value {
    if (value.uniform !== undefined) return { ...value, shape };
    const maker = this.#makers.get(value.name);
    const source = maker?.op === 'Reshape' ? maker.inputs[0]! : value;
    if (sameShape(source.shape, shape)) return source;
    // ONNX's 0 copies the size of the same axis: with it for the images of a batch, a model serves any number of them.
    const sizes = source.shape[0] === shape[0] ? [0, ...shape.slice(1)] : shape;
    const wanted = this.integers(sizes);
    const given = this.#zero === undefined ? wanted : this.add('Add', [wanted, this.#zero], [sizes.length]);
    const made = this.add('Reshape', [source, given], shape);
    this.#makers.set(made.name, { op: 'Reshape', inputs: [source] });
    return made;
  }

  /** Axis i of the result is axis `permutation[i]` of the value. */
  transpose(value: Value, permutation: readonly number[]): Value {
    const shape = permutation.map((axis) => value.shape[axis]!);
    if (value.uniform !== undefined) return { ...value, shape };
    const moved = permutation.filter((axis) => value.shape[axis] !== 1);
    if (moved.every((axis, i) => i === 0 || moved[i - 1]! < axis)) return this.reshape(value, shape);
    const maker = this.#makers.get(value.name);
    if (maker?.op === 'Transpose') {
      const first = maker.permutation!;
      return this.transpose(
        maker.inputs[0]!,
        permutation.map((axis) => first[axis]!),
      );
    }
    const made = this.reshape(this.#moved(value, permutation), shape);
    this.#makers.set(made.name, { op: 'Transpose', inputs: [value], permutation });
    return made;
  }

  /** A transpose with axes that stay together as one: ONNX Runtime is ten times as fast where a single axis moves. */
  #moved(value: Value, permutation: readonly number[]): Value {
    const groups: number[][] = [];
    for (const axis of permutation) {
      const group = groups.at(-1);
      if (group?.at(-1) === axis - 1) group.push(axis);
      else groups.push([axis]);
    }
    const inOrder = groups.toSorted((a, b) => a[0]! - b[0]!);
    const sizeOf = (axes: readonly number[]): number => axes.reduce((size, axis) => size * value.shape[axis]!, 1);
    const [last, middle, first] = groups;
    if (groups.length === 3 && middle === inOrder[1] && last === inOrder[2]) {
      // The opposite order moves no single axis: the first goes to the end, then whole rows of it change places.
      const [a, b, c] = [first!, middle!, last!].map(sizeOf) as [number, number, number];
      const matrix = this.reshape(value, [a, b * c]);
      const turned = this.add('Transpose', [matrix], [b * c, a], { attributes: { perm: ints([1, 0]) } });
      const rows = this.reshape(turned, [b, c, a]);
      return this.add('Transpose', [rows], [c, b, a], { attributes: { perm: ints([1, 0, 2]) } });
    }
    const perm = ints(groups.map((group) => inOrder.indexOf(group)));
    return this.add('Transpose', [this.reshape(value, inOrder.map(sizeOf))], groups.map(sizeOf), {
      attributes: { perm },
    });
  }

  /**
   * Matrix product of a [m, k] and b [k, n], either given transposed; `bias` broadcasts to [m, n].
   *
   * ONNX Runtime divides a product among threads by rows where m >= n, else by columns, and then the length of the partial
   * sums depends on the columns of a thread, so that the bits depend on the number of threads. Hence a product whose sums are
   * long enough to be taken in parts has the larger side as rows, and is turned.
   */
  product(a: Value, b: Value, { turnA = false, turnB = false, bias }: ProductOptions = {}): Value {
    const [m, k, n] = [a.shape[turnA ? 1 : 0]!, a.shape[turnA ? 0 : 1]!, b.shape[turnB ? 0 : 1]!];
    const gemm = (inputs: readonly Value[], shape: readonly number[], transA: boolean, transB: boolean): Value =>
      this.add('Gemm', inputs, shape, { attributes: { transA: int(Number(transA)), transB: int(Number(transB)) } });
    if (m >= n || k <= UNDIVIDED) return gemm(bias === undefined ? [a, b] : [a, b, bias], [m, n], turnA, turnB);
    // The third axis hides the transpose from ONNX Runtime's optimiser, which would turn the product back.
    const flat = this.reshape(gemm([b, a], [n, m], !turnB, !turnA), [n, m, 1]);
    const turned = this.reshape(this.transpose(flat, [1, 0, 2]), [m, n]);
    return bias === undefined ? turned : this.add('Add', [turned, bias], [m, n]);
  }

  /** Matrix products of the last two axes, [..., m, k] and [..., k, n], either given transposed. The axes in front are those of a; b's broadcast to them. */
  products(a: Value, b: Value, { turnA = false, turnB = false }: Omit<ProductOptions, 'bias'> = {}): Value {
    if (this.#noTransposedProducts && (turnA || turnB))
      return this.products(turnA ? this.turned(a) : a, turnB ? this.turned(b) : b);
    const [m, n] = [a.shape.at(turnA ? -1 : -2)!, b.shape.at(turnB ? -2 : -1)!];
    const shape = [...a.shape.slice(0, -2), m, n];
    if (!turnA && !turnB) return this.add('MatMul', [a, b], shape);
    return this.add('FusedMatMul', [a, b], shape, {
      domain: 'com.microsoft',
      attributes: { transA: int(Number(turnA)), transB: int(Number(turnB)) },
    });
  }

  /** With the last two axes exchanged. */
  turned(value: Value): Value {
    const rank = value.shape.length;
    return this.transpose(value, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
  }

  /** Zeros around: `before` and `after` count elements for each axis. */
  pad(value: Value, before: readonly number[], after: readonly number[], fill = 0): Value {
    if ([...before, ...after].every((n) => n === 0)) return value;
    const shape = value.shape.map((size, i) => size + before[i]! + after[i]!);
    const inputs = [value, this.integers([...before, ...after])];
    if (fill !== 0) inputs.push(this.uniform(fill, [], value.type));
    return this.add('Pad', inputs, shape);
  }

  /** Elements `start`, `start + step`, ... of each axis, `size` of them. A negative step walks back. */
  slice(value: Value, start: readonly number[], size: readonly number[], step?: readonly number[]): Value {
    if (value.uniform !== undefined) return { ...value, shape: size };
    const steps = step ?? size.map(() => 1);
    const axes = size.map((_, i) => i).filter((i) => size[i] !== value.shape[i] || start[i] !== 0 || steps[i]! < 0);
    if (axes.length === 0) return value;
    const stop = (i: number): number => {
      const end = start[i]! + steps[i]! * (size[i]! - 1) + Math.sign(steps[i]!);
      return end < 0 ? -value.shape[i]! - 1 : end;
    };
    return this.add(
      'Slice',
      [
        value,
        this.integers(axes.map((i) => start[i]!)),
        this.integers(axes.map(stop)),
        this.integers(axes),
        this.integers(axes.map((i) => steps[i]!)),
      ],
      size,
    );
  }

  concat(values: readonly Value[], axis: number): Value {
    const only = values[0]!;
    if (values.length === 1) return only;
    const shape = only.shape.map((size, i) => (i === axis ? values.reduce((sum, v) => sum + v.shape[i]!, 0) : size));
    return this.add('Concat', values, shape, { attributes: { axis: int(axis) } });
  }

  cast(value: Value, wanted: OnnxType): Value {
    const type = this.#typed(wanted);
    if (value.type === type) return value;
    if (value.uniform !== undefined) return { ...value, type, uniform: converted(value.uniform, type) };
    return this.add('Cast', [value], value.shape, { type, attributes: { to: int(CAST_TO[type]) } });
  }

  /** The graph that computes the outputs, under the names given. */
  build(name: string, outputs: Readonly<Record<string, Value>>): OnnxModel {
    const renamed = new Map<string, string>();
    const named = Object.entries(outputs).map(([output, value]) => {
      const made = this.#concrete(value).name;
      // An output takes the place of the name that its node gave it; what is no node's, or goes out twice, is copied.
      if (this.#made.has(made) && !renamed.has(made)) renamed.set(made, output);
      else this.#nodes.push({ op: 'Identity', inputs: [made], outputs: [output], bytes: [bytesOf(value)] });
      return { name: output, type: value.type, shape: value.shape };
    });
    const current = (value: string): string => renamed.get(value) ?? value;
    const nodes = live(this.#nodes, new Set(named.map((output) => output.name).concat([...renamed.keys()]))).map(
      (node) => ({ ...node, inputs: node.inputs.map(current), outputs: node.outputs.map(current) }),
    );
    const used = new Set(nodes.flatMap(({ inputs }) => inputs));
    const graph: OnnxGraph = {
      name,
      inputs: this.#inputs,
      outputs: named,
      initializers: [...this.#initializers.values()].filter((tensor) => used.has(tensor.name)),
      nodes,
    };
    const opsets: Record<string, number> = { '': OPSET };
    for (const { domain } of nodes) if (domain !== undefined) opsets[domain] = DOMAIN_VERSIONS[domain]!;
    return { graph, opsets };
  }

  /** A value as something a node can read: uniform values become constants, large ones an expanded scalar. */
  #concrete(value: Value): Value {
    if (value.uniform === undefined) return value;
    const count = value.shape.reduce((a, b) => a * b, 1);
    if (count > 1 << 16) {
      const one = this.uniform(value.uniform, [], value.type);
      return this.add('Expand', [one, this.integers(value.shape)], value.shape);
    }
    const data = arrayOf(value.type, count);
    if (data instanceof BigInt64Array) data.fill(BigInt(value.uniform));
    else data.fill(value.type === 'float16' ? halfBits(value.uniform) : value.uniform);
    return this.constant(data, value.shape, value.type);
  }

  #fresh(op: string): string {
    this.#count += 1;
    return `${op.toLowerCase()}_${this.#count}`;
  }
}

/** ONNX Runtime takes sums of so many terms in one part, however many columns a thread has. */
const UNDIVIDED = 128;

/** The newest set that both runtimes have in full; 18 moved the axes of reductions from attributes to inputs. */
const OPSET = 17;

/** `TensorProto.DataType`, once more, because the attribute of Cast is the bare number. */
const CAST_TO: Readonly<Record<OnnxType, number>> = { float32: 1, float16: 10, uint8: 2, int32: 6, int64: 7, bool: 9 };

function bytesOf({ type, shape }: Value): number {
  return shape.reduce((size, n) => size * n, ELEMENT_BYTES[type]);
}

function arrayOf(type: OnnxType, length: number): Data {
  switch (type) {
    case 'float32':
      return new Float32Array(length);
    case 'float16':
      return new Uint16Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'bool':
    case 'uint8':
      return new Uint8Array(length);
  }
}

function converted(value: number, type: OnnxType): number {
  if (type === 'float32' || type === 'float16') return Math.fround(value);
  return type === 'bool' ? Number(value !== 0) : Math.trunc(value);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** The nodes that the wanted values need, in their order. */
function live(nodes: readonly OnnxNode[], wanted: Set<string>): OnnxNode[] {
  const kept: OnnxNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    kept.push(node);
    for (const input of node.inputs) wanted.add(input);
  }
  return kept.reverse();
}
