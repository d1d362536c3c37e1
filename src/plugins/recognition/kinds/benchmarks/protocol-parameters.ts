import { artifact, external } from '../../../../engine/stage.js';
import { count, object, optional, word, type Value } from '../../../../foundation/schema/schema.js';

export const parameters = object(
  {
    protocol: word(['lfw', 'multipie', 'ijba', 'cfp-ff', 'cfp-fp', 'pairs'], {
      says: 'Which protocol; `pairs` is a list of your own, over any data set.',
    }),
    images: artifact(['images'], { says: 'The benchmark’s images, imported.' }),
    folder: external('folder', {
      says: 'The data set with its protocol files (lfw: pairs.txt; ijba: IJB-A_11_sets; cfp: Protocol): a folder, or a stage that makes one.',
      obtain: 'the benchmark as its authors lay it out',
      from: ['files'],
    }),
    pairs: optional(
      external('file', {
        says: 'The list of pairs, if not in that folder: pairs.txt or pairsDevTest.txt of LFW, one that this kind wrote for Multi-PIE, or a CSV with the columns a, b, same, fold.',
        obtain: 'http://vis-www.cs.umass.edu/lfw/pairs.txt',
      }),
    ),
    seed: count({ says: 'The seed of Multi-PIE’s pairs, which are not published.', default: 2018 }),
    folds: count({ says: 'Folds of Multi-PIE.', min: 2, default: 10 }),
    'per-fold': count({
      says: 'Genuine pairs of a fold, and impostor pairs of a fold, of Multi-PIE.',
      min: 1,
      default: 300,
    }),
  },
  { says: 'What a benchmark compares with what.' },
);

export type BenchmarksProtocolParameters = Value<typeof parameters>;
