import type { StageKind } from '../../engine/stage.js';
import { count, object, type Value } from '../../foundation/schema.js';
import { imageLibraries, imageSize, personShards, personsPerShard, share, worldParameters } from './world.js';

const parameters = object(
  {
    ...worldParameters,
    identities: count({ says: 'Number of subjects.', min: 2, max: 99_999, default: 60 }),
    photographs: count({ says: 'Photographs of a subject.', min: 0, max: 499, default: 6 }),
    videos: count({ says: 'Videos of a subject.', min: 0, max: 499, default: 1 }),
    frames: count({ says: 'Frames of a video.', min: 1, max: 10_000, default: 4 }),
    splits: count({ says: 'Splits.', min: 1, max: 10, default: 10 }),
    tested: share('Share of the subjects that a split tests.', 0.67),
    templates: count({ says: 'Templates of a subject in a split.', min: 2, default: 3 }),
    impostors: count({ says: 'Impostor comparisons of a split, at most.', min: 1, default: 1000 }),
    size: imageSize(128),
    shard: personsPerShard(15),
  },
  { says: 'A stand-in for IARPA Janus Benchmark A.' },
);

export type StandinIjbaParameters = Value<typeof parameters>;

/** Klare et al. (2015) collected IJB-A; this is not it. */
export const standinIjba: StageKind<StandinIjbaParameters> = {
  name: 'standin/ijba',
  says: 'Makes a stand-in for IARPA Janus Benchmark A (1:1) from persons who do not exist, in its format.',
  parameters,
  produces: 'files',
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
