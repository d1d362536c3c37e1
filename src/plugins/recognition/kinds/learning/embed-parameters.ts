import { artifact } from '../../../../engine/stage.js';
import { flag, object, optional, word, type Value } from '../../../../foundation/schema.js';
import { ENGINE_NAMES } from './engines.js';

export const parameters = object(
  {
    model: artifact(['model'], { says: 'The trained network.' }),
    data: artifact(['images'], { says: 'What to embed.' }),
    engine: word(ENGINE_NAMES, {
      says: 'What computes: `exact` gives the same bits everywhere, `native` is faster.',
      default: 'exact',
    }),
    flip: flag({ says: 'Embed the mirror image too, and take the mean of both.', default: false }),
    centre: optional(
      artifact(['images'], {
        says: 'Images whose mean embedding is taken from every embedding before its length is made one: those that the network has learnt from, say. Nothing is, by default.',
      }),
    ),
  },
  { says: 'Embeds images with a trained network.' },
);

export type LearningEmbedParameters = Value<typeof parameters>;
