import type { StageKind } from '../../../../engine/stage.js';
import { imageLibraries } from './image-libraries.js';
import { lfwParameters, type StandinLfwParameters } from './parameters.js';
import { personShards } from './shards.js';
import { standInShows } from './notice.js';

/** Huang et al. (2007) collected Labeled Faces in the Wild; this is not it. */
export const standinLfw: StageKind<StandinLfwParameters> = {
  name: 'standin/lfw',
  says: 'Makes a stand-in for Labeled Faces in the Wild from persons who do not exist, in its format.',
  parameters: lfwParameters,
  produces: 'files',
  outputs: { 'pairs.txt': 'The pairs to be verified.', 'annotations.csv': 'Five points of every face.' },
  shows: standInShows,
  metrics: { images: { says: 'Images.' }, pairs: { says: 'Pairs to be verified.' } },
  environment: imageLibraries,
  resources: { cores: 1, memory: 2 ** 30 },
  division: {
    shape: 'shards',
    parts: ({ identities, folds: _, pairs: __, shard, ...keyed }) => personShards(identities, shard, keyed),
    run: async (context) => {
      const { makeLfw } = await import('./make.js');
      return makeLfw(context);
    },
    gather: async (context) => {
      const { gatherLfw } = await import('./make.js');
      return gatherLfw(context);
    },
  },
};
