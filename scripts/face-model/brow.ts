import type { Vec3 } from './vector.js';

/** The middle of the eyebrow over (x, y), with half its breadth, mm: inner end, bend, tail. */
export const brow: readonly Vec3[] = [
  [12.5, 53, 3.6],
  [19, 54.7, 4],
  [27, 56.6, 3.6],
  [36, 57.2, 3],
  [43, 55.9, 2.2],
  [50, 51.9, 1.2],
];
