import { recordedEngine } from '../../../../src/plugins/recognition/learning/engines/recorded/engine.js';
import { foldBatchNormalisation } from '../../../../src/plugins/recognition/learning/network/folding.js';
import type { Network } from '../../../../src/plugins/recognition/learning/network/network.js';
import { initialise } from '../../../../src/plugins/recognition/learning/network/parameters.js';
import { FIRST_SCALE } from '../../../../src/plugins/recognition/learning/step/loss-scale.js';
import { OPENFACE, type StepRecipe } from '../../../../src/plugins/recognition/learning/step/recipe.js';
import { batch, freshState, scalars } from './batch.js';

/**
 * A network with a max pooling and an inception, small enough for a device in software. Six channels convolved to eight are what
 * WebGPU's own convolution gets wrong.
 */
const TINY: Network = {
  name: 'tiny',
  input: { height: 12, width: 12 },
  embedding: 4,
  layers: [
    { kind: 'conv', name: 'conv1', channels: 4, size: 3, stride: 2, pad: 1 },
    { kind: 'max-pool', size: 3, stride: 2, pad: 1 },
    {
      kind: 'inception',
      name: 'a',
      stride: 1,
      conv3: { reduce: 6, channels: 8 },
      pool: { kind: 'l2', project: 4 },
      conv1: 4,
    },
    { kind: 'linear', name: 'embedding', outputs: 4 },
  ],
};

/** Two steps, the state and embeddings by the engine named, as JSON; what is wrong, where it cannot. In half precision, if asked. */
const engine = recordedEngine(process.argv[2] as 'native' | 'gpu', { threads: 1 });
const made = batch(TINY, 2, 3);
const recipe: StepRecipe = process.argv[3] === 'half' ? { ...OPENFACE, precision: 'half' } : OPENFACE;
const session = await engine.prepareTraining(TINY, recipe, made.shape, freshState(TINY, recipe));
if (!session.ok) {
  process.stdout.write(JSON.stringify({ wrong: session.error }));
} else {
  const losses: number[] = [];
  let first: Record<string, number[]> = {};
  for (const step of [1, 2]) {
    losses.push(
      (
        await session.value.step(made.batch, {
          ...scalars(step),
          ...(recipe.precision && { scale: FIRST_SCALE.scale }),
        })
      ).loss,
    );
    if (step > 1) continue;
    const gradients = Object.entries(await session.value.state()).filter(([name]) => name.startsWith('adam.mean/'));
    first = Object.fromEntries(gradients.map(([name, values]) => [name, [...values]]));
  }
  await session.value.dispose();
  const embedding = await engine.prepareEmbedding(TINY, foldBatchNormalisation(TINY, initialise(TINY, 1)));
  if (!embedding.ok) throw new Error(embedding.error[0]!.message);
  const embeddings = [...(await embedding.value.embed(made.batch.images, 6))];
  await embedding.value.dispose();
  process.stdout.write(JSON.stringify({ losses, gradients: first, embeddings }));
}
