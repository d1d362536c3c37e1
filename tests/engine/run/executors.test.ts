import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clusterExecutor } from '../../../src/engine/run/cluster/executor.js';
import { Mailbox } from '../../../src/engine/run/cluster/mailbox.js';
import { forkingPool } from '../../../src/engine/run/worker/workers.js';
import { executorContract } from './executor-contract.js';
import { ProcessScheduler } from './cluster/process-scheduler.js';

describe('tasks in child processes', function () {
  this.timeout(60_000);
  executorContract({ open: () => forkingPool(fileURLToPath(new URL('worker.js', import.meta.url))) });
});

describe('tasks in jobs of a cluster', function () {
  this.timeout(60_000);
  const scheduler = new ProcessScheduler();
  executorContract({
    open: (home) => {
      const mail = new Mailbox(join(home, 'mine', 'run'));
      return clusterExecutor({
        scheduler,
        mail,
        name: 'fx-contract',
        command: [process.execPath, fileURLToPath(new URL('cluster/pilot.js', import.meta.url)), mail.root],
        directory: home,
        jobs: 3,
        warn: () => undefined,
        pace: { look: 20, ask: 300, latency: 1000 },
      });
    },
    left: () => scheduler.left(),
  });
});
