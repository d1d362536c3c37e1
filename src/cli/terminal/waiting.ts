import { hostname } from 'node:os';

/** What a stage waits for whose result another process, or another stage of this run with the same key, computes. */
export function waitsFor({ pid, host }: { readonly pid: number; readonly host: string }): string {
  if (pid === process.pid && host === hostname()) return 'another stage of this run, which has the same result';
  return `process ${pid} on ${host}, which computes it (fx cache unlock ends the wait)`;
}
