import { artifact } from '../../../../engine/stage.js';
import { failure, type Diagnostic } from '../../../../foundation/failures/diagnostic.js';
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
} from '../../../../foundation/schema/schema.js';
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
        type: word(['step'], { says: 'Multiplied by a factor at intervals.' }),
        rate: number({ says: 'At first.', min: 0 }),
        factor: number({ says: 'The factor.', min: 0, max: 1, default: 0.1 }),
        every: count({ says: 'Epochs between.', min: 1 }),
      },
      { says: 'A rate that falls in steps.' },
    ),
    object(
      {
        type: word(['cosine'], { says: 'Half a cosine from first to last.' }),
        rate: number({ says: 'At first.', min: 0 }),
        last: number({ says: 'In the end.', min: 0, default: 0 }),
        epochs: count({ says: 'The number of epochs from first to last.', min: 1 }),
      },
      { says: 'A rate that falls smoothly.' },
    ),
    object(
      {
        type: word(['table'], { says: 'A table of rates.' }),
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
    data: artifact(['images'], { says: 'The training data.' }),
    start: optional(artifact(['model'], { says: 'A trained model to fine-tune; random weights by default.' })),
    fresh: list(text({ says: 'A layer, or a prefix of layer names.' }), {
      says: 'Layers of `start` that are reinitialised.',
      default: [],
    }),
    network: word(['nn4', 'nn4.small1', 'nn4.small2', 'mini'], { says: 'The network.', default: 'nn4' }),
    width: optional(count({ says: 'Channels of the first convolution of `mini`.', min: 1, max: 256 })),
    embedding: optional(count({ says: 'Length of an embedding of `mini`; 128 by default.', min: 1, max: 4096 })),
    engine: word(ENGINE_NAMES, {
      says: 'The engine: `exact` gives the same bits everywhere, `native` is faster.',
      default: 'exact',
    }),
    precision: optional(
      word(['half'], {
        says: 'Maps and products in half precision, with loss scaling; only with the engine `gpu`. Single by default.',
      }),
    ),
    seed: count({ says: 'The seed of weights, batches and triplets.', default: 0 }),
    epochs: count({ says: 'Number of epochs. A longer training continues a shorter one.', min: 1, default: 200 }),
    batches: count({ says: 'Batches of an epoch.', min: 1, default: 250 }),
    people: count({ says: 'People in a batch.', min: 2, default: 20 }),
    images: count({ says: 'Images of each.', min: 2, default: 15 }),
    flip: flag({ says: 'Mirror each image with probability one half.', default: false }),
    augment,
    triplets: word(['random-within-margin', 'semi-hard', 'batch-hard'], {
      says: 'How negatives are chosen; OpenFace draws one at random within the margin.',
      default: 'random-within-margin',
    }),
    margin: number({ says: 'Margin of the triplet loss, in squared distance.', min: 0, max: 4, default: 0.2 }),
    optimiser: word(['adam', 'sgd'], { says: 'Adam with OpenFace’s settings, or gradient descent.', default: 'adam' }),
    momentum: fraction({ says: 'Of gradient descent.', min: 0, max: 1, default: 0.9 }),
    'reset-each-epoch': flag({
      says: 'Reset the optimiser’s moments at each epoch, as OpenFace does.',
      default: true,
    }),
    rate,
    'weight-decay': number({
      says: 'Weight decay: this factor times the kernel is added to its gradient.',
      min: 0,
      default: 0,
    }),
    clip: optional(number({ says: 'Clips the norm of the gradient of all parameters together.', min: 0 })),
    'layer-rates': map(number({ says: 'A factor on the learning rate; 0 freezes the layer.', min: 0 }), {
      says: 'Factors on the learning rate, by layer name or prefix.',
      default: {},
    }),
  },
  { says: 'Trains a face embedding with the triplet loss.' },
);

export type LearningTrainParameters = Value<typeof parameters>;

/** What is wrong with a precision that the engine does not have. */
export function checkPrecision({ engine, precision }: LearningTrainParameters): Diagnostic | undefined {
  if (precision === undefined || engine === 'gpu') return undefined;
  return failure(
    'learning/engine-lacks',
    `the engine ${engine} computes in single precision`,
    'leave precision out, or choose the engine gpu',
  );
}
