import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  filterList,
  imageList,
  type FoundImage,
  type ImageList,
} from '../../../src/plugins/recognition/datasets/sets/image-list.js';
import { PixelBudget } from '../../../src/plugins/recognition/datasets/images/pixel-budget.js';
import { shardsOf } from '../../../src/plugins/recognition/datasets/sets/shards.js';
import { subset, type SubsetDraw } from '../../../src/plugins/recognition/datasets/formats/subset.js';
import { sha256 } from '../../../src/foundation/files/digest.js';

/** Person p has p + 1 images. */
function pyramid(persons: number, order: 'up' | 'down' = 'up'): ImageList {
  const entries: FoundImage[] = [];
  for (let p = 0; p < persons; p += 1) {
    for (let i = 0; i <= p; i += 1) {
      const name = `${String(p).padStart(3, '0')}/${String(i).padStart(3, '0')}.jpg`;
      entries.push({ name, file: name, identity: name.slice(0, 3) });
    }
  }
  const list = imageList('folder', order === 'up' ? entries : entries.reverse());
  assert.ok(list.ok);
  return list.value;
}

function draw(list: ImageList, size: number | 'all', how: SubsetDraw, seed = 1): ImageList {
  const drawn = subset(list, size, how, seed);
  assert.ok(drawn.ok);
  return drawn.value;
}

const names = (list: ImageList) => [...list.entries].map((entry) => entry.name);

describe('a subset of a data set', () => {
  const list = pyramid(40);
  const all = list.count;

  it('has the size that was asked for and lies inside every larger one of its seed', () => {
    const how = fc.constantFrom<SubsetDraw>('images', 'balanced', 'persons');
    const size = fc.integer({ min: 1, max: all });
    fc.assert(
      fc.property(how, size, size, fc.nat(), (draws, a, b, seed) => {
        const small = names(draw(list, Math.min(a, b), draws, seed));
        const large = new Set(names(draw(list, Math.max(a, b), draws, seed)));
        assert.equal(small.length, Math.min(a, b));
        assert.ok(small.every((name) => large.has(name)));
      }),
      { numRuns: 60 },
    );
    assert.equal(draw(list, 'all', 'images'), list);
  });

  it('differs by seed and not by the order of the listing', () => {
    for (const how of ['images', 'balanced', 'persons'] as const) {
      const [up, down] = [draw(list, 100, how), draw(pyramid(40, 'down'), 100, how)];
      assert.deepEqual([...up.entries], [...down.entries]);
      assert.deepEqual(up.identities, down.identities);
      assert.notDeepEqual(names(draw(list, 100, how, 1)), names(draw(list, 100, how, 2)));
    }
  });

  it('drawn balanced has all persons, and none has two more images than another could have', () => {
    const drawn = draw(list, 100, 'balanced');
    const counts = drawn.identities.map((person) => [...drawn.entries].filter((e) => e.identity === person).length);
    assert.equal(drawn.identities.length, 40);
    assert.ok(Math.max(...counts) <= 4);
    drawn.identities.forEach((person, i) => assert.ok(counts[i] === Number(person) + 1 || counts[i]! >= 2));
  });

  it('drawn by persons has whole persons, all but one', () => {
    const drawn = draw(list, 100, 'persons');
    const cut = drawn.identities.filter(
      (person) => [...drawn.entries].filter((e) => e.identity === person).length !== Number(person) + 1,
    );
    assert.ok(cut.length <= 1);
  });

  it('drawn by images keeps the shares of persons on average', () => {
    let large = 0;
    for (let seed = 0; seed < 200; seed += 1) {
      large += [...draw(list, 82, 'images', seed).entries].filter((e) => e.identity === '039').length;
    }
    assert.ok(Math.abs(large / 200 - 4) < 0.4, `a tenth of 40 images, and it is ${large / 200}`);
  });

  it('is the same for ever', () => {
    const first = (how: SubsetDraw) => names(draw(list, 5, how)).join(' ');
    assert.equal(first('images'), '029/027.jpg 032/016.jpg 037/030.jpg 039/017.jpg 039/025.jpg');
    assert.equal(first('balanced'), '003/001.jpg 007/004.jpg 025/017.jpg 033/020.jpg 039/006.jpg');
    assert.equal(first('persons'), '007/000.jpg 007/001.jpg 007/004.jpg 007/005.jpg 007/006.jpg');
    const digest = (how: SubsetDraw) => sha256(names(draw(list, 100, how)).join('\n'));
    assert.equal(digest('images'), 'f6cf65c8d8e8f9fb4311c6bb3bc070b598e24bed88b311096760304cd79ba8c4');
    assert.equal(digest('balanced'), '5902bc0c17ce61aeb5b230e46540221ebfaf2801982ca1cf983feb01a22ac664');
    assert.equal(digest('persons'), '6ee4c18535627fef1ff0d605fb20986b1d404a9b4f4e153e02648dc9880545a1');
  });

  it('cannot be larger than the data set', () => {
    const refused = subset(list, all + 1, 'images', 1);
    assert.ok(!refused.ok);
    assert.equal(refused.error[0]!.message, `a subset of ${all + 1} images was asked for, and the data set has ${all}`);
  });
});

describe('shards', () => {
  it('cover a list without gap or overlap', () => {
    const ranges = (persons: number, size: number) =>
      [...shardsOf(pyramid(persons), size)].map(({ begin, end, entries }) => {
        assert.equal(entries.length, end - begin);
        return [begin, end];
      });
    assert.deepEqual(ranges(2, 2), [[0, 2], [2, 3]]); // prettier-ignore
    assert.deepEqual(ranges(3, 3), [[0, 3], [3, 6]]); // prettier-ignore
    const list = pyramid(5);
    assert.deepEqual(
      [
        ...shardsOf(
          filterList(list, () => false),
          4,
        ),
      ],
      [],
    );
    assert.deepEqual([...shardsOf(list, 4)].flatMap(({ entries }) => entries), [...list.entries]); // prettier-ignore
  });
});

describe('the budget of decoded pixels', () => {
  it('is never exceeded but by one large image alone, and serves all', async () => {
    const budget = new PixelBudget(10);
    const sizes = [4, 4, 4, 25, 1, 9, 2, 10, 3];
    let held = 0;
    let served = 0;
    await Promise.all(
      sizes.map((pixels) =>
        budget.hold(pixels, async () => {
          held += pixels;
          assert.ok(held <= 10 || held === pixels);
          await new Promise((resolve) => setTimeout(resolve, 1));
          held -= pixels;
          served += 1;
        }),
      ),
    );
    assert.equal(served, sizes.length);
    await assert.rejects(
      budget.hold(10, () => Promise.reject(new Error('lost'))),
      /lost/,
    );
    assert.equal(await budget.hold(10, () => Promise.resolve('free again')), 'free again');
  });
});
