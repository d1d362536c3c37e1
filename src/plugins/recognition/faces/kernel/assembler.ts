/**
 * WebAssembly written in TypeScript: each function here gives the code of one instruction (WebAssembly core
 * specification 2.0, section 5.4), its operands first. Kernels are put together from these, so what a thread runs is in
 * the source like everything else, and no compiler stands between.
 *
 *     area.set(i64.sub(i64.mul(dx1, dy2), i64.mul(dy1, dx2)))
 *
 * The instructions used are IEEE 754 or integer arithmetic with one result on every machine; none is relaxed.
 */

export type ValueType = 'i32' | 'i64' | 'f32' | 'v128';

/** Bytes, pieces of code one after another, a block, or a branch to one. */
export type Code = readonly (number | Code | Block | Branch)[];

/** A block of code that can be branched to: the end of a `block`, the beginning of a `loop`. */
export interface Block {
  readonly open: number;
  body: Code;
}

export interface Branch {
  readonly opcode: number;
  readonly to: Block;
}

/** A variable of a function. As an operand it is read. */
export class Local {
  readonly index: number;
  readonly type: ValueType;

  constructor(index: number, type: ValueType) {
    this.index = index;
    this.type = type;
  }

  set(value: Operand): Code {
    return [operand(this.type, value), 0x21, unsigned(this.index)];
  }

  /** Adds to an i32 or i64. */
  add(value: Operand): Code {
    return this.set(this.type === 'i64' ? i64.add(this, value) : i32.add(this, value));
  }
}

/** What an instruction takes: a variable, code that leaves a value, or a constant. */
export type Operand = Local | Code | number;

function operand(type: ValueType, value: Operand): Code {
  if (value instanceof Local) return [0x20, unsigned(value.index)];
  if (typeof value !== 'number') return value;
  switch (type) {
    case 'i32':
      return [0x41, signed(value)];
    case 'i64':
      return [0x42, signed(value)];
    case 'f32':
      return [0x43, bytesOf(Float32Array.of(value))];
    case 'v128':
      throw new Error('a vector constant is written f32x4.of(...) or i32x4.of(...)');
  }
}

type Unary = (a: Operand) => Code;
type Binary = (a: Operand, b: Operand) => Code;

function unary(type: ValueType, ...opcode: number[]): Unary {
  return (a) => [operand(type, a), opcode];
}

function binary(type: ValueType, ...opcode: number[]): Binary {
  return (a, b) => [operand(type, a), operand(type, b), opcode];
}

type Load = (address: Operand, offset?: number) => Code;
type Store = (address: Operand, value: Operand, offset?: number) => Code;

/** The alignment promised is a hint without a bearing on the result: 1 byte. */
function load(...opcode: number[]): Load {
  return (address, offset = 0) => [operand('i32', address), opcode, 0, unsigned(offset)];
}

function store(type: ValueType, ...opcode: number[]): Store {
  return (address, value, offset = 0) => [operand('i32', address), operand(type, value), opcode, 0, unsigned(offset)];
}

/** `condition ? a : b`, both evaluated. */
export function select(type: ValueType, condition: Operand, a: Operand, b: Operand): Code {
  return [operand(type, a), operand(type, b), operand('i32', condition), 0x1b];
}

export const i32 = {
  load: load(0x28),
  store: store('i32', 0x36),
  store8: store('i32', 0x3a),
  lessThan: binary('i32', 0x48),
  greaterThan: binary('i32', 0x4a),
  add: binary('i32', 0x6a),
  sub: binary('i32', 0x6b),
  mul: binary('i32', 0x6c),
  and: binary('i32', 0x71),
  or: binary('i32', 0x72),
  xor: binary('i32', 0x73),
  shiftLeft: binary('i32', 0x74),
  /** Of an i32 seen as unsigned. */
  shiftRight: binary('i32', 0x76),
} as const;

export const i64 = {
  add: binary('i64', 0x7c),
  sub: binary('i64', 0x7d),
  mul: binary('i64', 0x7e),
  and: binary('i64', 0x83),
  or: binary('i64', 0x84),
  notEqual: binary('i64', 0x52),
  trailingZeros: unary('i64', 0x7a),
  /** The lower 32 bits. */
  low: unary('i64', 0xa7),
  shiftLeft: binary('i64', 0x86),
  atLeast: binary('i64', 0x59),
  of: unary('i32', 0xac),
} as const;

export const f32 = {
  load: load(0x2a),
  greaterThan: binary('f32', 0x5e),
  atLeast: binary('f32', 0x60),
  sqrt: unary('f32', 0x91),
  add: binary('f32', 0x92),
  sub: binary('f32', 0x93),
  mul: binary('f32', 0x94),
  div: binary('f32', 0x95),
  ofI64: unary('i64', 0xb4),
} as const;

/** Vector instructions have a prefix and a number in LEB128. */
function simd(number: number): number[] {
  return [0xfd, ...unsigned(number)];
}

type Lane = 0 | 1 | 2 | 3;

