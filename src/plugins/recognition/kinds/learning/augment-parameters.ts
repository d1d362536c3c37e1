import { fraction, number, object, type Value } from '../../../../foundation/schema/schema.js';

const strength = (says: string, usual: number) => number({ says, min: 0, max: 100, default: 0, examples: [usual] });

/** `AugmentRecipe` as an experiment says it. */
export const augment = object(
  {
    placement: strength('Strength of shifts, rotations and scales of the crop: 1 is 2% of the side, 3 degrees, 5%.', 1),
    tone: strength('Strength of changes of exposure, contrast, gamma, saturation and colour cast.', 0.7),
    light: strength('Strength of a gradient of light across the image.', 0.6),
    grey: fraction({ says: 'Share of images turned to grey.', default: 0 }),
    occlusion: fraction({ says: 'Share of images with a covered rectangle.', default: 0 }),
    blur: strength('Largest standard deviation of blur, in hundredths of the side.', 3),
    noise: strength('Largest standard deviation of noise, in levels of 255.', 8),
  },
  {
    says: 'Augmentation: changes that cameras and detectors make to photographs; none by default, as in the paper.',
    default: {},
  },
);

/** `{ augment }`, or nothing where nothing is done. */
export function augmentOf(strengths: Value<typeof augment>): { augment?: Value<typeof augment> } {
  return Object.values(strengths).every((value) => value === 0) ? {} : { augment: strengths };
}
