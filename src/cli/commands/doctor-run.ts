import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { isStale } from '../../engine/plan/identity/built-in.js';
import { diskFiles } from '../../engine/document/disk.js';
import { findProject } from '../../engine/reading/read-experiment.js';
import { freeBytes, sayBytes } from '../../foundation/files/files.js';
import { wrongLimits } from '../../foundation/files/limits.js';
import type { MachineFact } from '../../foundation/machine/machine-fact.js';
import { machineFacts } from '../../plugins/registry.js';
import { slurmFacts } from '../project/cluster-facts.js';
import { EXIT } from '../program/exit.js';
import { cacheFolder } from '../project/open-experiment.js';
import { openTerminal } from '../terminal/terminal.js';

export interface DoctorOptions {
  readonly cache?: string;
  readonly json?: boolean;
  /** A cluster that stages are to run on. */
  readonly on?: 'slurm';
}

type State = MachineFact['state'];

/** `fx doctor`: whether this machine has what a run needs. Exit code 1 where something is in the way. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const terminal = openTerminal();
  const cache = cacheFolder(options, findProject(join(process.cwd(), 'experiment.yaml'), diskFiles));
  const facts = [
    node(),
    build(),
    ...folder(cache),
    ...limits(),
    processors(),
    memory(),
    ...(await machineFacts()),
    ...(options.on === undefined ? [] : await slurmFacts(cache)),
  ];
  if (options.json === true) terminal.json({ schema: 'fx/doctor@1', findings: facts });
  else {
    const { green, yellow, red, dim } = terminal.result;
    const mark: Readonly<Record<State, string>> = { good: green('ok  '), note: yellow('note'), bad: red('bad ') };
    for (const { what, state, says, help } of facts) {
      terminal.say(`${mark[state]}  ${what}: ${says}`);
      if (help !== undefined) terminal.say(`      ${dim(help)}`);
    }
  }
  return facts.some(({ state }) => state === 'bad') ? EXIT.failed : EXIT.done;
}

function node(): MachineFact {
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
function build(): MachineFact {
  if (!isStale()) return { what: 'build', state: 'good', says: 'up to date' };
  return { what: 'build', state: 'note', says: 'older than the compiled sources', help: 'run npm run build' };
}

function folder(cache: string): readonly MachineFact[] {
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

/** Those of the environment that no run would take. */
function limits(): readonly MachineFact[] {
  return wrongLimits(process.env).map(({ message, help }) => ({
    what: 'limits',
    state: 'bad',
    says: message,
    ...(help === undefined ? {} : { help }),
  }));
}

function processors(): MachineFact {
  const usable = availableParallelism();
  return { what: 'cores', state: 'good', says: `${usable} of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}` };
}

function memory(): MachineFact {
  const total = totalmem();
  const little = total < 4 * 2 ** 30;
  return {
    what: 'memory',
    state: little ? 'note' : 'good',
    says: `${sayBytes(total)}, ${sayBytes(freemem())} free`,
    ...(little ? { help: 'training stages ask for 3 GiB' } : {}),
  };
}
