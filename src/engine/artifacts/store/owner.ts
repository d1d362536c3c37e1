import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { sha256 } from '../../../foundation/files/digest.js';
import { bootId, processSpace, startTicks } from '../../../foundation/machine/proc.js';

/**
 * Which process a file in the cache belongs to, written in its name: a name is made in one step, so it is never half
 * there, and reading it costs nothing but the directory. Form: `<machine>-<pid>-<start>-<since>-<serial>`.
 *
 * A process id alone is not enough: ids are used again. `start` is when the process began; `machine` stands for one boot
 * of one kernel and one space of process ids, within which the two identify a process.
 */
export interface Owner {
  /** 16 hex digits. */
  readonly machine: string;
  readonly pid: number;
  /** Opaque; equal for one process, different for two with the same pid. */
  readonly start: string;
}

/** The process we are. */
export function self(): Owner {
  return (ownSelf ??= { machine: machine(), pid: process.pid, start: startOf(process.pid) ?? '0' });
}

let ownSelf: Owner | undefined;
let serial = 0;

/** A name that no other process and no other call gets. */
export function ownedName(): string {
  const { machine: host, pid, start } = self();
  serial += 1;
  const since = Date.now().toString(36);
  return `${host}-${pid}-${start}-${since}-${serial.toString(36)}${randomBytes(4).toString('hex')}`;
}

/** Who made a name of {@link ownedName}, and when; undefined for other names. */
export function ownerOf(name: string): (Owner & { readonly since: Date }) | undefined {
  const parts = /^([0-9a-f]{16})-(\d{1,10})-([0-9a-z]+)-([0-9a-z]{1,10})-[0-9a-z]+$/.exec(name);
  if (parts === null) return undefined;
  return { machine: parts[1]!, pid: Number(parts[2]), start: parts[3]!, since: new Date(parseInt(parts[4]!, 36)) };
}

/** Whether the process still runs; undefined for one of another machine (or another boot), which cannot be known here. */
export function isAlive(owner: Owner): boolean | undefined {
  if (owner.machine !== machine()) return undefined;
  if (owner.pid === process.pid) return owner.start === self().start;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startOf(owner.pid) === owner.start;
}

let ownMachine: string | undefined;

function machine(): string {
  return (ownMachine ??= sha256([hostname(), bootId() ?? process.platform, processSpace() ?? ''].join('\n')).slice(
    0,
    16,
  ));
}

/** Undefined where there is no such process, or only its remains that nobody has waited for. */
function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startTicks(pid) : startByPs(pid);
}

function startByPs(pid: number): string | undefined {
  try {
    const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } } as const;
    // By name: a run that has nothing to do, where /proc is, needs no processes.
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    const line = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim();
    return line === '' ? undefined : sha256(line).slice(0, 12);
  } catch {
    return undefined;
  }
}
