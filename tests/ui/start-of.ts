import { readFileSync } from 'node:fs';

/** When a process began, as /proc has it: field 22 (proc(5)). */
export function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
}
