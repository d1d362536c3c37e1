import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as onnx from 'onnxruntime-node';
import { trainingModel } from '../../../../src/plugins/recognition/learning/engines/recorded/engine.js';
import type { MapLayout } from '../../../../src/compiler/lowering/lowering.js';
import { runtime } from '../../../../src/compiler/runtime.js';
import { mini } from '../../../../src/plugins/recognition/learning/network/mini.js';
import type { Network } from '../../../../src/plugins/recognition/learning/network/network.js';
import { nn4 } from '../../../../src/plugins/recognition/learning/network/nn4.js';
import { encodeModel } from '../../../../src/compiler/onnx/encode.js';
import type { OnnxModel } from '../../../../src/compiler/onnx/model.js';
import { Arena, ORT_ARENA } from '../../../../src/compiler/onnx/arena.js';
import { runBytes, runOrder, runThrough, withoutShapes } from '../../../../src/compiler/onnx/peak.js';
import { OPENFACE } from '../../../../src/plugins/recognition/learning/step/recipe.js';
import { batch, freshState } from './batch.js';

interface NodeEvent {
  readonly name: string;
  readonly args: Readonly<Record<string, string>>;
}

/**
 * What ONNX Runtime itself notes of two steps: of each node that it ran its place in the file, the bytes asked for and not given
 * back, those of the blocks that they lie in, and those of all regions.
 */
async function profiled(network: Network, people: number, each: number, model: OnnxModel) {
  const { graph } = model;
  const folder = mkdtempSync(join(tmpdir(), 'fx-peak-'));
  try {
    const session = await onnx.InferenceSession.create(encodeModel(withoutShapes(model)), {
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
    for (let step = 1; step <= 2; step += 1) await session.run(Object.fromEntries(feeds));
    session.endProfiling();
    await session.release();
    const text = readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8');
    const events = (JSON.parse(text) as NodeEvent[]).filter(({ name }) => name.endsWith('_kernel_time'));
    const count = (name: string): number[] => events.map(({ args }) => Number(args[name]));
    return {
      order: count('node_index'),
      asked: count('mem_bytes_requested_in_use'),
      inUse: count('mem_bytes_in_use'),
      reserved: count('mem_arena_held'),
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
      const { order, asked, inUse, reserved } = await profiled(network, people, each, model.value);
      const expected = runOrder(model.value);
      assert.deepEqual([...expected, ...expected], order);
      const { values } = runBytes(model.value);
      const most = Math.max(...asked);
      assert.ok(Math.abs(values / most - 1) < 0.1, `${values} for ${most}`);
      const arena = new Arena(ORT_ARENA);
      // Constants lie beside the regions, and the first node has a number.
      const constants = inUse[0]! - 256;
      const found: number[] = [];
      const regions: number[] = [];
      const ran = (): void => {
        found.push(constants + arena.inUse);
        regions.push(constants + arena.reserved);
      };
      for (let step = 1; step <= 2; step += 1) runThrough(model.value, arena, { ran });
      const [blocks, measured] = [Math.max(...found), Math.max(...inUse)];
      assert.ok(Math.abs(blocks / measured - 1) < 0.03, `${blocks} for ${measured}`);
      // In large graphs what a convolution needs for an image, which is not counted, moves a block here and there.
      if (network !== small) return;
      assert.deepEqual(regions, reserved);
      found.forEach((bytes, at) => assert.ok(Math.abs(bytes - inUse[at]!) < 0.03 * measured, `${bytes} at ${at}`));
    });
  }

  for (const cell of ['native mini 6 10 24 96 128 0', 'exact mini 2 3 64 48 128 0', 'tfjs:wasm mini 5 4 24 96 128 6']) {
    it(`is within a tenth of what a process takes: ${cell}`, () => {
      const bench = fileURLToPath(new URL('../../../../bench/step-memory.js', import.meta.url));
      const measure = (): { readonly used: number; readonly estimated: number } =>
        JSON.parse(execFileSync(process.execPath, [bench, ...cell.split(' ')], { encoding: 'utf8' })) as never;
      const first = measure();
      const isWithin = Math.abs(first.estimated / first.used - 1) < 0.1;
      // The garbage collector lets a process vary by 50 MiB: the median of three decides where the first is outside.
      const all = isWithin ? [first] : [first, measure(), measure()].sort((a, b) => a.used - b.used);
      const { used, estimated } = all[all.length >> 1]!;
      assert.ok(Math.abs(estimated / used - 1) < 0.1, `${estimated} MiB for ${used} MiB`);
    });
  }
});
