import type { Lining } from './mouth.js';

/** What a vertex belongs to; decides its colour and how expressions move it. */
export type Part = 'skin' | 'lid-edge' | 'eye' | 'upper-edge' | 'lower-edge' | Lining;
