/**
 * Images/s and GFLOPS of the training step and of embedding, engine beside engine in one run, PyTorch among them
 * (bench/pytorch_step.py, where python3 has torch), and what the loader takes for a batch:
 *
 *     node dist/bench/learner.js [--networks nn4,mini,mini-32] [--engines tfjs:wasm,...] [--batches 60,300] [--threads 1,2] [--seconds 5]
 *         [--rounds 1] [--no-load]
 *
 * Each measurement is a process of its own, since a WebAssembly runtime's threads are chosen once a process. A timing is
 * that of the fastest step, the least disturbed one, and of several rounds, all engines in turn, the median. `per CPU s` divides by the processor time of the process instead: on a
 * machine that has other work it is the figure to compare, with one thread. A training step counts as three forward passes of
 * multiply-adds, two operations each. `mini-32` is the network of the experiments' mini profile, at its batch of 128.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { reasonOf } from './child.js';
import { median, noteFigure } from './figure.js';
import { ImageSet } from '../src/plugins/recognition/datasets/sets/image-set.js';
import { BatchLoader } from '../src/plugins/recognition/learning/batches/loader.js';
import { BatchSampler } from '../src/plugins/recognition/learning/batches/sampler.js';
import { beginning } from '../src/plugins/recognition/learning/checkpoint/checkpoint.js';
import { eagerEngine } from '../src/plugins/recognition/learning/engines/eager/engine.js';
import type { Batch } from '../src/plugins/recognition/learning/batches/batch.js';
import type { Engine } from '../src/plugins/recognition/learning/engines/engine.js';
import { recordedEngine } from '../src/plugins/recognition/learning/engines/recorded/engine.js';
import { foldBatchNormalisation } from '../src/plugins/recognition/learning/network/folding.js';
import { mini } from '../src/plugins/recognition/learning/network/mini.js';
import type { Network } from '../src/plugins/recognition/learning/network/network.js';
import { nn4 } from '../src/plugins/recognition/learning/network/nn4.js';
import { layoutOf } from '../src/plugins/recognition/learning/network/shapes.js';
import { stepSize } from '../src/plugins/recognition/learning/optimiser/optimiser.js';
import { OPENFACE } from '../src/plugins/recognition/learning/step/recipe.js';
import { stream } from '../src/foundation/numbers/random.js';
import { encodeSafetensors } from '../src/foundation/formats/safetensors.js';

type Task = 'train' | 'embed' | 'load';

interface Measurement {
  readonly engine: string;
  readonly network: string;
  readonly task: Task;
  readonly batch: number;
  readonly threads: number;
}

interface Timing extends Measurement {
  /** Of the fastest batch. */
  readonly seconds: number;
  readonly processorSeconds: number;
}

/** A measurement that did not come to its end, and why. */
interface Failed extends Pick<Measurement, 'engine' | 'task'> {
  readonly reason: string;
}

/** By name; `threads` concerns those that have a choice. */
const ENGINES: Readonly<Record<string, (threads: number) => Engine>> = {
  'tfjs:wasm': () => eagerEngine('wasm'),
  exact: (threads) => recordedEngine('exact', { threads }),
  native: (threads) => recordedEngine('native', { threads }),
};

interface Subject {
  readonly network: () => Network;
  readonly batches: readonly number[];
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  nn4: { network: () => nn4('nn4', { height: 96, width: 96 }), batches: [60, 300] },
  mini: { network: () => mini({ height: 48, width: 48 }), batches: [60, 300] },
  'mini-32': { network: () => mini({ height: 32, width: 32 }, { width: 24, embedding: 128 }), batches: [128] },
};

/** Each engine and the peer that it is held against, and how much faster it should be by the batch of NN4; other networks are small. */
const AGAINST = {
  native: { peer: 'pytorch', train: { 60: 1.3, 300: 1.5 }, embed: { 60: 1.5, 300: 1.5 }, small: 1 },
  exact: { peer: 'tfjs:wasm', train: { 60: 4, 300: 4 }, embed: {}, small: undefined },
} as const;

