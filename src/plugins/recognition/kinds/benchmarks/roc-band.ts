import { estimate, Measuring } from '../../../../foundation/statistics/contrast.js';
import { outcomesOf } from '../../benchmarks/outcomes.js';
import { prepareScores, type Metric } from '../../benchmarks/verification/metrics.js';
import { checkScores, readScores } from '../../benchmarks/verification/score-set.js';

/** Where the band is worked out: finer near 0, where curves bend. */
const RATES = Array.from({ length: 20 }, (_, i) => ((i + 1) / 20) ** 2);

/**
 * About a ROC curve, at each of some false accept rates the 95 % interval of the true accept rate over persons: that of the
 * metric `tar@far`, point by point. Rates at which nothing was seen to vary have none.
 */
export function rocBand(path: string): readonly (readonly [far: number, low: number, high: number])[] | undefined {
  const scores = readScores(path);
  if (!scores.ok || !checkScores(scores.value).ok) return undefined;
  const metrics = RATES.map((far): Metric => ({ kind: 'tar', far }));
  const outcomes = outcomesOf(prepareScores(scores.value), metrics);
  if (outcomes === undefined) return undefined;
  const measuring = new Measuring();
  const band = outcomes.metrics.flatMap((metric): (readonly [number, number, number])[] => {
    const measured = measuring.measure(outcomes, metric);
    const { interval, standardError } = estimate([{ factor: 1, replicates: [[measured]] }]);
    if (!(standardError > 0)) return [];
    const far = Number(metric.name.replace('tar@far=', ''));
    return [[far, Math.max(0, interval.low), Math.min(1, interval.high)]];
  });
  return band.length < 2 ? undefined : band;
}
