import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitAt } from '../../src/history/commit.js';
import { idOf, MOST_DETAILED, MOST_RUNS, readEntries, stateOf } from '../../src/history/history.js';
import { Usage } from '../../src/history/usage.js';
import { Recorder } from '../../src/history/recorder.js';
import { experiment, Project } from '../cli/project.js';

interface Listed {
  readonly runs: readonly {
    readonly experiment: string;
    readonly state: string;
    readonly set: readonly string[];
    readonly commit: string | null;
    readonly ended: {
      readonly stages: Readonly<Record<string, number>>;
      readonly verdicts: Readonly<Record<string, number>> | null;
    } | null;
  }[];
}

const STUDY = `${experiment(
  'study',
  `  a: { uses: './stages/mine.ts#write', matrix: { n: [one, three] }, with: { text: '\${matrix.n}\${word}', act: '' } }\n`,
  'parameters: { word: { value: w, says: a word } }\n',
)}report:
  tables: [{ id: t, from: a, rows: { One: one, Three: three }, columns: { Length: length } }]
  claims: [{ id: c, says: Three is longer., that: Three > One, on: [Length] }]
`;

describe('fx list', function () {
  this.timeout(120_000);
  let project: Project;
  before(
    () =>
      (project = new Project({
        'study.yaml': STUDY,
        'bad.yaml': experiment('bad', `  a: { uses: './stages/mine.ts#write', with: { text: x, act: fail } }\n`),
      })),
  );
  after(() => project.remove());

  it('says that nothing has run', async () => {
    const { code, out, err } = await project.fx('list');
    assert.equal(code, 0);
    assert.equal(out, '');
    assert.match(err, /nothing has run/);
  });

  it('names runs, the latest first: settings, state, what was executed and reused, verdicts', async () => {
    const first = await project.fx('run', 'study.yaml');
    assert.equal(first.code, 0, first.err);
    await project.fx('run', 'study.yaml', '--set', 'word=long');
    await project.fx('run', 'study.yaml');
    assert.equal((await project.fx('run', 'bad.yaml')).code, 1);
    const { runs } = await project.json<Listed>('list');
    assert.deepEqual(
      runs.map(({ experiment: name, state, set }) => [name, state, set.join()]),
      [
        ['bad', 'failed', ''],
        ['study', 'done', ''],
        ['study', 'done', 'word=long'],
        ['study', 'done', ''],
      ],
    );
    assert.deepEqual(
      runs.map(({ ended }) => [ended!.stages.executed, ended!.stages.reused, ended!.stages.failed]),
      [
        [0, 0, 1],
        [0, 2, 0],
        [2, 0, 0],
        [2, 0, 0],
      ],
    );
    assert.deepEqual(runs[3]!.ended!.verdicts, { reproduced: 0, 'not reproduced': 0, undecided: 1 });
    const { out } = await project.fx('list', '--last', '2');
    assert.equal(out.trimEnd().split('\n').length, 3);
    assert.match(out, /bad .*failed .*1 failed/);
  });

  it('keeps the events of a run beside it, and nothing of it in report, cache or git', () => {
    const runs = join(project.directory, '.fx', 'runs');
    const ids = readdirSync(runs).sort();
    const events = readFileSync(join(runs, ids[0]!, 'events.ndjson'), 'utf8')
      .trimEnd()
      .split('\n');
    const kinds = events.map((line) => (JSON.parse(line) as { event: string }).event);
    assert.equal(kinds[0], 'started');
    assert.ok(kinds.includes('stage') && kinds.includes('finished'));
    assert.equal(project.read('.fx/.gitignore'), '*\n');
    const reports = join(project.directory, 'reports');
    const files = readdirSync(reports, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('report.json'),
    );
    assert.equal(files.length, 1);
    assert.doesNotMatch(readFileSync(join(reports, files[0]!), 'utf8'), /began|"pid"/);
  });

  it('calls a run killed that left no end, and passes over what it cannot read', () => {
    const [entry] = readEntries(project.directory);
    const { process: owner, ...before } = entry!;
    assert.equal(stateOf({ ...before, ended: null, pid: 2 ** 22 + 1 }), 'killed');
    assert.equal(stateOf({ ...before, ended: null, pid: process.pid }), 'running');
    // The same id, of another process; of this machine before it was started again; of another machine.
    assert.equal(stateOf({ ...entry!, ended: null, process: { ...owner!, pid: process.pid, start: '0' } }), 'killed');
    assert.equal(stateOf({ ...entry!, ended: null, process: { ...owner!, machine: '0'.repeat(16) } }), 'killed');
    const elsewhere = { ...owner!, machine: '0'.repeat(16), host: 'another' };
    assert.equal(stateOf({ ...entry!, ended: null, process: elsewhere }), 'running');
    const broken = join(project.directory, '.fx', 'runs', '20200101T000000000Z-1');
    mkdirSync(broken);
    writeFileSync(join(broken, 'run.json'), '{ "schema": "other" }');
    mkdirSync(join(project.directory, '.fx', 'runs', 'no-run'));
    assert.equal(readEntries(project.directory).length, 4);
  });

  it('keeps the last runs alone, and of a chatty one what stages came to', () => {
    const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 0, minute));
    const about = { experiment: 'x', profile: 'mini', file: 'x.yaml', set: [] };
    const other = new Project();
    const runs = join(other.directory, '.fx', 'runs');
    for (let i = 0; i < MOST_RUNS + 5; i += 1) {
      mkdirSync(join(runs, idOf(at(i), 1)), { recursive: true });
      writeFileSync(join(runs, idOf(at(i), 1), 'events.ndjson'), '');
    }
    const recorder = new Recorder(other.directory, about, { began: at(10_000) });
    for (let i = 0; i < 30_000; i += 1) recorder.hear({ event: 'log', stage: 'a', line: 'x'.repeat(100) });
    for (let i = 0; i < 1000; i += 1) recorder.hear({ event: 'progress', stage: 'a', done: i, total: 1000, unit: 'x' });
    recorder.hear({ event: 'stage', stage: 'a', status: 'executed' });
    recorder.end('done');
    const entries = readEntries(other.directory);
    assert.equal(readdirSync(runs).length, MOST_RUNS);
    assert.ok(!existsSync(join(runs, idOf(at(MOST_RUNS + 5 - MOST_DETAILED), 1), 'events.ndjson')));
    assert.ok(existsSync(join(runs, idOf(at(MOST_RUNS + 6 - MOST_DETAILED), 1), 'events.ndjson')));
    const events = join(other.directory, '.fx', 'runs', entries[0]!.id, 'events.ndjson');
    assert.ok(statSync(events).size < 1.1 * 2 ** 20);
    assert.match(readFileSync(events, 'utf8').trimEnd().split('\n').at(-1)!, /"executed"/);
    other.remove();
  });

  it('runs all the same where nothing can be kept', async () => {
    const other = new Project({ 'study.yaml': STUDY, '.fx': 'a file' });
    assert.equal((await other.fx('run', 'study.yaml')).code, 0);
    other.remove();
  });

  it('reads the commit as git does: of a branch, packed, detached, and in a worktree', function () {
    if (spawnSync('git', ['--version']).error !== undefined) this.skip();
    const other = new Project();
    const git = (...words: readonly string[]): string => {
      const names = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
      return spawnSync('git', [...names, ...words], { cwd: other.directory, encoding: 'utf8' }).stdout.trim();
    };
    git('init', '-q');
    assert.equal(commitAt(other.directory), undefined);
    git('add', '-A');
    git('commit', '-qm', 'x');
    assert.equal(commitAt(join(other.directory, 'stages')), git('rev-parse', 'HEAD'));
    git('pack-refs', '--all');
    assert.equal(commitAt(other.directory), git('rev-parse', 'HEAD'));
    git('worktree', 'add', '-q', 'tree', '-b', 'other');
    assert.equal(commitAt(join(other.directory, 'tree')), git('rev-parse', 'HEAD'));
    git('checkout', '-q', '--detach');
    assert.equal(commitAt(other.directory), git('rev-parse', 'HEAD'));
    other.remove();
  });
});

describe('what processes use', () => {
  it('is of the stage that they work for, whatever it is called', async () => {
    const child = spawn('sleep', ['60']);
    try {
      const usage = new Usage(process.pid);
      usage.assign(child.pid!, 'constructor');
      await new Promise((resolve) => setTimeout(resolve, 100));
      const seen = usage.look();
      if (seen === undefined) return; // A system without /proc.
      assert.deepEqual(Object.keys(seen.stages), ['constructor']);
      assert.ok(Object.values(seen.stages)[0]!.memory > 0);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
