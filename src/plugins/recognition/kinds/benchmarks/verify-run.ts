import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBenchmark } from '../../benchmarks/benchmark-file.js';
import { verify } from '../../benchmarks/verify.js';
import type { StageContext, StageReport } from '../../../../engine/stage.js';
import { canonicalText } from '../../../../foundation/values/canonical.js';
import { ok, type Result } from '../../../../foundation/failures/result.js';
import { encodeOutcomes, OUTCOMES_FILE } from '../../../../foundation/statistics/outcomes.js';
import { encodeScores } from '../../benchmarks/verification/score-set.js';
import { readEmbeddings } from '../learning/embeddings.js';
import type { BenchmarksVerifyParameters } from './verify-parameters.js';

export function verifyBenchmark({
  parameters: p,
  workspace,
}: StageContext<BenchmarksVerifyParameters>): Result<StageReport> {
  const benchmark = readBenchmark(p.benchmark.locate('benchmark.json'));
  const embeddings = readEmbeddings(p.embeddings);
  const verified = verify(benchmark, embeddings, { missing: p.missing, fars: p.fars });
  if (!verified.ok) return verified;
  const { scores, metrics, outcomes, warnings } = verified.value;
  writeFileSync(join(workspace, 'scores.safetensors'), encodeScores(scores));
  if (outcomes !== undefined) writeFileSync(join(workspace, OUTCOMES_FILE), encodeOutcomes(outcomes));
  writeFileSync(join(workspace, 'metrics.json'), `${canonicalText(metrics)}\n`);
  const values = Object.entries(metrics.metrics).map(([name, metric]) => [name, metric.value] as const);
  return ok({ metrics: { ...Object.fromEntries(values), pairs: metrics.pairs }, warnings });
}
