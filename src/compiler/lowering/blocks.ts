import { sameShape, type GraphBuilder, type Value } from '../onnx/builder.js';
import { int, ints, text, type OnnxAttribute } from '../onnx/model.js';

/** ONNX Runtime's operators on blocked channels, [image, channel / block, row, column, channel % block]. */
const BLOCKED = 'com.microsoft.nchwc';

/** scale x + shift by channel, plus another map, perhaps rectified. */
interface Affine {
  /** Blocked [n, c, h, w]. */
  readonly x: Value;
  /** [c]. */
  readonly scale: Value;
  readonly shift?: Value;
  readonly plus?: Value;
  readonly rectified?: boolean;
}

interface ConvolveOptions {
  /** Whether the filter is given as [kh, kw, out, in]. */
  readonly swapped?: boolean;
  /** Whether a ReLU follows. */
  readonly rectified?: boolean;
  /** [out]. */
  readonly bias?: Value | undefined;
}

/**
 * Maps whose channels lie in blocks of the processor's vector width, in which ONNX Runtime's convolutions and poolings are
 * fastest. A blocked value states the shape [n, c, h, w] whatever the order in memory.
 *
 * What is done channel by channel is a depthwise convolution with a 1x1 filter there: scale, shift, the sum with another
 * map and the ReLU in one pass over the memory.
 */
export class Blocks {
  /** Channels in a block. */
  readonly size: number;
  readonly #builder: GraphBuilder;
  readonly #affine = new Map<string, Affine>();

  constructor(builder: GraphBuilder, size: number) {
    this.#builder = builder;
    this.size = size;
  }

  /** Whether so many channels fill blocks. */
  fit(channels: number): boolean {
    return channels % this.size === 0;
  }

  /** From [n, c, h, w]. */
  reorder(x: Value): Value {
    return this.#builder.add('ReorderInput', [x], x.shape, { domain: BLOCKED });
  }

  /** To [n, c, h, w]. */
  restore(x: Value): Value {
    return this.#builder.add('ReorderOutput', [x], x.shape, {
      domain: BLOCKED,
      attributes: { channels: int(x.shape[1]!) },
    });
  }

  /** To [h, w, n, c]: whole blocks change places. */
  positions(x: Value): Value {
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const blocks = this.#builder.reshape(x, [n, c / this.size, h * w, this.size]);
    return this.#builder.reshape(this.#builder.transpose(blocks, [2, 0, 1, 3]), [h, w, n, c]);
  }

  /**
   * @param x blocked; or with fewer channels than a block, [n, c, h, w]
   * @param filter [kh, kw, in, out]
   * @param shape [n, out, h', w']
   */
  convolve(
    x: Value,
    filter: Value,
    shape: readonly number[],
    attributes: Record<string, OnnxAttribute>,
    { swapped = false, rectified = false, bias }: ConvolveOptions = {},
  ): Value {
    const b = this.size;
    const builder = this.#builder;
    const [kh, kw, from, to] = filter.shape as [number, number, number, number];
    let weights: Value;
    if (swapped) {
      const split = builder.reshape(filter, [kh, kw, from / b, b, to / b, b]);
      weights = builder.reshape(builder.transpose(split, [2, 4, 0, 1, 5, 3]), [from, to, kh, kw]);
    } else if (from % b === 0) {
      // [out / b, in / b, kh, kw, in % b, out % b]
      const split = builder.reshape(filter, [kh, kw, from / b, b, to / b, b]);
      weights = builder.reshape(builder.transpose(split, [4, 2, 0, 1, 3, 5]), [to, from, kh, kw]);
    } else {
      const split = builder.reshape(filter, [kh, kw, from, to / b, b]);
      weights = builder.reshape(builder.transpose(split, [3, 2, 0, 1, 4]), [to, from, kh, kw]);
    }
    const inputs = bias === undefined ? [x, weights] : [x, weights, bias];
    const all = rectified ? { ...attributes, activation: text('Relu') } : attributes;
    return builder.add('Conv', inputs, shape, { domain: BLOCKED, attributes: all });
  }

  pool(op: string, x: Value, shape: readonly number[], attributes: Record<string, OnnxAttribute>): Value {
    return this.#builder.add(op, [x], shape, { domain: BLOCKED, attributes });
  }

  /** Zeros or another value around rows and columns. */
  pad(x: Value, before: readonly number[], after: readonly number[], fill: number): Value {
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const [top, left] = before as [number, number];
    const [bottom, right] = after as [number, number];
    const blocks = this.#builder.reshape(x, [(n * c) / this.size, h, w, this.size]);
    const padded = this.#builder.pad(blocks, [0, top, left, 0], [0, bottom, right, 0], fill);
    return this.#builder.reshape(padded, [n, c, top + h + bottom, left + w + right]);
  }

  /** `x op vector`, by channel; nothing where the operator is none of Mul, Add, Sub. */
  byChannel(op: string | undefined, x: Value, vector: Value): Value | undefined {
    const builder = this.#builder;
    if (op === 'Mul') return this.#make({ x, scale: vector });
    if (op !== 'Add' && op !== 'Sub') return undefined;
    const by = op === 'Add' ? vector : builder.add('Neg', [vector], vector.shape);
    const made = this.#affine.get(x.name);
    if (made === undefined || made.rectified === true) {
      return this.#make({ x, scale: builder.uniform(1, vector.shape), shift: by });
    }
    const shift = made.shift === undefined ? by : builder.add('Add', [made.shift, by], by.shape);
    return this.#make({ ...made, shift });
  }

  /** The sum of two maps, as part of the depthwise convolution that makes one of them, where there is such. */
  sum(a: Value, b: Value): Value {
    for (const [value, other] of [[a, b] as const, [b, a] as const]) {
      const made = this.#affine.get(value.name);
      if (made !== undefined && made.plus === undefined && made.rectified !== true && sameShape(a.shape, b.shape)) {
        return this.#make({ ...made, plus: other });
      }
    }
    return this.#builder.add('Add', [a, b], a.shape);
  }

  rectify(x: Value): Value {
    const made = this.#affine.get(x.name);
    return made === undefined ? this.#builder.add('Relu', [x], x.shape) : this.#make({ ...made, rectified: true });
  }

  #make(affine: Affine): Value {
    const { x, scale, shift, plus, rectified = false } = affine;
    const channels = x.shape[1]!;
    const inputs = [x, this.#builder.reshape(scale, [channels, 1, 1, 1]), shift, plus];
    while (inputs.at(-1) === undefined) inputs.pop();
    const attributes = {
      group: int(channels),
      kernel_shape: ints([1, 1]),
      ...(rectified ? { activation: text('Relu') } : {}),
    };
    const value = this.#builder.add('Conv', inputs, x.shape, { domain: BLOCKED, attributes });
    this.#affine.set(value.name, affine);
    return value;
  }
}
