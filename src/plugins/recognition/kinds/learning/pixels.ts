import { type StageKind } from '../../../../engine/stage.js';
import { parameters, type LearningPixelsParameters } from './pixels-parameters.js';

export const learningPixels: StageKind<LearningPixelsParameters> = {
  name: 'learning/pixels',
  says: 'Embeds every image of a data set as its own pixels, less the mean image: the floor that a network must rise above.',
  parameters,
  produces: 'embeddings',
  outputs: { 'embeddings.safetensors': 'A unit vector for each image.', 'names.json': 'The images’ names.' },
  metrics: { images: { says: 'Images.' }, dimensions: { says: 'Dimensions of an embedding.' } },
  run: async (context) => {
    const { embedAsPixels } = await import('./pixels-run.js');
    return embedAsPixels(context);
  },
};
