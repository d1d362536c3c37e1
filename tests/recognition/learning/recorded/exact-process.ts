/** Trains and embeds with the engine `exact`, the number of threads as argument, and prints a digest of the results. */
import { createHash } from 'node:crypto';
import { recordedEngine } from '../../../../src/plugins/recognition/learning/engines/recorded/engine.js';
import { foldBatchNormalisation } from '../../../../src/plugins/recognition/learning/network/folding.js';
import { mini } from '../../../../src/plugins/recognition/learning/network/mini.js';
import { nn4 } from '../../../../src/plugins/recognition/learning/network/nn4.js';
import { OPENFACE } from '../../../../src/plugins/recognition/learning/step/recipe.js';
import { batch, freshState, scalars } from './batch.js';

const engine = recordedEngine('exact', { threads: Number(process.argv[2]) });
const hash = createHash('sha256');

// NN4 has every kind of layer; eight images of 68 make products large enough to be divided among threads.
for (const network of [mini({ height: 24, width: 24 }), nn4('nn4.small2', { height: 68, width: 68 })]) {
  const made = batch(network, 4, network.name === 'mini' ? 4 : 2);
  const training = await engine.prepareTraining(network, OPENFACE, made.shape, freshState(network, OPENFACE));
  if (!training.ok) throw new Error(training.error[0]!.message);
  const steps = network.name === 'mini' ? 2 : 1;
  for (let i = 1; i <= steps; i += 1) hash.update(JSON.stringify(await training.value.step(made.batch, scalars(i))));
  const state = await training.value.state();
  for (const name of Object.keys(state).sort()) hash.update(state[name]!);
  await training.value.dispose();

  const embedding = await engine.prepareEmbedding(network, foldBatchNormalisation(network, state));
  if (!embedding.ok) throw new Error(embedding.error[0]!.message);
  hash.update(await embedding.value.embed(made.batch.images, made.shape.images));
  await embedding.value.dispose();
}
process.stdout.write(`${hash.digest('hex')}\n`);
