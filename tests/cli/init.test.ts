import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../src/report/report.js';
import { Project, type Finished } from './project.js';

describe('fx init', function () {
  this.timeout(120_000);
  let project: Project;
  before(() => {
    project = new Project();
    project.directory = mkdtempSync(join(tmpdir(), 'fx-init-'));
  });
  after(() => project.remove());

  const run = async (...words: readonly string[]): Promise<Finished['err']> => {
    const { code, err } = await project.fx('run', 'experiment.yaml', ...words);
    assert.equal(code, 0, err);
    return err;
  };

  it('makes, in an empty directory, a study that runs as it is: a table with intervals and a claim', async () => {
    const made = await project.fx('init');
    assert.equal(made.code, 0, made.err);
    assert.match(made.err, /Next: fx run experiment\.yaml/);
    assert.match(await run(), /centre: 6 executed/);
    const { tables, claims } = JSON.parse(project.read('reports/centre/default/report.json')) as Report;
    for (const { cells } of tables[0]!.rows) {
      assert.equal(
        new Set(cells[0]!.sources.map(({ value }) => value)).size,
        3,
        'each replicate has a seed of its own',
      );
      assert.ok(cells[0]!.interval!.low < cells[0]!.value! && cells[0]!.value! < cells[0]!.interval!.high);
    }
    assert.equal(claims[0]!.verdict, 'reproduced');
    assert.match(await run(), /centre: 6 reused/);
  });

  it('whose settings are those that are read, and no part of the repository', async () => {
    project.write('fx.local.yaml', 'set: { outliers: 0 }\n');
    assert.match(await run(), /centre: 6 executed/);
    assert.match(project.read('.gitignore'), /^fx\.local\.yaml$/m);
  });

  it('in which a changed line of the program runs again what it makes', async () => {
    const script = join(project.directory, 'scripts/estimate.mjs');
    writeFileSync(script, readFileSync(script, 'utf8').replace('length: 200', 'length: 100'));
    assert.match(await run(), /centre: 6 executed/);
  });

  it('inside of another project is one of its own: cache and reports lie beside the experiment', async () => {
    const outer = new Project({ 'package.json': '{}' });
    try {
      assert.equal((await outer.fx('init', 'inner')).code, 0);
      const done = await outer.fx('run', 'inner/experiment.yaml');
      assert.equal(done.code, 0, done.err);
      for (const name of ['cache', 'reports/centre/default/report.html', '.fx/runs']) {
        assert.ok(existsSync(join(outer.directory, 'inner', name)), name);
        assert.ok(!existsSync(join(outer.directory, name)), name);
      }
    } finally {
      outer.remove();
    }
  });

  it('takes nothing away that is there', async () => {
    const again = await project.fx('init');
    assert.equal(again.code, 2);
    assert.match(again.err, /has .*experiment\.yaml.* already/);
    const beside = await project.fx('init', 'new/study');
    assert.equal(beside.code, 0);
    assert.match(beside.err, /Next: cd new\/study && fx run experiment\.yaml/);
    assert.ok(existsSync(join(project.directory, 'new/study/scripts/estimate.mjs')));
  });
});
