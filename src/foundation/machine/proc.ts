import { readFileSync, readlinkSync, statSync } from 'node:fs';

/**
 * What Linux tells of processes in `/proc` (proc(5)), and nothing else: where there is none, all of it is undefined. What is asked of
 * many processes stands in `processes.ts`.
 */

/** New at each start of the machine. */
export function bootId(): string | undefined {
  return seen(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

/** Containers on one kernel share its boot but count processes apart. */
export function processSpace(): string | undefined {
  return seen(() => readlinkSync('/proc/self/ns/pid'));
}

/** When a process began, in clock ticks since boot; undefined where there is none, or only its remains that nobody has waited for. */
export function startTicks(pid: number): string | undefined {
  return seen(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the program's name, may hold spaces and brackets: count from its end. State is field 3, the start field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  });
}

/** The user that a process runs as. */
export function userOf(pid: number): number | undefined {
  return seen(() => statSync(`/proc/${pid}`).uid);
}

function seen<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
