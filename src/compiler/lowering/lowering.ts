import { present } from '../../foundation/values/present.js';
import { GraphBuilder, sameShape, type Value } from '../onnx/builder.js';
import type { OnnxType } from '../onnx/model.js';
import { Blocks } from './blocks.js';
import { POSITIONS_FIRST } from './positions.js';
import type { RecordedCall, RecordedConstant, RecordedGraph, RecordedTensor } from '../tape/recording.js';
import type { TensorFlow } from '../tensorflow.js';

/**
 * A recorded tensor as a value of the ONNX graph. TensorFlow.js's axes are [image, row, column, channel] and ONNX's
 * convolutions want channels first, so a value may hold its axes in another order than the tensor; what follows works in
 * that order as long as it can, and most transposes never come to be.
 */
export interface Laid {
  /** The tensor's shape, in TensorFlow.js's order. */
  readonly shape: readonly number[];
  /** Axis i of the value is axis `order[i]` of the tensor; absent where they are the same. */
  readonly order?: readonly number[];
  readonly value: Value;
  /**
   * The same in blocked channels, where it was made so; `value` is then that one put back in order, which costs nothing
   * until something reads it.
   */
  readonly blocked?: Value;
}

/** [image, channel, row, column] of a tensor [image, row, column, channel]. */
export const CHANNELS_FIRST = [0, 3, 1, 2] as const;

export interface LowerOptions {
  /** Name of the graph. */
  readonly name?: string;
  /** Float inputs that are given as bytes, 0 to 255. */
  readonly bytes?: readonly string[];
  /** Inputs whose values are known now and become part of the model. */
  readonly values?: Readonly<Record<string, Float32Array>>;
  /** An input that makes shapes known at run time alone (`GraphBuilder.shapesAtRunTime`). */
  readonly zero?: string;
  /** The graph's maps are held in half precision (`halfCalls`). */
  readonly half?: boolean;
  /** How maps lie, as suits the runtime (`Runtime.layout`); channels first where nothing is said. */
  readonly layout?: MapLayout;
}

/**
 * How maps lie in memory while the graph runs: as ONNX has them; in blocks of channels, for runtimes with convolutions on such;
 * or with the positions first, where all but the channels is rows of matrix products.
 */
export type MapLayout =
  | { readonly kind: 'channels-first'; readonly wrongThreefold?: boolean }
  | { readonly kind: 'blocked'; readonly channels: number }
  | {
      readonly kind: 'positions-first';
      /** Results that one node may have; any number where nothing is said. */
      readonly mostOutputs?: number;
      /**
       * The runtime's convolutions are wrong where the channels are a multiple of three: those of WebGPU where they are more than
       * three and no multiple of four, and the filter is larger than 1x1 (docs/decisions/0170). They get one more, of zeros.
       */
      readonly wrongThreefold?: boolean;
      /** The runtime has no products of transposed operands (FusedMatMul) on the device: their operands are transposed before. */
      readonly noTransposedProducts?: boolean;
    };

/** Adds the node (or nodes) of an element-wise operator. */
export type MakeElementwise = (values: readonly Value[], shape: readonly number[]) => Value;

/** The state of a lowering: what each recorded tensor has become. */
export class Lowering {
  readonly tf: TensorFlow;
  readonly graph: RecordedGraph;
  /** Blocked channels, where the runtime has them. */
  readonly blocks: Blocks | undefined;
  /** Whether maps lie positions first. */
  readonly positionsFirst: boolean;
  readonly mostOutputs: number;
  readonly wrongThreefold: boolean;
  readonly builder: GraphBuilder;
  readonly #laid = new Map<number, Laid>();
  /** What an Identity's result is a copy of, by id. */
  readonly #copies = new Map<number, number>();

  constructor(tf: TensorFlow, graph: RecordedGraph, { bytes = [], values = {}, layout, zero }: LowerOptions) {
    const positions = layout?.kind === 'positions-first' ? layout : undefined;
    this.builder = new GraphBuilder(positions);
    if (zero !== undefined) this.builder.shapesAtRunTime(zero);
    this.blocks = layout?.kind === 'blocked' ? new Blocks(this.builder, layout.channels) : undefined;
    this.positionsFirst = positions !== undefined;
    this.mostOutputs = positions?.mostOutputs ?? Infinity;
    this.wrongThreefold = (layout?.kind !== 'blocked' && layout?.wrongThreefold) ?? false;
    this.tf = tf;
    this.graph = graph;
    for (const { kernel, inputs, outputs } of graph.calls) {
      if (kernel === 'Identity') this.#copies.set(outputs[0]!.id, this.origin(inputs.x!));
    }
    for (const [input, { id, shape, type }] of Object.entries(graph.inputs)) {
      const known = values[input];
      if (known !== undefined) {
        this.#laid.set(id, { shape, value: this.builder.constant(known, shape, type) });
        continue;
      }
      const given = this.builder.input(input, bytes.includes(input) ? 'uint8' : type, shape);
      this.#laid.set(id, { shape, value: this.builder.cast(given, type) });
    }
    for (const { tensor, values: literal } of graph.constants) {
      const [first = 0] = literal;
      const same = literal.every((value) => value === first);
      const value = same
        ? this.builder.uniform(first, tensor.shape, tensor.type)
        : this.builder.constant(literal, tensor.shape, tensor.type);
      this.#laid.set(tensor.id, { shape: tensor.shape, value });
    }
  }

