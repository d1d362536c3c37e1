import { fraction, number, object, type Value } from '../../../../foundation/schema.js';

const strength = (says: string, usual: number) => number({ says, min: 0, max: 100, default: 0, examples: [usual] });

/** `AugmentRecipe` as an experiment says it. */
export const augment = object(
  {
    placement: strength('Of shifts, turns and scales of the frame: 1 is 2% of the side, 3 degrees, 5%.', 1),
    tone: strength('Of exposure, contrast, gamma, saturation and colour cast.', 0.7),
    light: strength('Of a light that grows across the image.', 0.6),
    grey: fraction({ says: 'Share of images that lose their colour.', default: 0 }),
    occlusion: fraction({ says: 'Share of images of which a rectangle is covered.', default: 0 }),
    blur: strength('Longest standard deviation of blur, in hundredths of the side.', 3),
    noise: strength('Greatest standard deviation of noise, in levels of 255.', 8),
  },
  {
    says: 'What cameras and detectors do to photographs, done to each image; nothing by default, as in the paper.',
    default: {},
  },
);

/** `{ augment }`, or nothing where nothing is done. */
export function augmentOf(strengths: Value<typeof augment>): { augment?: Value<typeof augment> } {
  return Object.values(strengths).every((value) => value === 0) ? {} : { augment: strengths };
}
