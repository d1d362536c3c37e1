import type { WorkerPool } from '../../engine/run/workers.js';

/** The pool of child processes, made when there is work: most runs have none. */
export function poolOnDemand(entry: string, arguments_: () => readonly string[]): WorkerPool {
  let making: Promise<WorkerPool> | undefined;
  let pool: WorkerPool | undefined;
  const make = async (): Promise<WorkerPool> => {
    const { forkingPool } = await import('../../engine/run/workers.js');
    return (pool = forkingPool(entry, arguments_()));
  };
  return {
    run: async (task, options) => (await (making ??= make())).run(task, options),
    close: async () => (await making)?.close(),
    kill: () => pool?.kill(),
  };
}
