import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCache } from '../../../src/engine/artifacts/cache.js';
import type { WorkerPool, WorkOptions, WorkOutcome } from '../../../src/engine/run/worker/workers.js';

/** Where a contract's tasks are done: a fresh executor for each test, which the test closes. */
export interface ExecutorUnderTest {
  /** @param home a folder of the test's own, which the places where work is done share */
  readonly open: (home: string) => WorkerPool;
  /** Jobs or processes that are left after it was closed. */
  readonly left?: () => Promise<readonly string[]>;
}

/** What a run may rely on wherever its tasks are done (`WorkerPool`). Registers its tests in the suite that calls it. */
export function executorContract({ open, left }: ExecutorUnderTest): void {
  let home: string;
  let executor: WorkerPool;
  let serial = 0;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'fx-executor-'));
    process.env.FX_TEST_LEDGER = join(home, 'ledger');
    executor = open(home);
  });
  afterEach(async () => {
    await executor.close();
    assert.deepEqual((await left?.()) ?? [], []);
    rmSync(home, { recursive: true, force: true });
  });

  function perform(act: string, options: Partial<WorkOptions> = {}, text = 'text'): Promise<WorkOutcome> {
    serial += 1;
    const cache = openCache(join(home, 'cache'));
    const workspace = join(home, 'cache', 'tmp', String(serial));
    mkdirSync(workspace, { recursive: true });
    return executor.run(
      { kind: 'test/write', act: 'run', parameters: { text, act }, workspace, cores: 1, cache: cache.root },
      {
        key: String(serial).padStart(64, '0'),
        signal: new AbortController().signal,
        memory: 512 * 2 ** 20,
        gpus: 0,
        series: 'series',
        onLog: () => undefined,
        onProgress: () => undefined,
        ...options,
      },
    );
  }

  const executed = (): readonly string[] =>
    existsSync(join(home, 'ledger')) ? readFileSync(join(home, 'ledger'), 'utf8').trimEnd().split('\n') : [];

  function codeOf(outcome: WorkOutcome): string {
    return outcome.ok ? 'none' : outcome.diagnostics[0]!.code;
  }

  it('does a task: its files lie in the cache, its report and its log come back', async () => {
    const lines: string[] = [];
    const outcome = await perform('log', { onLog: (line) => lines.push(line) });
    assert.ok(outcome.ok);
    assert.deepEqual(outcome.report.metrics, { length: 4 });
    assert.deepEqual(
      outcome.files.map(({ path }) => path),
      ['out.txt'],
    );
    const { blobs } = openCache(join(home, 'cache'));
    assert.equal(readFileSync(blobs.locate(outcome.files[0]!.digest), 'utf8'), 'text');
    assert.deepEqual(lines, ['a line']);
  });

  it('does many at once, each of them once', async () => {
    const texts = Array.from({ length: 6 }, (_, i) => `text-${i}`);
    const outcomes = await Promise.all(texts.map((text) => perform('sleep:20', {}, text)));
    assert.ok(outcomes.every(({ ok }) => ok));
    assert.deepEqual([...executed()].sort(), [...texts].sort());
  });

  it('says why a task failed, crashed, took too long or too much memory, and does the next', async () => {
    assert.equal(codeOf(await perform('fail', {}, 'fails')), 'test/failed');
    assert.equal(codeOf(await perform('crash', {}, 'crashes')), 'run/crashed');
    assert.equal(codeOf(await perform('hang', { timeout: 1 }, 'hangs')), 'run/timed-out');
    assert.equal(codeOf(await perform('hog', { memory: 300 * 2 ** 20 }, 'hogs')), 'run/out-of-memory');
    assert.equal(codeOf(await perform('', {}, 'does')), 'none');
    // None was tried again: that is for the run to decide.
    assert.equal(executed().length, new Set(executed()).size, executed().join());
  });

  it('stops what is no longer wanted, at work or not begun, and does the next', async () => {
    const stop = new AbortController();
    const stopped = [perform('hang', { signal: stop.signal }), perform('hang', { signal: stop.signal }, 'other')];
    while (executed().length === 0) await sleep(20);
    stop.abort();
    // What was about to be done when it was stopped may have been done.
    for (const outcome of await Promise.all(stopped)) assert.match(codeOf(outcome), /^(run\/interrupted|none)$/);
    assert.equal(codeOf(await perform('', { signal: stop.signal })), 'run/interrupted');
    assert.equal(codeOf(await perform('')), 'none');
  });
}
