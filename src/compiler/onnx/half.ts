const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** 65,504. */
const LARGEST = 0x7bff;

/**
 * The bits of the nearest number of IEEE 754's binary16, of two as near the even one; of what lies beyond the largest, the largest:
 * a literal such as "lower than any value" is still one. No NaN.
 */
export function halfBits(value: number): number {
  single[0] = value;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const magnitude = bits[0]! & 0x7fffffff;
  // Below 2^-14 numbers lie evenly, 2^-24 apart.
  if (magnitude < 0x38800000) return sign | evenly(Math.abs(single[0]) * 2 ** 24);
  // The exponent's bias goes from 127 to 15; thirteen bits of the fraction are rounded away, which may carry into the exponent.
  return sign | Math.min(LARGEST, evenly((magnitude - (112 << 23)) / 2 ** 13));
}

/** The nearest integer, of two as near the even one. */
function evenly(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
