/**
 * Whether training holds more memory the longer it trains, or the more data it trains on: 2,000 steps with each engine, and 500
 * on a data set fifty times as large. Says what it holds, and fails where that grows.
 *
 *     npm run prove:memory
 */
import { eagerEngine } from '../src/plugins/recognition/learning/engines/eager/engine.js';
import { recordedEngine } from '../src/plugins/recognition/learning/engines/recorded/engine.js';
import { heldMemory, type HeldMemory } from '../tests/recognition/learning/held-memory.js';

const MOST = 50e6;
const engines = {
  native: recordedEngine('native', { threads: 1 }),
  exact: recordedEngine('exact', { threads: 1 }),
  'tfjs:wasm': eagerEngine('wasm'),
};
const say = (what: string, held: readonly HeldMemory[]): number => {
  console.log(what, held.map(({ steps, resident }) => `${steps}: ${(resident / 2 ** 20).toFixed(0)} MiB`).join('  '));
  return held.at(-1)!.resident;
};

for (const [name, engine] of Object.entries(engines)) {
  const held = await heldMemory(engine, 4, 500);
  const last = say(`${name}, 4 people`, held);
  const many = say(`${name}, 200 people`, await heldMemory(engine, 1, 500, 200));
  if (last - held[0]!.resident > MOST || many - last > MOST) {
    console.error(`${name} holds more and more`);
    process.exitCode = 1;
  }
}
