import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostFacts } from '../../../../src/engine/artifacts/content/result-record.js';
import { clusterExecutor, type ClusterOptions } from '../../../../src/engine/run/cluster/executor.js';
import { Mailbox, type Letter } from '../../../../src/engine/run/cluster/mailbox.js';
import type { ClusterCode, JobRequest, JobState, Scheduler } from '../../../../src/engine/run/cluster/scheduler.js';
import type { WorkOutcome } from '../../../../src/engine/run/worker/workers.js';
import { failure, type Diagnostic } from '../../../../src/foundation/failures/diagnostic.js';
import { fail, ok } from '../../../../src/foundation/failures/result.js';

/** How a job ends; `undefined` where the scheduler forgets it. */
type End = Pick<JobState, 'phase' | 'words'> | undefined;

interface Acts {
  /** What the scheduler refuses a submission with, by its number from 1; undefined where it takes it. */
  readonly refuses?: (submission: number) => Diagnostic<ClusterCode> | undefined;
  /** How a job ends before it greets, by its number from 1; `works` where it does not. */
  readonly ends?: (job: number) => End | 'works';
  /** How a job ends with a letter in its hand, by the letter's number from 1; `answers` where it does it. */
  readonly loses?: (letter: number, request: JobRequest) => End | 'answers';
  /** Whether the first task is done only after a second was sent, and the second comes only after the first was sent. */
  readonly inTurn?: boolean;
  /** Seconds that a job has left. */
  readonly left?: number;
  /** Seconds that a task takes as its job reports it: of short ones a job has several in its hand. */
  readonly seconds?: number;
  /** What every job prints. */
  readonly prints?: string;
}

interface Told {
  readonly outcomes: readonly WorkOutcome[];
  readonly warnings: readonly Diagnostic[];
  /** Those that the scheduler took. */
  readonly requests: readonly JobRequest[];
  /** Keys of letters, in the order in which they were sent. */
  readonly letters: readonly string[];
}

const PACE = { look: 5, ask: 20, latency: 30 };
const UNREACHABLE = failure<ClusterCode>('cluster/unreachable', 'the controller does not answer');

/** Some tasks on a cluster that is not there, whose jobs end as a test says. */
async function onCluster(tasks: number, acts: Acts, options: Partial<ClusterOptions> = {}): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), 'fx-lost-jobs-'));
  const states = new Map<string, JobState | undefined>();
  const requestOf = new Map<string, JobRequest>();
  const [warnings, requests, letters]: [Diagnostic[], JobRequest[], string[]] = [[], [], []];
  let [submissions, jobs, queries] = [0, 0, 0];

  class Post extends Mailbox {
    override send(pilot: string, letter: Letter): void {
      super.send(pilot, letter);
      letters.push(letter.key);
      const end = acts.loses?.(letters.length, requestOf.get(pilot)!) ?? 'answers';
      if (end !== 'answers') {
        states.set(pilot, { ...end, node: 'n1' });
        return;
      }
      const asked = queries;
      const answer = (): void => {
        if (states.get(pilot)?.phase !== 'running') return;
        // What a job has left is known by the time that it is done.
        const isEarly = acts.left !== undefined && queries < asked + 2;
        if (isEarly || (acts.inTurn === true && letters.length < 2)) {
          setTimeout(answer, 5);
          return;
        }
        const outcome = { ok: true, files: [], report: {} } as const;
        this.answer(pilot, { n: letter.n, key: letter.key, outcome, host: hostFacts(), seconds: acts.seconds ?? 40 });
      };
      setTimeout(answer, 5);
    }
  }
  const mail = new Post(join(folder, 'mine', 'run'));
  const scheduler: Scheduler = {
    submit(request) {
      submissions += 1;
      const refusal = acts.refuses?.(submissions);
      if (refusal !== undefined) return Promise.resolve(fail(refusal));
      requests.push(request);
      for (let i = 0; i < request.count; i += 1) {
        jobs += 1;
        const id = `${submissions}_${i}`;
        requestOf.set(id, request);
        if (acts.prints !== undefined) writeFileSync(join(mail.logs, `${id}.log`), acts.prints);
        const end = acts.ends === undefined ? 'works' : acts.ends(jobs);
        if (end === 'works') {
          states.set(id, {
            phase: 'running',
            words: 'RUNNING',
            node: 'n1',
            ...(acts.left === undefined ? {} : { left: acts.left }),
          });
          setTimeout(() => mail.greet(id, { host: 'n1', pid: 1, start: id }), 5);
        } else if (end !== undefined) states.set(id, { ...end, node: '' });
      }
      return Promise.resolve(ok(String(submissions)));
    },
    jobs: () => {
      queries += 1;
      return Promise.resolve(ok(new Map([...states].flatMap(([id, state]) => (state ? [[id, state]] : [])))));
    },
    cancel: () => Promise.resolve(),
    cancelAtOnce: () => undefined,
  };
  const pool = clusterExecutor({
    scheduler,
    mail,
    name: 'fx',
    command: ['none'],
    directory: folder,
    jobs: 2,
    warn: (warning) => warnings.push(warning),
    pace: { ...PACE, patience: 60_000 },
    ...options,
  });
  const { signal } = new AbortController();
  const outcomes = await Promise.all(
    Array.from({ length: tasks }, async (_, i) => {
      while (acts.inTurn === true && letters.length < i) await sleep(5);
      return pool.run(
        { kind: 'x', act: 'part', parameters: { i }, workspace: folder, cores: 1, cache: folder },
        {
          key: `part-${i}`,
          signal,
          memory: 2 ** 29,
          gpus: 0,
          series: 's',
          onLog: () => undefined,
          onProgress: () => undefined,
        },
      );
    }),
  );
  await pool.close();
  rmSync(folder, { recursive: true, force: true });
  return { outcomes, warnings, requests, letters };
}

