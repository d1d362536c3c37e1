import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  beginning,
  CHECKPOINT_FILES,
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
} from '../../../src/plugins/recognition/learning/checkpoint/checkpoint.js';
import { loadModel, saveModel } from '../../../src/plugins/recognition/learning/checkpoint/model.js';
import { EMBEDDINGS_FILE, embedImages } from '../../../src/plugins/recognition/learning/embedding/embed.js';
import { eagerEngine } from '../../../src/plugins/recognition/learning/engines/eager/engine.js';
import { recordedEngine } from '../../../src/plugins/recognition/learning/engines/recorded/engine.js';
import { mini } from '../../../src/plugins/recognition/learning/network/mini.js';
import { nn4 } from '../../../src/plugins/recognition/learning/network/nn4.js';
import { initialise } from '../../../src/plugins/recognition/learning/network/parameters.js';
import { constantRate } from '../../../src/plugins/recognition/learning/optimiser/schedule.js';
import { startFrom } from '../../../src/plugins/recognition/learning/training/fine-tuning.js';
import type { Recipe } from '../../../src/plugins/recognition/learning/step/recipe.js';
import { trainEpoch, Trainer, type TrainingSetup } from '../../../src/plugins/recognition/learning/training/trainer.js';
import { SafetensorsFile } from '../../../src/foundation/formats/safetensors.js';
import { stream } from '../../../src/foundation/numbers/random.js';
import type { HeldMemory } from './held-memory.js';
import { imageSet, inFolder, NETWORK, people, RECIPE, SIDE, verification } from './tiny.js';

const engine = eagerEngine('wasm');

async function trained(setup: TrainingSetup, from: Checkpoint, epochs: number): Promise<Checkpoint> {
  const trainer = await Trainer.open(setup, from);
  assert.ok(trainer.ok, JSON.stringify(trainer));
  let checkpoint = from;
  for (let i = 0; i < epochs; i += 1) {
    const epoch = await trainer.value.epoch(checkpoint);
    assert.ok(epoch.ok, JSON.stringify(epoch));
    checkpoint = epoch.value.checkpoint;
  }
  await trainer.value.close();
  return checkpoint;
}

