import { fileURLToPath } from 'node:url';
import type { UserModules } from '../../engine/plan/identity/user-module.js';
import type { WorkerPool } from '../../engine/run/worker/workers.js';

/** Opens who does the work of a project's stages. */
export type OpenWorkers = (place: UserModules) => WorkerPool;

/** The pool of child processes, made when there is work: most runs have none. */
export function forkOnDemand(place: UserModules): WorkerPool {
  let making: Promise<WorkerPool> | undefined;
  let pool: WorkerPool | undefined;
  const make = async (): Promise<WorkerPool> => {
    const { forkingPool } = await import('../../engine/run/worker/workers.js');
    const entry = fileURLToPath(new URL('../worker.js', import.meta.url));
    return (pool = forkingPool(entry, [place.root, place.cache]));
  };
  return {
    run: async (task, options) => (await (making ??= make())).run(task, options),
    close: async () => (await making)?.close(),
    kill: () => pool?.kill(),
  };
}
