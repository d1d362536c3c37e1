import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process as it was seen: its id and when it began, which tells it from a later one of the same id. */
export interface Seen {
  readonly pid: number;
  /** Opaque; undefined where the system has no /proc, and then the id has to do. */
  readonly start: string | undefined;
}

/**
 * A process and its descendants, parents first; itself alone where there is no /proc.
 * @param depth generations below it; all by default
 */
export function family(pid: number, depth = Infinity): readonly Seen[] {
  const found: Seen[] = [{ pid, start: startOf(pid) }];
  let generation = found;
  for (let below = 0; below < depth && generation.length > 0; below += 1) {
    const children = generation.flatMap((parent) => childrenOf(parent.pid));
    generation = children.map((child) => ({ pid: child, start: startOf(child) }));
    found.push(...generation);
  }
  return found;
}

/** The descendants of a process, without itself. */
export function descendants(pid: number): readonly Seen[] {
  return family(pid).slice(1);
}

/**
 * Processes of our own group whose working directory is `folder`, below it, or a sibling that begins with its name. Finds
 * those that no parent leads to any more: what a shell put into the background.
 * @param since the id of a process that is known to have begun before all of them; ids are given in turn
 */
export function workingIn(folder: string, since?: number): readonly Seen[] {
  const own = ownGroup();
  if (own === undefined) return [];
  const found: Seen[] = [];
  for (const pid of processesSince(since)) {
    try {
      if (!readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) continue;
    } catch {
      // Gone, or another user's.
      continue;
    }
    const stat = statOf(pid);
    if (pid !== process.pid && stat?.[GROUP] === own) found.push({ pid, start: stat[START] });
  }
  return found;
}

/** Ids that processes which began after another may have, or all. Few of them are guessed, which is quicker than to list all. */
function processesSince(since: number | undefined): readonly number[] {
  const all = (): readonly number[] => readdirSync('/proc').map(Number).filter(Number.isInteger);
  if (since === undefined) return all();
  const newest = newestProcess();
  const count = newest - since;
  if (count >= 0 && count <= GUESSED) return Array.from({ length: count }, (_, i) => since + 1 + i);
  return all().filter((pid) => pid > since || (newest < since && pid <= newest));
}

const GUESSED = 100;

/** Of this process, which stays what it was when it began: Node has no way to change it. Undefined where there is no /proc. */
function ownGroup(): string | undefined {
  return (group ??= statOf(process.pid)?.[GROUP]);
}

let group: string | undefined;

/** The id that was given last (proc(5)): below an earlier one, where the count has begun anew. */
function newestProcess(): number {
  return Number(readFileSync('/proc/loadavg', 'latin1').trim().split(' ').at(-1));
}

/** Sends a signal to those that still are who they were, the youngest first. */
export function signalAll(processes: readonly Seen[], signal: NodeJS.Signals): void {
  for (const { pid, start } of processes.toReversed()) {
    if (startOf(pid) !== start) continue;
    try {
      process.kill(pid, signal);
    } catch {
      // Already gone.
    }
  }
}

/** Bytes of memory that a process holds; 0 where the system has no /proc or the process is gone. */
export function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE;
  } catch {
    return 0;
  }
}

const PAGE = 4096;

/** What a process has used since it began. */
export interface ProcessUsage {
  /** Processor seconds. */
  readonly seconds: number;
  /** Bytes of memory held. */
  readonly memory: number;
  /** Bytes that it had written to a disk; 0 where the system does not say. */
  readonly written: number;
}

/** Undefined where the system has no /proc or the process is gone. */
export function usageOf(pid: number): ProcessUsage | undefined {
  const stat = statOf(pid);
  if (stat === undefined) return undefined;
  const seconds = (Number(stat[USER_TIME]) + Number(stat[SYSTEM_TIME])) / TICKS;
  return { seconds, memory: residentBytes(pid), written: writtenBy(pid) };
}

function writtenBy(pid: number): number {
  try {
    return Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Of the clock of /proc, a second: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS = 100;

function childrenOf(pid: number): readonly number[] {
  try {
    const words = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return words.filter((word) => word.trim() !== '').map(Number);
  } catch {
    // Gone, or no /proc.
    return [];
  }
}

function startOf(pid: number): string | undefined {
  return statOf(pid)?.[START];
}

/** The fields of /proc/<pid>/stat from the third on (proc(5)). */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the program's name, may hold spaces and brackets: count from its end.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

const GROUP = 5 - 3;
const USER_TIME = 14 - 3;
const SYSTEM_TIME = 15 - 3;
const START = 22 - 3;
