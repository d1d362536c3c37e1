import { artifact } from '../../../../engine/stage.js';
import { count, object, type Value } from '../../../../foundation/schema/schema.js';

export const parameters = object(
  {
    data: artifact(['images'], { says: 'What to embed.' }),
    size: count({
      says: 'Side to which images are averaged down; must divide that of the images.',
      min: 1,
      max: 256,
      default: 16,
    }),
  },
  { says: 'Embeds images as their own pixels.' },
);

export type LearningPixelsParameters = Value<typeof parameters>;
