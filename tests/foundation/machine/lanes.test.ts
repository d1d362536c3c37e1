import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { mapInLanes, until } from '../../../src/foundation/machine/lanes.js';

describe('work in lanes', () => {
  it('gives results in order, never more at a time than lanes, nor asked for ahead', async () => {
    let asked = 0;
    let working = 0;
    let most = 0;
    function* items(): Generator<number> {
      for (; asked < 20; asked += 1) {
        assert.ok(working < 3);
        yield asked;
      }
    }
    const results = await mapInLanes(items(), 3, async (item) => {
      working += 1;
      most = Math.max(most, working);
      await sleep((item * 7) % 5);
      working -= 1;
      return 10 * item;
    });
    assert.deepEqual(
      results,
      Array.from({ length: 20 }, (_, i) => 10 * i),
    );
    assert.equal(most, 3);
  });

  it('begins no further item once it is over', async () => {
    const begun: number[] = [];
    const items = until([0, 1, 2, 3, 4, 5], () => begun.length >= 3);
    await mapInLanes(items, 2, (item) => sleep(begun.push(item)));
    assert.deepEqual(begun, [0, 1, 2]);
  });

  it('rejects as soon as one does', async () => {
    const work = (item: number) => (item === 2 ? Promise.reject(new Error('two')) : sleep(1));
    await assert.rejects(mapInLanes([0, 1, 2, 3], 2, work), /two/);
    assert.deepEqual(await mapInLanes([], 2, work), []);
  });
});
