import type { StageKind } from '../../engine/stage.js';
import { count, list, object, type Value } from '../../foundation/schema.js';
import { imageLibraries, imageSize, personShards, personsPerShard, worldParameters } from './world.js';

const parameters = object(
  {
    ...worldParameters,
    identities: count({ says: 'Number of subjects.', min: 1, max: 999, default: 60 }),
    recordings: list(count({ says: '1: neutral; 2: a smile.', min: 1, max: 2 }), {
      says: 'Recordings of session one.',
      minItems: 1,
      default: [1, 2],
    }),
    size: imageSize(128),
    shard: personsPerShard(10),
  },
  { says: 'A stand-in for CMU Multi-PIE.' },
);

export type StandinMultiPieParameters = Value<typeof parameters>;

/** Gross et al. (2010) collected Multi-PIE; this is not it. */
export const standinMultiPie: StageKind<StandinMultiPieParameters> = {
  name: 'standin/multipie',
  says: 'Makes a stand-in for CMU Multi-PIE (session one, thirteen cameras, frontal flash) from persons who do not exist.',
  parameters,
  produces: 'files',
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
