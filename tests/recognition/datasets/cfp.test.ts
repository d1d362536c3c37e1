import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cfpFivePoints, readCfp, readCfpPairs } from '../../../src/plugins/recognition/datasets/formats/cfp.js';
import { listFolder } from '../../../src/plugins/recognition/datasets/sets/listing.js';
import type { ListedFolder } from '../../../src/plugins/recognition/datasets/sets/image-list.js';
import { formatPairTable, parsePairTable } from '../../../src/plugins/recognition/datasets/formats/pair-table.js';

/** Thirty points, those given by their number in the publication (from 1), the others at 0. */
function fiducials(points: Readonly<Record<number, readonly [number, number]>>): string {
  return Array.from({ length: 30 }, (_, k) => (points[k + 1] ?? [0, 0]).join(',')).join('\n') + '\n';
}

const EYE = Object.fromEntries([13, 14, 15, 16, 17, 18].map((k) => [k, [40 + (k % 2), 50] as const]));
const LEFT_OF_NOSE = fiducials({ ...EYE, 22: [60, 70], 26: [45, 90] });
const RIGHT_OF_NOSE = fiducials({ ...EYE, 22: [20, 70], 26: [35, 90] });

describe('CFP', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fx-cfp-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const source = (root = folder): ListedFolder => ({
    files: [...listFolder(root)],
    locate: (path) => join(root, path),
  });

  it('has one eye and one corner of the mouth of a frontal face, on the side that the nose tells', () => {
    const right = cfpFivePoints(LEFT_OF_NOSE, 'x', 'frontal');
    assert.ok(right.ok);
    assert.deepEqual([...right.value], [40.5, 50, NaN, NaN, 60, 70, 45, 90, NaN, NaN]);
    const left = cfpFivePoints(RIGHT_OF_NOSE, 'x', 'frontal');
    assert.ok(left.ok);
    assert.deepEqual([...left.value], [NaN, NaN, 40.5, 50, 20, 70, NaN, NaN, 35, 90]);
  });

  it('lets the eye and the corner of a profile stand for both', () => {
    const points = cfpFivePoints(LEFT_OF_NOSE, 'x', 'profile');
    assert.ok(points.ok);
    assert.deepEqual([...points.value], [40.5, 50, 40.5, 50, 60, 70, 45, 90, 45, 90]);
  });

  it('names the line of a point that is none, and says how many points are missing', () => {
    const wrong = cfpFivePoints('1,2\n3;4\n', 'a.txt', 'frontal');
    assert.ok(!wrong.ok);
    assert.match(wrong.error[0]!.message, /3;4/);
    const few = cfpFivePoints('1,2\n', 'a.txt', 'frontal');
    assert.ok(!few.ok);
    assert.match(few.error[0]!.message, /expected 30 points, found 1/);
  });

  it('reads images with their points, by person and view, in a folder below', () => {
    for (const name of ['001/frontal/01', '001/profile/01', '002/frontal/01']) {
      write(`cfp-dataset/Data/Images/${name}.jpg`, '');
      if (!name.startsWith('002')) write(`cfp-dataset/Data/Fiducials/${name}.txt`, LEFT_OF_NOSE);
    }
    const list = readCfp(source());
    assert.ok(list.ok);
    const entries = [...list.value.entries];
    assert.deepEqual(list.value.identities, ['001', '002']);
    assert.deepEqual(
      entries.map(({ name, points }) => [name, points?.[4]]),
      [
        ['001/frontal/01.jpg', 60],
        ['001/profile/01.jpg', 60],
        ['002/frontal/01.jpg', undefined],
      ],
    );
  });

  it('reads the splits of both protocols, those without pairs left out', () => {
    write('Protocol/Pair_list_F.txt', '1 ../Data/Images/001/frontal/01.jpg\r\n2 ../Data/Images/001/frontal/02.jpg\r\n');
    write('Protocol/Pair_list_P.txt', '1 ../Data/Images/001/profile/01.jpg\n2 ../Data/Images/002/profile/01.jpg\n');
    for (const [split, text] of [
      ['01', '1,2\n'],
      ['02', ''],
      ['03', '2,1\n'],
    ] as const) {
      // prettier-ignore
      for (const protocol of ['FF', 'FP']) {
        for (const kind of ['same', 'diff']) write(`Protocol/Split/${protocol}/${split}/${kind}.txt`, text);
      }
    }
    const list = readCfpPairs(source(), 'FP');
    assert.ok(list.ok);
    assert.equal(list.value.folds, 2);
    assert.deepEqual(list.value.pairs.slice(1, 3), [
      { fold: 0, genuine: false, a: '001/frontal/01.jpg', b: '002/profile/01.jpg' },
      { fold: 1, genuine: true, a: '001/frontal/02.jpg', b: '001/profile/01.jpg' },
    ]);
    const frontal = readCfpPairs(source(), 'FF');
    assert.ok(frontal.ok);
    assert.equal(frontal.value.pairs[0]!.b, '001/frontal/02.jpg');
  });

  it('names every number that stands for no image', () => {
    write('Protocol/Pair_list_F.txt', '1 ../Data/Images/001/frontal/01.jpg\n');
    write('Protocol/Split/FF/01/same.txt', '1,9\n');
    write('Protocol/Split/FF/01/diff.txt', '7,1\n');
    const list = readCfpPairs(source(), 'FF');
    assert.ok(!list.ok);
    assert.deepEqual(
      list.error.map(({ message }) => /"(.*)"/.exec(message)![1]),
      ['1,9', '7,1'],
    );
  });

  it('reads the data set as it is given out', function () {
    const root = join(process.env.FX_TEST_DATA ?? join('..', 'shared', 'data'), 'real', 'cfp');
    if (!existsSync(root)) {
      console.log(`      skipped: ${root} is missing`);
      return this.skip();
    }
    const list = readCfp(source(root));
    assert.ok(list.ok);
    assert.equal(list.value.count, 250 * 14);
    assert.ok([...list.value.entries].every(({ points }) => points !== undefined));
    const names = new Set([...list.value.entries].map(({ name }) => name));
    for (const protocol of ['FF', 'FP'] as const) {
      const pairs = readCfpPairs(source(root), protocol);
      assert.ok(pairs.ok);
      assert.equal(pairs.value.folds, 5);
      assert.equal(pairs.value.pairs.length, 3500);
      for (const { a, b, genuine } of pairs.value.pairs) {
        assert.ok(names.has(a) && names.has(b));
        assert.equal(a.slice(0, 3) === b.slice(0, 3), genuine);
      }
    }
  });
});

