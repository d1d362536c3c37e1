import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { isStale } from '../../engine/plan/identity/built-in.js';
import { diskFiles } from '../../engine/document/disk.js';
import { findProject } from '../../engine/reading/read-experiment.js';
import { freeBytes, sayBytes } from '../../foundation/files.js';
import { probeGl } from '../../plugins/recognition/faces/render/gl-probe.js';
import { refusalWords, tryDevices, type Devices } from '../../compiler/devices/device.js';
import { slurmFindings } from '../doctor/cluster.js';
import { EXIT } from '../program/exit.js';
import type { Finding } from '../doctor/finding.js';
import { cacheFolder } from '../project/session.js';
import { openTerminal } from '../terminal/terminal.js';

export interface DoctorOptions {
  readonly cache?: string;
  readonly json?: boolean;
  /** A cluster that stages are to run on. */
  readonly on?: 'slurm';
}

type State = Finding['state'];

/** `fx doctor`: whether this machine has what a run needs. Exit code 1 where something is in the way. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const terminal = openTerminal();
  const cache = cacheFolder(options, findProject(join(process.cwd(), 'experiment.yaml'), diskFiles));
  const findings = [
    node(),
    build(),
    ...folder(cache),
    processors(),
    memory(),
    await renderer(),
    ...packages(),
    ...(await engines()),
    ...(await gpu()),
    ...(options.on === undefined ? [] : await slurmFindings(cache)),
  ];
  if (options.json === true) terminal.json({ schema: 'fx/doctor@1', findings });
  else {
    const { green, yellow, red, dim } = terminal.result;
    const mark: Readonly<Record<State, string>> = { good: green('ok  '), note: yellow('note'), bad: red('bad ') };
    for (const { what, state, says, help } of findings) {
      terminal.say(`${mark[state]}  ${what}: ${says}`);
      if (help !== undefined) terminal.say(`      ${dim(help)}`);
    }
  }
  return findings.some(({ state }) => state === 'bad') ? EXIT.failed : EXIT.done;
}

function node(): Finding {
  const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];
  const good = major > 20 || (major === 20 && minor >= 19);
  return {
    what: 'node',
    state: good ? 'good' : 'bad',
    says: `${process.version} on ${process.platform} ${process.arch}`,
    ...(good ? {} : { help: 'fx needs 20.19 or later' }),
  };
}

/** Code identities and validators are made after the compiler. */
function build(): Finding {
  if (!isStale()) return { what: 'build', state: 'good', says: 'up to date' };
  return { what: 'build', state: 'note', says: 'older than the compiled sources', help: 'run npm run build' };
}

function folder(cache: string): readonly Finding[] {
  const what = `cache at ${cache}`;
  try {
    let there = cache;
    while (!existsSync(there)) there = dirname(there);
    accessSync(there, constants.W_OK);
    if (there === cache) mkdirSync(join(cache, 'tmp'), { recursive: true });
  } catch (error) {
    const help = 'check its owner and permissions, or name another folder with --cache or FX_CACHE';
    return [{ what, state: 'bad', says: (error as Error).message, help }];
  }
  const free = freeBytes(cache) ?? Infinity;
  const little = free < 5 * 2 ** 30;
  return [
    {
      what,
      state: little ? 'note' : 'good',
      says: `writable, ${sayBytes(free)} free`,
      ...(little ? { help: 'the `small` and `paper` profiles need more; fx cache gc frees space' } : {}),
    },
  ];
}

function processors(): Finding {
  const usable = availableParallelism();
  return { what: 'cores', state: 'good', says: `${usable} of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}` };
}

function memory(): Finding {
  const total = totalmem();
  const little = total < 4 * 2 ** 30;
  return {
    what: 'memory',
    state: little ? 'note' : 'good',
    says: `${sayBytes(total)}, ${sayBytes(freemem())} free`,
    ...(little ? { help: 'training stages ask for 3 GiB' } : {}),
  };
}

const OPTIONAL: readonly (readonly [string, string])[] = [
  ['@tensorflow/tfjs-node', 'the engine `tfjs:tensorflow`'],
  ['@tensorflow/tfjs-node-gpu', 'the engine `tfjs:tensorflow` on a GPU'],
];

function packages(): readonly Finding[] {
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

async function renderer(): Promise<Finding> {
  const what = 'package gl';
  const gl = await probeGl();
  if (gl.draws) return { what, state: 'good', says: 'draws: the renderer `gl`' };
  if (!gl.installed) return { what, state: 'good', says: 'absent, and not needed: the renderer `gl`' };
  return { what, state: 'note', says: gl.why.replace('the package gl ', ''), help: gl.help };
}

/** Loads the runtimes that train, so that a broken installation shows here and not after an hour. */
async function engines(): Promise<readonly Finding[]> {
  const runtimes: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ['onnxruntime-node', 'the engine `native`', () => import('onnxruntime-node')],
    ['onnxruntime-web', 'the engine `exact`', () => import('onnxruntime-web')],
    ['sharp', 'reading and writing images', () => import('sharp')],
  ];
  const findings: Finding[] = [];
  for (const [name, what, load] of runtimes) {
    try {
      await load();
      findings.push({ what: `package ${name}`, state: 'good', says: `loads: ${what}` });
    } catch (error) {
      const says = `does not load: ${(error as Error).message.split('\n')[0] ?? ''}`;
      findings.push({ what: `package ${name}`, state: 'bad', says, help: `needed for ${what}; run npm ci again` });
    }
  }
  return findings;
}

/** What the engine `gpu` would train on, and what was refused and why. */
async function gpu(): Promise<readonly Finding[]> {
  const what = 'engine gpu';
  let devices: Devices;
  try {
    devices = await tryDevices('all');
  } catch {
    return []; // Without onnxruntime-node, which has a line of its own.
  }
  const { found, refused } = devices;
  const lines = found.map(({ provider, driver, memory }, i): Finding => {
    const size = memory === undefined ? '' : `, ${sayBytes(memory)}`;
    return {
      what,
      state: 'good',
      says: `${i === 0 ? 'computes on' : 'could also use'} ${provider} (${driver}${size})`,
    };
  });
  const refusals = refused.map((refusal): Finding => ({ what, state: 'good', says: `not ${refusalWords([refusal])}` }));
  const none: Finding = { what, state: 'good', says: 'no GPU found: the engines `native` and `exact` need none' };
  return found.length > 0 ? [...lines, ...refusals] : [none, ...refusals];
}
