import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mirror } from '../../../src/plugins/recognition/learning/batches/loader.js';
import { BatchSampler } from '../../../src/plugins/recognition/learning/batches/sampler.js';

/** People with these numbers of images, their images mixed. */
function labels(counts: readonly number[]): Int32Array {
  const identity: number[] = [];
  for (let k = 0; k < Math.max(...counts); k += 1) counts.forEach((count, p) => k < count && identity.push(p));
  return Int32Array.from(identity);
}

function sampler(counts: readonly number[], people: number, images: number, seed = 1): BatchSampler {
  const created = BatchSampler.create(labels(counts), { people, images, flip: true }, seed);
  assert.ok(created.ok);
  return created.value;
}

describe('batches', () => {
  it('hold P distinct people with K distinct images each', () => {
    const counts = Array.from({ length: 40 }, () => 25);
    const identity = labels(counts);
    const { images, identity: people, pair } = sampler(counts, 15, 20).plan(3, 7);
    assert.equal(new Set(images).size, 300);
    const seen = new Map<number, number>();
    images.forEach((image, i) => {
      assert.equal(identity[image], people[i]);
      seen.set(people[i]!, (seen.get(people[i]!) ?? 0) + 1);
    });
    assert.deepEqual(
      [...seen.values()],
      Array.from({ length: 15 }, () => 20),
    );
    assert.equal(pair.length, 15 * 190);
    assert.ok(pair.every((p) => p === 1));
  });

  it('are full and consistent for any data set that can make a triplet', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 2, max: 6 }), fc.integer({ min: 2, max: 6 }), (counts, people, images) => {
        fc.pre(counts.filter((n) => n > 1).length >= 2);
        const identity = labels(counts);
        const made = sampler(counts, people, images);
        const available = counts.reduce((sum, n) => sum + Math.min(n, images), 0);
        assert.equal(made.shape.images, Math.min(people * images, available));
        const plan = made.plan(0, 0);
        assert.equal(new Set(plan.images).size, made.shape.images);
        const each = new Map<number, number>();
        plan.images.forEach((image, i) => {
          assert.equal(plan.identity[i], identity[image]);
          each.set(identity[image]!, (each.get(identity[image]!) ?? 0) + 1);
        });
        assert.ok([...each].every(([person, n]) => n <= Math.min(images, counts[person]!)));
        // Every unordered pair of one person, once.
        const pairs = new Set<string>();
        plan.pair.forEach((isUsed, k) => {
          if (isUsed === 0) return;
          assert.equal(plan.identity[plan.anchor[k]!], plan.identity[plan.positive[k]!]);
          assert.ok(plan.anchor[k]! < plan.positive[k]!);
          pairs.add(`${plan.anchor[k]} ${plan.positive[k]}`);
        });
        const expected = [...each.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
        assert.equal(pairs.size, expected);
        assert.equal(
          plan.pair.reduce((a, b) => a + b, 0),
          expected,
        );
      }),
      { numRuns: 200 },
    );
  });

  it('depend on seed, epoch and number alone', () => {
    const counts = [5, 4, 6, 3, 9];
    const plan = sampler(counts, 3, 4).plan(2, 1);
    assert.deepEqual(sampler(counts, 3, 4).plan(2, 1), plan);
    assert.notDeepEqual(sampler(counts, 3, 4).plan(2, 2).images, plan.images);
    assert.notDeepEqual(sampler(counts, 3, 4).plan(1, 1).images, plan.images);
    assert.notDeepEqual(sampler(counts, 3, 4, 2).plan(2, 1).images, plan.images);
  });

  it('need two people with two images each', () => {
    for (const counts of [[9], [9, 1, 1], [1, 1, 1]]) {
      const made = BatchSampler.create(labels(counts), { people: 3, images: 4, flip: false }, 1);
      assert.ok(!made.ok);
      assert.equal(made.error[0]!.code, 'learning/too-few-identities');
    }
  });

  it('mirror about half of the images, of every place, and none where that is not asked for', () => {
    const counts = Array.from({ length: 40 }, () => 25);
    const plans = Array.from({ length: 50 }, (_, number) => sampler(counts, 5, 4).plan(1, number));
    for (let place = 0; place < 20; place += 1) {
      const mirrored = plans.filter((plan) => plan.mirrored[place] === 1).length;
      assert.ok(mirrored >= 10 && mirrored <= 40, `place ${place}: ${mirrored} of 50`);
    }
    const plain = BatchSampler.create(labels(counts), { people: 5, images: 4, flip: false }, 1);
    assert.ok(plain.ok && plain.value.plan(1, 0).mirrored.every((one) => one === 0));
  });

  it('mirror images left to right', () => {
    const image = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    mirror(image, 2, 3);
    assert.deepEqual([...image], [7, 8, 9, 4, 5, 6, 1, 2, 3, 17, 18, 19, 14, 15, 16, 11, 12, 13]);
  });
});
