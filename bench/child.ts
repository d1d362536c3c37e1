import type { SpawnSyncReturns } from 'node:child_process';

/** Of `spawnSync`; output that was not taken is null. */
type Ended = Pick<SpawnSyncReturns<string | null>, 'status' | 'signal' | 'error' | 'stdout' | 'stderr'>;

/** Why a child process that was measured did not end well: what the system says, its code or signal, and its last words. */
export function reasonOf(command: string, { error, status, signal, stdout, stderr }: Ended): string {
  const how =
    error !== undefined
      ? `could not be run: ${error.message}`
      : signal !== null
        ? `was ended by ${signal}${signal === 'SIGKILL' ? ' (the system does this where memory runs out)' : ''}`
        : `ended with exit code ${String(status)}`;
  const words = (stderr ?? '').trim() === '' ? (stdout ?? '') : (stderr ?? '');
  const last = words.trim().split('\n').slice(-20).join('\n');
  return `${command} ${how}${last === '' ? ', without a word' : `:\n${last}`}`;
}
