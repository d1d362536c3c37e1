import {
  angle,
  count,
  distribution,
  duration,
  flag,
  fraction,
  length,
  list,
  map,
  number,
  object,
  optional,
  table,
  text,
  union,
  word,
} from '../../../src/foundation/schema/schema.js';
import { ok } from '../../../src/foundation/failures/result.js';
import { artifact, artifacts, external, type AnyStageKind } from '../../../src/engine/stage.js';
import type { KindRegistry } from '../../../src/engine/graph/kinds.js';

/** Stage kinds that stand for those of a study: every word of the schema vocabulary occurs in them. They do nothing. */
const run = (): Promise<ReturnType<typeof ok<object>>> => Promise.resolve(ok({}));

const generate = {
  name: 'test/generate',
  says: 'Makes images of synthetic faces.',
  parameters: object(
    {
      identities: count({ says: 'Number of persons.', min: 1, max: 10_000_000, examples: ['10k'] }),
      samples: count({ says: 'Images of each.', min: 1, default: 10 }),
      seed: count({ says: 'Seed of all randomness.', default: 1 }),
      size: count({ says: 'Side of an image in pixels.', min: 8, max: 1024, default: 96 }),
      noise: fraction({ says: 'Share of noise.', min: 0, max: 1, default: '5%' }),
      light: word(['ambient', 'empirical', 'directional'], { says: 'Illumination.', default: 'ambient' }),
      pose: optional(
        object(
          {
            yaw: distribution('angle', {
              says: 'Turn of the head.',
              min: -180,
              max: 180,
              default: 'uniform(-90 deg, 90 deg)',
            }),
            pitch: distribution('angle', { says: 'Nod of the head.', min: -90, max: 90, default: 0 }),
          },
          { says: 'Pose.' },
        ),
      ),
      distance: length({ says: 'From the camera.', min: 100, default: '1 m' }),
      model: optional(
        union(
          'type',
          [
            object(
              {
                type: word(['embedded'], { says: 'The model that comes with it.' }),
                modes: optional(count({ says: 'Modes kept.', min: 1 })),
              },
              { says: 'Embedded.' },
            ),
            object(
              {
                type: word(['bfm'], { says: 'A model in the layout of BFM.' }),
                file: external('file', { says: 'The HDF5 file.', obtain: 'ask the authors of the model' }),
              },
              { says: 'From a file.' },
            ),
          ],
          { says: 'The face model.' },
        ),
      ),
      backgrounds: optional(external('folder', { says: 'Images behind the heads.' })),
      labels: optional(list(text({ says: 'A label.' }), { says: 'Labels.', minItems: 1, maxItems: 3 })),
    },
    { says: 'Parameters.' },
  ),
  produces: 'images',
  outputs: { 'dataset.json': 'The list of its shards.' },
  run,
} satisfies AnyStageKind;

const train = {
  name: 'test/train',
  says: 'Trains a network.',
  parameters: object(
    {
      data: artifact(['images'], { says: 'What it is trained on.' }),
      start: optional(artifact(['model'], { says: 'The model to start from.' })),
      network: text({ says: 'Its name.', default: 'small' }),
      epochs: count({ says: 'Passes.', min: 1, max: 10_000 }),
      rate: number({ says: 'Step size.', min: 0, default: 1e-3 }),
      seed: count({ says: 'Seed.', default: 1 }),
      pause: duration({ says: 'Between epochs.', default: '0 s' }),
      shuffle: flag({ says: 'Whether the order changes.', default: true }),
      schedule: optional(
        table(count({ says: 'Passes before.' }), number({ says: 'Step size.', min: 0 }), {
          says: 'Step size by pass.',
        }),
      ),
      weights: optional(map(number({ says: 'A weight.', min: 0 }), { says: 'Weight by loss.' })),
    },
    { says: 'Parameters.' },
  ),
  produces: 'model',
  outputs: { 'weights.safetensors': 'The weights.', 'network.onnx': 'The network.' },
  run,
} satisfies AnyStageKind;

const verify = {
  name: 'test/verify',
  says: 'Verifies pairs.',
  parameters: object(
    {
      model: artifact(['model'], { says: 'What embeds the images.' }),
      benchmark: text({ says: 'Its name.', default: 'lfw' }),
      threshold: angle({ says: 'Widest angle between two of one person.', min: 0, max: 180, default: '60 deg' }),
    },
    { says: 'Parameters.' },
  ),
  produces: 'scores',
  shows: {
    figures: {
      roc: {
        shape: 'curves',
        says: 'Curves.',
        axes: { x: 'x', y: 'y' },
        line: () => Promise.resolve(undefined),
      },
    },
  },
  run,
} satisfies AnyStageKind;

const compare = {
  name: 'test/compare',
  says: 'Compares results.',
  parameters: object(
    {
      results: artifacts(['scores'], { says: 'What is compared.' }),
      anything: optional(artifact([], { says: 'Any artifact.' })),
    },
    { says: 'Parameters.' },
  ),
  produces: 'comparison',
  run,
} satisfies AnyStageKind;

export const testKinds: readonly AnyStageKind[] = [generate, train, verify, compare];

export const registryOf = (kinds: readonly AnyStageKind[]): KindRegistry =>
  new Map(kinds.map((kind) => [kind.name, kind]));
