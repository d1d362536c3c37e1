import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SlurmSettings } from '../../../../src/engine/graph/graph.js';
import type { JobRequest } from '../../../../src/engine/run/cluster/scheduler.js';
import { parseQueue, slurm } from '../../../../src/engine/run/cluster/slurm.js';

/** What the manual pages of sbatch and squeue say of their words, without a Slurm: tests/slurm has a real one. */
describe('the words to Slurm', () => {
  const path = process.env.PATH;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fx-slurm-words-'));
    process.env.PATH = `${folder}:${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  const request: JobRequest = {
    name: 'fx-1',
    count: 8,
    cores: 4,
    memory: 3 * 2 ** 30 + 1,
    gpus: 0,
    directory: '/work',
    logs: '/logs/50%',
    command: ['/usr/bin/node', "it's.js"],
  };

  async function submitted(
    change: Partial<JobRequest> = {},
    settings: SlurmSettings = {},
    answer = '17;cluster',
  ): Promise<{ readonly id: string | undefined; readonly words: readonly string[]; readonly script: string }> {
    const [words, script] = [join(folder, 'words'), join(folder, 'script')];
    writeFileSync(
      join(folder, 'sbatch'),
      `#!/bin/sh\nprintf '%s\\n' "$@" > ${words}\ncat > ${script}\necho '${answer}'\n`,
    );
    chmodSync(join(folder, 'sbatch'), 0o755);
    const id = await slurm(settings).submit({ ...request, ...change });
    return {
      id: id.ok ? id.value : undefined,
      words: readFileSync(words, 'utf8').trimEnd().split('\n'),
      script: readFileSync(script, 'utf8'),
    };
  }

  it('ask for a job of each number, with its cores, memory in MiB and time in minutes, rounded up', async () => {
    const { id, words, script } = await submitted({ time: 601, gpus: 2 });
    assert.equal(id, '17');
    for (const word of [
      '--parsable',
      '--job-name=fx-1',
      '--array=0-7',
      '--cpus-per-task=4',
      '--mem=3073M',
      '--gpus=2',
      '--time=11',
      '--signal=B:USR1@60',
      '--no-requeue',
      '--output=/logs/50%%/%A_%a.log',
      '--chdir=/work',
    ])
      assert.ok(words.includes(word), `${word} is not among ${words.join(' ')}`);
    assert.match(
      script,
      /^#!\/bin\/sh\nexec '\/usr\/bin\/node' 'it'\\''s\.js' "\$\{SLURM_ARRAY_JOB_ID\}_\$\{SLURM_ARRAY_TASK_ID\}"\n$/,
    );
  });

  it('leave to Slurm what nobody said, and put what the user said before the rest', async () => {
    const { words } = await submitted();
    assert.ok(!words.some((word) => /^--(gpus|time|partition|account|qos|constraint)/.test(word)), words.join(' '));
    assert.ok(words.includes('--mem=3073M') && words.includes('--signal=B:USR1@60'));
    const mine = await submitted({}, { partition: 'fast', account: 'me', extra: ['--nice=5'], time: 100 });
    assert.deepEqual(mine.words.slice(0, 3), ['--nice=5', '--partition=fast', '--account=me']);
    assert.ok(mine.words.includes('--time=2') && mine.words.includes('--signal=B:USR1@25'));
  });

  it('of an answer that is no id are a refusal', async () => {
    assert.equal((await submitted({}, {}, 'Submitted')).id, undefined);
    assert.equal((await submitted({}, {}, '5')).id, '5');
  });

  it('about a queued job that can never start are those of a failure', () => {
    const phaseOf = (reason: string) => parseQueue(`17|0|PENDING|${reason}||1:00`).get('17_0')!.phase;
    // squeue(1), JOB REASON CODES: more than a node has, and more than a job may have.
    for (const reason of [
      'PartitionConfig',
      'BadConstraints',
      'QOSMaxCpuPerJobLimit',
      'AssocMaxWallDurationPerJobLimit',
    ])
      assert.equal(phaseOf(reason), 'never', reason);
    for (const reason of [
      'Resources',
      'Priority',
      'JobHeldUser',
      'PartitionNodeLimit',
      'QOSMaxCpuPerUserLimit',
      'AssocGrpCpuLimit',
    ])
      assert.equal(phaseOf(reason), 'queued', reason);
  });

  it('that are refused name what was asked for, and where that stands', async () => {
    const refusal = 'sbatch: error: Batch job submission failed: Invalid partition name specified';
    writeFileSync(join(folder, 'sbatch'), `#!/bin/sh\necho '${refusal}' >&2\nexit 1\n`, { mode: 0o755 });
    process.env.SBATCH_ACCOUNT = 'mine';
    const answer = await slurm({ partition: 'nowhere' }).submit({ ...request, gpus: 1 });
    delete process.env.SBATCH_ACCOUNT;
    assert.ok(!answer.ok);
    assert.equal(
      answer.error[0]!.message,
      'sbatch refuses jobs with SBATCH_ACCOUNT=mine --partition=nowhere --cpus-per-task=4 --mem=3073M --gpus=1: Invalid partition name specified',
    );
    assert.match(answer.error[0]!.help!, /under `slurm:`/);
  });

  it('about jobs are read: phase, reason, node, and what is left of the time in each form of squeue', () => {
    const jobs = parseQueue(
      [
        '17|0|RUNNING|None|n1|1-02:03:04',
        '17|1|RUNNING|None|n2|2:03:04',
        '17|2|RUNNING|None|n2|5:06',
        '17|3|RUNNING|None|n2|30',
        '17|4|RUNNING|None|n2|UNLIMITED',
        '17|5|PENDING|Resources||1:00',
        '17|6|NODE_FAIL|None|n3|0:00',
        '17|7|COMPLETED|None|n3|0:00',
        '',
        'slurm_load_jobs error',
      ].join('\n'),
    );
    assert.equal(jobs.size, 8);
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5].map((n) => jobs.get(`17_${n}`)!.left),
      [93_784, 7384, 306, 30, undefined, undefined],
    );
    assert.deepEqual(
      [0, 5, 6, 7].map((n) => jobs.get(`17_${n}`)!.phase),
      ['running', 'queued', 'lost', 'done'],
    );
    const { words, node } = jobs.get('17_5')!;
    assert.deepEqual([words, node, jobs.get('17_0')!.words], ['PENDING (Resources)', '', 'RUNNING']);
  });
});
