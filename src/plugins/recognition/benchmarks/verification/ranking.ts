/**
 * Sorting of scores by their bits, digit by digit from the last (a radix sort: stable, with no call for each comparison). The bits
 * of an IEEE number, as an unsigned integer, ascend with it where it is positive and descend where it is negative.
 */
const BITS = 11;
const BUCKETS = 1 << BITS;
const MASK = BUCKETS - 1;
/** Shifts of the digits in the low and in the high word: 11 + 11 + 10 bits each. */
const SHIFTS = [0, 11, 22] as const;

/**
 * Indices of the greatest score first, equal scores in the order of their indices; 0 and -0 are equal.
 *
 * @param among the indices to sort; all by default. Scores must be numbers.
 */
export function descending(score: Float64Array, among?: Int32Array): Int32Array {
  const from = among === undefined ? counted(score.length) : ascending(among);
  const n = from.length;
  const { low, high } = keysOf(score, from);
  let to: Int32Array = new Int32Array(n);
  // Positions are sorted, not indices: keys are read side by side in the first pass, and by position in the others.
  let position: Int32Array = counted(n);
  const count = new Int32Array(BUCKETS);
  for (const keys of [low, high])
    for (const shift of SHIFTS) {
      count.fill(0);
      for (let i = 0; i < n; i += 1) count[(keys[i]! >>> shift) & MASK]! += 1;
      // One digit in all: nothing to sort by.
      if (n > 0 && count[(keys[0]! >>> shift) & MASK] === n) continue;
      let sum = 0;
      for (let b = 0; b < BUCKETS; b += 1) {
        const size = count[b]!;
        count[b] = sum;
        sum += size;
      }
      for (let i = 0; i < n; i += 1) {
        const at = position[i]!;
        const bucket = (keys[at]! >>> shift) & MASK;
        to[count[bucket]!] = at;
        count[bucket]! += 1;
      }
      const sorted = to;
      to = position;
      position = sorted;
    }
  for (let i = 0; i < n; i += 1) to[i] = from[position[i]!]!;
  return to;
}

/** Words of keys that ascend as scores descend, in the order of `indices`. */
function keysOf(score: Float64Array, indices: Int32Array): { readonly low: Uint32Array; readonly high: Uint32Array } {
  const n = indices.length;
  const low = new Uint32Array(n);
  const high = new Uint32Array(n);
  const number = new Float64Array(1);
  const word = new Uint32Array(number.buffer);
  for (let i = 0; i < n; i += 1) {
    // Adding 0 makes 0 of -0.
    number[0] = score[indices[i]!]! + 0;
    // Of a positive number all bits but the sign turn round; a negative one's stay.
    const turn = word[1]! >>> 31 === 0 ? 0xffffffff : 0;
    low[i] = word[0]! ^ turn;
    high[i] = word[1]! ^ (turn & 0x7fffffff);
  }
  return { low, high };
}

function counted(n: number): Int32Array {
  const out = new Int32Array(n);
  for (let i = 0; i < n; i += 1) out[i] = i;
  return out;
}

function ascending(indices: Int32Array): Int32Array {
  for (let i = 1; i < indices.length; i += 1) if (indices[i]! < indices[i - 1]!) return indices.slice().sort();
  return indices;
}
