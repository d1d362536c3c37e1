import { artifact } from '../../../../engine/stage.js';
import { flag, number, object, optional, word, type Value } from '../../../../foundation/schema.js';
import { augment } from './augment-parameters.js';
import { ENGINE_NAMES } from './engines.js';

const normalise = object(
  {
    by: artifact(['images'], {
      says: 'Images of known persons, 4,096 of them at most: those that the network has learnt from, say.',
    }),
    within: flag({
      says: 'Make images of one person differ as much in every direction; else the mean embedding alone is taken away.',
      default: true,
    }),
    shrink: number({
      says: 'Share of the mean variance within persons that is added to every direction’s.',
      min: 0,
      max: 100,
      default: 0.1,
    }),
    augment,
  },
  {
    says: 'What is done to embeddings before they are compared: their mean is taken away and directions in which images of one person differ count for less.',
  },
);

export const parameters = object(
  {
    model: artifact(['model'], { says: 'The trained network.' }),
    data: artifact(['images'], { says: 'What to embed.' }),
    engine: word(ENGINE_NAMES, {
      says: 'What computes: `exact` gives the same bits everywhere, `native` is faster.',
      default: 'exact',
    }),
    flip: flag({ says: 'Embed the mirror image too, and take the mean of both.', default: false }),
    normalise: optional(normalise),
  },
  { says: 'Embeds images with a trained network.' },
);

export type LearningEmbedParameters = Value<typeof parameters>;
