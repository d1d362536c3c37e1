import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Project, type Finished } from './project.js';

describe('fx init', function () {
  this.timeout(120_000);
  let project: Project;
  before(() => {
    project = new Project();
    project.directory = mkdtempSync(join(tmpdir(), 'fx-init-'));
  });
  after(() => project.remove());

  const run = async (): Promise<Finished['err']> => {
    const { code, err } = await project.fx('run', 'experiment.yaml', '--set', 'persons=3');
    assert.equal(code, 0, err);
    return err;
  };

  it('makes, in an empty directory, an experiment that runs as it is', async () => {
    const made = await project.fx('init');
    assert.equal(made.code, 0, made.err);
    assert.match(made.err, /Next: fx run experiment\.yaml/);
    assert.match(await run(), /brightness: 3 executed/);
    assert.equal((await project.fx('get', 'experiment.yaml', 'summary', '--set', 'persons=3')).code, 0);
    assert.match(readFileSync(join(project.directory, 'summary/summary.txt'), 'utf8'), /^mean brightness \d+\.\d\n/);
    assert.match(await run(), /brightness: 3 reused/);
  });

  it('in which a comment changes nothing, and a changed line runs again what it makes', async () => {
    const module = join(project.directory, 'stages/brightness.ts');
    const before = readFileSync(module, 'utf8');
    writeFileSync(module, `// A comment.\n${before.replace('const counts', '/* another */ const counts')}`);
    assert.match(await run(), /brightness: 3 reused/);
    writeFileSync(module, before.replace('mean / 256', '(mean + 1) / 257'));
    const { out } = await project.fx('why', 'experiment.yaml', 'brightness', '--set', 'persons=3');
    assert.match(out, /code of \.\/stages\/brightness\.ts#brightness changed: brightness in stages\/brightness\.ts/);
    assert.match(await run(), /brightness: [12] reused, [12] executed/);
  });

  it('takes nothing away that is there', async () => {
    const again = await project.fx('init');
    assert.equal(again.code, 2);
    assert.match(again.err, /has .*experiment\.yaml.* already/);
    const beside = await project.fx('init', 'new/study');
    assert.equal(beside.code, 0);
    assert.match(beside.err, /Next: cd new\/study && fx run experiment\.yaml/);
    assert.ok(existsSync(join(project.directory, 'new/study/stages/brightness.ts')));
  });
});
