/**
 * Trains four epochs with the engine `exact` from the last checkpoint in the folder given, if there is one; says each batch,
 * and at the end a digest of the last checkpoint.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  beginning,
  CHECKPOINT_FILES,
  loadCheckpoint,
  saveCheckpoint,
} from '../../../../src/plugins/recognition/learning/checkpoint/checkpoint.js';
import { recordedEngine } from '../../../../src/plugins/recognition/learning/engines/recorded/engine.js';
import { Trainer } from '../../../../src/plugins/recognition/learning/training/trainer.js';
import { imageSet, NETWORK, people, RECIPE } from '../tiny.js';

const folder = process.argv[2]!;
const pause = new Int32Array(new SharedArrayBuffer(4));
const recipe = { ...RECIPE, batchesPerEpoch: 3, resetEachEpoch: false, batch: { ...RECIPE.batch, flip: true } };
const { images, identity } = people(3, 12, 5);
const data = imageSet(folder, images, identity);
const arrays = join(folder, CHECKPOINT_FILES.arrays);

const loaded = existsSync(arrays) ? loadCheckpoint((file) => join(folder, file), NETWORK, recipe) : undefined;
if (loaded?.ok === false) throw new Error(loaded.error[0]!.message);
let checkpoint = loaded?.value ?? beginning(NETWORK, recipe);
const engine = recordedEngine('exact', { threads: 2 });
const trainer = await Trainer.open({ engine, network: NETWORK, recipe, data }, checkpoint);
if (!trainer.ok) throw new Error(trainer.error[0]!.message);
while (checkpoint.epoch < 4) {
  const { epoch } = checkpoint;
  const onBatch = (done: number): void => {
    process.stdout.write(`epoch ${epoch + 1} batch ${done}\n`);
    // Time for the one who listens to kill: the batches themselves take a millisecond or two.
    Atomics.wait(pause, 0, 0, 50);
  };
  const trained = await trainer.value.epoch(checkpoint, { onBatch });
  if (!trained.ok) throw new Error(trained.error[0]!.message);
  checkpoint = trained.value.checkpoint;
  saveCheckpoint(folder, NETWORK, recipe, checkpoint);
}
await trainer.value.close();
process.stdout.write(`${createHash('sha256').update(readFileSync(arrays)).digest('hex')}\n`);