export const v128 = {
  load: load(...simd(0x00)),
  /** Two values of 32 bits, then zeros. */
  loadPair: load(...simd(0x5d)),
  /** One value of 32 bits in all lanes. */
  loadSplat: load(...simd(0x09)),
  /** One value of 32 bits, then zeros. */
  loadOne: load(...simd(0x5c)),
  store: store('v128', ...simd(0x0b)),
  /** Stores lanes 0 and 1. */
  storePair: (address: Operand, value: Operand): Code => [
    operand('i32', address),
    operand('v128', value),
    simd(0x5b),
    0,
    0,
    0,
  ],
  /** Whether any bit is set, an i32. */
  anyTrue: unary('v128', ...simd(0x53)),
  or: binary('v128', ...simd(0x50)),
  /** The given lanes of 32 bits of `a` (0 to 3) and `b` (4 to 7). */
  shuffle: (a: Operand, b: Operand, lanes: readonly [number, number, number, number]): Code => [
    operand('v128', a),
    operand('v128', b),
    simd(0x0d),
    lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
  ],
} as const;

/** One lane in all four. */
export function spread(a: Operand, lane: Lane): Code {
  return v128.shuffle(a, a, [lane, lane, lane, lane]);
}

export const f32x4 = {
  of: (...values: [number, number, number, number]): Code => [simd(0x0c), bytesOf(Float32Array.from(values))],
  splat: unary('f32', ...simd(0x13)),
  lane: (a: Operand, lane: Lane): Code => [operand('v128', a), simd(0x1f), lane],
  withLane: (a: Operand, lane: Lane, value: Operand): Code => [
    operand('v128', a),
    operand('f32', value),
    simd(0x20),
    lane,
  ],
  floor: unary('v128', ...simd(0x68)),
  add: binary('v128', ...simd(0xe4)),
  sub: binary('v128', ...simd(0xe5)),
  mul: binary('v128', ...simd(0xe6)),
  div: binary('v128', ...simd(0xe7)),
  /** `b < a ? b : a` */
  lesser: binary('v128', ...simd(0xea)),
  /** `a < b ? b : a` */
  greater: binary('v128', ...simd(0xeb)),
  ofI32x4: unary('v128', ...simd(0xfa)),
} as const;

export const i32x4 = {
  of: (...values: [number, number, number, number]): Code => [simd(0x0c), bytesOf(Int32Array.from(values))],
  lane: (a: Operand, lane: Lane): Code => [operand('v128', a), simd(0x1b), lane],
  withLane: (a: Operand, lane: Lane, value: Operand): Code => [
    operand('v128', a),
    operand('i32', value),
    simd(0x1c),
    lane,
  ],
  lessThan: binary('v128', ...simd(0x39)),
  greaterThan: binary('v128', ...simd(0x3b)),
  splat: unary('i32', ...simd(0x11)),
  add: binary('v128', ...simd(0xae)),
  sub: binary('v128', ...simd(0xb1)),
  mul: binary('v128', ...simd(0xb5)),
  /** The four sign bits, an i32. */
  signs: unary('v128', ...simd(0xa4)),
  shiftLeft: (a: Operand, bits: number): Code => [operand('v128', a), operand('i32', bits), simd(0xab)],
  min: binary('v128', ...simd(0xb6)),
  max: binary('v128', ...simd(0xb8)),
  /** Arithmetic shift to the right. */
  shiftRight: (a: Operand, bits: number): Code => [operand('v128', a), operand('i32', bits), simd(0xac)],
  /** Towards zero; out of range becomes the nearest number in range. */
  ofF32x4: unary('v128', ...simd(0xf8)),
  /** The first four of 16 bytes, each without sign. */
  ofBytes: (a: Operand): Code => [operand('v128', a), simd(0x89), simd(0xa9)],
} as const;

export const i64x2 = {
  lane: (a: Operand, lane: 0 | 1): Code => [operand('v128', a), simd(0x1d), lane],
  /** Products of the lanes 0 and 1, 32 bits each with a sign. */
  products: binary('v128', ...simd(0xdc)),
} as const;

/** Code that a branch leaves at its end. */
export function block(body: (exit: Block) => Code): Code {
  return labelled(0x02, body);
}

/** Code that a branch begins again. */
export function loop(body: (again: Block) => Code): Code {
  return labelled(0x03, body);
}

export function when(condition: Operand, then: Code, otherwise?: Code): Code {
  const body = otherwise === undefined ? then : [then, 0x05, otherwise];
  return [operand('i32', condition), labelled(0x04, () => body)];
}

export function branchIf(to: Block, condition: Operand): Code {
  return [operand('i32', condition), { opcode: 0x0d, to }];
}

/** Runs the body until the counter, counted down, is 0; it is at least 1 before. */
export function repeat(counter: Local, body: Code): Code {
  return loop((again) => [body, counter.add(-1), branchIf(again, counter)]);
}

function labelled(open: number, body: (label: Block) => Code): Code {
  const made: Block = { open, body: [] };
  made.body = body(made);
  return [made];
}

/** The bytes of code within the given blocks, outermost first. */
export function encode(code: Code, within: readonly Block[] = []): number[] {
  return code.flatMap((piece) => {
    if (typeof piece === 'number') return [piece];
    if ('to' in piece) return [piece.opcode, ...unsigned(within.length - 1 - within.lastIndexOf(piece.to))];
    if ('open' in piece) return [piece.open, 0x40, ...encode(piece.body, [...within, piece]), 0x0b];
    return encode(piece, within);
  });
}

/** LEB128. */
export function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(Math.floor(value / 0x80))];
}

function signed(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return done ? [low] : [low | 0x80, ...signed(rest)];
}

/** Little-endian, as WebAssembly is, on little-endian machines, which Node's all are. */
function bytesOf(values: Float32Array | Int32Array): number[] {
  return [...new Uint8Array(values.buffer)];
}
