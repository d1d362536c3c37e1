import { createRequire } from 'node:module';
import { refusalWords, tryDevices, type Devices } from '../../compiler/devices/device.js';
import { sayBytes } from '../../foundation/files/files.js';
import type { MachineFact } from '../../foundation/machine/machine-fact.js';
import { probeGl } from './faces/render/gl-probe.js';

/** What this machine has of the packages and devices that these kinds can use. */
export async function machineFacts(): Promise<readonly MachineFact[]> {
  return [await renderer(), ...packages(), ...(await engines()), ...(await gpu())];
}

const OPTIONAL: readonly (readonly [string, string])[] = [
  ['@tensorflow/tfjs-node', 'the engine `tfjs:tensorflow`'],
  ['@tensorflow/tfjs-node-gpu', 'the engine `tfjs:tensorflow` on a GPU'],
];

function packages(): readonly MachineFact[] {
  const require = createRequire(import.meta.url);
  return OPTIONAL.map(([name, what]) => {
    try {
      require.resolve(name);
      return { what: `package ${name}`, state: 'good', says: `present: ${what}` };
    } catch {
      return { what: `package ${name}`, state: 'good', says: `absent, and not needed: ${what}` };
    }
  });
}

async function renderer(): Promise<MachineFact> {
  const what = 'package gl';
  const gl = await probeGl();
  if (gl.draws) return { what, state: 'good', says: 'draws: the renderer `gl`' };
  if (!gl.installed) return { what, state: 'good', says: 'absent, and not needed: the renderer `gl`' };
  return { what, state: 'note', says: gl.why.replace('the package gl ', ''), help: gl.help };
}

/** Loads the runtimes that train, so that a broken installation shows here and not after an hour. */
async function engines(): Promise<readonly MachineFact[]> {
  const runtimes: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ['onnxruntime-node', 'the engine `native`', () => import('onnxruntime-node')],
    ['onnxruntime-web', 'the engine `exact`', () => import('onnxruntime-web')],
    ['sharp', 'reading and writing images', () => import('sharp')],
  ];
  const facts: MachineFact[] = [];
  for (const [name, what, load] of runtimes) {
    try {
      await load();
      facts.push({ what: `package ${name}`, state: 'good', says: `loads: ${what}` });
    } catch (error) {
      const says = `does not load: ${(error as Error).message.split('\n')[0] ?? ''}`;
      facts.push({ what: `package ${name}`, state: 'bad', says, help: `needed for ${what}; run npm ci again` });
    }
  }
  return facts;
}

/** What the engine `gpu` would train on, and what was refused and why. */
async function gpu(): Promise<readonly MachineFact[]> {
  const what = 'engine gpu';
  let devices: Devices;
  try {
    devices = await tryDevices('all');
  } catch {
    return []; // Without onnxruntime-node, which has a line of its own.
  }
  const { found, refused } = devices;
  const lines = found.map(({ provider, driver, memory }, i): MachineFact => {
    const size = memory === undefined ? '' : `, ${sayBytes(memory)}`;
    return {
      what,
      state: 'good',
      says: `${i === 0 ? 'computes on' : 'could also use'} ${provider} (${driver}${size})`,
    };
  });
  const refusals = refused.map((refusal): MachineFact => ({
    what,
    state: 'good',
    says: `not ${refusalWords([refusal])}`,
  }));
  const none: MachineFact = { what, state: 'good', says: 'no GPU found: the engines `native` and `exact` need none' };
  return found.length > 0 ? [...lines, ...refusals] : [none, ...refusals];
}