describe('pairs of the user’s own', () => {
  it('are read by the names of their columns, in folds of any size', () => {
    const list = parsePairTable('fold,b,a,same\n2,y.png,x.png,no\n2,"q,1.png",x.png,yes\n5,z,w,1\n', 'pairs.csv');
    assert.ok(list.ok);
    assert.equal(list.value.folds, 2);
    assert.deepEqual(list.value.pairs, [
      { fold: 0, genuine: true, a: 'x.png', b: 'q,1.png' },
      { fold: 0, genuine: false, a: 'x.png', b: 'y.png' },
      { fold: 1, genuine: true, a: 'w', b: 'z' },
    ]);
    assert.deepEqual(parsePairTable(formatPairTable(list.value), 'again'), list);
  });

  it('are one fold where none is said', () => {
    const list = parsePairTable('a,b,same\nx,y,1\nx,z,0\n', 'pairs.csv');
    assert.ok(list.ok);
    assert.equal(list.value.folds, 1);
  });

  it('name every line that is wrong, and a header without the columns', () => {
    const wrong = parsePairTable('a,b,same,fold\nx,y,maybe,1\nx,x,1,1\nx,y,1,0\nx,y\nx,y,1,1\n', 'pairs.csv');
    assert.ok(!wrong.ok);
    assert.deepEqual(
      wrong.error.map(({ message }) => /expected [^,]*/.exec(message)![0]),
      [
        'expected 1 or 0 as same',
        'expected the names of two images',
        'expected a whole number from 1 on as fold',
        'expected 4 columns',
      ],
    );
    assert.ok(!parsePairTable('x,y,1\n', 'pairs.csv').ok);
  });
});
