import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eagerEngine } from '../../../../src/plugins/recognition/learning/engines/eager/engine.js';
import type { Engine } from '../../../../src/plugins/recognition/learning/engines/engine.js';
import { exportForward, recordedEngine } from '../../../../src/plugins/recognition/learning/engines/recorded/engine.js';
import type { OnnxRuntime, Session } from '../../../../src/compiler/runtime.js';
import { foldBatchNormalisation } from '../../../../src/plugins/recognition/learning/network/folding.js';
import { mini } from '../../../../src/plugins/recognition/learning/network/mini.js';
import { nn4 } from '../../../../src/plugins/recognition/learning/network/nn4.js';
import type { Network } from '../../../../src/plugins/recognition/learning/network/network.js';
import {
  everything,
  initialise,
  type Arrays,
} from '../../../../src/plugins/recognition/learning/network/parameters.js';
import { OPENFACE } from '../../../../src/plugins/recognition/learning/step/recipe.js';
import { stream } from '../../../../src/foundation/numbers/random.js';
import { batch, freshState, scalars } from './batch.js';

const SMALL = mini({ height: 24, width: 24 }, { width: 8, embedding: 16 });

async function trained(
  engine: Engine,
  network: Network,
  people: number,
  each: number,
  steps: number,
): Promise<{ losses: number[]; state: Arrays }> {
  const made = batch(network, people, each);
  const session = await engine.prepareTraining(network, OPENFACE, made.shape, freshState(network, OPENFACE));
  assert.ok(session.ok, session.ok ? '' : session.error[0]?.message);
  const losses: number[] = [];
  for (let i = 1; i <= steps; i += 1) losses.push((await session.value.step(made.batch, scalars(i))).loss);
  const state = await session.value.state();
  await session.value.dispose();
  return { losses, state };
}

/** Largest difference, as a share of the largest value. */
function deviation(a: Float32Array, b: Float32Array): number {
  let [most, scale] = [0, 1e-30];
  for (let i = 0; i < a.length; i += 1) {
    most = Math.max(most, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(a[i]!));
  }
  return most / scale;
}

/** Length of the difference, as a share of the length. */
function distance(a: Float32Array, b: Float32Array): number {
  let [difference, length] = [0, 1e-30];
  for (let i = 0; i < a.length; i += 1) {
    difference += (a[i]! - b[i]!) ** 2;
    length += a[i]! ** 2;
  }
  return Math.sqrt(difference / length);
}

function gradients(state: Arrays): [string, Float32Array][] {
  return Object.entries(state).filter(([name]) => name.startsWith('adam.mean/'));
}

describe('a training step that was recorded', function () {
  this.timeout(120000);

  for (const name of ['native', 'exact'] as const) {
    it(`${name}: gives the loss, the gradients and the statistics of TensorFlow.js`, async () => {
      const eager = await trained(eagerEngine('wasm'), SMALL, 3, 4, 1);
      const recorded = await trained(recordedEngine(name, { threads: 1 }), SMALL, 3, 4, 1);
      assert.ok(Math.abs(eager.losses[0]! - recorded.losses[0]!) < 1e-5 * eager.losses[0]!);
      for (const [entry, values] of gradients(eager.state)) {
        const off = deviation(values, recorded.state[entry]!);
        assert.ok(off < 1e-3, `${entry} is off by ${String(off)}`);
      }
      for (const [entry, values] of Object.entries(eager.state).filter(([k]) => /\.(mean|variance)$/.test(k))) {
        assert.ok(deviation(values, recorded.state[entry]!) < 1e-5, entry);
      }
    });
  }

  it('native: holds for every layer of NN4', async () => {
    const network = nn4('nn4.small2', { height: 96, width: 96 });
    const eager = await trained(eagerEngine('wasm'), network, 2, 3, 1);
    const recorded = await trained(recordedEngine('native', { threads: 2 }), network, 2, 3, 1);
    assert.ok(Math.abs(eager.losses[0]! - recorded.losses[0]!) < 1e-4 * eager.losses[0]!);
    // A change of one unit in the last place of the weights moves these gradients by up to 0.008 of their length: an
    // activation near zero, or near another one in a maximum, changes sides.
    for (const [entry, values] of gradients(eager.state).filter(([k]) => k.endsWith('.kernel'))) {
      const off = distance(values, recorded.state[entry]!);
      assert.ok(off < 3e-2, `${entry} is off by ${String(off)}`);
    }
  });

  it('native: the loss falls from step to step as eagerly', async () => {
    const eager = await trained(eagerEngine('wasm'), SMALL, 3, 4, 5);
    const { losses } = await trained(recordedEngine('native', { threads: 1 }), SMALL, 3, 4, 5);
    losses.forEach((loss, i) => assert.ok(Math.abs(loss - eager.losses[i]!) < 2e-3, `step ${String(i + 1)}`));
    assert.ok(losses[4]! < losses[0]!);
  });

  it('exact: is the same bits with one thread, with two and with seven', async () => {
    const run = promisify(execFile);
    const script = fileURLToPath(new URL('exact-process.js', import.meta.url));
    const digests = [];
    for (const threads of ['1', '2', '7']) digests.push((await run(process.execPath, [script, threads])).stdout.trim());
    assert.match(digests[0]!, /^[0-9a-f]{64}$/);
    assert.deepEqual(new Set(digests).size, 1);
  });
});

