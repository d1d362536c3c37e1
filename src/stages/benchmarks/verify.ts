import { artifact, type StageKind } from '../../engine/stage.js';
import { count, fraction, list, object, word, type Value } from '../../foundation/schema.js';

const parameters = object(
  {
    benchmark: artifact(['benchmark'], { says: 'What is compared with what.' }),
    embeddings: artifact(['embeddings'], { says: 'Of the benchmark’s images.' }),
    fars: list(fraction({ says: 'A rate.', min: 0, max: 1 }), {
      says: 'False accept rates at which the true accept rate is told.',
      default: [0.1, 0.01, 0.001],
    }),
    missing: word(['fatal', 'leave-out'], {
      says: 'What a comparison without an embedding does. A template is compared by those of its images that have one.',
      default: 'fatal',
    }),
    resamples: count({ says: 'Of the bootstrap, for intervals.', min: 1, default: 1000 }),
    seed: count({ says: 'Of the bootstrap.', default: 0 }),
  },
  { says: 'Scores a verification benchmark.' },
);

export type BenchmarksVerifyParameters = Value<typeof parameters>;

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
