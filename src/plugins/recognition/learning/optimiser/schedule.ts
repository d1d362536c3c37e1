import { cos } from '../../../../foundation/numbers/elementary.js';

/** Learning rate by epoch. */
export type RateSchedule =
  | { readonly kind: 'constant'; readonly rate: number }
  /** Multiplied by `factor` every `every` epochs. */
  | { readonly kind: 'step'; readonly rate: number; readonly factor: number; readonly every: number }
  /** Half a cosine from `rate` to `last` over `epochs`, then `last`. */
  | { readonly kind: 'cosine'; readonly rate: number; readonly last: number; readonly epochs: number }
  /** The rate from the given epoch on; epochs ascend, the first is 0. */
  | { readonly kind: 'table'; readonly from: readonly (readonly [epoch: number, rate: number])[] };

export function constantRate(rate: number): RateSchedule {
  return { kind: 'constant', rate };
}

/** @param epoch from 0 */
export function rateAt(schedule: RateSchedule, epoch: number): number {
  switch (schedule.kind) {
    case 'constant':
      return schedule.rate;
    case 'step': {
      let rate = schedule.rate;
      for (let i = schedule.every; i <= epoch; i += schedule.every) rate *= schedule.factor;
      return rate;
    }
    case 'cosine': {
      const { rate, last, epochs } = schedule;
      if (epoch >= epochs) return last;
      return last + ((rate - last) * (1 + cos((Math.PI * epoch) / epochs))) / 2;
    }
    case 'table': {
      let rate = schedule.from[0]![1];
      for (const [epochFrom, value] of schedule.from) if (epochFrom <= epoch) rate = value;
      return rate;
    }
  }
}