  /** What a call's results have become. */
  place(call: RecordedCall, results: readonly Laid[]): void {
    call.outputs.forEach((tensor, i) => this.#laid.set(tensor.id, results[i]!));
  }

  /** The id of the tensor that this one is a copy of, or its own. */
  origin({ id }: RecordedTensor): number {
    return this.#copies.get(id) ?? id;
  }

  /** The values of a tensor that the recorded function made itself. */
  literal(tensor: RecordedTensor): RecordedConstant['values'] | undefined {
    return this.graph.constants.find((constant) => constant.tensor.id === this.origin(tensor))?.values;
  }

  /** In the precision of the call that is being lowered. */
  at(tensor: RecordedTensor): Laid {
    const laid = present(this.#laid, tensor.id);
    const { type } = laid.value;
    return type === this.builder.float || (type !== 'float32' && type !== 'float16')
      ? laid
      : this.cast(laid, 'float32');
  }

  /** The input of that name. */
  input(call: RecordedCall, name: string): Laid {
    return this.at(call.inputs[name]!);
  }

  inputs(call: RecordedCall): Laid[] {
    return Object.values(call.inputs).map((tensor) => this.at(tensor));
  }

  /** With axes in the tensor's own order. */
  canonical({ value, order }: Laid): Value {
    return order === undefined ? value : this.builder.transpose(value, inverse(order));
  }

  /** With axes in the order given. */
  inOrder(laid: Laid, order: readonly number[] | undefined): Value {
    if (order === undefined) return this.canonical(laid);
    if (laid.order === undefined) return this.builder.transpose(laid.value, order);
    const at = inverse(laid.order);
    return this.builder.transpose(
      laid.value,
      order.map((axis) => at[axis]!),
    );
  }

  channelsFirst(laid: Laid): Value {
    return this.inOrder(laid, CHANNELS_FIRST);
  }

  /** [row, column, image, channel] of a map. */
  positions(laid: Laid): Value {
    return laid.blocked === undefined ? this.inOrder(laid, POSITIONS_FIRST) : this.blocks!.positions(laid.blocked);
  }

  /** A map [n, h, w, c] from its form [n, c, h, w], in the order in which this graph has maps. */
  fromChannelsFirst(shape: readonly number[], value: Value): Laid {
    const laid = { shape, order: CHANNELS_FIRST, value };
    return this.positionsFirst ? this.fromPositions(shape, this.positions(laid)) : laid;
  }

  /** A map [n, h, w, c] from its form [h, w, n, c]. */
  fromPositions(shape: readonly number[], value: Value): Laid {
    return { shape, order: POSITIONS_FIRST, value };
  }

  /** In blocked channels; its channels must fill blocks. */
  blocked(laid: Laid): Value {
    return laid.blocked ?? this.blocks!.reorder(this.channelsFirst(laid));
  }

  /** A map [n, h, w, c] from its form in blocked channels. */
  fromBlocked(shape: readonly number[], blocked: Value): Laid {
    return { shape, order: CHANNELS_FIRST, value: this.blocks!.restore(blocked), blocked };
  }

  /**
   * An operator that works element by element, with broadcasting. It runs in the axis order of its largest operand;
   * smaller ones follow, which costs them nothing where they vary along one axis only.
   */
  elementwise(operands: readonly Laid[], make: MakeElementwise, op?: string): Laid {
    const shape = broadcast(operands.map((operand) => operand.shape));
    if (this.positionsFirst) {
      const laid = this.#byChannelOfPositions(operands, shape, make);
      if (laid !== undefined) return laid;
    }
    const blocked = this.#elementwiseInBlocks(operands, shape, make, op);
    const laid = this.#elementwiseInOrder(operands, shape, make);
    if (blocked === undefined) return laid;
    // Only floats can be put back in order; what is not is computed there again if need be.
    return blocked.type === 'float32' ? this.fromBlocked(shape, blocked) : { ...laid, blocked };
  }

  /**
   * In blocked channels, if an operand is and the others can be: maps of the same size, numbers, or one vector over the
   * channels with an operator that can take it.
   */
  #elementwiseInBlocks(
    operands: readonly Laid[],
    shape: readonly number[],
    make: MakeElementwise,
    op: string | undefined,
  ): Value | undefined {
    const blocks = this.blocks;
    if (blocks === undefined || operands.every(({ blocked }) => blocked === undefined)) return undefined;
    const maps: Value[] = [];
    const vectors: Laid[] = [];
    for (const operand of operands) {
      if (operand.value.uniform !== undefined) maps.push(this.builder.scalar(operand.value));
      else if (sameShape(operand.shape, shape)) {
        if (operand.blocked === undefined && operand.value.type !== 'float32') return undefined;
        maps.push(this.blocked(operand));
      } else if (size(operand.shape) === shape[3] && operand.shape.at(-1) === shape[3]) vectors.push(operand);
      else return undefined;
    }
    const physical = CHANNELS_FIRST.map((axis) => shape[axis]!);
    const first = maps[0]!;
    if (vectors.length > 0) {
      // A vector on the left would have to be turned around for Sub; none of ours stands there.
      const alone = operands.length === 2 && vectors.length === 1 && first.uniform === undefined;
      if (!alone || (op === 'Sub' && operands[0] === vectors[0])) return undefined;
      return blocks.byChannel(op, first, this.builder.reshape(this.canonical(vectors[0]!), [shape[3]!]));
    }
    if (op === 'Relu') return blocks.rectify(first);
    if (op === 'Add' && maps.every(({ uniform }) => uniform === undefined)) return blocks.sum(first, maps[1]!);
    return make(maps, physical);
  }

  /**
   * A map and a vector over its channels: the vector is repeated for each image first, so that what the runtime does in one go
   * is images x channels long.
   */
  #byChannelOfPositions(operands: readonly Laid[], shape: readonly number[], make: MakeElementwise): Laid | undefined {
    const isMap = (laid: Laid): boolean => laid.order === POSITIONS_FIRST && sameShape(laid.shape, shape);
    const isVector = (laid: Laid): boolean =>
      laid.value.uniform === undefined && laid.shape.at(-1) === shape[3] && size(laid.shape) === shape[3];
    if (operands.length !== 2 || !operands.some(isMap) || !operands.some(isVector)) return undefined;
    const [n, h, w, c] = shape as [number, number, number, number];
    if (operands.every(isMap)) return undefined;
    const values = operands.map((operand) => {
      if (isMap(operand)) return this.builder.reshape(operand.value, [h * w, n * c]);
      const row = this.builder.reshape(this.canonical(operand), [1, c]);
      const repeated = this.builder.add('Expand', [row, this.builder.integers([n, c])], [n, c]);
      return this.builder.reshape(repeated, [1, n * c]);
    });
    return this.fromPositions(shape, this.builder.reshape(make(values, [h * w, n * c]), [h, w, n, c]));
  }

