import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as onnx from 'onnxruntime-node';
import { trainingModel } from '../../../../src/plugins/recognition/learning/engines/recorded/engine.js';
import type { MapLayout } from '../../../../src/compiler/lowering/lowering.js';
import { runtime } from '../../../../src/compiler/runtime.js';
import { mini } from '../../../../src/plugins/recognition/learning/network/mini.js';
import type { Network } from '../../../../src/plugins/recognition/learning/network/network.js';
import { nn4 } from '../../../../src/plugins/recognition/learning/network/nn4.js';
import { encodeModel } from '../../../../src/compiler/onnx/encode.js';
import type { OnnxModel } from '../../../../src/compiler/onnx/model.js';
import { runBytes, runOrder } from '../../../../src/compiler/onnx/peak.js';
import { OPENFACE } from '../../../../src/plugins/recognition/learning/step/recipe.js';
import { batch, freshState } from './batch.js';

interface NodeEvent {
  readonly name: string;
  readonly args: Readonly<Record<string, string>>;
}

/** What ONNX Runtime itself notes of a step: of each node that it ran its place in the file, and the bytes then in use. */
async function profiled(network: Network, people: number, each: number, { graph, opsets }: OnnxModel) {
  const folder = mkdtempSync(join(tmpdir(), 'fx-peak-'));
  try {
    const session = await onnx.InferenceSession.create(encodeModel({ graph, opsets }), {
      graphOptimizationLevel: 'disabled',
      executionMode: 'sequential',
      intraOpNumThreads: 1,
      enableMemPattern: false,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'step'),
    });
    const state = freshState(network, OPENFACE);
    const { batch: made } = batch(network, people, each);
    const data = (name: string): Float32Array | Uint8Array | BigInt64Array => {
      if (name === 'zero') return BigInt64Array.of(0n);
      if (name === 'batch.rate' || name === 'batch.epsilon') return Float32Array.of(1e-3);
      return name.startsWith('batch.') ? made[name.slice(6) as keyof typeof made] : state[name]!;
    };
    const feeds = graph.inputs.map(({ name, type, shape }) => {
      return [name, new onnx.Tensor(type, data(name), shape as number[])] as const;
    });
    await session.run(Object.fromEntries(feeds));
    session.endProfiling();
    await session.release();
    const text = readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8');
    const events = (JSON.parse(text) as NodeEvent[]).filter(({ name }) => name.endsWith('_kernel_time'));
    return {
      order: events.map(({ args }) => Number(args.node_index)),
      most: Math.max(...events.map(({ args }) => Number(args.mem_bytes_requested_in_use))),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the memory of a training step as it is worked out beforehand', function () {
  this.timeout(240_000);
  const small = mini({ height: 48, width: 48 });
  const deep = nn4('nn4.small2', { height: 96, width: 96 });
  for (const [network, people, each, kind] of [
    [small, 4, 4, 'positions-first'],
    [small, 4, 4, 'channels-first'],
    [small, 10, 6, 'blocked'],
    [deep, 2, 3, 'positions-first'],
    [deep, 2, 2, 'blocked'],
  ] as const) {
    it(`is within a tenth of what ONNX Runtime counts: ${network.name}, ${people} x ${each}, ${kind}`, async function () {
      let layout: MapLayout = { kind: 'channels-first' };
      if (kind === 'positions-first') layout = { kind };
      else if (kind === 'blocked') {
        layout = await runtime('native').layout('inference');
        if (layout.kind !== 'blocked') {
          console.log('      skipped: this processor has no convolutions on blocked maps');
          this.skip();
        }
      }
      const pairs = (people * each * (each - 1)) / 2;
      const model = await trainingModel(network, OPENFACE, { images: people * each, pairs }, layout);
      assert.ok(model.ok);
      const { order, most } = await profiled(network, people, each, model.value);
      assert.deepEqual(runOrder(model.value), order);
      const { values } = runBytes(model.value);
      assert.ok(Math.abs(values / most - 1) < 0.1, `${values} for ${most}`);
    });
  }
});