function said({ outcomes }: Told): readonly string[] {
  return outcomes.map((outcome) => {
    if (outcome.ok) return 'done';
    const { code, message } = outcome.diagnostics[0]!;
    return `${code}: ${message}`;
  });
}

const FAILED = { phase: 'lost', words: 'NODE_FAIL' } as const;

describe('a job of a cluster', function () {
  this.timeout(60_000);

  it('that is lost at a task is said to be, and another does the task', async () => {
    const told = await onCluster(2, { loses: (letter) => (letter === 1 ? FAILED : 'answers') });
    assert.deepEqual(said(told), ['done', 'done']);
    assert.equal(told.letters.filter((key) => key === told.letters[0]).length, 2);
    assert.deepEqual(
      told.warnings.map(({ code, message, severity }) => [code, message, severity]),
      [['cluster/lost', 'job 1_0 on n1 is lost (NODE_FAIL); its task is sent to another', 'warning']],
    );
  });

  it('that is lost with several tasks in its hand was at the first: the others are done by another, and none is lost', async () => {
    const told = await onCluster(30, { seconds: 0.1, loses: (letter) => (letter === 12 ? FAILED : 'answers') });
    assert.ok(said(told).every((one) => one === 'done'));
    assert.equal(new Set(told.letters).size, 30);
    assert.ok(told.letters.length > 31, `${told.letters.length} letters`);
    assert.equal(told.warnings.length, 1);
  });

  it('is lost with the same task at most four times, of which the last is told with what the job printed', async () => {
    const told = await onCluster(1, { loses: () => FAILED, prints: 'Killed by the node\n' });
    assert.deepEqual(told.letters, ['part-0', 'part-0', 'part-0', 'part-0']);
    assert.equal(told.warnings.length, 3);
    const [words] = said(told);
    assert.match(
      words!,
      /^cluster\/lost: lost 4 times together with its job; the last was job \d_0 on n1, which printed:/,
    );
    assert.match(words!, /Killed by the node/);
  });

  it('that somebody cancelled at a task ends the task, and says who did', async () => {
    const told = await onCluster(1, { loses: () => ({ phase: 'cancelled', words: 'CANCELLED by 7' }) });
    assert.deepEqual(said(told), ['cluster/cancelled: job 1_0 on n1 was cancelled by somebody (CANCELLED by 7)']);
    assert.deepEqual(told.warnings, []);
  });

  it('whose time is too short is followed by one of twice the time, as far as that is allowed', async () => {
    const tooShort = { phase: 'time', words: 'TIMEOUT' } as const;
    const limits = { time: { first: 60, most: 180 } };
    const loses = (_: number, { time = 60 }: JobRequest): End | 'answers' => (time < 180 ? tooShort : 'answers');
    const told = await onCluster(1, { loses }, limits);
    assert.deepEqual(said(told), ['done']);
    assert.deepEqual(
      told.requests.map(({ time }) => time),
      [undefined, 120, 180],
    );
    assert.deepEqual(
      told.warnings.map(({ code, message }) => [code, message]),
      [
        ['cluster/time-limit', "a job's time of 60.0 s was not enough; the task is sent to one of 2 min 0 s"],
        ['cluster/time-limit', "a job's time of 2 min 0 s was not enough; the task is sent to one of 3 min 0 s"],
      ],
    );
    const never = await onCluster(1, { loses: () => tooShort }, limits);
    assert.match(said(never)[0]!, /^cluster\/time-limit: job \d_0 on n1 reached its time limit \(TIMEOUT\)/);
    assert.equal(never.requests.length, 3);
  });

  it('that has no time left for another task ends, and another job does it', async () => {
    const jobs = { jobs: 1 };
    const short = await onCluster(3, { left: 30, seconds: 40 }, jobs);
    assert.deepEqual(said(short), ['done', 'done', 'done']);
    assert.equal(short.requests.length, 3);
    const long = await onCluster(3, { left: 3000, seconds: 40 }, jobs);
    assert.equal(long.requests.length, 1);
  });

  it('that ends before it takes work is followed by another; where a second does, what it printed is told', async () => {
    const early = { phase: 'done', words: 'COMPLETED' } as const;
    const one = await onCluster(1, { ends: (job) => (job === 1 ? early : 'works') });
    assert.deepEqual(said(one), ['done']);
    const all = await onCluster(1, { ends: () => early, prints: 'node: command not found\n' });
    const [words] = said(all);
    assert.match(words!, /^cluster\/job-failed: job 2_0 ended before it took any work: COMPLETED; it printed:/);
    assert.match(words!, /command not found/);
  });

  it('that fails or is cancelled before it takes work ends the tasks of its size at once', async () => {
    const failed = await onCluster(1, { ends: () => ({ phase: 'failed', words: 'FAILED' }) });
    assert.deepEqual(said(failed), ['cluster/job-failed: job 1_0 ended before it took any work: FAILED']);
    const cancelled = await onCluster(1, { ends: () => ({ phase: 'cancelled', words: 'CANCELLED' }) });
    assert.deepEqual(said(cancelled), ['cluster/cancelled: job 1_0 ended before it took any work: CANCELLED']);
  });

  it('that the controller forgets before it takes work is followed by another, four times for each job', async () => {
    const told = await onCluster(1, { ends: (job) => (job <= 8 ? undefined : 'works') });
    assert.deepEqual(said(told), ['done']);
    assert.equal(told.requests.length, 9);
    const never = await onCluster(1, { ends: () => undefined });
    assert.deepEqual(said(never), ['cluster/job-failed: job 9_0 ended before it took any work: gone from the queue']);
  });
});

