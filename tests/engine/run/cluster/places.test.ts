import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterExecutor } from '../../../../src/engine/run/cluster/executor.js';
import { Mailbox } from '../../../../src/engine/run/cluster/mailbox.js';
import type { JobState, Scheduler } from '../../../../src/engine/run/cluster/scheduler.js';
import type { Place, WorkerPool } from '../../../../src/engine/run/worker/workers.js';
import { ok } from '../../../../src/foundation/failures/result.js';

/** A scheduler that says of jobs what the test has it say. */
class Puppet implements Scheduler {
  readonly states = new Map<string, JobState>();
  asked = 0;
  #arrays = 0;

  submit({ count }: Parameters<Scheduler['submit']>[0]): ReturnType<Scheduler['submit']> {
    this.#arrays += 1;
    for (let i = 0; i < count; i += 1) {
      const reason = this.states.size === 0 ? 'Resources' : 'Priority';
      this.say(`${this.#arrays}_${i}`, 'queued', `PENDING (${reason})`);
    }
    return Promise.resolve(ok(String(this.#arrays)));
  }

  say(id: string, phase: JobState['phase'], words: string): void {
    this.states.set(id, { phase, words, node: '' });
  }

  jobs(): ReturnType<Scheduler['jobs']> {
    this.asked += 1;
    return Promise.resolve(ok(new Map(this.states)));
  }

  cancel(): Promise<void> {
    return Promise.resolve();
  }

  cancelAtOnce(): void {
    // There is nothing to cancel.
  }
}

describe('where tasks of a cluster are', () => {
  let home: string;
  let scheduler: Puppet;
  let mail: Mailbox;
  let executor: WorkerPool;
  const stop = new AbortController();
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'fx-places-'));
    scheduler = new Puppet();
    mail = new Mailbox(join(home, 'run'));
    const pace = { look: 10, ask: 20, latency: 1000 };
    executor = clusterExecutor({
      scheduler,
      mail,
      name: 'fx-places',
      command: ['none'],
      directory: home,
      jobs: 2,
      warn: () => undefined,
      pace,
    });
  });
  afterEach(async () => {
    stop.abort();
    await executor.close();
    rmSync(home, { recursive: true, force: true });
  });

  function task(n: number): readonly Place[] {
    const places: Place[] = [];
    const given = { kind: 'test/write', act: 'run', parameters: {}, workspace: home, cores: 1, cache: home } as const;
    void executor.run(given, {
      key: String(n).padStart(64, '0'),
      signal: stop.signal,
      memory: 2 ** 29,
      gpus: 0,
      series: 'series',
      onLog: () => undefined,
      onProgress: () => undefined,
      onPlace: (place) => places.push(place),
    });
    return places;
  }

  /** Until the scheduler was asked so often, and was heard. */
  async function asked(times: number): Promise<void> {
    const until = scheduler.asked + times;
    while (scheduler.asked < until) await sleep(5);
    await sleep(20);
  }

  it('is said once for each change, of several reasons in the queue the first job’s', async () => {
    const places = [1, 2, 3, 4].map(task);
    await asked(5);
    const queued = (words: string): Place => ({ phase: 'queued', words, node: '' });
    for (const each of places) assert.deepEqual(each, [queued('PENDING (Resources)')]);

    const [first, second, ...others] = [...scheduler.states.keys()];
    assert.deepEqual(others, []);
    mail.greet(first!, { host: 'n7', pid: 1, start: 'a' });
    scheduler.say(first!, 'running', 'RUNNING');
    await asked(5);
    const begun: Place = { phase: 'running', words: first!, node: 'n7' };
    assert.deepEqual(places[0], [queued('PENDING (Resources)'), begun]);
    for (const each of places.slice(1)) {
      assert.deepEqual(each, [queued('PENDING (Resources)'), queued('PENDING (Priority)')]);
    }

    mail.greet(second!, { host: 'n8', pid: 1, start: 'b' });
    scheduler.say(second!, 'running', 'RUNNING');
    await asked(5);
    assert.deepEqual(places[1]!.at(-1), { phase: 'running', words: second!, node: 'n8' });
    // No job for them is in the queue any more, and none is free.
    for (const each of places.slice(2)) assert.deepEqual(each.at(-1), { phase: 'waiting', words: '', node: '' });
  });
});
