/**
 * What each node of a training step of `native` costs, by ONNX Runtime's own profile: for each node the fastest of its runs, summed by
 * operator, and the most costly nodes by themselves. A node that was disturbed in every run counts too much, so a sum is an upper
 * bound of the undisturbed step without what the runtime does between nodes.
 *
 *     node dist/bench/nodes.js [--network mini-32] [--batch 128] [--threads 1] [--steps 60] [--top 30]
 */
import { readdirSync, readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { trainingModel } from '../src/plugins/recognition/learning/engines/recorded/engine.js';
import { mini } from '../src/plugins/recognition/learning/network/mini.js';
import { nn4 } from '../src/plugins/recognition/learning/network/nn4.js';
import { runtime } from '../src/compiler/runtime.js';
import { OPENFACE } from '../src/plugins/recognition/learning/step/recipe.js';
import { batch, freshState, scalars } from '../tests/recognition/learning/recorded/batch.js';

const { values } = parseArgs({
  options: {
    network: { type: 'string', default: 'mini-32' },
    batch: { type: 'string', default: '128' },
    threads: { type: 'string', default: '1' },
    steps: { type: 'string', default: '60' },
    top: { type: 'string', default: '30' },
  },
});

interface Event {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly output_type_shape?: unknown;
    readonly input_type_shape?: unknown;
  };
}

const NETWORKS = {
  nn4: () => nn4('nn4', { height: 96, width: 96 }),
  mini: () => mini({ height: 48, width: 48 }),
  'mini-32': () => mini({ height: 32, width: 32 }, { width: 24, embedding: 128 }),
};
const network = NETWORKS[values.network as keyof typeof NETWORKS]();
const folder = mkdtempSync(join(tmpdir(), 'fx-nodes-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const size = Number(values.batch);
const made = batch(network, size / 8, 8);
const host = runtime('native', {
  threads: Number(values.threads),
  profile: join(folder, 'profile'),
});
const model = await trainingModel(network, OPENFACE, made.shape, await host.layout('training'));
if (!model.ok) throw new Error(model.error[0]!.message);
const open = await host.open(model.value, 'training');
if (!open.ok) throw new Error(open.error[0]!.message);
const { session, onnx } = open.value;
const state = freshState(network, OPENFACE);
const { images, ...vectors } = made.batch;
const data: Record<string, Float32Array> = { ...state, ...scalarsOf(1) };
for (const [name, vector] of Object.entries(vectors)) data[`batch.${name}`] = vector;
const feeds: Record<string, InstanceType<typeof onnx.Tensor>> = {};
for (const { name, shape } of model.value.graph.inputs) {
  const sizes = shape as number[];
  if (name === 'zero') feeds[name] = new onnx.Tensor('int64', BigInt64Array.of(0n), [1]);
  else if (name === 'batch.images') feeds[name] = new onnx.Tensor('uint8', images, sizes);
  else feeds[name] = new onnx.Tensor('float32', data[name]!, sizes);
}
const steps = Number(values.steps);
let [fastest, least] = [Infinity, Infinity];
for (let i = 1; i <= steps; i += 1) {
  const [start, used] = [performance.now(), process.cpuUsage()];
  const results = await session.run(feeds);
  const { user, system } = process.cpuUsage(used);
  [fastest, least] = [Math.min(fastest, performance.now() - start), Math.min(least, (user + system) / 1000)];
  for (const tensor of Object.values(results)) tensor.dispose();
}
session.endProfiling();
const [file] = readdirSync(folder);
const events = JSON.parse(readFileSync(join(folder, file!), 'utf8')) as Event[];
const nodes = new Map<string, { op: string; best: number; shape: string }>();
for (const { cat, name, dur, args } of events) {
  if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
  const known = nodes.get(name);
  const shape = `${JSON.stringify(args.input_type_shape)} -> ${JSON.stringify(args.output_type_shape)}`.replaceAll(
    '"float"',
    '',
  );
  nodes.set(name, { op: args.op_name!, best: Math.min(dur, known?.best ?? Infinity), shape });
}
const byOp = new Map<string, { count: number; sum: number }>();
for (const { op, best } of nodes.values()) {
  const known = byOp.get(op) ?? { count: 0, sum: 0 };
  byOp.set(op, { count: known.count + 1, sum: known.sum + best });
}
const ms = (us: number): string => (us / 1000).toFixed(2).padStart(8);
const total = [...nodes.values()].reduce((sum, { best }) => sum + best, 0);
console.log(`native, ${values.network}, ${size}, ${values.threads} threads: ${nodes.size} nodes`);
console.log(`sum ${ms(total)} ms, fastest step ${fastest.toFixed(2)} ms, least processor time ${least.toFixed(2)} ms`);
for (const [op, { count, sum }] of [...byOp].sort((a, b) => b[1].sum - a[1].sum)) {
  console.log(`${op.padEnd(24)}${String(count).padStart(5)}${ms(sum)}`);
}
console.log();
const sorted = [...nodes].sort((a, b) => b[1].best - a[1].best).slice(0, Number(values.top));
for (const [name, { best, shape }] of sorted) console.log(`${ms(best)} ${name.replace('_kernel_time', '')} ${shape}`);

/** The scalars of a step, by the names of the model's inputs. */
function scalarsOf(update: number): Record<string, Float32Array> {
  const { rate, epsilon } = scalars(update);
  return { 'batch.rate': Float32Array.of(rate), 'batch.epsilon': Float32Array.of(epsilon) };
}
