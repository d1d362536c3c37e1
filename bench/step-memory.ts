/**
 * Trains two steps and says what memory the process took, and what was estimated:
 *
 *     node dist/bench/step-memory.js exact nn4 20 15 (engine, network, people, images of each)
 */
import { readFileSync } from 'node:fs';
import {
  recordedEngine,
  trainingMemory,
  trainingModel,
} from '../src/plugins/recognition/learning/engines/recorded/engine.js';
import { findDevice } from '../src/compiler/devices/device.js';
import { runtime, type RuntimeName } from '../src/compiler/runtime.js';
import { mini } from '../src/plugins/recognition/learning/network/mini.js';
import { nn4, type Nn4Variant } from '../src/plugins/recognition/learning/network/nn4.js';
import { OPENFACE } from '../src/plugins/recognition/learning/step/recipe.js';
import { batch, freshState, scalars } from '../tests/recognition/learning/recorded/batch.js';

const [name, which, people, each] = process.argv.slice(2) as [RuntimeName, string, string, string];
const network =
  which === 'mini' ? mini({ height: 48, width: 48 }) : nn4(which as Nn4Variant, { height: 96, width: 96 });
const made = batch(network, Number(people), Number(each));
const engine = recordedEngine(name, { threads: 2 });
const session = await engine.prepareTraining(network, OPENFACE, made.shape, freshState(network, OPENFACE));
if (!session.ok) throw new Error(session.error[0]!.message);
for (const step of [1, 2]) await session.value.step(made.batch, scalars(step));
const used = 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
const device = name === 'gpu' ? (await findDevice()).found[0] : undefined;
const model = await trainingModel(network, OPENFACE, made.shape, await runtime(name, {}).layout());
if (!model.ok) throw new Error(model.error[0]!.message);
console.log(JSON.stringify({ used, estimated: trainingMemory(name, model.value, device).process }));
process.exit(0);
