import { i32, i32x4 } from './assembler.js';
import type { Code, Local } from './assembler.js';

/** Places are whole multiples of 1/256 of a sample, so that edge functions are exact and no crack opens. */
export const SUBSAMPLE = 256;

/** What is known of a face at one of its corners. */
export interface Corner {
  readonly index: Local;
  /** x, y, 0, 0 */
  readonly place: Local;
  /** Red, green, blue, 1, each over depth and twice the face's area. */
  readonly tone: Local;
}

/** What the two ways of drawing a face are given: its corners, its box in samples, and code that they share. */
export interface RasterFace {
  readonly corners: readonly [Corner, Corner, Corner];
  readonly low: Local;
  readonly high: Local;
  readonly area: Local;
  readonly samples: Local;
  readonly width: Local;
  readonly rowBytes: Local;
  readonly at: Local;
  readonly local: (type: 'i32' | 'i64' | 'v128') => Local;
  readonly readTones: Code;
  readonly drawSample: (e0: Code, e1: Code, e2: Code) => Code;
}

/** Address of the sample at the box's first column and row. */
export function firstSample({ low, samples, width }: RasterFace): Code {
  const index = i32.add(i32.mul(i32x4.lane(low, 1), width), i32x4.lane(low, 0));
  return i32.add(samples, i32.shiftLeft(index, 4));
}
