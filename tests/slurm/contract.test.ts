import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clusterExecutor } from '../../src/engine/run/cluster/executor.js';
import { Mailbox } from '../../src/engine/run/cluster/mailbox.js';
import { slurm } from '../../src/engine/run/cluster/slurm.js';
import { executorContract } from '../engine/run/executor-contract.js';
import { missingSlurm, needsSlurm, RealSlurm } from './real-slurm.js';

describe('tasks in jobs of a real Slurm', function () {
  this.timeout(180_000);
  let cluster: RealSlurm;

  before(async function () {
    needsSlurm(this);
    cluster = await RealSlurm.start(2);
    // Where the programs of Slurm look, of this process and those that it starts.
    Object.assign(process.env, cluster.environment);
  });
  after(async () => {
    if (missingSlurm() !== undefined) return;
    delete process.env.SLURM_CONF;
    await cluster.stop();
  });

  executorContract({
    open: (home) => {
      const mail = new Mailbox(join(home, 'mine', 'run'));
      return clusterExecutor({
        scheduler: slurm(),
        mail,
        name: 'fx-contract',
        command: [
          process.execPath,
          fileURLToPath(new URL('../engine/run/cluster/pilot.js', import.meta.url)),
          mail.root,
        ],
        directory: home,
        jobs: 3,
        warn: () => undefined,
        pace: { look: 50, ask: 1000, latency: 3000 },
      });
    },
    left: () => cluster.noJobs(),
  });
});
