import type { StageKind } from '../../../../engine/stage.js';
import { imageLibraries } from './image-libraries.js';
import { casiaParameters, type StandinCasiaParameters } from './parameters.js';
import { personShards } from './shards.js';
import { standInShows } from './notice.js';

/** Yi et al. (2014) collected CASIA-WebFace; this is not it. */
export const standinCasia: StageKind<StandinCasiaParameters> = {
  name: 'standin/casia',
  says: 'Makes a stand-in for CASIA-WebFace from persons who do not exist, in its format.',
  parameters: casiaParameters,
  produces: 'files',
  outputs: { 'annotations.csv': 'Five points of every face.' },
  shows: standInShows,
  metrics: { images: { says: 'Images.' } },
  environment: imageLibraries,
  resources: { cores: 1, memory: 2 ** 30 },
  division: {
    shape: 'shards',
    parts: ({ identities, shard, ...keyed }) => personShards(identities, shard, keyed),
    run: async (context) => {
      const { makeCasia } = await import('./make.js');
      return makeCasia(context);
    },
    gather: async (context) => {
      const { gatherCasia } = await import('./make.js');
      return gatherCasia(context);
    },
  },
};