describe('a submission', function () {
  this.timeout(60_000);

  it('is made for a task that comes while all jobs are at others', async () => {
    const told = await onCluster(2, { inTurn: true });
    assert.deepEqual(said(told), ['done', 'done']);
    assert.equal(told.requests.length, 2);
  });

  it('that nobody answers is said, and tried again', async () => {
    const told = await onCluster(1, { refuses: (submission) => (submission <= 2 ? UNREACHABLE : undefined) });
    assert.deepEqual(said(told), ['done']);
    assert.deepEqual(
      told.warnings.map(({ code, severity }) => [code, severity]),
      [
        ['cluster/unreachable', 'warning'],
        ['cluster/unreachable', 'warning'],
      ],
    );
  });

  it('that nobody answers for as long as patience lasts ends the tasks', async () => {
    const told = await onCluster(1, { refuses: () => UNREACHABLE }, { pace: { ...PACE, patience: 300 } });
    assert.deepEqual(said(told), ['cluster/unreachable: the controller does not answer']);
    assert.ok(told.warnings.length > 0, String(told.warnings.length));
  });

  it('that is refused ends the tasks at once', async () => {
    const told = await onCluster(2, { refuses: () => failure<ClusterCode>('cluster/refused', 'no such partition') });
    assert.deepEqual(said(told), ['cluster/refused: no such partition', 'cluster/refused: no such partition']);
    assert.deepEqual(told.warnings, []);
  });
});
