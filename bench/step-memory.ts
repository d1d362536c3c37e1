/**
 * Trains some steps and says what memory the process took, what was estimated, and how many images a second the last step did:
 *
 *     node dist/bench/step-memory.js exact nn4 20 15         (engine, network, people, images of each)
 *     node dist/bench/step-memory.js tfjs:wasm mini 5 4 24 96
 *     node dist/bench/step-memory.js native mini 7 5 64 160  (and of mini width, size of the images and length of the embedding)
 *
 * Short steps go on for 8 seconds, or as many as are named last, until Node.js has looked for what can go.
 */
import { readFileSync } from 'node:fs';
import {
  recordedEngine,
  trainingMemory,
  trainingModel,
} from '../src/plugins/recognition/learning/engines/recorded/engine.js';
import { eagerEngine } from '../src/plugins/recognition/learning/engines/eager/engine.js';
import type { BackendName } from '../src/plugins/recognition/learning/engines/eager/backends.js';
import { estimateTrainingMemory } from '../src/plugins/recognition/learning/step/memory.js';
import { findDevice } from '../src/compiler/devices/device.js';
import { runtime, type RuntimeName } from '../src/compiler/runtime.js';
import { mini, MINI } from '../src/plugins/recognition/learning/network/mini.js';
import { nn4, type Nn4Variant } from '../src/plugins/recognition/learning/network/nn4.js';
import { OPENFACE } from '../src/plugins/recognition/learning/step/recipe.js';
import { batch, freshState, scalars } from '../tests/recognition/learning/recorded/batch.js';

const [name, which] = process.argv.slice(2, 4) as [RuntimeName | `tfjs:${BackendName}`, 'mini' | Nn4Variant];
const [people, each, width = MINI.width, size = which === 'mini' ? 48 : 96, embedding = MINI.embedding, most = 8] =
  process.argv.slice(4).map(Number) as [number, number, ...number[]];
const input = { height: size, width: size };
const network = which === 'mini' ? mini(input, { width, embedding }) : nn4(which, input);
const made = batch(network, people, each);
const engine = isRecorded(name) ? recordedEngine(name, { threads: 2 }) : eagerEngine(name.slice(5) as BackendName);
const session = await engine.prepareTraining(network, OPENFACE, made.shape, freshState(network, OPENFACE));
if (!session.ok) throw new Error(session.error[0]!.message);
let seconds = 0;
const begun = performance.now();
for (let step = 1; step <= 3 || (step <= 60 && performance.now() - begun < 1000 * most); step += 1) {
  const from = performance.now();
  await session.value.step(made.batch, scalars(step));
  seconds = (performance.now() - from) / 1000;
}
const used = 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
const estimated = await estimate();
const toMiB = (bytes: number): number => Math.round(bytes / 2 ** 20);
console.log(
  JSON.stringify({
    used: toMiB(used),
    estimated: toMiB(estimated),
    ratio: +(estimated / used).toFixed(3),
    imagesPerSecond: +(made.shape.images / seconds).toFixed(1),
  }),
);
process.exit(0);

function isRecorded(engine: string): engine is RuntimeName {
  return !engine.startsWith('tfjs:');
}

async function estimate(): Promise<number> {
  const { shape } = made;
  if (!isRecorded(name)) return estimateTrainingMemory(network, OPENFACE, shape, engine.peak!).process;
  const device = name === 'gpu' ? (await findDevice()).found[0] : undefined;
  const model = await trainingModel(network, OPENFACE, shape, await runtime(name, {}).layout());
  if (!model.ok) throw new Error(model.error[0]!.message);
  return trainingMemory(name, model.value, device).process;
}
