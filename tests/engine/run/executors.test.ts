import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clusterExecutor } from '../../../src/engine/run/cluster/executor.js';
import { Mailbox } from '../../../src/engine/run/cluster/mailbox.js';
import type { Task } from '../../../src/engine/run/worker/protocol.js';
import { forkingPool, type WorkOutcome } from '../../../src/engine/run/worker/workers.js';
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

describe('a child that dies of Ctrl-C, which it did not yet withstand,', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'fx-deaf-'));
  const entry = join(folder, 'deaf.mjs');
  before(() => writeFileSync(entry, 'process.on("message", () => undefined);'));
  after(() => rmSync(folder, { recursive: true }));

  /** @param isHeard whether the run hears of it, too, a moment later */
  async function died(isHeard: boolean): Promise<WorkOutcome> {
    const pool = forkingPool(entry);
    const run = new AbortController();
    const outcome = await pool.run({ workspace: folder } as Task, {
      key: '0'.repeat(64),
      series: 'deaf',
      signal: run.signal,
      memory: 2 ** 31,
      gpus: 0,
      onLog: () => undefined,
      onProgress: () => undefined,
      onChild: (pid) => {
        process.kill(pid, 'SIGINT');
        if (isHeard) setTimeout(() => run.abort(), 100);
      },
    });
    await pool.close();
    return outcome;
  }

  it('was interrupted with the run, if the run hears of it a moment later', async () => {
    const outcome = await died(true);
    assert.deepEqual(outcome.ok ? [] : outcome.diagnostics.map(({ code }) => code), ['run/interrupted']);
  });

  it('crashed, if it alone was sent it', async () => {
    const outcome = await died(false);
    assert.deepEqual(outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message), [
      'the process ended with signal SIGINT',
    ]);
  });
});
