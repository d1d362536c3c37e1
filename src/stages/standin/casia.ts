import type { StageKind } from '../../engine/stage.js';
import { count, object, type Value } from '../../foundation/schema.js';
import { imageLibraries, imageSize, personShards, personsPerShard, worldParameters } from './world.js';

const parameters = object(
  {
    ...worldParameters,
    identities: count({ says: 'Number of people.', min: 1, max: 1_000_000, default: 150 }),
    images: count({
      says: 'Mean number of images of a person; the counts have a long tail.',
      min: 1,
      max: 1000,
      default: 20,
    }),
    size: imageSize(128),
    shard: personsPerShard(10),
  },
  { says: 'A stand-in for CASIA-WebFace.' },
);

export type StandinCasiaParameters = Value<typeof parameters>;

/** Yi et al. (2014) collected CASIA-WebFace; this is not it. */
export const standinCasia: StageKind<StandinCasiaParameters> = {
  name: 'standin/casia',
  says: 'Makes a stand-in for CASIA-WebFace from persons who do not exist, in its format.',
  parameters,
  produces: 'files',
  outputs: { 'annotations.csv': 'Five points of every face.' },
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
