import assert from 'node:assert/strict';
import { simulate } from './simulated-cluster.js';

const PARTS = 400;
const ALL = Array.from({ length: PARTS }, (_, i) => `part-${i}`).sort();

describe('parts on a simulated cluster', function () {
  this.timeout(120_000);

  it('are done once each, by at most so many jobs, with at most one question in ten seconds', async () => {
    const { done, failed, submissions, queries, most, seconds } = await simulate({
      parts: PARTS,
      slots: 20,
      secondsEach: 40,
    });
    assert.deepEqual([...done].sort(), ALL);
    assert.equal(failed, 0);
    assert.ok(most <= 20, `${most} jobs at a time`);
    assert.ok(submissions <= 20, `${submissions} submissions`);
    assert.ok(queries <= 1 + seconds / 10, `${queries} questions in ${seconds} s`);
  });

  it('fail with the reason where no job can ever start, and leave none in the queue', async () => {
    const never = 'PENDING (PartitionConfig)';
    const { done, failed, told, left } = await simulate({ parts: 6, slots: 3, secondsEach: 1, never });
    assert.deepEqual([done, failed, left], [[], 6, []]);
    for (const message of told) assert.match(message, /^job \d+_\d can never start: PENDING \(PartitionConfig\)$/);
  });

  it('are all done where nodes fail, those of lost jobs by others', async () => {
    const { done, failed, most } = await simulate({ parts: PARTS, slots: 20, secondsEach: 40, lostEvery: 60 });
    assert.deepEqual([...new Set(done)].sort(), ALL);
    assert.equal(done.length, PARTS);
    assert.equal(failed, 0);
    assert.ok(most <= 20, `${most} jobs at a time`);
  });
});