describe('training', function () {
  this.timeout(60_000);

  it('learns people it has never seen, and nothing from shuffled labels', () =>
    inFolder(async (folder) => {
      const held = people(2, 30, 6);
      const heldOut = imageSet(folder, held.images, held.identity, 'held-out');
      const accuracy = async (checkpoint: Checkpoint, name: string): Promise<number> => {
        const path = join(folder, `${name}-${EMBEDDINGS_FILE}`);
        const model = { network: NETWORK, weights: checkpoint.arrays };
        const embedded = await embedImages(engine, model, heldOut, path, { block: 64 });
        assert.ok(embedded.ok);
        const file = SafetensorsFile.open(path);
        assert.ok(file.ok);
        assert.deepEqual(file.value.read('identity'), held.identity);
        return verification(file.value.read('embedding'), NETWORK.embedding, held.identity);
      };
      const { images, identity } = people(1, 40, 10);
      const setup = { engine, network: NETWORK, recipe: RECIPE, data: imageSet(folder, images, identity) };
      const start = beginning(NETWORK, RECIPE);
      const untrained = await accuracy(start, 'untrained');
      const end = await trained(setup, start, 5);
      const learned = await accuracy(end, 'trained');
      assert.ok(untrained < 0.65 && learned > 0.9, `${untrained} before, ${learned} after`);
      assert.ok(end.history.at(-1)!.active < end.history[0]!.active / 2);

      const shuffled = imageSet(folder, images, shuffle(identity), 'shuffled');
      const nothing = await accuracy(await trained({ ...setup, data: shuffled }, start, 3), 'shuffled');
      assert.ok(nothing < 0.65, `${nothing} from shuffled labels`);
    }));

  it('ends with the same bits when it is stopped and resumed from its files', () =>
    inFolder(async (folder) => {
      const { images, identity } = people(3, 12, 5);
      const recipe: Recipe = {
        ...RECIPE,
        batchesPerEpoch: 3,
        resetEachEpoch: false,
        batch: { ...RECIPE.batch, flip: true },
      };
      const setup = { engine, network: NETWORK, recipe, data: imageSet(folder, images, identity) };
      const whole = await trained(setup, beginning(NETWORK, recipe), 3);

      const first = await trained(setup, beginning(NETWORK, recipe), 1);
      saveCheckpoint(folder, NETWORK, recipe, first);
      const stop = new AbortController();
      const onBatch = (done: number): void => (done === 2 ? stop.abort(new Error('killed')) : undefined);
      await assert.rejects(trainEpoch(setup, first, { signal: stop.signal, onBatch }), /killed/);
      const resumed = loadCheckpoint((file) => join(folder, file), NETWORK, recipe);
      assert.ok(resumed.ok);
      const end = await trained(setup, resumed.value, 2);
      assert.deepEqual(end.history, whole.history);
      assert.equal(end.updates, whole.updates);
      for (const [name, values] of Object.entries(whole.arrays)) assert.deepEqual(end.arrays[name], values, name);
      const bytes = readFileSync(join(folder, CHECKPOINT_FILES.arrays));
      saveCheckpoint(folder, NETWORK, recipe, resumed.value);
      assert.ok(
        bytes.equals(readFileSync(join(folder, CHECKPOINT_FILES.arrays))),
        'a checkpoint read and written again',
      );
    }));

  it('leaves frozen layers as they are and trains the others', () =>
    inFolder(async (folder) => {
      const { images, identity } = people(3, 12, 5);
      const recipe: Recipe = {
        ...RECIPE,
        batchesPerEpoch: 2,
        layerRates: { conv1: 0, conv2: 0.1 },
        weightDecay: 1e-4,
        clip: 1,
        optimiser: { kind: 'sgd', momentum: 0.9 },
        triplets: { choose: 'batch-hard', margin: 0.2 },
      };
      const start = beginning(NETWORK, recipe);
      const end = await trained(
        { engine, network: NETWORK, recipe, data: imageSet(folder, images, identity) },
        start,
        1,
      );
      for (const name of ['conv1.kernel', 'conv1.scale', 'conv1.mean'])
        assert.deepEqual(end.arrays[name], start.arrays[name]);
      for (const name of ['conv2.kernel', 'conv4.offset', 'conv3.mean', 'embedding.bias']) {
        assert.notDeepEqual(end.arrays[name], start.arrays[name], name);
      }
      assert.equal(end.arrays['momentum/conv1.kernel'], undefined);
    }));

  for (const name of ['tfjs:wasm', 'native', 'exact']) {
    it(`${name}: holds the same memory after 400 steps as after 200`, async () => {
      const script = fileURLToPath(new URL('held-memory-process.js', import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, name]);
      const held = JSON.parse(stdout.trim().split('\n').at(-1)!) as HeldMemory[];
      assert.equal(held[3]!.tensors, held[0]!.tensors);
      // For some five hundred steps WebAssembly's functions are compiled anew, one by one, as they are found to be worth it
      // (`npm run prove:memory` goes on to 2,000).
      const most = name === 'exact' ? 100e6 : 50e6;
      assert.ok(held[3]!.resident - held[1]!.resident < most, JSON.stringify(held));
    });
  }
});

describe('a model on disk', () => {
  it('is what was saved, and starts a fine-tuning', () =>
    inFolder((folder) => {
      const model = { network: NETWORK, weights: initialise(NETWORK, 3) };
      saveModel(folder, model);
      const loaded = loadModel((file) => join(folder, file));
      assert.ok(loaded.ok);
      assert.deepEqual(loaded.value, model);
      const start = startFrom(NETWORK, RECIPE, loaded.value, { fresh: ['embedding'] });
      assert.ok(start.ok);
      assert.deepEqual(start.value.arrays['conv3.kernel'], model.weights['conv3.kernel']);
      assert.notDeepEqual(start.value.arrays['embedding.kernel'], model.weights['embedding.kernel']);
    }));

  it('of another shape or network is refused, naming each layer', () => {
    const small = { network: mini({ height: SIDE, width: SIDE }, { width: 4, embedding: 32 }), weights: {} };
    const other = startFrom(NETWORK, RECIPE, { ...small, weights: initialise(small.network, 1) });
    assert.ok(!other.ok);
    assert.ok(other.error.every(({ code }) => code === 'learning/shape-mismatch'));
    assert.match(other.error[0]!.message, /conv1\.kernel is \[5, 5, 3, 4\] in the start/);
    const renamed = {
      ...NETWORK,
      name: 'other',
      layers: NETWORK.layers.map((layer) => ('name' in layer ? { ...layer, name: `x${layer.name}` } : layer)),
    };
    const foreign = startFrom(NETWORK, RECIPE, { network: renamed, weights: initialise(renamed, 1) });
    assert.ok(!foreign.ok);
    assert.equal(foreign.error[0]!.code, 'learning/weights-of-another-network');
  });
});

