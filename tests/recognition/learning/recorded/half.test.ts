import assert from 'node:assert/strict';
import { join } from 'node:path';
import { GraphBuilder } from '../../../../src/compiler/onnx/builder.js';
import { halfBits } from '../../../../src/compiler/onnx/half.js';
import type { MapLayout } from '../../../../src/compiler/lowering/lowering.js';
import { runtime } from '../../../../src/compiler/runtime.js';
import { halfCalls } from '../../../../src/compiler/tape/half.js';
import { record } from '../../../../src/compiler/tape/record.js';
import { loadTensorFlow, type Tensor1D, type Tensor4D } from '../../../../src/compiler/tensorflow.js';
import {
  beginning,
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
} from '../../../../src/plugins/recognition/learning/checkpoint/checkpoint.js';
import { ok } from '../../../../src/foundation/failures/result.js';
import type { Engine, TrainingSession } from '../../../../src/plugins/recognition/learning/engines/engine.js';
import { recordedEngine, trainingModel } from '../../../../src/plugins/recognition/learning/engines/recorded/engine.js';
import { normaliseAndRectify } from '../../../../src/plugins/recognition/learning/network/batch-normalisation.js';
import { FIRST_SCALE, nextScale } from '../../../../src/plugins/recognition/learning/step/loss-scale.js';
import { constantRate } from '../../../../src/plugins/recognition/learning/optimiser/schedule.js';
import { OPENFACE, type Recipe, type StepRecipe } from '../../../../src/plugins/recognition/learning/step/recipe.js';
import { Trainer, type TrainingSetup } from '../../../../src/plugins/recognition/learning/training/trainer.js';
import { firstStep } from '../first-step.js';
import { batch, freshState, scalars } from './batch.js';
import { imageSet, inFolder, NETWORK, people, RECIPE } from '../tiny.js';

/** By the processor: it computes in single and rounds each result to half. */
const engine = recordedEngine('native', { threads: 1 });
const LAYOUTS: readonly MapLayout[] = [
  { kind: 'channels-first', wrongThreefold: true },
  { kind: 'positions-first', mostOutputs: 7, wrongThreefold: true, noTransposedProducts: true },
];
const HALF: Recipe = { ...RECIPE, precision: 'half', resetEachEpoch: false };

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

function setup(folder: string, recipe: Recipe): TrainingSetup {
  const { images, identity } = people(3, 12, 5);
  return { engine, network: NETWORK, recipe, data: imageSet(folder, images, identity) };
}

