import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostFacts } from '../../../../src/engine/artifacts/content/result-record.js';
import { clusterExecutor } from '../../../../src/engine/run/cluster/executor.js';
import { Mailbox } from '../../../../src/engine/run/cluster/mailbox.js';
import type { JobState, Scheduler } from '../../../../src/engine/run/cluster/scheduler.js';
import { failure } from '../../../../src/foundation/failures/diagnostic.js';
import { ok } from '../../../../src/foundation/failures/result.js';

/** Between two looks into its folder, as seldom as it may be, something happens there. */
class Interleaved extends Mailbox {
  between: (() => void) | undefined;

  override answers(): ReturnType<Mailbox['answers']> {
    return this.#then(super.answers());
  }

  override gone(): ReturnType<Mailbox['gone']> {
    return this.#then(super.gone());
  }

  #then<A>(seen: A): A {
    const happen = this.between;
    this.between = undefined;
    happen?.();
    return seen;
  }
}

describe('a job that answers and leaves', () => {
  it('has answered, whenever the run looks: its task is not done by another', async () => {
    const home = mkdtempSync(join(tmpdir(), 'fx-leaving-'));
    const running: JobState = { phase: 'running', words: 'RUNNING', node: 'n1' };
    let submitted = 0;
    const scheduler: Scheduler = {
      submit: () => Promise.resolve(ok(String((submitted += 1)))),
      jobs: () => Promise.resolve(ok(new Map([['1_0', running]]))),
      cancel: () => Promise.resolve(),
      cancelAtOnce: () => undefined,
    };
    const mail = new Interleaved(join(home, 'run'));
    const executor = clusterExecutor({
      scheduler,
      mail,
      name: 'fx-leaving',
      command: ['none'],
      directory: home,
      jobs: 1,
      warn: () => undefined,
      pace: { look: 10, ask: 20, latency: 1000 },
    });
    try {
      const task = { kind: 'test/write', act: 'run', parameters: {}, workspace: home, cores: 1, cache: home } as const;
      const outcome = executor.run(task, {
        key: '1'.padStart(64, '0'),
        signal: new AbortController().signal,
        memory: 2 ** 29,
        gpus: 0,
        series: 'series',
        onLog: () => undefined,
        onProgress: () => undefined,
      });
      const pilot = new Mailbox(mail.root);
      while (submitted === 0) await sleep(5);
      pilot.greet('1_0', { host: 'n1', pid: 1, start: 'now' });
      while (pilot.waiting('1_0').letters.length === 0) await sleep(5);
      const [n] = pilot.waiting('1_0').letters;
      const { key } = pilot.letter('1_0', n!)!;
      mail.between = () => {
        const said = { ok: false, diagnostics: [failure('test/said', 'it is done')] } as const;
        pilot.answer('1_0', { n: n!, key, outcome: said, host: hostFacts(), seconds: 1 });
        pilot.leave('1_0');
      };
      const done = await Promise.race([outcome, sleep(5000)]);
      assert.equal(done?.ok, false);
      assert.equal(done.diagnostics[0]?.code, 'test/said');
      assert.equal(submitted, 1, 'another job was asked for');
    } finally {
      await executor.close();
      rmSync(home, { recursive: true, force: true });
    }
  });
});