describe('training says clearly', function () {
  this.timeout(30_000);

  const failing = async (change: Partial<Recipe>, network = NETWORK, memory?: number): Promise<string[]> =>
    inFolder(async (folder) => {
      const { images, identity } = people(3, 6, 4);
      const recipe = { ...RECIPE, ...change };
      const data = imageSet(folder, images, identity);
      const setup = { engine, network, recipe, data, ...(memory === undefined ? {} : { memory }) };
      const epoch = await trainEpoch(setup, beginning(network, recipe));
      assert.ok(!epoch.ok);
      return epoch.error.map(({ code, message }) => `${code}: ${message}`);
    });

  it('when the loss is no number, with the step', async () => {
    const [said] = await failing({ rate: constantRate(1e30) });
    assert.match(said!, /loss-not-finite: the loss became NaN in batch \d+ of epoch 1 \(step \d+\)/);
  });

  it('when all embeddings are one point', async () => {
    const network = { ...NETWORK, embedding: 32 };
    const recipe: Recipe = { ...RECIPE, batchesPerEpoch: 25 };
    await inFolder(async (folder) => {
      const { identity } = people(3, 6, 4);
      const black = new Uint8Array(identity.length * SIDE * SIDE * 3);
      const setup = { engine, network, recipe, data: imageSet(folder, black, identity) };
      const epoch = await trainEpoch(setup, beginning(network, recipe));
      assert.ok(!epoch.ok);
      assert.equal(epoch.error[0]!.code, 'learning/embedding-collapsed');
    });
  });

  it('when all embeddings are one point over epochs of few batches, each continued from its saved checkpoint', async () => {
    for (const [batchesPerEpoch, fails] of [
      [1, 20],
      [7, 3],
      [19, 2],
    ] as const) {
      const recipe: Recipe = { ...RECIPE, batchesPerEpoch };
      await inFolder(async (folder) => {
        const { identity } = people(3, 6, 4);
        const black = new Uint8Array(identity.length * SIDE * SIDE * 3);
        const setup = { engine, network: NETWORK, recipe, data: imageSet(folder, black, identity) };
        let from = beginning(NETWORK, recipe);
        for (let epoch = 1; epoch < fails; epoch += 1) {
          const trained = await trainEpoch(setup, from);
          assert.ok(trained.ok, `epoch ${epoch} of ${batchesPerEpoch} batches`);
          saveCheckpoint(folder, NETWORK, recipe, trained.value.checkpoint);
          const loaded = loadCheckpoint((file) => join(folder, file), NETWORK, recipe);
          assert.ok(loaded.ok);
          from = loaded.value;
        }
        const last = await trainEpoch(setup, from);
        assert.ok(!last.ok);
        assert.equal(last.error[0]!.code, 'learning/embedding-collapsed');
        assert.match(last.error[0]!.help!, /^go back to the beginning/);
      });
    }
  });

  it('when the images have another size, a layer is unknown, and memory will not do, all at once', async () => {
    const network = mini({ height: 32, width: 32 }, { width: 8, embedding: 32 });
    const said = await failing({ layerRates: { conv9: 0 } }, network, 1000);
    assert.deepEqual(
      said.map((line) => line.split(':')[0]),
      ['learning/unknown-layer', 'learning/image-size', 'learning/memory'],
    );
  });

  it('when a batch is more than WebAssembly can address, and which engine can', async () => {
    const shape = { images: 600, pairs: 20 * 435 };
    const network = nn4('nn4', { height: 96, width: 96 });
    const session = await recordedEngine('exact').prepareTraining(network, RECIPE, shape, {}, 64 * 2 ** 30);
    assert.ok(!session.ok);
    const [said] = session.error;
    assert.match(said!.message, /600 images a batch takes about \d\.\d GiB, and 4\.0 GiB the engine exact can address/);
    assert.match(said!.help!, /native/);
  });

  it('when an engine is absent, with what to install', async () => {
    const absent = await eagerEngine('tensorflow').prepareEmbedding(NETWORK, initialise(NETWORK, 1));
    if (absent.ok) return;
    assert.equal(absent.error[0]!.code, 'learning/engine-absent');
    assert.match(absent.error[0]!.help!, /npm install @tensorflow\/tfjs-node-gpu/);
  });
});

function shuffle(identity: Int32Array): Int32Array {
  return Int32Array.from(stream(9, 'shuffle').shuffle([...identity]));
}
