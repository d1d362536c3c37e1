import { descending } from './ranking.js';

/**
 * Receiver operating characteristics of similarity scores. A pair is accepted where its score is at least the threshold;
 * FAR is the share of impostors accepted, TAR that of genuine pairs. Pairs of equal score are accepted together, so the
 * curve has one point for each distinct score, and none depends on the order of pairs.
 */

/** Pairs in descending order of score, equal ones in the order of their indices: what is sorted once and swept many times. */
export interface RankedScores {
  /** Indices of the pairs, greatest score first. */
  readonly order: Int32Array;
  readonly score: Float64Array;
  readonly genuine: Uint8Array;
}

/** A point for "accept none" and one after each distinct score, from (0, 0) to (1, 1). */
export interface RocCurve {
  /** Infinity first, then the scores, descending. */
  readonly threshold: Float64Array;
  readonly far: Float64Array;
  readonly tar: Float64Array;
  /** Weight of each class. */
  readonly impostors: number;
  readonly genuines: number;
}

/** @param among indices of the pairs to rank; all by default. Scores must be numbers (`checkScores`). */
export function rankScores(score: Float64Array, genuine: Uint8Array, among?: Int32Array): RankedScores {
  return { order: descending(score, among), score, genuine };
}
/**
 * The curve of ranked pairs, each counted `weights` times (once by default). Rates of a class without pairs are NaN.
 */
export function rocCurve({ order, score, genuine }: RankedScores, weights?: Uint32Array): RocCurve {
  const n = order.length;
  const threshold = new Float64Array(n + 1);
  const far = new Float64Array(n + 1);
  const tar = new Float64Array(n + 1);
  threshold[0] = Infinity;
  let points = 1;
  let genuines = 0;
  let impostors = 0;
  let isNew = false;
  for (let i = 0; i < n; i += 1) {
    const pair = order[i]!;
    const weight = weights === undefined ? 1 : weights[pair]!;
    if (genuine[pair] === 1) genuines += weight;
    else impostors += weight;
    isNew ||= weight > 0;
    if (!isNew || (i + 1 < n && score[order[i + 1]!] === score[pair])) continue;
    threshold[points] = score[pair]!;
    far[points] = impostors;
    tar[points] = genuines;
    points += 1;
    isNew = false;
  }
  for (let p = 0; p < points; p += 1) {
    far[p]! /= impostors;
    tar[p]! /= genuines;
  }
  return {
    threshold: threshold.subarray(0, points),
    far: far.subarray(0, points),
    tar: tar.subarray(0, points),
    impostors,
    genuines,
  };
}

/** Area under the curve by trapezoids: the chance that a genuine pair scores above an impostor, ties counted half. */
export function areaUnderCurve({ far, tar }: RocCurve): number {
  let area = 0;
  for (let p = 1; p < far.length; p += 1) area += ((far[p]! - far[p - 1]!) * (tar[p]! + tar[p - 1]!)) / 2;
  return area;
}

/** The rate at which false accepts and false rejects are equal, on the straight line between the two points about it. */
export function equalErrorRate({ far, tar }: RocCurve): number {
  for (let p = 1; p < far.length; p += 1) {
    const after = far[p]! - (1 - tar[p]!);
    if (after < 0) continue;
    const before = far[p - 1]! - (1 - tar[p - 1]!);
    return far[p - 1]! + ((far[p]! - far[p - 1]!) * -before) / (after - before);
  }
  return NaN;
}

/**
 * True accept rate at a false accept rate: the greatest TAR at a threshold of the scores whose FAR is at most `far`. No
 * interpolation: what a system with such a threshold does.
 */
export function trueAcceptRate(curve: RocCurve, far: number): number {
  const p = pointAt(curve, far);
  return Number.isNaN(curve.far[p]!) ? NaN : curve.tar[p]!;
}

/** The last point of a curve whose FAR is at most `far`. */
export function pointAt(curve: RocCurve, far: number): number {
  let p = 0;
  while (p + 1 < curve.far.length && curve.far[p + 1]! <= far) p += 1;
  return p;
}
