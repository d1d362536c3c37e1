import type { Stream } from './random.js';

/** Sum over count; NaN for none. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i]!;
  return sum / values.length;
}

/**
 * Standard deviation about the mean: of the values themselves (`ddof` 0, as the literature's "mean ± std" over folds), or
 * estimated for what they are a sample of (`ddof` 1).
 */
export function standardDeviation(values: ArrayLike<number>, ddof: 0 | 1 = 0): number {
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += (values[i]! - centre) * (values[i]! - centre);
  return Math.sqrt(sum / (values.length - ddof));
}

/** Quantile of values sorted in ascending order, linear between order statistics (Hyndman and Fan's type 7, NumPy's default). */
export function quantileSorted(sorted: ArrayLike<number>, q: number): number {
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}

/** Bounds between which a value lies in `level` of the resamples, as much being cut off below as above. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** 0.95 for 95% */
  readonly level: number;
}

/** The percentile interval of bootstrap values (Efron and Tibshirani 1993, chapter 13). */
export function percentileInterval(values: ArrayLike<number>, level: number): Interval {
  const sorted = Float64Array.from(values).sort();
  return { low: quantileSorted(sorted, (1 - level) / 2), high: quantileSorted(sorted, (1 + level) / 2), level };
}

/**
 * A bootstrap resample within strata: how often each unit is drawn, when from each stratum as many are drawn as it has,
 * with replacement. Units in no stratum get 0.
 * @param out one count per unit
 */
export function drawWeights(strata: readonly ArrayLike<number>[], random: Stream, out: Uint32Array): void {
  out.fill(0);
  for (const stratum of strata) {
    // Equal shares of 2^32, the rest drawn again: without bias, and without the division of Stream.integer per draw.
    const share = Math.floor(2 ** 32 / stratum.length);
    for (let i = 0; i < stratum.length; i += 1) {
      let unit = stratum.length;
      while (unit >= stratum.length) unit = Math.floor(random.bits() / share);
      out[stratum[unit]!]! += 1;
    }
  }
}
