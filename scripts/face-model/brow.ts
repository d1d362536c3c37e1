import type { Vec3 } from './vector.js';

/** The middle of the eyebrow over (x, y), with half its breadth, mm: inner end, bend, tail. */
export const brow: readonly Vec3[] = [
  [11.5, 52, 4.2],
  [18, 53.8, 4.4],
  [27, 56.4, 3.8],
  [36, 57.6, 3.1],
  [43, 56.2, 2.3],
  [50.5, 51.5, 1.2],
];
