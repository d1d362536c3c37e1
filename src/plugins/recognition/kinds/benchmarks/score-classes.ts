import type { HistogramValues } from '../../../../engine/presentation.js';
import { rankScores, rocCurve } from '../../benchmarks/verification/roc.js';
import { checkScores, readScoreClasses, type ScoreClasses } from '../../benchmarks/verification/score-set.js';

/** The scores of a file by class; undefined where it holds none that can be compared. */
export function scoreClasses(path: string): HistogramValues | undefined {
  const read = readScoreClasses(path);
  if (!read.ok || !checkScores(read.value).ok) return undefined;
  const scores = read.value;
  const of = (isGenuine: number): Float64Array => scores.score.filter((_, i) => scores.genuine[i] === isGenuine);
  return {
    classes: [
      { name: 'impostor', values: of(0) },
      { name: 'genuine', values: of(1) },
    ],
    mark: {
      at: balancedThreshold(scores),
      says: 'the threshold that divides all pairs best, both classes counted alike',
    },
  };
}

/** Where TAR - FAR is greatest (Youden 1950): halfway from the least score that is accepted to the next. */
export function balancedThreshold({ score, genuine }: ScoreClasses): number {
  const { threshold, far, tar } = rocCurve(rankScores(score, genuine));
  let best = 1;
  for (let p = 2; p < threshold.length; p += 1) if (tar[p]! - far[p]! > tar[best]! - far[best]!) best = p;
  const below = threshold[best + 1];
  return below === undefined ? threshold[best]! : (threshold[best]! + below) / 2;
}
