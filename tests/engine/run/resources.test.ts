import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { ResourcePool } from '../../../src/engine/run/resources.js';

const total = { cores: 4, memory: 100, gpus: 2 };
const wanted = fc.record({
  cores: fc.integer({ min: 1, max: 6 }),
  memory: fc.integer({ min: 1, max: 150 }),
  gpus: fc.integer({ min: 0, max: 3 }),
});

describe('the resources of a machine', () => {
  it('are never given out twice, and everyone gets a turn, whatever is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ wanted, priority: fc.nat(3), turns: fc.nat(3) }), { maxLength: 20 }),
        async (jobs) => {
          const pool = new ResourcePool(total);
          const used = { cores: 0, memory: 0, gpus: 0 };
          const inUse = new Set<string>();
          let served = 0;
          const work = jobs.map(async ({ wanted: asked, priority, turns }) => {
            const holding = await pool.acquire(asked, priority);
            assert.ok(holding);
            const { release, devices } = holding;
            assert.equal(devices.length, Math.min(asked.gpus, total.gpus));
            for (const device of devices) assert.ok(!inUse.has(device), `GPU ${device} was given out twice`);
            for (const device of devices) inUse.add(device);
            const names = ['cores', 'memory', 'gpus'] as const;
            for (const name of names) used[name] += Math.min(asked[name], total[name]);
            for (const name of names) assert.ok(used[name] <= total[name], `${name} were given out twice`);
            for (let i = 0; i < turns; i += 1) await turn();
            for (const name of names) used[name] -= Math.min(asked[name], total[name]);
            for (const device of devices) inUse.delete(device);
            release();
            // To give back twice gives nothing more.
            release();
            served += 1;
          });
          await Promise.all(work);
          assert.equal(served, jobs.length);
        },
      ),
    );
  });

  it('are looked for only once somebody asks for a GPU, and have the names that were found', async () => {
    let looks = 0;
    const pool = new ResourcePool({ cores: 4, memory: 1, gpus: 0 }, () => {
      looks += 1;
      return ['3', 'GPU-8f'];
    });
    const none = await pool.acquire({ cores: 1, memory: 1, gpus: 0 }, 0);
    assert.deepEqual([none!.devices, looks], [[], 0]);
    none!.release();
    const one = await pool.acquire({ cores: 1, memory: 0, gpus: 1 }, 0);
    const other = await pool.acquire({ cores: 1, memory: 0, gpus: 1 }, 0);
    assert.deepEqual([one!.devices, other!.devices, looks], [['3'], ['GPU-8f'], 1]);
  });

  it('go first to whoever the most waits for, and in order among equals', async () => {
    const pool = new ResourcePool({ cores: 1, memory: 1, gpus: 0 });
    const one = { cores: 1, memory: 1, gpus: 0 };
    const order: string[] = [];
    const first = await pool.acquire(one, 0);
    const work = (['low 0', 'high 2', 'low-too 0', 'middle 1'] as const).map(async (name) => {
      const holding = await pool.acquire(one, Number(name.split(' ')[1]));
      order.push(name);
      holding!.release();
    });
    first!.release();
    await Promise.all(work);
    assert.deepEqual(order, ['high 2', 'middle 1', 'low 0', 'low-too 0']);
  });

  it('are given to nobody any more once a run is stopped, and who waits is told', async () => {
    const pool = new ResourcePool({ cores: 1, memory: 1, gpus: 0 });
    const holding = await pool.acquire({ cores: 1, memory: 1, gpus: 0 }, 0);
    const waiting = pool.acquire({ cores: 1, memory: 1, gpus: 0 }, 0);
    pool.close();
    assert.equal(await waiting, undefined);
    holding!.release();
    assert.equal(await pool.acquire({ cores: 1, memory: 1, gpus: 0 }, 0), undefined);
  });
});
