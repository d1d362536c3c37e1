import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

describe('the memory of an import', () => {
  it('is that of a shard, however many there are', function () {
    this.timeout(300_000);
    // Without arguments the script shows it for 450,000 images.
    const proof = spawnSync(process.execPath, ['dist/scripts/prove-import-memory.js', '1800', '100'], {
      encoding: 'utf8',
    });
    assert.equal(proof.status, 0, `${proof.stdout}${proof.stderr}`);
    assert.match(proof.stdout, /1800 images in shards of 100/);
  });
});
