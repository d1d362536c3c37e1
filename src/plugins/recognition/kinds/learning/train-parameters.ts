import { artifact } from '../../../../engine/stage.js';
import {
  count,
  flag,
  fraction,
  list,
  map,
  number,
  object,
  optional,
  table,
  text,
  union,
  word,
  type Value,
} from '../../../../foundation/schema.js';
import { augment } from './augment-parameters.js';
import { ENGINE_NAMES } from './engines.js';

const rate = union(
  'type',
  [
    object(
      {
        type: word(['constant'], { says: 'The same in every epoch.' }),
        rate: number({ says: 'Learning rate.', min: 0, default: 0.001 }),
      },
      { says: 'A constant rate.' },
    ),
    object(
      {
        type: word(['step'], { says: 'Multiplied by a factor every so often.' }),
        rate: number({ says: 'At first.', min: 0 }),
        factor: number({ says: 'What it is multiplied by.', min: 0, max: 1, default: 0.1 }),
        every: count({ says: 'Epochs between.', min: 1 }),
      },
      { says: 'A rate that falls in steps.' },
    ),
    object(
      {
        type: word(['cosine'], { says: 'Half a cosine from first to last.' }),
        rate: number({ says: 'At first.', min: 0 }),
        last: number({ says: 'In the end.', min: 0, default: 0 }),
        epochs: count({ says: 'How many epochs that takes.', min: 1 }),
      },
      { says: 'A rate that falls smoothly.' },
    ),
    object(
      {
        type: word(['table'], { says: 'As a table gives it.' }),
        from: table(count({ says: 'Epochs before.' }), number({ says: 'Learning rate.', min: 0 }), {
          says: 'Pairs of an epoch, counted from 0, and the rate from then on.',
        }),
      },
      { says: 'A rate for each stretch of epochs.' },
    ),
  ] as const,
  { says: 'Learning rate by epoch.', default: { type: 'constant', rate: 0.001 } },
);

export const parameters = object(
  {
    data: artifact(['images'], { says: 'What to learn from.' }),
    start: optional(artifact(['model'], { says: 'A trained model to fine-tune; fresh weights by default.' })),
    fresh: list(text({ says: 'A layer, or its first word.' }), {
      says: 'Layers of `start` that begin afresh.',
      default: [],
    }),
    network: word(['nn4', 'nn4.small1', 'nn4.small2', 'mini'], { says: 'The network.', default: 'nn4' }),
    width: optional(count({ says: 'Channels of the first convolution of `mini`.', min: 1, max: 256 })),
    engine: word(ENGINE_NAMES, {
      says: 'What computes: `exact` gives the same bits everywhere, `native` is faster.',
      default: 'exact',
    }),
    seed: count({ says: 'Decides weights, batches and triplets.', default: 0 }),
    epochs: count({ says: 'How long. Training goes on where a shorter one ended.', min: 1, default: 200 }),
    batches: count({ says: 'Batches of an epoch.', min: 1, default: 250 }),
    people: count({ says: 'People in a batch.', min: 2, default: 20 }),
    images: count({ says: 'Images of each.', min: 2, default: 15 }),
    flip: flag({ says: 'Mirror images with probability one half.', default: false }),
    augment,
    triplets: word(['random-within-margin', 'semi-hard', 'batch-hard'], {
      says: 'How negatives are chosen; OpenFace draws one within the margin.',
      default: 'random-within-margin',
    }),
    margin: number({ says: 'Of the triplet loss, in squared distance.', min: 0, max: 4, default: 0.2 }),
    optimiser: word(['adam', 'sgd'], { says: 'Adam with OpenFace’s settings, or gradient descent.', default: 'adam' }),
    momentum: fraction({ says: 'Of gradient descent.', min: 0, max: 1, default: 0.9 }),
    'reset-each-epoch': flag({
      says: 'Forget the optimiser’s memories at each epoch, as OpenFace does.',
      default: true,
    }),
    rate,
    'weight-decay': number({ says: 'Added to a kernel’s gradient: so many times the kernel.', min: 0, default: 0 }),
    clip: optional(number({ says: 'Longest gradient, all parameters together.', min: 0 })),
    'layer-rates': map(number({ says: 'Times the learning rate; 0 freezes.', min: 0 }), {
      says: 'Rates of layers, by name or first words.',
      default: {},
    }),
  },
  { says: 'Trains a face embedding with the triplet loss.' },
);

export type LearningTrainParameters = Value<typeof parameters>;
