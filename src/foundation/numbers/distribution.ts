import type { Stream } from './random.js';

/**
 * One-dimensional distributions, as an experiment writes them: `uniform(-90 deg, 90 deg)`, `normal(0, 5 deg)`.
 * Values are in the unit the parameter declares. `grid` is the controlled mode: its values are visited in order, one per
 * sample, instead of being drawn.
 */
export type Distribution =
  | { readonly type: 'constant'; readonly value: number }
  | { readonly type: 'uniform'; readonly low: number; readonly high: number }
  | { readonly type: 'normal'; readonly mean: number; readonly deviation: number }
  | {
      readonly type: 'truncated-normal';
      readonly mean: number;
      readonly deviation: number;
      readonly low: number;
      readonly high: number;
    }
  | { readonly type: 'mixture'; readonly components: readonly MixtureComponent[] }
  | { readonly type: 'choice'; readonly values: readonly number[] }
  | { readonly type: 'grid'; readonly from: number; readonly to: number; readonly step: number };

export interface MixtureComponent {
  /** Relative; need not add up to 1. */
  readonly weight: number;
  readonly distribution: Distribution;
}

/** Draws one value. A mixture draws its component once, so that the weights are the real shares. */
export function draw(distribution: Distribution, random: Stream): number {
  switch (distribution.type) {
    case 'constant':
      return distribution.value;
    case 'uniform':
      return distribution.low + (distribution.high - distribution.low) * random.uniform();
    case 'normal':
      return distribution.mean + distribution.deviation * random.normal();
    case 'truncated-normal':
      return drawTruncated(distribution.mean, distribution.deviation, distribution.low, distribution.high, random);
    case 'mixture': {
      const total = distribution.components.reduce((sum, c) => sum + c.weight, 0);
      let left = random.uniform() * total;
      for (const component of distribution.components) {
        left -= component.weight;
        if (left < 0) return draw(component.distribution, random);
      }
      return draw(distribution.components.at(-1)!.distribution, random);
    }
    case 'choice':
      return distribution.values[random.integer(distribution.values.length)]!;
    case 'grid': {
      const values = gridValues(distribution);
      return values[random.integer(values.length)]!;
    }
  }
}

/** The distribution of `factor` times the value: a change of unit. */
export function scaleDistribution(distribution: Distribution, factor: number): Distribution {
  switch (distribution.type) {
    case 'constant':
      return { type: 'constant', value: distribution.value * factor };
    case 'uniform':
      return { type: 'uniform', low: distribution.low * factor, high: distribution.high * factor };
    case 'normal':
      return { type: 'normal', mean: distribution.mean * factor, deviation: distribution.deviation * factor };
    case 'truncated-normal':
      return {
        type: 'truncated-normal',
        mean: distribution.mean * factor,
        deviation: distribution.deviation * factor,
        low: distribution.low * factor,
        high: distribution.high * factor,
      };
    case 'mixture': {
      const components = distribution.components.map((c) => ({
        weight: c.weight,
        distribution: scaleDistribution(c.distribution, factor),
      }));
      return { type: 'mixture', components };
    }
    case 'choice':
      return { type: 'choice', values: distribution.values.map((value) => value * factor) };
    case 'grid': {
      const { from, to, step } = distribution;
      return { type: 'grid', from: from * factor, to: to * factor, step: step * factor };
    }
  }
}

/** The values of a grid, both ends included where the step meets them (to a billionth of a step). */
export function gridValues(grid: { readonly from: number; readonly to: number; readonly step: number }): number[] {
  const count = Math.floor((grid.to - grid.from) / grid.step + 1e-9) + 1;
  return Array.from({ length: Math.max(count, 1) }, (_, i) => grid.from + i * grid.step);
}

/** By rejection, from the uniform proposal where the window is narrow and from the normal where it is wide. */
function drawTruncated(mean: number, deviation: number, low: number, high: number, random: Stream): number {
  if (deviation === 0) return Math.min(Math.max(mean, low), high);
  for (let attempt = 0; attempt < 64; attempt += 1) {
    const x = mean + deviation * random.normal();
    if (x >= low && x <= high) return x;
  }
  // A window in the tail: between its ends the density hardly varies.
  return low + (high - low) * random.uniform();
}
