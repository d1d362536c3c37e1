import { type StageKind } from '../../../../engine/stage.js';
import { parameters, type BenchmarksProtocolParameters } from './protocol-parameters.js';

export const benchmarksProtocol: StageKind<BenchmarksProtocolParameters> = {
  name: 'benchmarks/protocol',
  says: 'Reads or draws the comparisons of a verification benchmark and writes them out so that they can be published.',
  parameters,
  produces: 'benchmark',
  outputs: { 'benchmark.json': 'All comparisons.', 'pairs.txt': 'Pairs of images, for protocols of pairs.' },
  shows: { colour: '#0072B2' },
  measures: true,
  metrics: ({ protocol }) => ({
    comparisons: { says: 'Comparisons, of all folds or splits together.' },
    ...(protocol === 'ijba' ? { splits: { says: 'Splits.' } } : { folds: { says: 'Folds.' } }),
  }),
  run: async (context) => {
    const { writeProtocol } = await import('./protocol-run.js');
    return writeProtocol(context);
  },
};
