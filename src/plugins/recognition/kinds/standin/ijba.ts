import type { StageKind } from '../../../../engine/stage.js';
import { imageLibraries } from './image-libraries.js';
import { ijbaParameters, type StandinIjbaParameters } from './parameters.js';
import { personShards } from './shards.js';
import { standInShows } from './notice.js';

/** Klare et al. (2015) collected IJB-A; this is not it. */
export const standinIjba: StageKind<StandinIjbaParameters> = {
  name: 'standin/ijba',
  says: 'Makes a stand-in for IARPA Janus Benchmark A (1:1) from persons who do not exist, in its format.',
  parameters: ijbaParameters,
  produces: 'files',
  outputs: { 'annotations.csv': 'Five points of every face, beside the three of the tables.' },
  shows: standInShows,
  metrics: { images: { says: 'Images.' }, splits: { says: 'Splits.' } },
  environment: imageLibraries,
  resources: { cores: 1, memory: 2 ** 30 },
  division: {
    shape: 'shards',
    parts: ({ identities, splits: _, tested: __, templates: ___, impostors: ____, shard, ...keyed }) =>
      personShards(identities, shard, keyed),
    run: async (context) => {
      const { makeIjba } = await import('./make.js');
      return makeIjba(context);
    },
    gather: async (context) => {
      const { gatherIjba } = await import('./make.js');
      return gatherIjba(context);
    },
  },
};