  #elementwiseInOrder(operands: readonly Laid[], shape: readonly number[], make: MakeElementwise): Laid {
    const leading = operands
      .filter((operand) => operand.order?.length === shape.length && operand.value.uniform === undefined)
      .sort((a, b) => size(b.shape) - size(a.shape))[0];
    const order = leading?.order;
    const physical = order === undefined ? shape : order.map((axis) => shape[axis]!);
    const values = operands.map((operand) => {
      if (operand.value.uniform !== undefined) return this.builder.scalar(operand.value);
      return order === undefined ? this.canonical(operand) : this.inOrder(this.#fullRank(operand, shape.length), order);
    });
    const enough = sameShape(broadcast(values.map((value) => value.shape)), physical);
    if (!enough) {
      const scalar = values.findIndex((value) => value.uniform !== undefined);
      values[scalar] = { ...values[scalar]!, shape: physical };
    }
    const value = make(values, physical);
    return order === undefined ? { shape, value } : { shape, order, value };
  }

  #fullRank(laid: Laid, rank: number): Laid {
    if (laid.shape.length === rank) return laid;
    const shape = [...Array<number>(rank - laid.shape.length).fill(1), ...laid.shape];
    return { shape, value: this.builder.reshape(this.canonical(laid), shape) };
  }

  /** Like `laid`, with another value of the same axis order. */
  like({ order }: Laid, value: Value, shape: readonly number[]): Laid {
    return order === undefined ? { shape, value } : { shape, order, value };
  }

  /** Casts where the types differ. */
  cast(laid: Laid, type: OnnxType): Laid {
    if (laid.blocked !== undefined && type === 'float32') {
      return this.fromBlocked(laid.shape, this.builder.cast(laid.blocked, type));
    }
    return this.like(laid, this.builder.cast(laid.value, type), laid.shape);
  }
}

export function inverse(order: readonly number[]): number[] {
  const at: number[] = [];
  order.forEach((axis, i) => (at[axis] = i));
  return at;
}

export function size(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The common shape of operands that broadcast, as NumPy has it. Shapes that do not are the caller's mistake. */
export function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[i - rank + shape.length] ?? 1);
    const common = sizes.find((n) => n !== 1) ?? 1;
    if (sizes.some((n) => n !== 1 && n !== common)) {
      throw new Error(`shapes ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')} do not broadcast`);
    }
    return common;
  });
}
