import type { backend_util } from '@tensorflow/tfjs-core';
import type { GraphBuilder, Value } from '../onnx/builder.js';

type Info = backend_util.Conv2DInfo;

/** Where rows, columns and what moves with them lie in a map's memory: [planes, rows, columns, width]. */
export interface MapInMemory {
  readonly planes: number;
  readonly rows: number;
  readonly columns: number;
  readonly width: number;
}

/**
 * Largest values of windows, and their gradient, by comparing whole maps: first along the rows, then along the columns. ONNX
 * Runtime's pooling that tells places is one unpredictable branch for each value, at twenty
 * nanoseconds a window; this costs less than half, and needs no scattering.
 *
 * Of equal values the first in reading order gets the gradient, as in TensorFlow.js: of the rows that hold the
 * largest value the first, in it the first.
 */
export class Maxima {
  /** [planes, windows down, windows across, width]. */
  readonly value: Value;
  readonly #builder: GraphBuilder;
  readonly #map: MapInMemory;
  readonly #along: Sweep;
  readonly #down: Sweep;

  constructor(builder: GraphBuilder, x: Value, map: MapInMemory, info: Info) {
    const { planes, rows, columns, width } = map;
    this.#builder = builder;
    this.#map = map;
    const { top, left } = info.padInfo;
    this.#along = new Sweep(builder, builder.reshape(x, [planes * rows, columns, width]), {
      size: info.filterWidth,
      stride: info.strideWidth,
      before: left,
      windows: info.outWidth,
    });
    this.#down = new Sweep(builder, builder.reshape(this.#along.largest, [planes, rows, info.outWidth * width]), {
      size: info.filterHeight,
      stride: info.strideHeight,
      before: top,
      windows: info.outHeight,
    });
    this.value = builder.reshape(this.#down.largest, [planes, info.outHeight, info.outWidth, width]);
  }

  /**
   * @param dy as the value
   * @returns [planes, rows, columns, width]
   */
  gradient(dy: Value): Value {
    const { planes, rows, columns, width } = this.#map;
    const builder = this.#builder;
    const outWidth = this.value.shape[2]!;
    const down = this.#down.gradient(builder.reshape(dy, this.#down.largest.shape));
    const along = this.#along.gradient(builder.reshape(down, [planes * rows, outWidth, width]));
    return builder.reshape(along, [planes, rows, columns, width]);
  }
}

interface Windows {
  readonly size: number;
  readonly stride: number;
  /** Places in front of the first value that the first window covers. */
  readonly before: number;
  /** How many. */
  readonly windows: number;
}

/** Smaller than any value that a window could prefer it to. */
const LOWEST = -3.4028234663852886e38;

/** Windows along the middle axis of [a, length, b]. */
class Sweep {
  readonly #builder: GraphBuilder;
  readonly #shape: readonly [number, number, number];
  readonly #of: Windows;
  /** For each place of a window what it meets, [a, windows, b]. */
  readonly #met: readonly Value[];
  readonly largest: Value;

  constructor(builder: GraphBuilder, x: Value, of: Windows) {
    this.#builder = builder;
    this.#shape = x.shape as [number, number, number];
    this.#of = of;
    const phases = this.#phases(x);
    this.#met = Array.from({ length: of.size }, (_, place) => {
      const { phase, shift } = this.#position(place);
      return this.#shifted(phases[phase]!, shift, of.windows, LOWEST);
    });
    this.largest = builder.add('Max', this.#met, this.#met[0]!.shape);
  }

  gradient(dy: Value): Value {
    const builder = this.#builder;
    const { size, stride } = this.#of;
    const [a, length, b] = this.#shape;
    const sums: (Value | undefined)[] = Array.from({ length: stride });
    // What no earlier place has taken is left to the later ones, all of it to the last.
    let rest = dy;
    for (let place = 0; place < size; place += 1) {
      let part = rest;
      if (place < size - 1) {
        const isLargest = builder.add('Equal', [this.#met[place]!, this.largest], dy.shape, { type: 'bool' });
        part = builder.add('Mul', [builder.cast(isLargest, 'float32'), rest], dy.shape);
        rest = builder.add('Sub', [rest, part], dy.shape);
      }
      const { phase, shift } = this.#position(place);
      const back = this.#shifted(part, -shift, this.#each, 0);
      const sum = sums[phase];
      sums[phase] = sum === undefined ? back : builder.add('Add', [sum, back], back.shape);
    }
    const zero = builder.uniform(0, [a, this.#each, b]);
    const columns = sums.map((sum) => builder.reshape(sum ?? zero, [a, this.#each, 1, b]));
    const whole = builder.reshape(builder.concat(columns, 2), [a, this.#each * stride, b]);
    return builder.slice(whole, [0, 0, 0], [a, length, b]);
  }

  /** Values of a phase: every stride-th. */
  get #each(): number {
    return Math.ceil(this.#shape[1] / this.#of.stride);
  }

  #phases(x: Value): Value[] {
    const { stride } = this.#of;
    if (stride === 1) return [x];
    const [a, length, b] = this.#shape;
    const each = this.#each;
    const whole = this.#builder.pad(x, [0, 0, 0], [0, each * stride - length, 0], LOWEST);
    const split = this.#builder.reshape(whole, [a, each, stride, b]);
    return Array.from({ length: stride }, (_, phase) =>
      this.#builder.reshape(this.#builder.slice(split, [0, 0, phase, 0], [a, each, 1, b]), [a, each, b]),
    );
  }

  /** Place `place` of window m meets value m + shift of the phase. */
  #position(place: number): { phase: number; shift: number } {
    const { stride, before } = this.#of;
    const shift = Math.floor((place - before) / stride);
    return { phase: place - before - shift * stride, shift };
  }

  /** Element m of the result is element m + shift of x, `fill` where there is none. */
  #shifted(x: Value, shift: number, length: number, fill: number): Value {
    const after = length + shift - x.shape[1]!;
    return this.#builder.pad(x, [0, -shift, 0], [0, after, 0], fill);
  }
}
