import type { StageKind } from '../../../../engine/stage.js';
import { imageLibraries } from './image-libraries.js';
import { multiPieParameters, type StandinMultiPieParameters } from './parameters.js';
import { personShards } from './shards.js';
import { standInShows } from './notice.js';

/** Gross et al. (2010) collected Multi-PIE; this is not it. */
export const standinMultiPie: StageKind<StandinMultiPieParameters> = {
  name: 'standin/multipie',
  says: 'Makes a stand-in for CMU Multi-PIE (session one, thirteen cameras, frontal flash) from persons who do not exist.',
  parameters: multiPieParameters,
  produces: 'files',
  shows: standInShows,
  metrics: { images: { says: 'Images.' } },
  environment: imageLibraries,
  resources: { cores: 1, memory: 2 ** 30 },
  division: {
    shape: 'shards',
    parts: ({ identities, shard, ...keyed }) => personShards(identities, shard, keyed),
    run: async (context) => {
      const { makeMultiPie } = await import('./make.js');
      return makeMultiPie(context);
    },
    gather: async (context) => {
      const { gatherMultiPie } = await import('./make.js');
      return Promise.resolve(gatherMultiPie(context));
    },
  },
};
