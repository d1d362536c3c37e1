import { artifact } from '../../../../engine/stage.js';
import { flag, number, object, optional, word, type Value } from '../../../../foundation/schema/schema.js';
import { augment } from './augment-parameters.js';
import { ENGINE_NAMES } from './engines.js';

const normalise = object(
  {
    by: artifact(['images'], {
      says: 'Images of known persons, 4,096 at most, for example the training set.',
    }),
    within: flag({
      says: 'Whiten the covariance within persons; otherwise only the mean embedding is subtracted.',
      default: true,
    }),
    shrink: number({
      says: 'Shrinkage: this share of the mean variance within persons is added in every direction.',
      min: 0,
      max: 100,
      default: 0.1,
    }),
    augment,
  },
  {
    says: 'Normalisation of embeddings: their mean is subtracted, and directions in which images of one person differ are scaled down.',
  },
);

export const parameters = object(
  {
    model: artifact(['model'], { says: 'The trained network.' }),
    data: artifact(['images'], { says: 'What to embed.' }),
    engine: word(ENGINE_NAMES, {
      says: 'The engine: `exact` gives the same bits everywhere, `native` is faster.',
      default: 'exact',
    }),
    flip: flag({ says: 'Average the embeddings of the image and its mirror image.', default: false }),
    normalise: optional(normalise),
  },
  { says: 'Embeds images with a trained network.' },
);

export type LearningEmbedParameters = Value<typeof parameters>;
