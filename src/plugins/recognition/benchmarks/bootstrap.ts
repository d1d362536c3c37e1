import type { Estimate } from '../../../foundation/statistics/contrast.js';
import type { Result } from '../../../foundation/failures/result.js';
import type { Metric } from './verification/metrics.js';
import type { ScoresDiagnostic, ScoreSet } from './verification/score-set.js';
import { estimateMetrics } from './estimates.js';

/** As the bootstrap of pairs was asked, for scripts that still do; `seed` and `resamples` are without effect. */
export interface BootstrapOptions {
  readonly seed: number;
  readonly resamples: number;
  readonly level: number;
}

/** {@link estimateMetrics}, by the name it had while intervals were resampled. */
export function bootstrapMetrics(
  replicates: readonly ScoreSet[],
  metrics: readonly Metric[],
  options: Partial<BootstrapOptions> = {},
): Result<readonly Estimate[], readonly ScoresDiagnostic[]> {
  return estimateMetrics(replicates, metrics, options.level);
}
