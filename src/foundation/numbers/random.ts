import { cos, ln, sin } from './elementary.js';

/**
 * Counter-based randomness: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011). A number is a pure function of (seed, purpose, indices), so that sample (i, j) is the same whatever the
 * number of identities, samples, shards or threads.
 */

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** One block: 4 counter words and 2 key words in, 4 words of 32 random bits out, into `out`. */
export function philox4x32(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
): void {
  for (let round = 0; round < 10; round += 1) {
    const low0 = Math.imul(M0, c0);
    const high0 = multiplyHigh(M0, c0);
    const low1 = Math.imul(M1, c2);
    const high1 = multiplyHigh(M1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** An unbounded sequence of random numbers. Two streams with different addresses are independent. */
export interface Stream {
  /** 32 random bits as an unsigned integer. */
  bits(): number;
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal, by Box and Muller's transform. */
  normal(): number;
  /** Uniform integer in [0, n), without bias; 1 <= n <= 2^32. */
  integer(n: number): number;
  /** Fisher-Yates shuffle, in place: of one length, the same permutation whatever the items and the kind of array. */
  shuffle<A extends { readonly length: number; [index: number]: unknown }>(items: A): A;
}

/**
 * The stream at an address.
 * @param seed any integer of at most 53 bits
 * @param purpose what the numbers are for ('pose', 'shape', ...): keeps uses apart, so that adding one disturbs no other
 * @param indices up to three unsigned 32-bit indices, such as (identity, sample)
 */
export function stream(seed: number, purpose: string, ...indices: readonly [number?, number?, number?]): Stream {
  return new PhiloxStream(seed, purpose, indices[0] ?? 0, indices[1] ?? 0, indices[2] ?? 0);
}

class PhiloxStream implements Stream {
  readonly #k0: number;
  readonly #k1: number;
  readonly #c1: number;
  readonly #c2: number;
  readonly #c3: number;
  readonly #block = new Uint32Array(4);
  #counter = 0;
  #used = 4;
  #spare = NaN;

  constructor(seed: number, purpose: string, i: number, j: number, k: number) {
    this.#k0 = seed >>> 0;
    this.#k1 = (fnv1a(purpose) + Math.imul(Math.floor(seed / 2 ** 32), W1)) >>> 0;
    this.#c1 = i >>> 0;
    this.#c2 = j >>> 0;
    this.#c3 = k >>> 0;
  }

  bits(): number {
    if (this.#used === 4) {
      philox4x32(this.#counter, this.#c1, this.#c2, this.#c3, this.#k0, this.#k1, this.#block);
      this.#counter += 1;
      this.#used = 0;
    }
    return this.#block[this.#used++]!;
  }

  uniform(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const value = this.#spare;
      this.#spare = NaN;
      return value;
    }
    // 1 - u lies in (0, 1], so the logarithm is finite.
    const radius = Math.sqrt(-2 * ln(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * sin(angle);
    return radius * cos(angle);
  }

  integer(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.bits();
      if (word < limit) return word % n;
    }
  }

  shuffle<A extends { readonly length: number; [index: number]: unknown }>(items: A): A {
    for (let i = items.length - 1; i > 0; i -= 1) {
      const j = this.integer(i + 1);
      const held = items[i]!;
      items[i] = items[j]!;
      items[j] = held;
    }
    return items;
  }
}

/**
 * High 32 bits of the 64-bit product of two unsigned 32-bit integers, as a signed one. From products of 16 bits, none of
 * which leaves 32 bits: the engine then keeps to its integer registers, which makes Philox several times as fast.
 */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = Math.imul(aHigh, bLow);
  const middle2 = Math.imul(aLow, bHigh);
  const carry = (Math.imul(aLow, bLow) >>> 16) + (middle & 0xffff) + (middle2 & 0xffff);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (middle2 >>> 16) + (carry >>> 16)) | 0;
}

/** FNV-1a (Fowler, Noll, Vo) of 32 bits over a text's code units. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
