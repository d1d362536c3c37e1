import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { pilot } from '../engine/run/cluster/pilot.js';
import { isSystemError } from '../foundation/files/files.js';
import { forkingPool } from '../engine/run/worker/workers.js';
import { openTerminal } from './terminal/terminal.js';

/**
 * A job of a run on a cluster: the run has the scheduler start this file on a node, never a user. Arguments: the project,
 * the cache, the run's folder, the job's id.
 */
const [project, cache, folder, id] = process.argv.slice(2);
const ending = new AbortController();
const cancelled = new AbortController();
// The scheduler's warning that the job's time is nearly up, and its order to end.
process.on('SIGUSR1', () => ending.abort());
process.on('SIGTERM', () => {
  ending.abort();
  cancelled.abort();
});
const ended = await pilot({
  pilot: id!,
  // What squeue and scontrol call it; a host may go by a longer name.
  node: process.env.SLURMD_NODENAME ?? hostname(),
  folder: folder!,
  workers: forkingPool(fileURLToPath(new URL('./worker.js', import.meta.url)), [project!, cache!]),
  idle: 60,
  ending: ending.signal,
  cancelled: cancelled.signal,
}).then(
  () => 0,
  (error: unknown) => {
    // The run shows what a lost job printed.
    if (!isSystemError(error)) throw error;
    openTerminal().note(error.message);
    return 1;
  },
);
process.exit(ended);
