import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from '../../src/foundation/files/files.js';
import { Project } from './project.js';

const STUDY = 'experiments/study.yaml';
const LOCK = 'reports/study/default/lock.yaml';
const REASON = 'the sum was rewritten; "same" numbers: all of them';

describe('fx accept', function () {
  this.timeout(60_000);
  let project: Project;
  const accept = (...options: string[]) => project.fx(['accept', STUDY, '--because', REASON, ...options]);
  const count = (code: string): void =>
    project.edit('stages/words.js', "const text = parameters.inputs.map(read).join('');", code);

  before(async () => {
    project = Project.example();
    assert.equal((await project.fx(['run', STUDY])).code, 0);
    project.keep();
  });
  beforeEach(() => project.restore());
  after(() => project.remove());

  it('keeps results that a change of code did not alter; lock and report say so', async () => {
    // Both `count` and `join` read so; the first is `count`'s.
    count("let text = ''; for (const input of parameters.inputs) text += read(input);");
    const planned = await project.fx(['plan', STUDY]);
    assert.match(planned.out + planned.err, /count/);
    const before = project.executions();
    const { code, err } = await accept();
    assert.equal(code, 0, err);
    assert.match(err, /recomputing 1 of 1 parts[^]*same {2}count[^]*accepted: count/);
    assert.equal(project.executions(), before + 1, 'the sample');
    const lock = project.read(LOCK);
    assert.match(
      lock,
      /count:[^]*accepted:\n {6}preimage: "\w{64}"\n {6}reason: "the sum was rewritten; \\"same\\" numbers/,
    );
    assert.equal(lock.match(/accepted:/g)?.length, 1);
    assert.match(
      project.read('reports/study/default/report.md'),
      /> 1 of 3 results were made by earlier code .*“the sum/,
    );
    const ran = await project.fx(['run', STUDY]);
    assert.match(ran.err, /3 reused/);
    assert.equal(project.read(LOCK), lock, 'a run writes the same lock');
    const verified = await project.fx(['verify', STUDY]);
    assert.equal(verified.code, 0, verified.out);
    const audited = await project.fx(['verify', STUDY, '--audit', '100%']);
    assert.equal(audited.code, 0, audited.out);
  });

  it('keeps the parts of a divided stage, so that more can be added', async () => {
    project.edit('stages/words.js', "split(' ')[i] + '\\n'", "split(/ /)[i].concat('\\n')");
    const { code, err } = await accept('--audit', '100%');
    assert.equal(code, 0, err);
    assert.match(err, /recomputing 5 of 5 parts/);
    const before = project.executions();
    project.edit('experiments/shared.yaml', 'pieces: 4', 'pieces: 3');
    const ran = await project.fx(['run', STUDY, '--only', 'pieces']);
    assert.match(ran.err, /0 parts executed, 3 reused|1 executed/);
    assert.equal(project.executions(), before, 'no piece was made again');
  });

  it('accepts nothing where the sample came out otherwise', async () => {
    count("const text = parameters.inputs.map(read).join('') + '!';");
    const files = await filesBelow(join(project.folder, 'cache/results'));
    const lock = project.read(LOCK);
    const { code, out, err } = await accept();
    assert.equal(code, 3);
    assert.match(out, /\*\*count\*\*: count\.txt differs from byte/);
    assert.match(err, /nothing was accepted/);
    assert.deepEqual(await filesBelow(join(project.folder, 'cache/results')), files);
    assert.equal(project.read(LOCK), lock);
  });

  it('says what it cannot accept', async () => {
    const none = await accept();
    assert.equal(none.code, 3);
    assert.match(none.err, /nothing to accept/);
    project.edit('stages/words.js', 'toUpperCase()', 'toLocaleUpperCase()');
    project.edit(STUDY, 'value: false', 'value: true');
    const more = await accept();
    assert.equal(more.code, 3);
    assert.match(more.err, /left: joined: more than its code has changed/);
    const unreasoned = await project.fx(['accept', STUDY]);
    assert.equal(unreasoned.code, 2);
    assert.match(unreasoned.err, /--because/);
  });

  it('goes to others with its word', async () => {
    const remote = `${project.folder}.remote`;
    count("let text = ''; for (const input of parameters.inputs) text += read(input);");
    assert.equal((await accept()).code, 0);
    assert.equal((await project.fx(['cache', 'push', STUDY, '--remote', remote])).code, 0);
    const clone = project.clone();
    const ran = await clone.fx(['run', STUDY, '--remote', remote]);
    assert.match(ran.err, /3 reused/);
    assert.equal(clone.executions(), 0);
    assert.equal(clone.read(LOCK), project.read(LOCK));
    clone.remove();
    rmSync(remote, { recursive: true });
  });
});
