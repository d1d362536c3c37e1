import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Project } from './project.js';

const STUDY = 'experiments/study.yaml';
const LOCK = 'reports/study/default/lock.yaml';

interface Told {
  readonly checks: readonly { findings: readonly { stage?: string; diagnostic: { code: string } }[] }[];
}

describe('a lock', function () {
  this.timeout(60_000);
  let project: Project;
  const verify = (...options: string[]) => project.fx(['verify', STUDY, '--frozen', '--no-report', ...options]);
  /** `code stage` of every finding, sorted. */
  const findings = async (): Promise<readonly string[]> => {
    const { out, err } = await verify('--json');
    assert.ok(out.startsWith('{'), err);
    const { checks } = JSON.parse(out) as Told;
    return checks.flatMap((check) => check.findings.map((f) => `${f.diagnostic.code} ${f.stage ?? ''}`)).sort();
  };

  before(async () => {
    project = Project.example();
    const ran = await project.fx(['run', STUDY, '--no-report']);
    assert.equal(ran.code, 0, ran.err);
    project.keep();
  });
  beforeEach(() => project.restore());
  after(() => project.remove());

  it('agrees with what was run, without the data and executing nothing', async () => {
    const before = project.executions();
    rmSync(join(project.folder, 'data'), { recursive: true });
    const { code, out, err } = await verify();
    assert.equal(code, 0, out + err);
    assert.match(out, /study \(default\): verified/);
    assert.equal(project.executions(), before);
  });

  it('is the same text whoever runs it, and holds no path and no time', async () => {
    const other = project.clone();
    rmSync(join(other.folder, 'reports'), { recursive: true });
    await other.fx(['run', STUDY, '--no-report', '--cores', '1']);
    const [one, two] = [project.read(LOCK), other.read(LOCK)];
    other.remove();
    assert.equal(two, one);
    assert.ok(!one.includes(project.folder));
    assert.doesNotMatch(one, /20\d\d-\d\d-\d\d/);
  });

  it('is refuted by a change of a parameter, of code, of the graph, and by nothing less', async () => {
    project.edit(STUDY, 'title: Words of a text', 'title: Another title # and a comment');
    project.edit('stages/words.js', "ledger('count');", "ledger('count'); // a comment");
    assert.deepEqual(await findings(), []);
    project.edit(STUDY, 'value: false', 'value: true');
    assert.deepEqual(await findings(), ['verify/changed-parameters joined']);
    project.edit('stages/words.js', 'String(text.length)', 'String(text.length + 1)');
    assert.deepEqual(await findings(), ['verify/changed-code count', 'verify/changed-parameters joined']);
    project.edit('experiments/shared.yaml', '  count:', '  tally:');
    project.edit(STUDY, '${count/', '${tally/');
    const graph = await findings();
    assert.ok(graph.includes('verify/stale-stage count') && graph.includes('verify/unlocked-stage tally'));
    assert.equal((await verify()).code, 3);
  });

  it('is refuted where a result is gone, damaged, or another than it says', async () => {
    const key = /count:[^]*?key: "(\w+)"/.exec(project.read(LOCK))![1]!;
    const record = join(project.folder, 'cache/results', key.slice(0, 2), `${key.slice(2)}.json`);
    rmSync(record);
    assert.deepEqual(await findings(), ['verify/no-result count']);
    await project.fx(['run', STUDY, '--no-report']);
    assert.deepEqual(await findings(), []);
    const blobs = join(project.folder, 'cache/blobs');
    for (const folder of readdirSync(blobs)) {
      for (const name of readdirSync(join(blobs, folder))) {
        chmodSync(join(blobs, folder, name), 0o644);
        writeFileSync(join(blobs, folder, name), 'rot');
      }
    }
    assert.deepEqual(await findings(), [
      'verify/no-result count',
      'verify/no-result joined',
      'verify/no-result pieces',
    ]);
  });

  it('is refuted where it was edited by hand', async () => {
    const lock = project.read(LOCK);
    project.write(LOCK, lock.replace(/(count:[^]*?artifact: ")\w{8}/, '$100000000'));
    const wrong = await findings();
    assert.ok(wrong.includes('verify/other-result count'), wrong.join());
    project.write(LOCK, lock.replace(/metrics-digest: "\w{8}/, 'metrics-digest: "00000000'));
    assert.deepEqual(await findings(), ['verify/other-result count']);
    for (const [from, to] of [
      [/length: (\d)/, 'length: 9$1'],
      [/(count:[^]*?files: )1/, '$12'],
      [/(count:[^]*?bytes: )(\d)/, '$19$2'],
    ] as const) {
      assert.match(lock, from);
      project.write(LOCK, lock.replace(from, to));
      const [found, ...others] = await findings();
      assert.match(found!, /^verify\/other-result /, String(from));
      assert.deepEqual(others, []);
    }
    for (const name of ['code', 'parameters']) {
      project.write(LOCK, lock.replace(new RegExp(`(count:[^]*? ${name}: ")\\w{8}`), '$100000000'));
      assert.deepEqual(await findings(), ['verify/changed-key count']);
    }
    project.write(LOCK, `${lock}<<<<<<< HEAD\n`);
    const { code, err } = await verify();
    assert.equal(code, 3);
    assert.match(err, /lock\.yaml is not YAML.*take either side/s);
  });

  it('merges as text where two branches changed different stages', async () => {
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e', ...words], {
        cwd: project.folder,
        stdio: 'pipe',
      });
    git('init', '-q', '-b', 'main');
    git('add', '-A');
    git('commit', '-qm', 'one');
    git('checkout', '-qb', 'capitals');
    project.edit(STUDY, 'value: false', 'value: true');
    await project.fx(['run', STUDY, '--no-report']);
    git('commit', '-qam', 'capitals');
    git('checkout', '-q', 'main');
    // The number as text stays, so that no other stage is reached.
    project.edit('stages/words.js', 'done({ count: text.length })', 'done({ count: text.length, twice: 2 })');
    await project.fx(['run', STUDY, '--no-report']);
    git('commit', '-qam', 'twice');
    assert.equal(spawnSync('git', ['merge', '-q', '--no-edit', 'capitals'], { cwd: project.folder }).status, 0);
    const before = project.executions();
    assert.deepEqual(await findings(), []);
    assert.equal(project.executions(), before);
  });

  it('is not written for a part of an experiment, or one with a parameter set by hand', async () => {
    rmSync(join(project.folder, LOCK));
    await project.fx(['run', STUDY, '--no-report', '--set', 'upper=true']);
    await project.fx(['run', STUDY, '--no-report', '--only', 'count']);
    await project.fx(['run', STUDY, '--no-report', '--no-lock']);
    const { code, err } = await verify();
    assert.equal(code, 3);
    assert.match(err, /there is no lock/);
  });
});
