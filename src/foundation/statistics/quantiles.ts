import { exp, ln } from '../numbers/elementary.js';

/** Quantiles of the normal and of Student's distribution, by basic arithmetic alone; relative error below 1e-9 (tests, against SciPy). */

/** The normal distribution's quantile, 0 < p < 1 (Wichura 1988, algorithm AS 241, PPND16). */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_OVER, r)) / polynomial(CENTRE_UNDER, r);
  }
  const r = Math.sqrt(-ln(q < 0 ? p : 1 - p));
  const size =
    r <= 5
      ? polynomial(MIDDLE_OVER, r - 1.6) / polynomial(MIDDLE_UNDER, r - 1.6)
      : polynomial(TAIL_OVER, r - 5) / polynomial(TAIL_UNDER, r - 5);
  return q < 0 ? -size : size;
}

/**
 * Student's quantile for any real number of degrees of freedom from 0.5 on; normal where they are infinite.
 * @param p 0 < p < 1
 */
export function studentQuantile(p: number, freedom: number): number {
  if (p === 0.5) return 0;
  if (p < 0.5) return -studentQuantile(1 - p, freedom);
  if (freedom > 1e7) return normalQuantile(p);
  let [low, high] = [0, 1];
  while (studentTail(high, freedom) > 1 - p) [low, high] = [high, 2 * high];
  let x = (low + high) / 2;
  for (let i = 0; i < 200 && high - low > 1e-15 * high; i += 1) {
    const excess = studentTail(x, freedom) - (1 - p);
    if (Math.abs(excess) < 1e-14 * (1 - p)) break;
    if (excess > 0) low = x;
    else high = x;
    const newton = x + excess / studentDensity(x, freedom);
    if (newton === x) break;
    x = newton > low && newton < high ? newton : (low + high) / 2;
  }
  return x;
}

/** The chance that Student's t exceeds `x` >= 0. */
export function studentTail(x: number, freedom: number): number {
  return incompleteBeta(freedom / (freedom + x * x), freedom / 2, 0.5) / 2;
}

function studentDensity(x: number, freedom: number): number {
  const constant = lnGamma((freedom + 1) / 2) - lnGamma(freedom / 2) - ln(freedom * Math.PI) / 2;
  return exp(constant - ((freedom + 1) / 2) * ln(1 + (x * x) / freedom));
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz and Stegun 26.5.8). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * ln(x) + b * ln(1 - x)) / a;
  // Lentz's evaluation.
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < 10_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return front * value;
}

/** The logarithm of the gamma function, x > 0 (Lanczos 1964; coefficients g = 7, n = 9). */
export function lnGamma(x: number): number {
  if (x < 0.5) return lnGamma(x + 1) - ln(x);
  const y = x - 1;
  let sum = LANCZOS[0]!;
  for (let i = 1; i < LANCZOS.length; i += 1) sum += LANCZOS[i]! / (y + i);
  const t = y + 7.5;
  return ln(2 * Math.PI) / 2 + (y + 0.5) * ln(t) - t + ln(sum);
}

/** Coefficients from the constant on. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const CENTRE_OVER = [
  3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
  67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
];
const CENTRE_UNDER = [
  1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
  28729.085735721942674, 5226.495278852545925,
];
const MIDDLE_OVER = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504, 1.27045825245236838258,
  0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
];
const MIDDLE_UNDER = [
  1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
  0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
];
const TAIL_OVER = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123, 0.026532189526576123093,
  0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
];
const TAIL_UNDER = [
  1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
  1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
];