describe('a training with exact', function () {
  this.timeout(120000);

  const script = fileURLToPath(new URL('exact-epochs.js', import.meta.url));
  /** What it said, line by line; killed with SIGKILL once it has said `until`. */
  const train = (folder: string, until?: string): Promise<string[]> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (until !== undefined && said.includes(until)) child.kill('SIGKILL');
      });
      child.on('error', reject);
      child.on('close', () => resolve(said.trim().split('\n')));
    });

  it('ends with the same bits where it is killed in the midst of an epoch and taken up again', async () => {
    const [whole, killed] = [mkdtempSync(join(tmpdir(), 'fx-whole-')), mkdtempSync(join(tmpdir(), 'fx-killed-'))];
    try {
      const digest = (await train(whole)).at(-1)!;
      assert.match(digest, /^[0-9a-f]{64}$/);
      const before = await train(killed, 'epoch 3 batch 2');
      assert.match(before.at(-1)!, /^epoch 3 batch [23]$/);
      const after = await train(killed);
      assert.equal(after[0], 'epoch 3 batch 1');
      assert.equal(after.at(-1), digest);
    } finally {
      for (const folder of [whole, killed]) rmSync(folder, { recursive: true });
    }
  });
});

describe('a model.onnx', function () {
  this.timeout(120000);

  it('gives the same embeddings in other runtimes, for any number of images, with standard operators alone', async () => {
    const network = nn4('nn4.small2', { height: 96, width: 96 });
    // Statistics, scales and offsets as a training leaves them: a fresh network's normalisation is almost the identity.
    const random = stream(3, 'statistics');
    const weights: Record<string, Float32Array> = { ...initialise(network, 3) };
    for (const { name, role } of everything(network)) {
      if (role === 'variance') weights[name] = weights[name]!.map(() => 0.2 + 2 * random.uniform());
      else if (role === 'scale') weights[name] = weights[name]!.map(() => 0.5 + random.uniform());
      else if (role === 'mean' || role === 'offset') weights[name] = weights[name]!.map(() => random.normal() / 4);
    }
    const folded = foldBatchNormalisation(network, weights);
    const bytes = await exportForward({ network, weights });
    assert.ok(bytes.ok);
    const { batch: made } = batch(network, 1, 3);
    const eager = await eagerEngine('wasm').prepareEmbedding(network, folded);
    assert.ok(eager.ok);
    const expected = await eager.value.embed(made.images, 3);
    const native: OnnxRuntime = await import('onnxruntime-node');
    const web = (await import('onnxruntime-web')) as unknown as OnnxRuntime;
    for (const onnx of [native, web]) {
      const session: Session = await onnx.InferenceSession.create(bytes.value);
      for (const count of [1, 3]) {
        const images = new onnx.Tensor('uint8', made.images.slice(0, count * 96 * 96 * 3), [count, 96, 96, 3]);
        const results = await session.run({ images });
        const embedding = results.embedding!;
        assert.deepEqual([...embedding.dims], [count, 128]);
        assert.ok(deviation(expected.subarray(0, count * 128), embedding.data as Float32Array) < 1e-4);
      }
      await session.release();
    }
    assert.doesNotMatch(Buffer.from(bytes.value).toString('latin1'), /com\.microsoft/);
  });
});

describe('an embedding that was recorded', function () {
  this.timeout(120000);

  it('is the one that TensorFlow.js computes, for any number of images', async () => {
    const folded = foldBatchNormalisation(SMALL, initialise(SMALL, 3));
    const { batch: made } = batch(SMALL, 5, 7);
    const eager = await eagerEngine('wasm').prepareEmbedding(SMALL, folded);
    assert.ok(eager.ok);
    const expected = await eager.value.embed(made.images, 35);
    for (const name of ['native', 'exact'] as const) {
      const session = await recordedEngine(name, { threads: 1 }).prepareEmbedding(SMALL, folded);
      assert.ok(session.ok);
      const actual = await session.value.embed(made.images, 35);
      assert.equal(actual.length, 35 * SMALL.embedding);
      assert.ok(deviation(expected, actual) < 1e-5);
      await session.value.dispose();
    }
  });

  it('of one image does not depend on the others', async () => {
    const folded = foldBatchNormalisation(SMALL, initialise(SMALL, 3));
    const { batch: made } = batch(SMALL, 5, 7);
    const session = await recordedEngine('exact', { threads: 1 }).prepareEmbedding(SMALL, folded);
    assert.ok(session.ok);
    const digest = (values: Float32Array): string => createHash('sha256').update(values).digest('hex');
    const all = await session.value.embed(made.images, 35);
    const third = await session.value.embed(made.images.slice(2 * 24 * 24 * 3, 3 * 24 * 24 * 3), 1);
    assert.equal(digest(third), digest(all.slice(2 * SMALL.embedding, 3 * SMALL.embedding)));
    await session.value.dispose();
  });
});
