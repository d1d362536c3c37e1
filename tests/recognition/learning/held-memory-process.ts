/** Trains four epochs of 100 steps with the engine named, and prints what was held after each. In a process of its own, since
 * what others have left behind comes and goes. */
import { eagerEngine } from '../../../src/plugins/recognition/learning/engines/eager/engine.js';
import { recordedEngine } from '../../../src/plugins/recognition/learning/engines/recorded/engine.js';
import { heldMemory } from './held-memory.js';

const name = process.argv[2] as 'tfjs:wasm' | 'native' | 'exact';
const engine = name === 'tfjs:wasm' ? eagerEngine('wasm') : recordedEngine(name, { threads: 1 });
process.stdout.write(`\n${JSON.stringify(await heldMemory(engine, 4, 100))}\n`);
