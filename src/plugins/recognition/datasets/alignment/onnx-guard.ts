import { limit, raise } from '../../../../foundation/files/limits.js';

/**
 * What is wrong with the bytes of an ONNX model (onnx.proto3) before any runtime is given them: tensors whose values lie in other
 * files, which a runtime would open wherever their names lead, and graphs inside of graphs without end. Reads the nesting of
 * messages alone, no values. A file that is no such message, another format of the runtime's among them, is refused.
 */
export function onnxProblem(bytes: Uint8Array): string | undefined {
  try {
    const walk = new Walk(bytes);
    walk.message('model', 0, bytes.length, 0);
    return walk.graphs === 0 ? 'it holds no graph' : undefined;
  } catch (error) {
    if (error instanceof Unfit) return error.message;
    throw error;
  }
}

class Unfit extends Error {}

type Message = 'model' | 'graph' | 'node' | 'attribute' | 'tensor' | 'sparse' | 'function' | 'training';

/** The fields of a message that are messages in which a tensor may lie. */
const INSIDE: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  function: { 7: 'node', 11: 'attribute' },
  training: { 1: 'graph', 2: 'graph' },
  tensor: {},
};

/** `TensorProto.external_data` and `TensorProto.data_location`. */
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;

class Walk {
  readonly #bytes: Uint8Array;
  graphs = 0;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @param depth how many graphs it lies in */
  message(kind: Message, begin: number, end: number, depth: number): void {
    if (kind === 'graph') {
      this.graphs += 1;
      const most = limit('onnx-depth');
      if (depth > most) throw new Unfit(`it has graphs more than ${most} deep; ${raise('onnx-depth')}`);
    }
    const inside = INSIDE[kind];
    for (this.#at = begin; this.#at < end;) {
      const tag = this.#varint(end);
      const field = Math.floor(tag / 8);
      switch (tag % 8) {
        case 0: {
          const value = this.#varint(end);
          if (kind === 'tensor' && field === DATA_LOCATION && value !== 0) throw new Unfit(DATA_OUTSIDE);
          break;
        }
        case 1:
          this.#at += 8;
          break;
        case 5:
          this.#at += 4;
          break;
        case 2: {
          const length = this.#varint(end);
          const from = this.#at;
          if (from + length > end) throw new Unfit(NO_MODEL);
          if (kind === 'tensor' && field === EXTERNAL_DATA) throw new Unfit(DATA_OUTSIDE);
          const of = Object.hasOwn(inside, field) ? inside[field] : undefined;
          if (of !== undefined) this.message(of, from, from + length, depth + (of === 'graph' ? 1 : 0));
          this.#at = from + length;
          break;
        }
        default:
          throw new Unfit(NO_MODEL);
      }
    }
    if (this.#at !== end) throw new Unfit(NO_MODEL);
  }

  /** Beyond 2^53 only roughly: lengths that large end past the file, and other values are not looked at. */
  #varint(end: number): number {
    let value = 0;
    for (let i = 0; i < 10; i += 1) {
      if (this.#at >= end) throw new Unfit(NO_MODEL);
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return value;
    }
    throw new Unfit(NO_MODEL);
  }
}

const DATA_OUTSIDE = 'it has tensors whose values lie in other files; save it with its data inside';
const NO_MODEL = 'it is no ONNX model, or cut off';