describe('half precision', function () {
  this.timeout(120_000);

  it('rounds literals as ONNX Runtime does, and what is too large to the largest', async () => {
    const values = Float32Array.from([
      ...[0, -0, 1, -1, 1 / 3, 0.1, 2048, 2049, 2051, 65504, -65504, 65519, 1.0004883, 1.0014648, -2.0009766],
      ...[2 ** -14, 2 ** -14 - 2 ** -26, 2 ** -24, 2 ** -25, 1.5 * 2 ** -25, 3 * 2 ** -25, 1e-9, 5.9e-5],
    ]);
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [values.length]);
    const y = builder.withFloats('float16', () => builder.cast(x, 'float32'));
    const opened = await runtime('native').open(builder.build('cast', { y }), 'training');
    assert.ok(opened.ok);
    const { session, onnx } = opened.value;
    const results = await session.run({ x: new onnx.Tensor('float32', values, [values.length]) });
    assert.deepEqual([...values].map(halfBits), [
      ...new Uint16Array((results.y!.data as unknown as Uint16Array).buffer, 0, values.length),
    ]);
    assert.deepEqual([1e9, -Infinity].map(halfBits), [0x7bff, 0xfbff]);
  });

  it('is that of convolutions, their gradients in maps and what hands maps on; of no statistic and no filter', async () => {
    const tf = await loadTensorFlow();
    const graph = await record(
      tf,
      { x: { shape: [2, 6, 6, 4] }, kernel: { shape: [3, 3, 4, 4] }, scale: { shape: [4] }, offset: { shape: [4] } },
      ({ x, kernel, scale, offset }) => {
        const layer = (map: Tensor4D, filter: Tensor4D): Tensor4D => {
          const y = tf.conv2d(map, filter, 1, 1);
          return normaliseAndRectify(tf, y, scale as Tensor1D, offset as Tensor1D).output;
        };
        const loss = (filter: Tensor4D) => tf.sum(layer(layer(x as Tensor4D, filter), filter));
        const [gradient] = tf.grads((filter) => loss(filter as Tensor4D))([kernel!]);
        return { gradient: gradient! };
      },
    );
    assert.ok(graph.ok);
    const half = halfCalls(graph.value);
    const kernels = (isHalf: boolean): Set<string> =>
      new Set(graph.value.calls.filter((call) => half.has(call) === isHalf).map(({ kernel }) => kernel));
    for (const kernel of ['Conv2D', 'Conv2DBackpropInput', 'Relu']) {
      assert.ok(kernels(true).has(kernel) && !kernels(false).has(kernel), kernel);
    }
    for (const kernel of ['Conv2DBackpropFilter', 'AvgPool', 'Sqrt', 'Reciprocal', 'Sum']) {
      assert.ok(kernels(false).has(kernel) && !kernels(true).has(kernel), kernel);
    }
    // Squares of what is centred are there for the variance alone.
    const squares = graph.value.calls.filter(({ kernel, inputs }) => kernel === 'Multiply' && inputs.a === inputs.b);
    assert.ok(squares.every((call) => !half.has(call)));
  });

  // The bounds of docs/decisions/0275.
  for (const name of ['mini', 'kinds', 'nn4.small2'] as const) {
    it(`${name}: is as near PyTorch in float64 as mixed precision is elsewhere`, async () => {
      const found = await firstStep(engine, name, { precision: 'half', scale: FIRST_SCALE.scale });
      assert.equal(found.selected, found.fixture.selected[0]);
      assert.ok(found.loss < 1e-3, `loss: ${found.loss}`);
      assert.ok(found.worst < 1, `worst gradient: ${found.worst}`);
      assert.ok(found.median < 0.1, `median gradient: ${found.median}`);
    });
  }

  it('gives a step that ONNX Runtime takes in each layout that a device may have', async () => {
    const recipe: StepRecipe = { ...OPENFACE, precision: 'half' };
    const made = batch(NETWORK, 2, 3);
    const state = freshState(NETWORK, recipe);
    const losses: number[] = [];
    for (const layout of LAYOUTS) {
      const model = await trainingModel(NETWORK, recipe, made.shape, layout);
      assert.ok(model.ok);
      const opened = await runtime('native', { threads: 1 }).open(model.value, 'training');
      assert.ok(opened.ok);
      const { session, onnx } = opened.value;
      const given: Record<string, Float32Array> = {
        ...state,
        ...Object.fromEntries(Object.entries(made.batch).map(([name, values]) => [`batch.${name}`, values])),
        ...Object.fromEntries(
          Object.entries({ ...scalars(1), scale: FIRST_SCALE.scale }).map(([name, value]) => [
            `batch.${name}`,
            Float32Array.of(value),
          ]),
        ),
      };
      const feeds: Record<string, InstanceType<typeof onnx.Tensor>> = {
        zero: new onnx.Tensor('int64', BigInt64Array.of(0n), [1]),
      };
      for (const { name, type, shape } of model.value.graph.inputs) {
        if (name === 'zero') continue;
        feeds[name] = new onnx.Tensor(type as 'float32', given[name]!, shape as readonly number[]);
      }
      const results = await session.run(feeds);
      const norm = (results['metric.gradientNorm']!.data as Float32Array)[0]!;
      assert.ok(Number.isFinite(norm) && norm > 0);
      losses.push((results['metric.loss']!.data as Float32Array)[0]!, norm);
      await session.release();
    }
    const [loss, norm, otherLoss, otherNorm] = losses as [number, number, number, number];
    assert.ok(Math.abs(otherLoss / loss - 1) < 1e-2, losses.join());
    assert.ok(Math.abs(otherNorm / norm - 1) < 0.1, losses.join());
  });

  it('needs its loss scaled: gradients of nn4.small2 are lost without', async () => {
    const { worst } = await firstStep(engine, 'nn4.small2', { precision: 'half', scale: 1 });
    assert.ok(worst > 1, `worst gradient: ${worst}`);
  });

  it('learns as single precision does', () =>
    inFolder(async (folder) => {
      const recipe = { ...HALF, rate: constantRate(3e-4), batchesPerEpoch: 5 };
      const start = beginning(NETWORK, recipe);
      const { precision: _, ...single } = recipe;
      const [half, exact] = [
        await trained(setup(folder, recipe), start, 2),
        await trained(setup(folder, single), start, 2),
      ];
      assert.equal(half.updates, exact.updates);
      half.history.forEach(({ loss, active, spread }, i) => {
        const other = exact.history[i]!;
        assert.ok(Math.abs(loss / other.loss - 1) < 0.05, `epoch ${i + 1}: loss ${loss}, single ${other.loss}`);
        assert.ok(Math.abs(active - other.active) < 0.05, `epoch ${i + 1}: active ${active}, single ${other.active}`);
        assert.ok(Math.abs(spread / other.spread - 1) < 0.05, `epoch ${i + 1}: spread ${spread}, ${other.spread}`);
      });
      assert.notDeepEqual(half.arrays['conv1.kernel'], exact.arrays['conv1.kernel']);
      assert.equal(exact.lossScale, undefined);
    }));

  it('halves the scale where the gradient is not finite, and leaves that step out', () =>
    inFolder(async (folder) => {
      const recipe = { ...HALF, batchesPerEpoch: 1 };
      const start = { ...beginning(NETWORK, recipe), lossScale: { scale: 2 ** 40, steady: 7 } };
      const end = await trained(setup(folder, recipe), start, 1);
      assert.deepEqual(end.lossScale, { scale: 2 ** 39, steady: 0 });
      assert.equal(end.updates, 0);
      for (const [name, values] of Object.entries(start.arrays)) assert.deepEqual(end.arrays[name], values, name);
      const after = await trained(setup(folder, recipe), { ...end, lossScale: FIRST_SCALE }, 1);
      assert.deepEqual(after.lossScale, { scale: FIRST_SCALE.scale, steady: 1 });
      assert.equal(after.updates, 1);
      assert.notDeepEqual(after.arrays['conv1.kernel'], start.arrays['conv1.kernel']);
    }));

  it('ends where the gradient is not finite at any scale', () =>
    inFolder(async (folder) => {
      const arrays = beginning(NETWORK, HALF).arrays;
      const scales: (number | undefined)[] = [];
      const session: TrainingSession = {
        step: (_, { scale }) => {
          scales.push(scale);
          return Promise.resolve({ loss: 0.1, selected: 1, pairs: 1, spread: 0.5, gradientNorm: Infinity });
        },
        load: () => Promise.resolve(),
        state: () => Promise.resolve(arrays),
        dispose: () => Promise.resolve(),
      };
      const broken: Engine = { ...engine, prepareTraining: () => Promise.resolve(ok(session)) };
      const recipe = { ...HALF, batchesPerEpoch: 20 };
      const start = beginning(NETWORK, recipe);
      const trainer = await Trainer.open({ ...setup(folder, recipe), engine: broken }, start);
      assert.ok(trainer.ok);
      const epoch = await trainer.value.epoch(start);
      assert.deepEqual(
        scales,
        Array.from({ length: 17 }, (_, i) => 2 ** (16 - i)),
      );
      assert.ok(!epoch.ok);
      assert.equal(epoch.error[0]!.code, 'learning/loss-not-finite');
      assert.match(epoch.error[0]!.message, /gradient was not finite in half precision.*batch 17 of epoch 1/);
    }));

  it('doubles the scale after 2,000 steps on end that were finite, up to 2^24', () => {
    let scale = FIRST_SCALE;
    for (let step = 0; step < 1999; step += 1) scale = nextScale(scale, true);
    assert.deepEqual(scale, { scale: 2 ** 16, steady: 1999 });
    assert.deepEqual(nextScale(scale, true), { scale: 2 ** 17, steady: 0 });
    assert.deepEqual(nextScale(scale, false), { scale: 2 ** 15, steady: 0 });
    assert.deepEqual(nextScale({ scale: 2 ** 24, steady: 1999 }, true), { scale: 2 ** 24, steady: 0 });
  });

  it('ends with the same bits when it is stopped and continued from its files', () =>
    inFolder(async (folder) => {
      const recipe = { ...HALF, batchesPerEpoch: 3 };
      // The first steps overflow, and some succeed before the files are written.
      const start = { ...beginning(NETWORK, recipe), lossScale: { scale: 2 ** 26, steady: 0 } };
      const whole = await trained(setup(folder, recipe), start, 4);
      const first = await trained(setup(folder, recipe), start, 2);
      saveCheckpoint(folder, NETWORK, recipe, first);
      const read = loadCheckpoint((file) => join(folder, file), NETWORK, recipe);
      assert.ok(read.ok);
      const end = await trained(setup(folder, recipe), read.value, 2);
      assert.deepEqual(end, whole);
      assert.ok(whole.lossScale!.scale < 2 ** 26 && whole.updates > 0, JSON.stringify(whole.lossScale));
    }));
});
