import { count, fraction, list, number, object, type Value } from '../../../../foundation/schema/schema.js';

/** What all sets of the stand-in world share. */
const factor = (says: string) => number({ says, min: 0, max: 5, default: 1 });

const worldParameters = {
  world: count({ says: 'Seed of the world: determines its persons and how they are photographed.', default: 1 }),
  difficulty: object(
    {
      identity: factor('How much persons differ.'),
      light: factor('How far light departs from soft frontal light.'),
      occlusion: factor('Glasses, hats, scarves, occluding objects and changes of hair.'),
      quality: factor('Blur, noise, colour casts and compression.'),
      expression: factor('Facial movements.'),
      pose: factor('Spread of the head’s angles, where the set does not fix them.'),
    },
    { says: 'Factors on the difficulty of the set.', default: {} },
  ),
};

const imageSize = (at: number) => count({ says: 'Side of an image in pixels.', min: 48, max: 512, default: at });
const personsPerShard = (at: number) =>
  count({ says: 'People in a shard, the unit of parallel work and resumption.', min: 1, default: at });
const share = (says: string, at: number) => fraction({ says, min: 0, max: 1, default: at });

export const casiaParameters = object(
  {
    ...worldParameters,
    identities: count({ says: 'Number of people.', min: 1, max: 1_000_000, default: 150 }),
    images: count({
      says: 'Mean number of images of a person; the counts have a long tail.',
      min: 1,
      max: 1000,
      default: 20,
    }),
    size: imageSize(120),
    shard: personsPerShard(10),
  },
  { says: 'A stand-in for CASIA-WebFace.' },
);

export type StandinCasiaParameters = Value<typeof casiaParameters>;

export const lfwParameters = object(
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
    size: imageSize(120),
    shard: personsPerShard(40),
  },
  { says: 'A stand-in for Labeled Faces in the Wild.' },
);

export type StandinLfwParameters = Value<typeof lfwParameters>;

export const multiPieParameters = object(
  {
    ...worldParameters,
    identities: count({ says: 'Number of subjects.', min: 1, max: 999, default: 60 }),
    recordings: list(count({ says: '1: neutral; 2: a smile.', min: 1, max: 2 }), {
      says: 'Recordings of session one.',
      minItems: 1,
      default: [1, 2],
    }),
    size: imageSize(120),
    shard: personsPerShard(10),
  },
  { says: 'A stand-in for CMU Multi-PIE.' },
);

export type StandinMultiPieParameters = Value<typeof multiPieParameters>;

export const ijbaParameters = object(
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
    size: imageSize(120),
    shard: personsPerShard(15),
  },
  { says: 'A stand-in for IARPA Janus Benchmark A.' },
);

export type StandinIjbaParameters = Value<typeof ijbaParameters>;
