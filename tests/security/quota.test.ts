import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { limitsAsWords } from '../../src/cli/project/cluster.js';
import type { Task } from '../../src/engine/run/worker/protocol.js';
import { withinQuota } from '../../src/engine/run/worker/quota.js';
import type { WorkerPool, WorkOptions, WorkOutcome } from '../../src/engine/run/worker/workers.js';
import { FX } from '../cli/project.js';

const MIB = 1 << 20;

describe('the disk of a stranger’s run', function () {
  this.timeout(60_000);
  let desk: string;
  beforeEach(() => {
    desk = mkdtempSync(join(tmpdir(), 'fx-quota-'));
    process.env.FX_LIMIT_STRANGER_DISK = '4 MiB';
  });
  afterEach(() => {
    delete process.env.FX_LIMIT_STRANGER_DISK;
    rmSync(desk, { recursive: true });
  });

  /** A child that writes so many MiB, a piece at a time, until it is stopped. */
  function writing(mebibytes: number, inPieces = false): WorkerPool {
    return {
      async run({ workspace }, { signal }): Promise<WorkOutcome> {
        mkdirSync(join(workspace, 'in'), { recursive: true });
        for (let i = 0; i < mebibytes; i += 1) {
          writeFileSync(join(workspace, 'in', `${i}`), Buffer.alloc(MIB));
          if (inPieces) await sleep(50);
          if (signal.aborted) return { ok: false, diagnostics: [] };
        }
        return { ok: true, files: [{ path: 'a', digest: 'a', bytes: mebibytes * MIB }], report: {} };
      },
      close: () => Promise.resolve(),
      kill: () => undefined,
    };
  }

  function run(pool: WorkerPool, name: string): Promise<WorkOutcome> {
    const workspace = join(desk, name);
    mkdirSync(workspace);
    const signal = new AbortController().signal;
    return pool.run({ workspace } as Task, { signal } as WorkOptions);
  }

  it('is written to up to its quota', async () => {
    assert.ok((await run(withinQuota(writing(3)), 'a')).ok);
  });

  it('is written to no longer once a task has exceeded its quota, and that is said', async () => {
    const outcome = await run(withinQuota(writing(1000, true)), 'a');
    assert.ok(!outcome.ok);
    assert.equal(outcome.diagnostics[0]!.code, 'run/over-quota');
    assert.match(outcome.diagnostics[0]!.help!, /FX_LIMIT_STRANGER_DISK=40GiB/);
    assert.ok(readdirSync(join(desk, 'a/in')).length < 500, 'it was stopped');
  });

  it('is written to by all tasks together', async () => {
    const pool = withinQuota(writing(3));
    assert.ok((await run(pool, 'a')).ok);
    const second = await run(pool, 'b');
    assert.ok(!second.ok);
    assert.equal(second.diagnostics[0]!.code, 'run/over-quota');
    const together = withinQuota(writing(3, true));
    const outcomes = await Promise.all([run(together, 'c'), run(together, 'd')]);
    assert.ok(outcomes.some(({ ok }) => !ok));
  });

  it('is not used up by holes, but by logs', async () => {
    const holes = withinQuota({
      ...writing(0),
      run({ workspace }) {
        writeFileSync(join(workspace, 'holes'), '');
        truncateSync(join(workspace, 'holes'), 2 ** 40);
        return Promise.resolve({ ok: true, files: [], report: {} });
      },
    });
    assert.ok((await run(holes, 'a')).ok);
    const logs = withinQuota({
      ...writing(0),
      async run({ workspace }, { signal }) {
        writeFileSync(`${workspace}.log`, Buffer.alloc(8 * MIB));
        for (let i = 0; i < 100 && !signal.aborted; i += 1) await sleep(50);
        return { ok: false, diagnostics: [] };
      },
    });
    const outcome = await run(logs, 'b');
    assert.ok(!outcome.ok);
    assert.equal(outcome.diagnostics[0]?.code, 'run/over-quota');
  });

  it('is written to by pools that are objects of a class, as a cluster’s is, which stay what they are', async () => {
    class Cluster implements WorkerPool {
      closed = 0;
      readonly #jobs: number = 64;
      get atOnce(): number {
        return this.#jobs;
      }
      run(task: Task, options: WorkOptions): Promise<WorkOutcome> {
        return writing(8, true).run(task, options);
      }
      close(): Promise<void> {
        this.closed += 1;
        return Promise.resolve();
      }
      kill(): void {
        this.closed += 1;
      }
    }
    const cluster = new Cluster();
    const pool = withinQuota(cluster);
    assert.equal(pool.atOnce, 64);
    const outcome = await run(pool, 'a');
    assert.ok(!outcome.ok && outcome.diagnostics[0]!.code === 'run/over-quota');
    await pool.close();
    pool.kill();
    assert.equal(cluster.closed, 2);
  });

  it('has limits that go along to the jobs of a cluster, as words that no shell takes apart', () => {
    const environment = {
      FX_LIMIT_STRANGER_DISK: '20 KiB',
      FX_LIMIT_IMAGE_PIXELS: "1'; touch marker; '",
      FX_SET_A: '1',
      HOME: '/',
    };
    const words = limitsAsWords(environment);
    assert.deepEqual(words, ['env', "FX_LIMIT_IMAGE_PIXELS=1'; touch marker; '", 'FX_LIMIT_STRANGER_DISK=20 KiB']);
    assert.deepEqual(limitsAsWords({ HOME: '/' }), []);
    const say = [process.execPath, '-e', 'console.log(process.env.FX_LIMIT_STRANGER_DISK)'];
    const [program, ...rest] = [...words, ...say];
    const started = spawnSync(program!, rest, { env: { PATH: process.env.PATH }, cwd: desk });
    assert.equal(String(started.stdout), '20 KiB\n');
    assert.deepEqual(readdirSync(desk), []);
  });

  it('ends a whole run of a bundle that is not trusted, and none that is', () => {
    const study = join(desk, 'study');
    mkdirSync(study);
    writeFileSync(join(study, 'package.json'), '{ "private": true }');
    const mark = (trusted: boolean): void =>
      writeFileSync(join(study, '.fx-bundle.json'), JSON.stringify({ schema: 'fx/bundle-origin@1', trusted }));
    writeFileSync(
      join(study, 'a.yaml'),
      `fx: 1\nname: large\nstages:\n  faces:\n    uses: faces/generate\n    with: { identities: 2, samples: 4, size: 48, shard: 1 }\n`,
    );
    const env = { ...process.env, FX_LIMIT_STRANGER_DISK: '20 KiB', NO_COLOR: '1' };
    const fx = (): ReturnType<typeof spawnSync> => spawnSync(process.execPath, [FX, 'run', 'a.yaml'], { cwd: study, env, timeout: 50_000 }); // prettier-ignore
    mark(false);
    const refused = fx();
    assert.equal(refused.status, 1, String(refused.stderr));
    assert.match(String(refused.stderr), /the run has written .*, more than the 20 KiB .*\[run\/over-quota\]/);
    mark(true);
    const done = fx();
    assert.equal(done.status, 0, String(done.stderr));
    // An audit computes again what a stranger's lock names: within the same bounds.
    const audit = (): ReturnType<typeof spawnSync> => spawnSync(process.execPath, [FX, 'verify', 'a.yaml', '--audit', '100%', '--no-report'], { cwd: study, env, timeout: 50_000 }); // prettier-ignore
    mark(false);
    const stopped = audit();
    assert.notEqual(stopped.status, 0, String(stopped.stdout));
    assert.match(`${String(stopped.stdout)}${String(stopped.stderr)}`, /the run has written .*, more than the 20 KiB/);
  }).timeout(200_000);
});
