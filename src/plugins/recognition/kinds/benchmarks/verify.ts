import { type StageKind } from '../../../../engine/stage.js';
import { parameters, type BenchmarksVerifyParameters } from './verify-parameters.js';

/** Verification by cosine similarity: LFW's folds, Multi-PIE likewise, IJB-A 1:1. */
export const benchmarksVerify: StageKind<BenchmarksVerifyParameters> = {
  name: 'benchmarks/verify',
  says: 'Compares embeddings by the benchmark’s protocol: accuracy, ROC, TAR at FAR, with bootstrap intervals.',
  parameters,
  produces: 'scores',
  outputs: { 'scores.safetensors': 'The score of every comparison.', 'metrics.json': 'What they come to.' },
  run: async (context) => {
    const { verifyBenchmark } = await import('./verify-run.js');
    return verifyBenchmark(context);
  },
};
