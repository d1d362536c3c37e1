/**
 * Elementary functions made only of IEEE 754 basic operations, so that every artifact is the same bits on every machine
 * and under every version of Node: `Math.sin` and its kin may change with the JavaScript engine, `+ - * / sqrt` may not.
 * Accurate to about 1 ulp over the stated ranges. Use these, not `Math.*`, wherever bits are decided.
 */

const bits = new DataView(new ArrayBuffer(8));
const LN2_HI = 6.9314718036912381649e-1;
const LN2_LO = 1.90821492927058770002e-10;
const HALF_PI_HI = 1.57079632673412561417;
const HALF_PI_LO = 6.07710050650619224932e-11;

/** Natural logarithm of a positive, normal, finite `x`; otherwise NaN, -Infinity or Infinity as `Math.log`. */
export function ln(x: number): number {
  if (x === 0) return -Infinity;
  if (!(x > 0)) return NaN;
  if (x === Infinity) return Infinity;
  bits.setFloat64(0, x);
  let high = bits.getUint32(0);
  let exponent = ((high >>> 20) & 0x7ff) - 1023;
  if (exponent === -1023) return ln(x * 2 ** 54) - 54 * (LN2_HI + LN2_LO);
  high = (high & 0x000fffff) | (1023 << 20);
  bits.setUint32(0, high);
  let m = bits.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    exponent += 1;
  }
  // ln m = 2 artanh s = 2 (s + s^3/3 + s^5/5 + ...), |s| <= 0.1716
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let series = 0;
  for (let k = 25; k >= 3; k -= 2) series = (series + 1 / k) * z;
  return exponent * LN2_HI + (exponent * LN2_LO + 2 * s * series + 2 * s);
}

/** e to the power `x`, for |x| < 708; beyond that 0 or Infinity. */
export function exp(x: number): number {
  if (x !== x) return NaN;
  if (x > 709) return Infinity;
  if (x < -708) return 0;
  const k = Math.round(x / Math.LN2);
  const r = x - k * LN2_HI - k * LN2_LO;
  // Taylor to r^14, |r| <= 0.347
  let sum = 1;
  for (let n = 14; n >= 1; n -= 1) sum = 1 + (sum * r) / n;
  const half = k >> 1;
  return sum * powerOfTwo(half) * powerOfTwo(k - half);
}

/** Sine of `x` radians, |x| < 1e5. */
export function sin(x: number): number {
  return quarterTurn(x, 0);
}

/** Cosine of `x` radians, |x| < 1e5. */
export function cos(x: number): number {
  return quarterTurn(x, 1);
}

/** `x` to the power `y` for `x` >= 0: exp(y ln x). Relative error grows with |y ln x|, about 1e-15 of it. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  return x === 0 ? 0 : exp(y * ln(x));
}

/** Angle of the vector (x, y) to the x axis, in (-pi, pi]; 0 for the zero vector. */
export function atan2(y: number, x: number): number {
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  if (ax === 0 && ay === 0) return 0;
  const steep = ay > ax;
  let t = steep ? ax / ay : ay / ax;
  // atan t = 2 atan(t / (1 + sqrt(1 + t^2))), twice: |t| <= 0.199 and atan t = t - t^3/3 + t^5/5 - ...
  t /= 1 + Math.sqrt(1 + t * t);
  t /= 1 + Math.sqrt(1 + t * t);
  const z = t * t;
  let series = 0;
  for (let k = 25; k >= 3; k -= 2) series = (1 / k - series) * z;
  let angle = 4 * (t - t * series);
  if (steep) angle = Math.PI / 2 - angle;
  if (x < 0) angle = Math.PI - angle;
  return y < 0 ? -angle : angle;
}

function quarterTurn(x: number, shift: number): number {
  const n = Math.round(x / (Math.PI / 2));
  const r = x - n * HALF_PI_HI - n * HALF_PI_LO;
  const z = r * r;
  let value: number;
  if (((n + shift) & 1) === 0) {
    let sum = 1;
    for (let k = 20; k >= 2; k -= 2) sum = 1 - (sum * z) / (k * (k + 1));
    value = r * sum;
  } else {
    let sum = 1;
    for (let k = 20; k >= 2; k -= 2) sum = 1 - (sum * z) / (k * (k - 1));
    value = sum;
  }
  return ((n + shift) & 2) === 0 ? value : -value;
}

function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}
