/** How an allocator gets memory and divides it. */
export interface ArenaRules {
  /** Bytes are rounded up to a multiple of this. */
  readonly grain: number;
  /** A free block is divided if it has this much more than asked for, or is twice as large. */
  readonly spare: number;
  /** Bytes of a first region; each further one is at least twice as large, up to a GiB. `Infinity`: one region that grows. */
  readonly region: number;
}

/** `BFCArena` of ONNX Runtime for processors of 64 bits, as it is by default (onnxruntime/core/framework/bfc_arena.cc). */
export const ORT_ARENA: ArenaRules = { grain: 256, spare: 128 * 2 ** 20, region: 2 ** 20 };
/** `dlmalloc`, WebAssembly's, with tensors aligned as ONNX Runtime has them. */
export const WASM_HEAP: ArenaRules = { grain: 64, spare: 64, region: Infinity };

const LARGEST_DOUBLED = 2 ** 30;
const PAGE = 4096;

export interface Block {
  readonly region: Region;
  readonly at: number;
  bytes: number;
  isFree: boolean;
  before: Block | undefined;
  after: Block | undefined;
}

interface Region {
  readonly index: number;
  /** Of pages that were ever written to, apart from each other: from, to. */
  touched: (readonly [number, number])[];
}

/**
 * Where a best-fit allocator that joins free neighbours puts what is asked of it. The system gives a page when it is first
 * written to, and no page goes back: the pages touched are the memory that it takes.
 */
export class Arena {
  readonly #rules: ArenaRules;
  readonly #regions: Region[] = [];
  readonly #free = new Set<Block>();
  #next: number;
  /** Bytes of blocks in use. */
  inUse = 0;
  /** Bytes of all regions. */
  reserved = 0;

  constructor(rules: ArenaRules) {
    this.#rules = rules;
    this.#next = rules.region;
  }

  /** Takes a block for so many bytes, all of which are written to. */
  take(bytes: number): Block | undefined {
    if (bytes === 0) return undefined;
    const rounded = roundUp(bytes, this.#rules.grain);
    const block = this.#smallest(rounded) ?? this.#extend(rounded);
    this.#free.delete(block);
    if (block.bytes >= 2 * rounded || block.bytes - rounded >= this.#rules.spare) this.#divide(block, rounded);
    block.isFree = false;
    this.inUse += block.bytes;
    touch(block, bytes);
    return block;
  }

  give(block: Block | undefined): void {
    if (block === undefined) return;
    this.inUse -= block.bytes;
    block.isFree = true;
    if (block.after?.isFree === true) this.#join(block, block.after);
    if (block.before?.isFree === true) this.#join(block.before, block);
    else this.#free.add(block);
  }

  /** Bytes of all pages ever written to. */
  get touched(): number {
    return this.#regions.reduce((sum, { touched }) => touched.reduce((all, [from, to]) => all + to - from, sum), 0);
  }

  /** Of blocks of a size that of the least address: the system gives later regions lower ones. */
  #smallest(bytes: number): Block | undefined {
    let best: Block | undefined;
    for (const block of this.#free) {
      if (block.bytes < bytes) continue;
      const order =
        best === undefined
          ? -1
          : block.bytes - best.bytes || best.region.index - block.region.index || block.at - best.at;
      if (order < 0) best = block;
    }
    return best;
  }

  #extend(bytes: number): Block {
    const isEnough = bytes <= this.#next;
    while (bytes > this.#next) this.#next *= 2;
    const region: Region = { index: this.#regions.length, touched: [] };
    const block = { region, at: 0, bytes: this.#next, isFree: true, before: undefined, after: undefined };
    this.#regions.push(region);
    this.reserved += block.bytes;
    if (isEnough) this.#next = Math.min(2 * this.#next, LARGEST_DOUBLED);
    return block;
  }

  #divide(block: Block, bytes: number): void {
    const { region, at, after } = block;
    const rest = { region, at: at + bytes, bytes: block.bytes - bytes, isFree: true, before: block, after };
    if (after !== undefined) after.before = rest;
    block.after = rest;
    block.bytes = bytes;
    this.#free.add(rest);
  }

  #join(block: Block, next: Block): void {
    this.#free.delete(next);
    block.bytes += next.bytes;
    block.after = next.after;
    if (next.after !== undefined) next.after.before = block;
  }
}

function roundUp(bytes: number, unit: number): number {
  return unit * Math.ceil(bytes / unit);
}

function touch({ region, at }: Block, bytes: number): void {
  let from = PAGE * Math.floor(at / PAGE);
  let to = roundUp(at + bytes, PAGE);
  const apart = region.touched.filter(([first, last]) => {
    if (last < from || first > to) return true;
    from = Math.min(from, first);
    to = Math.max(to, last);
    return false;
  });
  region.touched = [...apart, [from, to]];
}
