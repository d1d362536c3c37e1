import { pow } from '../../../foundation/numbers/elementary.js';
import type { Spread } from '../../../foundation/statistics/outcomes.js';
import type { RankedScores } from './verification/roc.js';

/**
 * With Z of Chernoff's distribution: (var Z^2 + E|Z|) / var Z^2, of E|Z| = 0.4127 (Groeneboom and Wellner 2001) and E Z^4 - (E Z^2)^2
 * = 0.132 (12,000 simulated paths).
 */
const TESTED = 4.1;

/**
 * What a learnt threshold adds to the variance of accuracy, beside what pairs contribute at it. The best threshold of n pairs is
 * found to n^(-1/3) only (Kim and Pollard 1990): what it costs has a variance of order n^(-4/3), in the limit that of Z^2, and the
 * tested folds' own noise between it and the true one adds E|Z| to that.
 *
 * The first is seen in the thresholds that each of the k folds learns alone, and k^(4/3) times less in those of all.
 *
 * @returns undefined for fewer than three folds
 */
export function thresholdSpread(ranked: RankedScores, fold: Int32Array): Spread | undefined {
  const folds = [...new Set(fold)];
  const k = folds.length;
  if (k < 3) return undefined;
  const accuracies = folds.map((value) => accuracyOfOthers(ranked, fold, value));
  const centre = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / k;
  const spread = accuracies.reduce((sum, accuracy) => sum + (accuracy - centre) ** 2, 0) / (k - 1);
  return { variance: TESTED * spread * pow(k, -4 / 3), freedom: k - 1 };
}

/** The accuracy of the other folds' pairs at the threshold that is best for fold `own`: the middle one of several. */
function accuracyOfOthers({ order, score, genuine }: RankedScores, fold: Int32Array, own: number): number {
  // Right less wrong of the pairs accepted so far; a cut names the number of pairs above it.
  let gain = 0;
  let best = 0;
  let cuts = [0];
  let isNew = false;
  for (let i = 0; i < order.length; i += 1) {
    const pair = order[i]!;
    if (fold[pair] === own) {
      gain += genuine[pair] === 1 ? 1 : -1;
      isNew = true;
    }
    const isTied = i + 1 < order.length && score[order[i + 1]!] === score[pair];
    if (!isNew || isTied) continue;
    isNew = false;
    if (gain < best) continue;
    if (gain > best) cuts = [];
    best = gain;
    cuts.push(i + 1);
  }
  const cut = cuts[(cuts.length - 1) >> 1]!;
  let right = 0;
  let pairs = 0;
  for (let i = 0; i < order.length; i += 1) {
    const pair = order[i]!;
    if (fold[pair] === own) continue;
    pairs += 1;
    if (i < cut === (genuine[pair] === 1)) right += 1;
  }
  return right / pairs;
}
