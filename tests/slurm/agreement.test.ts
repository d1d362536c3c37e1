import assert from 'node:assert/strict';
import { agreement } from './agreement.js';
import { missingSlurm, needsSlurm, RealSlurm } from './real-slurm.js';

describe('an experiment on a real Slurm of three nodes', function () {
  this.timeout(300_000);
  let slurm: RealSlurm;
  before(async function () {
    needsSlurm(this);
    slurm = await RealSlurm.start(3);
  });
  after(async () => {
    if (missingSlurm() === undefined) await slurm.stop();
  });

  // The first paper's second table is `npm run prove:slurm`.
  it('has the keys, the artifacts and the report of a run on this machine, and a second run executes nothing', async () => {
    const found = await agreement(slurm, 'quickstart');
    assert.ok(found.results >= 7, `${found.results} results`);
    assert.deepEqual(found.differing, []);
    assert.ok(found.reportFiles >= 3, `${found.reportFiles} files of the report`);
    assert.deepEqual(found.reportDiffers, []);
    assert.equal(found.again, 0);
    assert.deepEqual(await slurm.noJobs(), []);
  });
});
