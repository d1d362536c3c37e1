import type { StageKind } from '../../engine/stage.js';
import { count, object, type Value } from '../../foundation/schema.js';
import { imageLibraries, imageSize, personShards, personsPerShard, worldParameters } from './world.js';

const parameters = object(
  {
    ...worldParameters,
    identities: count({
      says: 'Number of people; they have about three images each.',
      min: 4,
      max: 9999,
      default: 400,
    }),
    folds: count({ says: 'Folds of the list of pairs.', min: 1, default: 10 }),
    pairs: count({ says: 'Genuine pairs of a fold, and impostor pairs of a fold.', min: 1, default: 60 }),
    size: imageSize(128),
    shard: personsPerShard(40),
  },
  { says: 'A stand-in for Labeled Faces in the Wild.' },
);

export type StandinLfwParameters = Value<typeof parameters>;

/** Huang et al. (2007) collected Labeled Faces in the Wild; this is not it. */
export const standinLfw: StageKind<StandinLfwParameters> = {
  name: 'standin/lfw',
  says: 'Makes a stand-in for Labeled Faces in the Wild from persons who do not exist, in its format.',
  parameters,
  produces: 'files',
  outputs: { 'pairs.txt': 'The pairs to be verified.', 'annotations.csv': 'Five points of every face.' },
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
