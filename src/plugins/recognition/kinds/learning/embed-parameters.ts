import { artifact } from '../../../../engine/stage.js';
import { object, word, type Value } from '../../../../foundation/schema.js';
import { ENGINE_NAMES } from './engines.js';

export const parameters = object(
  {
    model: artifact(['model'], { says: 'The trained network.' }),
    data: artifact(['images'], { says: 'What to embed.' }),
    engine: word(ENGINE_NAMES, {
      says: 'What computes: `exact` gives the same bits everywhere, `native` is faster.',
      default: 'exact',
    }),
  },
  { says: 'Embeds images with a trained network.' },
);

export type LearningEmbedParameters = Value<typeof parameters>;
