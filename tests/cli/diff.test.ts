import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openCache } from '../../src/engine/artifacts/cache.js';
import { buildReport } from '../../src/report/build.js';
import type { ReportDiff } from '../../src/report/diff/diff.js';
import { sampleRun, SKILL, type Skill } from '../report/sample-run.js';
import { Project } from './project.js';

/** A project whose cache holds the scores of two made-up runs, with their reports in folders. */
async function sampleProject(runs: Readonly<Record<string, Skill>>): Promise<Project> {
  const project = new Project({ 'package.json': '{ "private": true }\n' });
  const cache = openCache(join(project.directory, 'cache'));
  for (const [folder, skill] of Object.entries(runs)) {
    const sample = sampleRun(skill, { pairs: 200 });
    for (const { outputs } of sample.run.stages)
      for (const { digest } of outputs) {
        mkdirSync(dirname(cache.blobs.locate(digest)), { recursive: true });
        copyFileSync(sample.locateBlob(digest), cache.blobs.locate(digest));
      }
    const { files } = await buildReport(sample.run, sample);
    for (const [path, content] of files) project.write(`${folder}/sample/mini/${path}`, String(content));
    sample.remove();
  }
  return project;
}

/** The synthetic model as it was, the frontal one much worse. */
const WORSE: Skill = { ...SKILL, frontal: [0] };

/** The synthetic model worse by less than its noise. */
const ALIKE: Skill = { ...SKILL, synthetic: [SKILL.synthetic[0]! - 0.02] };

describe('fx diff', function () {
  this.timeout(60_000);

  it('compares two folders of reports: numbers pair by pair, claims, as Markdown and as JSON', async () => {
    const project = await sampleProject({ before: SKILL, after: WORSE });
    const shown = await project.fx('diff', 'before', 'after');
    assert.equal(shown.code, 0, shown.err);
    assert.match(shown.out, /^## sample, profile mini: 2 worse/);
    assert.match(
      shown.out,
      /\| table2b \/ SYN-Front \| LFW \| 0\.\d{3} \| 0\.\d{3} \| −0\.\d{3} \[.*\] \| \*\*worse\*\* \| over 100 persons alone, not over trainings \|/,
    );
    const diff = await project.json<ReportDiff>(
      'diff',
      'before/sample/mini/report.json',
      'after/sample/mini/report.json',
    );
    assert.equal(diff.schema, 'fx/diff@1');
    assert.deepEqual([...new Set(diff.cells.map(({ row, verdict }) => `${row} ${verdict}`))], ['SYN-Front worse']);
    project.remove();
  });

  it('fails on a regression where it is asked to, and on nothing else', async () => {
    const project = await sampleProject({ before: SKILL, after: WORSE, alike: ALIKE });
    const code = async (...words: readonly string[]) => (await project.fx('diff', ...words)).code;
    assert.equal(await code('before', 'after', '--fail-on', 'regression'), 3);
    assert.equal(await code('before', 'alike', '--fail-on', 'regression'), 0);
    assert.equal(await code('before', 'before', '--fail-on', 'regression'), 0);
    assert.equal(await code('before', 'after', '--fail-on', 'anything'), 2);
    assert.equal(await code('before', 'nowhere'), 2);
    project.remove();
  });

  it('compares commits, and a commit with what lies in the folder', async () => {
    const project = await sampleProject({ reports: SKILL, later: WORSE });
    const git = (...words: readonly string[]): unknown =>
      execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...words], {
        cwd: project.directory,
        stdio: 'pipe',
      });
    git('init', '-q');
    git('add', 'reports');
    git('commit', '-qm', 'first');
    project.write('reports/sample/mini/report.json', project.read('later/sample/mini/report.json'));
    const uncommitted = await project.fx('diff', 'HEAD');
    assert.match(uncommitted.out, /^## sample, profile mini: 2 worse/, uncommitted.err);
    git('add', 'reports');
    git('commit', '-qm', 'second');
    assert.match((await project.fx('diff', 'HEAD')).out, /nothing changed/);
    assert.match((await project.fx('diff', 'HEAD', 'HEAD~1')).out, /^## sample, profile mini: 2 better/);
    assert.match((await project.fx('diff', 'HEAD~1:reports/sample', 'reports')).out, /2 worse/);
    project.remove();
  });

  it('compares runs: the parameter or the code that moved a number', async () => {
    const project = new Project({ 'package.json': '{ "private": true }\n' });
    const study = (text: string, more = '') =>
      `fx: 1\nname: study\ntitle: A study\nparameters: { word: { value: ${text} } }\nstages:\n` +
      `  a: { uses: ../stages/mine.ts#write, with: { text: "\${word}" } }\n` +
      `  b: { uses: ../stages/mine.ts#chain, with: { count: 2, text: fixed } }\n` +
      `${more}report: { tables: [{ id: t, rows: { A: a }, columns: { length: length } }] }\n`;
    project.write('experiments/old.yaml', study('word'));
    project.write('experiments/new.yaml', study('longer-word'));
    for (const file of ['old', 'new']) {
      const ran = await project.fx('run', `experiments/${file}.yaml`);
      assert.equal(ran.code, 0, ran.err);
    }
    const { out, err } = await project.fx('diff', 'experiments/old.yaml', 'experiments/new.yaml');
    assert.match(out, /- parameter `word`: `word` → `longer-word`/, err);
    assert.match(out, /- `a`: `text` `word` → `longer-word`/);
    assert.doesNotMatch(out, /`b`/);
    assert.match(
      out,
      /\| t \/ A \| length \| 4\.000 \| 11\.000 \| \+7\.000 \| noise unknown \| a single value: its noise is unknown \|/,
    );

    // The same experiment after its code was changed, against the report that was written before.
    project.write('before.json', project.read('reports/study/default/report.json'));
    project.edit('stages/shout.ts', 'toUpperCase()', "toUpperCase() + '!'");
    assert.equal((await project.fx('run', 'experiments/new.yaml')).code, 0);
    const code = await project.fx('diff', 'before.json', 'reports/study/default/report.json');
    assert.match(code.out, /- `a`: code of .*write: shout in stages\/shout\.ts changed/, code.err);
    assert.doesNotMatch(code.out, /`b`/);
    project.remove();
  });
});
