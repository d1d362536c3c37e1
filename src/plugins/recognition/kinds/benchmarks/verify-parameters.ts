import { artifact } from '../../../../engine/stage.js';
import { count, fraction, list, object, word, type Value } from '../../../../foundation/schema/schema.js';

export const parameters = object(
  {
    benchmark: artifact(['benchmark'], { says: 'What is compared with what.' }),
    embeddings: artifact(['embeddings'], { says: 'Of the benchmark’s images.' }),
    fars: list(fraction({ says: 'A rate.', min: 0, max: 1 }), {
      says: 'False accept rates at which the true accept rate is reported.',
      default: [0.1, 0.01, 0.001],
    }),
    missing: word(['fatal', 'leave-out'], {
      says: 'What happens to a comparison without an embedding. A template is compared by those of its images that have one.',
      default: 'fatal',
    }),
    resamples: count({ says: 'No effect; kept for old experiments.', min: 1, default: 1000 }),
    seed: count({ says: 'Without effect, as `resamples`.', default: 0 }),
  },
  { says: 'Scores a verification benchmark.' },
);

export type BenchmarksVerifyParameters = Value<typeof parameters>;
