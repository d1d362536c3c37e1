import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostFacts } from '../../../../src/engine/artifacts/content/result-record.js';
import { clusterExecutor } from '../../../../src/engine/run/cluster/executor.js';
import { Mailbox, type Letter } from '../../../../src/engine/run/cluster/mailbox.js';
import type { JobRequest, JobState, Scheduler } from '../../../../src/engine/run/cluster/scheduler.js';
import type { Task } from '../../../../src/engine/run/worker/protocol.js';
import { ok } from '../../../../src/foundation/failures/result.js';

export interface Simulated {
  /** Keys of the parts that were done, each as often as it was. */
  readonly done: readonly string[];
  readonly failed: number;
  /** What failed parts were told, each once. */
  readonly told: readonly string[];
  /** Jobs that are in the queue after all. */
  readonly left: readonly string[];
  readonly submissions: number;
  readonly queries: number;
  /** Jobs at a time, at most. */
  readonly most: number;
  readonly seconds: number;
  /** Of processor time, the simulated jobs' included. */
  readonly processorSeconds: number;
}

interface Choice {
  readonly parts: number;
  readonly slots: number;
  /** What a part takes as its job reports it; the simulation does not wait for it. */
  readonly secondsEach: number;
  /** Every so many letters the job that has it dies of its node. */
  readonly lostEvery?: number;
  /** All jobs are queued for ever, for this reason. */
  readonly never?: string;
}

/**
 * A run's parts on a cluster that is not there: the run's own executor and mailbox, a scheduler whose jobs are entries of a map, and
 * jobs that answer a letter as soon as it comes.
 */
export async function simulate({ parts, slots, secondsEach, lostEvery = Infinity, never }: Choice): Promise<Simulated> {
  const folder = mkdtempSync(join(tmpdir(), 'fx-cluster-'));
  const jobs = new Map<string, JobState>();
  let [submissions, queries, most, letters, alive] = [0, 0, 0, 0, 0];
  const done: string[] = [];
  const end = (id: string, phase: 'lost' | 'cancelled', words: string): void => {
    const job = jobs.get(id);
    if (job?.phase !== 'running') return;
    jobs.set(id, { phase, words, node: job.node });
    alive -= 1;
  };

  class Post extends Mailbox {
    override send(pilot: string, letter: Letter): void {
      super.send(pilot, letter);
      letters += 1;
      if (letters % lostEvery === 0) {
        end(pilot, 'lost', 'NODE_FAIL');
        return;
      }
      setImmediate(() => {
        if (jobs.get(pilot)?.phase !== 'running') return;
        done.push(letter.key);
        const outcome = { ok: true, files: [], report: {} } as const;
        this.answer(pilot, { n: letter.n, key: letter.key, outcome, host: hostFacts(), seconds: secondsEach });
      });
    }
  }
  const mail = new Post(join(folder, 'mine', 'run'));
  const scheduler: Scheduler = {
    submit({ count }: JobRequest) {
      submissions += 1;
      const id = String(submissions);
      for (let i = 0; i < count; i += 1) {
        const job = `${id}_${i}`;
        if (never !== undefined) {
          jobs.set(job, { phase: 'never', words: never, node: '' });
          continue;
        }
        jobs.set(job, { phase: 'running', words: 'RUNNING', node: `n${i % 100}` });
        alive += 1;
        setImmediate(() => mail.greet(job, { host: `n${i % 100}`, pid: 1, start: job }));
      }
      most = Math.max(most, alive);
      return Promise.resolve(ok(id));
    },
    jobs() {
      queries += 1;
      return Promise.resolve(ok(new Map(jobs)));
    },
    cancel(ids) {
      for (const [id, { phase }] of [...jobs])
        if (phase === 'never' && (ids.includes(id) || ids.includes(id.slice(0, id.indexOf('_'))))) jobs.delete(id);
      for (const job of jobs.keys())
        if (ids.includes(job.slice(0, job.indexOf('_')))) end(job, 'cancelled', 'CANCELLED');
      return Promise.resolve();
    },
    cancelAtOnce: () => undefined,
  };
  const pace = lostEvery === Infinity ? {} : { ask: 200, latency: 100 };
  const command = ['none'];
  const warn = (): void => undefined;
  const pool = clusterExecutor({ scheduler, mail, name: 'fx', command, directory: folder, jobs: slots, warn, pace });
  const [began, used] = [performance.now(), process.cpuUsage()];
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  let [next, failed] = [0, 0];
  const told = new Set<string>();
  const hands = Array.from({ length: Math.min(parts, pool.atOnce) }, async () => {
    while (next < parts) {
      const i = next;
      next += 1;
      const task: Task = { kind: 'x', act: 'part', parameters: { i }, workspace: folder, cores: 1, cache: folder };
      const outcome = await pool.run(task, {
        key: `part-${i}`,
        signal,
        memory: 2 ** 29,
        gpus: 0,
        series: 's',
        onLog: () => undefined,
        onProgress: () => undefined,
      });
      if (outcome.ok) continue;
      failed += 1;
      for (const { message } of outcome.diagnostics) told.add(message);
    }
  });
  await Promise.all(hands);
  const { user, system } = process.cpuUsage(used);
  const seconds = (performance.now() - began) / 1000;
  await pool.close();
  rmSync(folder, { recursive: true, force: true });
  const left = [...jobs].filter(([, { phase }]) => phase === 'never').map(([id]) => id);
  return {
    done,
    failed,
    told: [...told],
    left,
    submissions,
    queries,
    most,
    seconds,
    processorSeconds: (user + system) / 1e6,
  };
}