const { values } = parseArgs({
  options: {
    one: { type: 'string' },
    networks: { type: 'string', default: Object.keys(SUBJECTS).join() },
    engines: { type: 'string', default: Object.keys(ENGINES).join() },
    batches: { type: 'string' },
    threads: { type: 'string', default: '1,2' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '1' },
    'no-load': { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);

if (values.one === undefined) all();
else console.log(JSON.stringify(await measure(JSON.parse(values.one) as Measurement)));

function all(): void {
  const numbers = (text: string): number[] => text.split(',').map(Number);
  for (const network of values.networks.split(',')) {
    const subject = SUBJECTS[network]!;
    for (const batch of values.batches === undefined ? subject.batches : numbers(values.batches)) {
      for (const threads of numbers(values.threads)) {
        const engines = values.engines.split(',');
        const of = { network, batch, threads };
        const found = Array.from({ length: Number(values.rounds) }, () => [
          ...engines.flatMap((engine) => inProcess({ engine, task: 'train', ...of })),
          ...engines.flatMap((engine) => inProcess({ engine, task: 'embed', ...of })),
          ...pytorch(network, batch, threads),
          ...(values['no-load'] ? [] : inProcess({ engine: 'loader', task: 'load', ...of, threads: 1 })),
        ]).flat();
        console.log(`\n${network}, ${batch} images a batch, ${threads} thread${threads === 1 ? '' : 's'}`);
        const timings = medians(found.filter((each): each is Timing => !('reason' in each)));
        for (const line of table(timings, (2 * layoutOf(subject.network()).multiplyAdds) / 1e9)) console.log(line);
        for (const one of found) if ('reason' in one) console.log(`  ${one.engine}, ${one.task}: ${one.reason}`);
        note(timings);
      }
    }
  }
}

/** Of each engine and task, over the rounds. */
function medians(timings: readonly Timing[]): readonly Timing[] {
  const alike = new Map<string, Timing[]>();
  for (const timing of timings) {
    const name = `${timing.engine} ${timing.task}`;
    alike.set(name, [...(alike.get(name) ?? []), timing]);
  }
  return [...alike.values()].map((rounds) => ({
    ...rounds[0]!,
    seconds: median(rounds.map((each) => each.seconds)),
    processorSeconds: median(rounds.map((each) => each.processorSeconds)),
  }));
}

function note(timings: readonly Timing[]): void {
  for (const { engine, network, task, batch, threads, seconds: own } of timings) {
    if ((engine !== 'native' && engine !== 'exact') || task === 'load') continue;
    const { peer: name, small, ...bars } = AGAINST[engine];
    const peers = timings.filter((each) => each.engine.startsWith(name) && each.task === task);
    const rate = Math.max(...peers.map((each) => batch / each.seconds));
    const asked = network === 'nn4' ? (bars[task] as Readonly<Record<number, number>>)[batch] : small;
    noteFigure({
      work: `${network}, ${task}, ${batch} a batch, ${threads} thread${threads === 1 ? '' : 's'}, ${engine}`,
      value: batch / own,
      unit: 'images/s',
      ...(peers.length === 0 ? {} : { peer: { name, value: rate } }),
      ...(asked === undefined ? {} : { bar: { of: 'ratio', atLeast: asked } as const }),
    });
  }
}

function table(timings: readonly Timing[], gigaOperations: number): string[] {
  const heads = ['images/s', 'GFLOPS', 'per CPU s', '/ PyTorch', '/ tfjs:wasm'];
  const row = (name: string, task: string, cells: readonly string[]): string =>
    `  ${name.padEnd(24)}${task.padEnd(6)}${cells.map((cell) => cell.padStart(12)).join('')}`;
  const lines = [row('', '', heads)];
  for (const task of ['train', 'embed'] as const) {
    const of = timings.filter((timing) => timing.task === task);
    const best = (name: string): number =>
      Math.max(...of.filter(({ engine }) => engine.startsWith(name)).map(({ batch, seconds: s }) => batch / s));
    for (const { engine, batch, seconds: s, processorSeconds } of of) {
      const rate = batch / s;
      const ratio = (name: string): string => (Number.isFinite(best(name)) ? (rate / best(name)).toFixed(2) : '');
      lines.push(
        row(engine, task, [
          rate.toFixed(1),
          (rate * gigaOperations * (task === 'train' ? 3 : 1)).toFixed(1),
          (batch / processorSeconds).toFixed(1),
          ratio('pytorch'),
          ratio('tfjs:wasm'),
        ]),
      );
    }
  }
  const load = timings.find(({ task }) => task === 'load');
  const step = Math.min(...timings.filter(({ task }) => task === 'train').map((timing) => timing.seconds));
  if (load !== undefined) {
    const share = ((100 * load.seconds) / step).toFixed(1);
    lines.push(`  the loader takes ${(1000 * load.seconds).toFixed(2)} ms a batch, ${share}% of the fastest step`);
  }
  return lines;
}

function inProcess(measurement: Measurement): (Timing | Failed)[] {
  const one = ['--one', JSON.stringify(measurement), '--seconds', String(seconds)];
  const ended = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...one], { encoding: 'utf8' });
  if (ended.status === 0) return [JSON.parse(ended.stdout.trim().split('\n').at(-1)!) as Timing];
  return [{ ...measurement, reason: reasonOf('it', ended) }];
}

/** Without settings of OpenBLAS that the environment may hold: they choose another processor's code, or other blocks. */
function pytorch(network: string, batch: number, threads: number): (Timing | Failed)[] {
  const script = fileURLToPath(new URL('../../bench/pytorch_step.py', import.meta.url));
  const options = ['--seconds', seconds, '--batches', batch, '--threads', threads].map(String);
  const given = Object.entries(process.env).filter(([name]) => !name.startsWith('OPENBLAS_'));
  // `torch.set_num_threads` does not reach the thread of the backward pass; the variable does.
  const env = { ...Object.fromEntries(given), OMP_NUM_THREADS: String(threads) };
  const reasons: string[] = [];
  for (const python of ['python3', '/usr/bin/python3']) {
    const ended = spawnSync(python, [script, network, ...options], { encoding: 'utf8', env });
    if (ended.status !== 0) {
      reasons.push(reasonOf(python, ended));
      continue;
    }
    return ended.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Timing);
  }
  return [{ engine: 'pytorch', task: 'train', reason: reasons.join('\n') }];
}

