import { type StageKind } from '../../../../engine/stage.js';
import { parameters, type LearningEmbedParameters } from './embed-parameters.js';
import { isReproducible } from './engines.js';

export const learningEmbed: StageKind<LearningEmbedParameters> = {
  name: 'learning/embed',
  says: 'Embeds every image of a data set with a trained network.',
  parameters,
  produces: 'embeddings',
  outputs: { 'embeddings.safetensors': 'A unit vector for each image.', 'names.json': 'The images’ names.' },
  shows: { colour: '#009E73' },
  metrics: { images: { says: 'Images.' }, dimensions: { says: 'Dimensions of an embedding.' } },
  reproducible: ({ engine }) => isReproducible(engine),
  resources: { cores: 1, memory: 3 * 2 ** 30 },
  run: async (context) => {
    const { embedData } = await import('./embed-run.js');
    return embedData(context);
  },
};
