import assert from 'node:assert/strict';
import { join } from 'node:path';
import { experiment, Project } from './project.js';

describe('an experiment without a report', function () {
  this.timeout(30_000);

  it('is told so where fx report is asked for one', async () => {
    const stages = '  one: { uses: ./stages/mine.ts#write, with: { text: a } }\n';
    const project = new Project({ 'bare.yaml': experiment('bare', stages) });
    try {
      assert.equal((await project.fx('run', 'bare.yaml')).code, 0);
      const { code, err } = await project.fx('report', 'bare.yaml');
      assert.notEqual(code, 0);
      assert.match(err, /^error: bare\.yaml has no report/);
    } finally {
      project.remove();
    }
  });
});

describe('an experiment without stages', function () {
  this.timeout(30_000);

  it('has nothing to run, and is told so', async () => {
    const project = new Project({ 'none.yaml': experiment('none', '').replace('stages:', 'stages: {}') });
    try {
      for (const words of [['plan'], ['why'], ['run', '--no-report']]) {
        const { code, out, err } = await project.fx(words[0]!, 'none.yaml', ...words.slice(1));
        assert.equal(code, 0, err);
        assert.match(`${out}${err}`, /^(none: )?nothing to run: the experiment has no stages\n$/);
      }
    } finally {
      project.remove();
    }
  });
});

describe('what is not there', function () {
  this.timeout(30_000);
  let project: Project;
  before(
    () =>
      (project = new Project({
        'one.yaml': experiment('one', '  one: { uses: ./stages/mine.ts#write, with: { text: a } }\n'),
      })),
  );
  after(() => project.remove());

  it('is an error of one form at each command: a file to look at, a run, a place for a key', async () => {
    const key = join(project.directory, 'nowhere', 'key.pem');
    for (const [words, says] of [
      [['ui', 'no.yaml'], /^error: there is no file no\.yaml {2}\[document\/not-found\]/],
      [['attach', 'no.yaml'], /^error: no run of no\.yaml is kept in .* {2}\[attach\/no-run\]/],
      [['attach', '--run', 'no'], /^error: no run `no` is kept in .* {2}\[attach\/no-run\]/],
      [
        ['cache', 'key', key],
        /^error: the key was not written: ENOENT.* {2}\[cache\/no-key\]\n {2}= help: name a file/,
      ],
      [['cache', 'key', join(project.directory, 'one.yaml')], /\[cache\/no-key\]\n {2}= help: name another file/],
    ] as const) {
      const { code, out, err } = await project.fx(words[0], ...words.slice(1));
      assert.deepEqual([code, out], [2, ''], err);
      assert.match(err, says);
    }
  });

  it('of a plan of one stage is said of one', async () => {
    assert.equal((await project.fx('run', 'one.yaml', '--no-report')).code, 0);
    assert.match((await project.fx('plan', 'one.yaml')).out, /nothing to run: the result of the one stage is known\n$/);
  });
});