async function measure(measurement: Measurement): Promise<Timing> {
  const network = SUBJECTS[measurement.network]!.network();
  const run = await prepared(measurement, network);
  await run();
  let [best, cpu] = [Infinity, Infinity];
  const began = performance.now();
  do {
    const start = performance.now();
    const used = process.cpuUsage();
    await run();
    best = Math.min(best, performance.now() - start);
    const { user, system } = process.cpuUsage(used);
    cpu = Math.min(cpu, user + system);
  } while (performance.now() - began < seconds * 1000);
  return { ...measurement, seconds: best / 1e3, processorSeconds: cpu / 1e6 };
}

function prepared({ engine, task, batch, threads }: Measurement, network: Network): Promise<() => Promise<unknown>> {
  switch (task) {
    case 'train':
      return trainingStep(ENGINES[engine]!(threads), network, batch);
    case 'embed':
      return embedding(ENGINES[engine]!(threads), network, batch);
    case 'load':
      return Promise.resolve(loading(network, batch));
  }
}

function samplerOf(identity: Int32Array, size: number, flip: boolean): BatchSampler {
  const images = imagesEach(size);
  const sampler = BatchSampler.create(identity, { people: size / images, images, flip }, 1);
  if (!sampler.ok) throw new Error(sampler.error[0]!.message);
  return sampler.value;
}

function imagesEach(size: number): number {
  return size % 20 === 0 ? 20 : 8;
}

async function trainingStep(engine: Engine, network: Network, size: number): Promise<() => Promise<unknown>> {
  const sampler = samplerOf(
    Int32Array.from({ length: size }, (_, i) => Math.floor(i / imagesEach(size))),
    size,
    false,
  );
  const { identity, anchor, positive, pair, uniform } = sampler.plan(0, 0);
  const batch: Batch = { images: noise(network, size), identity, anchor, positive, pair, uniform };
  const { arrays } = beginning(network, OPENFACE);
  const session = await engine.prepareTraining(network, OPENFACE, sampler.shape, arrays);
  if (!session.ok) throw new Error(session.error[0]!.message);
  let update = 0;
  return () => session.value.step(batch, stepSize(OPENFACE.optimiser, 1e-3, (update += 1)));
}

async function embedding(engine: Engine, network: Network, size: number): Promise<() => Promise<unknown>> {
  const { arrays } = beginning(network, OPENFACE);
  const session = await engine.prepareEmbedding(network, foldBatchNormalisation(network, arrays));
  if (!session.ok) throw new Error(session.error[0]!.message);
  const images = noise(network, size);
  return () => session.value.embed(images, size);
}

/** Reads batches of a data set on disk that has ten times as many people, half of the images mirrored. */
function loading(network: Network, size: number): () => Promise<unknown> {
  const { height, width } = network.input;
  const count = 10 * size;
  const identity = Int32Array.from({ length: count }, (_, i) => Math.floor(i / imagesEach(size)));
  const folder = mkdtempSync(join(tmpdir(), 'fx-loader-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const file = 'shard.safetensors';
  const tensors = {
    images: { shape: [count, height, width, 3], data: noise(network, count) },
    identity: { shape: [count], data: identity },
    sample: { shape: [count], data: Int32Array.from({ length: count }, (_, k) => k) },
  };
  writeFileSync(join(folder, file), encodeSafetensors(tensors));
  const identities = count / imagesEach(size);
  const shards = [{ file, images: count }];
  const record = { schema: 'fx/dataset@1', images: count, identities, height, width, shards, source: 'noise' } as const;
  const data = ImageSet.open(record, (name) => join(folder, name));
  const loader = new BatchLoader(data, samplerOf(identity, size, true));
  let batch = 0;
  return () => Promise.resolve(loader.load(0, (batch += 1)));
}

function noise({ input }: Network, count: number): Uint8Array {
  const random = stream(1, 'noise');
  return Uint8Array.from({ length: count * input.height * input.width * 3 }, () => random.bits() >>> 24);
}
