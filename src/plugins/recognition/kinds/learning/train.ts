import { type StageKind } from '../../../../engine/stage.js';
import type { JsonObject } from '../../../../foundation/values/json.js';
import { isReproducible } from './engines.js';
import { checkPrecision, parameters, type LearningTrainParameters } from './train-parameters.js';

/** Pre-training and fine-tuning: a chain of epochs, each continuing the checkpoint before. */
export const learningTrain: StageKind<LearningTrainParameters> = {
  name: 'learning/train',
  says: 'Trains a network with the triplet loss, from fresh weights or from another stage’s.',
  parameters,
  produces: 'model',
  outputs: {
    'weights.safetensors': 'Parameters and running statistics.',
    'network.json': 'The network.',
    'model.onnx': 'The network for any runtime.',
    'epochs.json': 'Loss, active triplets and spread of each epoch.',
  },
  shows: { colour: '#009E73' },
  metrics: {
    loss: { says: 'Mean triplet loss over the last epoch.', better: 'lower' },
    active: { says: 'Share of triplets within the margin in the last epoch.', better: 'lower' },
    spread: { says: 'Spread of the embeddings in the last epoch.' },
    epochs: { says: 'Epochs trained.' },
  },
  reproducible: ({ engine }) => isReproducible(engine),
  resources: ({ network }) => ({ cores: 1, memory: (network === 'mini' ? 3 : 6) * 2 ** 30 }),
  check: (p) => {
    const wrong = checkPrecision(p);
    return Promise.resolve(wrong === undefined ? [] : [{ ...wrong, pointer: '/precision' }]);
  },
  division: {
    shape: 'chain',
    parts: (p) =>
      Array.from({ length: p.epochs }, (_, i) => ({
        id: `epoch-${String(i + 1).padStart(4, '0')}`,
        parameters: forKey(p),
      })),
    run: async (context) => {
      const { trainLink } = await import('./train-run.js');
      return trainLink(context);
    },
    gather: async (context) => {
      const { gatherModel } = await import('./train-run.js');
      return gatherModel(context);
    },
  },
};

/** The recipe without its length. */
function forKey(p: LearningTrainParameters): JsonObject {
  const { epochs: _, data: __, start, ...recipe } = p;
  return { ...(JSON.parse(JSON.stringify(recipe)) as JsonObject), start: start === undefined ? null : '@input' };
}
