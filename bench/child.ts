import type { ChildProcess, SpawnSyncReturns } from 'node:child_process';

/** Of `spawnSync`; output that was not taken is null. */
type Ended = Pick<SpawnSyncReturns<string | null>, 'status' | 'signal'> &
  Partial<Pick<SpawnSyncReturns<string | null>, 'error' | 'stdout' | 'stderr'>>;

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

/** The next message of a child process; an error says why it ended where it ends before. */
export function messageOf<Message>(command: string, child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      child.off('message', heard).off('exit', ended).off('error', failed);
      then();
    };
    const heard = (message: unknown): void => settle(() => resolve(message as Message));
    const ended = (status: number | null, signal: NodeJS.Signals | null): void =>
      settle(() => reject(new Error(reasonOf(command, { status, signal }))));
    const failed = (error: Error): void =>
      settle(() => reject(new Error(reasonOf(command, { error, status: null, signal: null }))));
    child.on('message', heard).on('exit', ended).on('error', failed);
    if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode);
  });
}
