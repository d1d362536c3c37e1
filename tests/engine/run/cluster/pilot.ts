import { pilot } from '../../../../src/engine/run/cluster/pilot.js';
import { forkingPool } from '../../../../src/engine/run/worker/workers.js';

/** A job of a test's cluster: like src/cli/pilot.ts, with the kinds of tests. Arguments: the run's folder, the job's id. */
const [folder, id] = process.argv.slice(2);
const cancelled = new AbortController();
process.on('SIGTERM', () => cancelled.abort());
await pilot({
  pilot: id!,
  node: 'here',
  folder: folder!,
  workers: forkingPool(new URL('../worker.js', import.meta.url).pathname),
  idle: 30,
  ending: cancelled.signal,
  cancelled: cancelled.signal,
});
process.exit(0);
