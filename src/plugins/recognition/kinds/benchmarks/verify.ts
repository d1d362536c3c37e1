import { type MetricDeclaration, type StageKind } from '../../../../engine/stage.js';
import { parameters, type BenchmarksVerifyParameters } from './verify-parameters.js';
import { embeddingMap } from './embedding-map.js';
import { hardestPairs } from './hardest-pairs.js';
import { rocFigure } from './roc-figure.js';
import { scoreHistogram } from './score-histogram.js';

function trueAcceptRate(far: number): MetricDeclaration {
  return {
    says: `True accept rate at a false accept rate of ${far}.`,
    better: 'higher',
    label: `TAR at FAR ${far}`,
  };
}

/** Verification by cosine similarity: LFW's folds, Multi-PIE likewise, IJB-A 1:1. */
export const benchmarksVerify: StageKind<BenchmarksVerifyParameters> = {
  name: 'benchmarks/verify',
  says: 'Compares embeddings by the benchmark’s protocol: accuracy, ROC, TAR at FAR, with intervals over persons.',
  parameters,
  produces: 'scores',
  outputs: {
    'scores.safetensors': 'The score of every comparison.',
    'outcomes.safetensors': 'What each comparison contributed to each metric, and whom it shows: for intervals.',
    'metrics.json': 'The metrics.',
  },
  shows: {
    colour: '#0072B2',
    figures: { roc: rocFigure },
    histograms: { scores: scoreHistogram },
    cases: { hardest: hardestPairs },
    maps: { embeddings: embeddingMap },
  },
  measures: true,
  metrics: ({ fars }) => ({
    accuracy: {
      says: 'Accuracy over folds, each with the threshold of the others; none without folds.',
      better: 'higher',
    },
    auc: { says: 'Area under the ROC curve.', better: 'higher', label: 'AUC' },
    eer: { says: 'Error rate where false accepts and false rejects are equal.', better: 'lower', label: 'EER' },
    // A record of another version may lack what is asked for today.
    ...Object.fromEntries(
      ((fars as readonly number[] | undefined) ?? []).map((far) => [`tar@far=${far}`, trueAcceptRate(far)]),
    ),
    pairs: { says: 'Comparisons scored.' },
  }),
  run: async (context) => {
    const { verifyBenchmark } = await import('./verify-run.js');
    return verifyBenchmark(context);
  },
};
