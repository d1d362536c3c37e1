import { artifact, type StageKind } from '../../engine/stage.js';
import { object, word, type Value } from '../../foundation/schema.js';
import { ENGINE_NAMES, isReproducible } from './engines.js';

const parameters = object(
  {
    model: artifact(['model'], { says: 'The trained network.' }),
    data: artifact(['images'], { says: 'What to embed.' }),
    engine: word(ENGINE_NAMES, { says: 'What computes.', default: 'tfjs:wasm' }),
  },
  { says: 'Embeds images with a trained network.' },
);

export type LearningEmbedParameters = Value<typeof parameters>;

export const learningEmbed: StageKind<LearningEmbedParameters> = {
  name: 'learning/embed',
  says: 'Embeds every image of a data set with a trained network.',
  parameters,
  produces: 'embeddings',
  outputs: { 'embeddings.safetensors': 'A unit vector for each image.', 'names.json': 'The images’ names.' },
  reproducible: ({ engine }) => isReproducible(engine),
  resources: { cores: 1, memory: 3 * 2 ** 30 },
  run: async (context) => {
    const { embedData } = await import('./embed-run.js');
    return embedData(context);
  },
};
