import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Study } from './study.js';

describe('the quickstart', function () {
  this.timeout(180_000);

  it('runs as it is committed, from nothing to its table, its curves and its images', async () => {
    const study = new Study();
    try {
      const { code, err } = await study.fx('run', 'experiments/quickstart.yaml');
      assert.equal(code, 0, err);
      const folder = join(study.project.directory, 'reports/quickstart/default');
      const report = readFileSync(join(folder, 'report.md'), 'utf8');
      assert.match(report, /\| Synthetic +\| .*0\.\d{3}/);
      for (const picture of report.matchAll(/!\[[^\]]*\]\(<?([^)>]+)>?\)/g)) readFileSync(join(folder, picture[1]!));
      assert.match(report, /figures\/roc\.svg/);
      assert.match(report, /figures\/curve[^)]*\.svg/);
      assert.match(report, /figures\/sheet[^)]*\.png/);
    } finally {
      study.project.remove();
    }
  });
});
