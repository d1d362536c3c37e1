/**
 * Images/s and GFLOPS of the training step and of embedding, engine beside engine in one run, PyTorch among them
 * (bench/pytorch_step.py, where python3 has torch):
 *
 *     node dist/bench/learner.js [--networks nn4,mini] [--engines tfjs:wasm,...] [--batches 60,300] [--threads 1,2] [--seconds 5]
 *
 * Each measurement is a process of its own, since a WebAssembly runtime's threads are chosen once a process. A figure is
 * that of the fastest step: the least disturbed one. A training step counts as three forward passes of multiply-adds,
 * two operations each.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BatchSampler } from '../src/domain/learning/batches/sampler.js';
import { beginning } from '../src/domain/learning/checkpoint/checkpoint.js';
import { eagerEngine } from '../src/domain/learning/engines/eager/engine.js';
import type { Batch, Engine } from '../src/domain/learning/engines/engine.js';
import { recordedEngine } from '../src/domain/learning/engines/recorded/engine.js';
import { foldBatchNormalisation } from '../src/domain/learning/network/folding.js';
import { mini } from '../src/domain/learning/network/mini.js';
import type { Network } from '../src/domain/learning/network/network.js';
import { nn4 } from '../src/domain/learning/network/nn4.js';
import { layoutOf } from '../src/domain/learning/network/shapes.js';
import { stepSize } from '../src/domain/learning/optimiser/optimiser.js';
import { OPENFACE } from '../src/domain/learning/training/recipe.js';
import { stream } from '../src/foundation/random.js';

interface Measurement {
  readonly engine: string;
  readonly network: string;
  readonly task: 'train' | 'embed';
  readonly batch: number;
  readonly threads: number;
}

interface Figure extends Measurement {
  readonly imagesPerSecond: number;
}

/** By name; `threads` concerns those that have a choice. */
const ENGINES: Readonly<Record<string, (threads: number) => Engine>> = {
  'tfjs:wasm': () => eagerEngine('wasm'),
  exact: (threads) => recordedEngine('exact', { threads }),
  native: (threads) => recordedEngine('native', { threads }),
};

const NETWORKS: Readonly<Record<string, () => Network>> = {
  nn4: () => nn4('nn4', { height: 96, width: 96 }),
  mini: () => mini({ height: 48, width: 48 }),
};

const { values } = parseArgs({
  options: {
    one: { type: 'string' },
    networks: { type: 'string', default: 'mini,nn4' },
    engines: { type: 'string', default: Object.keys(ENGINES).join() },
    batches: { type: 'string', default: '60,300' },
    threads: { type: 'string', default: '1,2' },
    seconds: { type: 'string', default: '5' },
  },
});
const seconds = Number(values.seconds);

if (values.one === undefined) all();
else console.log(JSON.stringify(await measure(JSON.parse(values.one) as Measurement)));

function all(): void {
  const numbers = (text: string): number[] => text.split(',').map(Number);
  for (const network of values.networks.split(',')) {
    const gigaOperations = (2 * layoutOf(NETWORKS[network]!()).multiplyAdds) / 1e9;
    for (const batch of numbers(values.batches)) {
      for (const threads of numbers(values.threads)) {
        const figures = [
          ...values.engines
            .split(',')
            .flatMap((engine) =>
              (['train', 'embed'] as const).flatMap((task) => inProcess({ engine, network, task, batch, threads })),
            ),
          ...pytorch(network, batch, threads),
        ];
        console.log(`\n${network}, ${batch} images a batch, ${threads} thread${threads === 1 ? '' : 's'}`);
        for (const { engine, task, imagesPerSecond } of figures) {
          const gflops = imagesPerSecond * gigaOperations * (task === 'train' ? 3 : 1);
          const columns = [task.padEnd(6), imagesPerSecond.toFixed(1).padStart(9), gflops.toFixed(1).padStart(8)];
          console.log(`  ${engine.padEnd(24)}${columns[0]}${columns[1]} images/s${columns[2]} GFLOPS`);
        }
      }
    }
  }
}

function inProcess(measurement: Measurement): Figure[] {
  const one = ['--one', JSON.stringify(measurement), '--seconds', String(seconds)];
  const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...one], {
    encoding: 'utf8',
  });
  if (status === 0) return [JSON.parse(stdout.trim().split('\n').at(-1)!) as Figure];
  console.error(`${measurement.engine}: ${stderr.trim().split('\n').at(-1) ?? 'failed'}`);
  return [];
}

function pytorch(network: string, batch: number, threads: number): Figure[] {
  const script = fileURLToPath(new URL('../../bench/pytorch_step.py', import.meta.url));
  const options = ['--seconds', seconds, '--batches', batch, '--threads', threads].map(String);
  for (const python of ['python3', '/usr/bin/python3']) {
    const { stdout, status } = spawnSync(python, [script, network, ...options], { encoding: 'utf8' });
    if (status !== 0) continue;
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Figure);
  }
  console.error('PyTorch: no python3 with torch here');
  return [];
}

async function measure(measurement: Measurement): Promise<Figure> {
  const engine = ENGINES[measurement.engine]!(measurement.threads);
  const network = NETWORKS[measurement.network]!();
  const run = await (measurement.task === 'train' ? trainingStep : embedding)(engine, network, measurement.batch);
  await run();
  let best = Infinity;
  const began = performance.now();
  do {
    const start = performance.now();
    await run();
    best = Math.min(best, performance.now() - start);
  } while (performance.now() - began < seconds * 1000);
  return { ...measurement, imagesPerSecond: (1000 * measurement.batch) / best };
}

async function trainingStep(engine: Engine, network: Network, size: number): Promise<() => Promise<unknown>> {
  const images = 20;
  const identity = Int32Array.from({ length: size }, (_, i) => Math.floor(i / images));
  const sampler = BatchSampler.create(identity, { people: size / images, images, flip: false }, 1);
  if (!sampler.ok) throw new Error(sampler.error[0]!.message);
  const { identity: people, anchor, positive, pair, uniform } = sampler.value.plan(0, 0);
  const batch: Batch = { images: noise(network, size), identity: people, anchor, positive, pair, uniform };
  const { arrays } = beginning(network, OPENFACE);
  const session = await engine.prepareTraining(network, OPENFACE, sampler.value.shape, arrays);
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

function noise({ input }: Network, count: number): Uint8Array {
  const random = stream(1, 'noise');
  return Uint8Array.from({ length: count * input.height * input.width * 3 }, () => random.bits() >>> 24);
}
