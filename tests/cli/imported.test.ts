import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importByRun, makeCasia } from '../proofs/imported.js';

/** A short form of `npm run prove:import`. */
describe('a run that imports a data set', function () {
  this.timeout(120_000);
  const directory = mkdtempSync(join(tmpdir(), 'fx-imported-'));
  after(() => rmSync(directory, { recursive: true }));

  it('takes no more memory for many images than for few', async function () {
    if (!existsSync('/proc/self/status')) this.skip();
    const [few, many] = await Promise.all(
      [1000, 3000].map(async (count) => {
        await makeCasia(join(directory, `d${count}`), count, 40);
        return importByRun(directory, `d${count}`, count);
      }),
    );
    assert.match(many!.log, /3 parts executed/);
    assert.ok(many!.parent < few!.parent + 24, `${few!.parent} to ${many!.parent} MiB in the run's process`);
    assert.ok(many!.child < few!.child + 24, `${few!.child} to ${many!.child} MiB in a child`);
  });
});
