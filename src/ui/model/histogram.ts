import type { HistogramValues } from '../../engine/presentation.js';

/** How the values of some classes lie, for a plot. */
export interface HistogramView {
  readonly name: string;
  readonly says: string;
  readonly of: string;
  /** Middles of the bins. */
  readonly at: readonly number[];
  readonly width: number;
  /** Shares of their class. */
  readonly classes: readonly { readonly name: string; readonly count: number; readonly shares: readonly number[] }[];
  readonly mark?: { readonly at: number; readonly says: string };
}

const BINS = 60;

/** Bins of equal width from the least value to the greatest; undefined where no two values differ. */
export function binned({
  classes,
}: Pick<HistogramValues, 'classes'>): Pick<HistogramView, 'at' | 'width' | 'classes'> | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const { values } of classes)
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  if (!(high > low)) return undefined;
  const width = (high - low) / BINS;
  return {
    at: Array.from({ length: BINS }, (_, i) => low + (i + 0.5) * width),
    width,
    classes: classes.map(({ name, values }) => {
      const bins = new Array<number>(BINS).fill(0);
      let count = 0;
      for (let i = 0; i < values.length; i += 1) {
        if (!Number.isFinite(values[i]!)) continue;
        bins[Math.min(BINS - 1, Math.floor((values[i]! - low) / width))]! += 1;
        count += 1;
      }
      return { name, count, shares: bins.map((n) => n / Math.max(1, count)) };
    }),
  };
}
