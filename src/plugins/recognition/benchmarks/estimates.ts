import { estimate, Measuring, type Estimate, type Measured } from '../../../foundation/statistics/contrast.js';
import { ok, type Result } from '../../../foundation/failures/result.js';
import { evaluateMetrics, prepareScores, type Metric } from './verification/metrics.js';
import { checkSamePairs, checkScores, type ScoresDiagnostic, type ScoreSet } from './verification/score-set.js';
import { outcomesOf } from './outcomes.js';

/** Metrics of replicates, their mean, with the interval of what is expected of new persons and new trainings. */
export function estimateMetrics(
  replicates: readonly ScoreSet[],
  metrics: readonly Metric[],
  level = 0.95,
): Result<readonly Estimate[], readonly ScoresDiagnostic[]> {
  const [first] = replicates;
  if (first === undefined) throw new Error('a metric needs scores');
  for (const set of replicates) {
    const checked = checkScores(set);
    if (!checked.ok) return checked;
    const same = checkSamePairs(first, set);
    if (!same.ok) return same;
  }
  const measuring = new Measuring();
  const prepared = replicates.map(prepareScores);
  return ok(
    metrics.map((metric) => {
      const measured = prepared.map((each): Measured | undefined => {
        const outcomes = outcomesOf(each, [metric]);
        return outcomes?.metrics[0] === undefined ? undefined : measuring.measure(outcomes, outcomes.metrics[0]);
      });
      if (measured.every((each) => each !== undefined)) {
        return estimate([{ factor: 1, replicates: measured.map((each) => [each]) }], level);
      }
      return unknown(prepared.reduce((sum, each) => sum + evaluateMetrics(each, [metric])[0]!, 0) / prepared.length);
    }),
  );
}

/** A number of which nothing says what varies together. */
function unknown(value: number): Estimate {
  return {
    value,
    standardError: Infinity,
    freedom: 1,
    interval: { low: -Infinity, high: Infinity },
    variance: { subjects: Infinity, replicates: null, subjectFreedom: 1, replicateFreedom: 1 },
  };
}
