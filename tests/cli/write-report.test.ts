import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeReport } from '../../src/cli/report/write.js';
import { openCache } from '../../src/engine/artifacts/cache.js';
import { sampleRun } from '../report/sample-run.js';

describe('the folder of a report', () => {
  it('is left alone where it holds the report of this very run, and mended where it does not', async () => {
    const project = mkdtempSync(join(tmpdir(), 'fx-reports-'));
    const sample = sampleRun(undefined, { pairs: 60 });
    try {
      const cache = openCache(join(project, 'cache'));
      for (const { outputs } of sample.run.stages)
        for (const { digest } of outputs) {
          mkdirSync(dirname(cache.blobs.locate(digest)), { recursive: true });
          cpSync(sample.locateBlob(digest), cache.blobs.locate(digest));
        }
      const first = await writeReport(sample.run, cache, sample.kinds, project);
      assert.equal(first.isNew, true);
      assert.equal(first.folder, join(project, 'reports/sample/mini'));
      const page = join(first.folder, 'report.md');
      const written = readFileSync(page, 'utf8');

      const second = await writeReport(sample.run, cache, sample.kinds, project);
      assert.equal(second.isNew, false);
      assert.deepEqual(second.report, first.report);

      // As a run that reads its results again finds them: the same, in another order.
      const turned = Object.fromEntries(Object.entries(sample.run).toReversed()) as unknown as typeof sample.run;
      assert.notEqual(JSON.stringify(turned), JSON.stringify(sample.run));
      assert.equal((await writeReport(turned, cache, sample.kinds, project)).isNew, false);

      writeFileSync(page, 'edited');
      writeFileSync(join(first.folder, 'tables/old.csv'), 'of a table that is no more');
      assert.equal((await writeReport(sample.run, cache, sample.kinds, project)).isNew, true);
      assert.equal(readFileSync(page, 'utf8'), written);
      assert.equal(existsSync(join(first.folder, 'tables/old.csv')), false);

      const other = { ...sample.run, experiment: { ...sample.run.experiment, parameters: { yaw: [-20, 20] } } };
      assert.equal((await writeReport(other, cache, sample.kinds, project)).isNew, true);
      assert.equal(readdirSync(join(cache.root, 'reports')).length, 2);
    } finally {
      sample.remove();
      rmSync(project, { recursive: true, force: true });
    }
  });
});
