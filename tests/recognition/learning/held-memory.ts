import assert from 'node:assert/strict';
import { beginning } from '../../../src/plugins/recognition/learning/checkpoint/checkpoint.js';
import type { Engine } from '../../../src/plugins/recognition/learning/engines/engine.js';
import { mini } from '../../../src/plugins/recognition/learning/network/mini.js';
import { loadTensorFlow } from '../../../src/compiler/tensorflow.js';
import type { Recipe } from '../../../src/plugins/recognition/learning/step/recipe.js';
import { Trainer } from '../../../src/plugins/recognition/learning/training/trainer.js';
import { imageSet, inFolder, people, RECIPE, SIDE } from './tiny.js';

export interface HeldMemory {
  readonly steps: number;
  /** TensorFlow.js's own count. */
  readonly tensors: number;
  /** Bytes that the process has in memory; buffers that wait for the collector are collected first, where it can be asked. */
  readonly resident: number;
}

/** What training holds after each of `epochs` epochs of `steps` steps. The data set has `count` people of three images. */
export function heldMemory(engine: Engine, epochs: number, steps: number, count = 4): Promise<HeldMemory[]> {
  return inFolder(async (folder) => {
    const { images, identity } = people(3, count, 3);
    const network = mini({ height: SIDE, width: SIDE }, { width: 4, embedding: 16 });
    const recipe: Recipe = { ...RECIPE, batchesPerEpoch: steps, batch: { people: 2, images: 2, flip: true } };
    const data = imageSet(folder, images, identity);
    const trainer = await Trainer.open({ engine, network, recipe, data }, beginning(network, recipe));
    assert.ok(trainer.ok, JSON.stringify(trainer));
    const tf = await loadTensorFlow();
    const held: HeldMemory[] = [];
    let checkpoint = beginning(network, recipe);
    for (let epoch = 1; epoch <= epochs; epoch += 1) {
      const done = await trainer.value.epoch(checkpoint);
      assert.ok(done.ok, JSON.stringify(done));
      checkpoint = done.value.checkpoint;
      globalThis.gc?.();
      held.push({ steps: epoch * steps, tensors: tf.memory().numTensors, resident: process.memoryUsage().rss });
    }
    await trainer.value.close();
    return held;
  });
}
