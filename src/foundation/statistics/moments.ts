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
