import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  annotate,
  formatAnnotations,
  parseAnnotations,
} from '../../../src/plugins/recognition/datasets/formats/annotations.js';
import { readCasia } from '../../../src/plugins/recognition/datasets/formats/casia.js';
import { exclude, keepOnly, parseNameList } from '../../../src/plugins/recognition/datasets/formats/name-list.js';
import { dtdLabelFile, parseDtdLabels, readDtd } from '../../../src/plugins/recognition/datasets/formats/dtd.js';
import { readFolder } from '../../../src/plugins/recognition/datasets/formats/folder.js';
import type { ListedFile } from '../../../src/plugins/recognition/datasets/sets/image-list.js';
import {
  formatIjbaComparisons,
  formatIjbaMetadata,
  ijbaBox,
  IJBA_COLUMNS,
  ijbaName,
  ijbaPoints,
  parseIjbaComparisons,
  parseIjbaMetadata,
  readIjba,
} from '../../../src/plugins/recognition/datasets/formats/ijba.js';
import {
  formatPairs,
  parseLfwFile,
  parsePairs,
  readLfw,
} from '../../../src/plugins/recognition/datasets/formats/lfw.js';
import {
  MULTIPIE_YAW,
  multiPieFile,
  parseMultiPieFile,
  readMultiPie,
} from '../../../src/plugins/recognition/datasets/formats/multipie.js';
import { formatPairList, parsePairList } from '../../../src/plugins/recognition/datasets/formats/pairs.js';
import {
  formatPos,
  parsePos,
  POS_POINTS,
  posFile,
  posFivePoints,
} from '../../../src/plugins/recognition/datasets/formats/pos.js';
import { csvFields, csvLine } from '../../../src/plugins/recognition/datasets/formats/text-lines.js';
import type { Diagnostic } from '../../../src/foundation/failures/diagnostic.js';
import type { Result } from '../../../src/foundation/failures/result.js';

function listing(...paths: string[]): ListedFile[] {
  return paths.map((path) => ({ path, bytes: 1 }));
}

function value<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.error.map((d) => d.message).join('\n'));
  return result.value;
}

function errors(result: Result<unknown>): readonly Diagnostic[] {
  assert.ok(!result.ok);
  return result.error;
}

describe('LFW', () => {
  const small = '1\t2\nA\t1\t2\nB\t3\t4\nA\t1\tB\t2\nC\t1\tD\t12\n';

  it('reads pairs by the names of their images and writes them back', () => {
    const list = value(parsePairs(small));
    assert.deepEqual(list.pairs[3], { fold: 0, genuine: false, a: 'C/C_0001.jpg', b: 'D/D_0012.jpg' });
    assert.equal(formatPairs(list).split('\n').slice(1).join('\n'), small.split('\n').slice(1).join('\n'));
    assert.deepEqual(value(parsePairs(formatPairs(list))), list);
  });

  it('reads the development lists, which have one number on their first line', () => {
    const list = value(parsePairs(small.replace('1\t2', '2'), 'pairsDevTest.txt'));
    assert.deepEqual([list.folds, list.perFold, list.pairs.length], [1, 2, 4]);
  });

  it('says where a file is cut off, and how much is missing', () => {
    const [problem] = errors(parsePairs(small.split('\n').slice(0, 4).join('\n')));
    assert.equal(problem!.code, 'datasets/truncated');
    assert.equal(problem!.place!.start.line, 4);
    assert.match(problem!.message, /pairs\.txt:4: .*impostor pair 2 of 2 in fold 1 of 1: 1 of 4 pairs/);
  });

  it('says every malformed line at once', () => {
    const problems = errors(parsePairs(small.replace('B\t3\t4', 'B\t3').replace('A\t1\tB\t2', 'A\t1\tA\t2')));
    assert.deepEqual(
      problems.map((p) => p.place!.start.line),
      [3, 4],
    );
    assert.equal(errors(parsePairs('ten folds')).length, 1);
    assert.equal(errors(parsePairs('')).length, 1);
    assert.match(errors(parsePairs(small + 'E\t1\t2\n'))[0]!.message, /:6: a line after the last/);
  });

  it('finds images below any folder, and only those that are named after their person', () => {
    const list = value(
      readLfw(listing('lfw/A_B/A_B_0002.jpg', 'lfw/A_B/A_B_0001.jpg', 'lfw/X/Y_0001.jpg', 'readme.txt')),
    );
    assert.deepEqual(
      [...list.entries].map((e) => [e.name, e.file, e.identity]),
      [
        ['A_B/A_B_0001.jpg', 'lfw/A_B/A_B_0001.jpg', 'A_B'],
        ['A_B/A_B_0002.jpg', 'lfw/A_B/A_B_0002.jpg', 'A_B'],
      ],
    );
    assert.equal(parseLfwFile('A/A_1.jpg'), undefined);
    assert.equal(errors(readLfw([]))[0]!.code, 'datasets/no-images');
  });

  it('parses the published pairs.txt: 6,000 pairs in 10 folds of 300 and 300', function () {
    const path = join(process.env.FX_TEST_DATA ?? '../shared/data', 'lfw/pairs.txt');
    if (!existsSync(path)) {
      console.log(`      skipped: ${path} is not there`);
      this.skip();
    }
    const text = readFileSync(path, 'utf8');
    const list = value(parsePairs(text, path));
    assert.deepEqual([list.folds, list.perFold, list.pairs.length], [10, 300, 6000]);
    for (let fold = 0; fold < 10; fold += 1) {
      const pairs = list.pairs.filter((pair) => pair.fold === fold);
      assert.equal(pairs.filter((pair) => pair.genuine).length, 300);
      assert.equal(pairs.filter((pair) => !pair.genuine).length, 300);
    }
    assert.equal(new Set(list.pairs.flatMap(({ a, b }) => [a, b])).size, 7701);
    assert.equal(formatPairs(list), text);
    const cut = errors(parsePairs(text.slice(0, 100_000), path));
    assert.equal(cut.at(-1)!.place!.start.line, text.slice(0, 100_000).trimEnd().split('\n').length);
  });
});

describe('lists of pairs', () => {
  it('come back as they were written, notes aside', () => {
    const pairs = [0, 1].flatMap((fold) => [
      { fold, genuine: true, a: `p/${fold} 1.png`, b: `p/${fold}2.png` },
      { fold, genuine: false, a: `p/${fold}3.png`, b: `q/${fold}.png` },
    ]);
    const list = { folds: 2, perFold: 1, pairs };
    const text = formatPairList(list, ['Multi-PIE pairs, seed 7']);
    assert.equal(text.split('\n')[0], '# Multi-PIE pairs, seed 7');
    assert.deepEqual(value(parsePairList(text, 'x')), list);
    assert.match(
      errors(parsePairList(text.trimEnd().replace(/\tq[^\t]*$/, ''), 'x'))[0]!.message,
      /^x:6: expected two/,
    );
  });
});

describe('CASIA-WebFace', () => {
  const files = listing(
    'CASIA/0000045/001.jpg',
    'CASIA/0000045/002.jpg',
    'CASIA/0000099/001.jpg',
    'CASIA/0000099/notes.txt',
    'CASIA/list.jpg',
  );

  it('reads a folder of seven digits per person', () => {
    const list = value(readCasia(files));
    assert.deepEqual(list.identities, ['0000045', '0000099']);
    assert.deepEqual(
      [...list.entries].map((e) => e.name),
      ['0000045/001.jpg', '0000045/002.jpg', '0000099/001.jpg'],
    );
  });

  it('leaves out listed persons and images, and says which of them it has not got', () => {
    const list = value(readCasia(files));
    const names = parseNameList('# overlaps\n0000099 Some_Name\n0000045\\002.jpg 0\n0166921\n');
    const { list: left, warnings } = value(exclude(list, names));
    assert.deepEqual(
      [...left.entries].map((e) => e.name),
      ['0000045/001.jpg'],
    );
    assert.deepEqual(left.identities, ['0000045']);
    assert.deepEqual(
      warnings.map((w) => [w.severity, w.message.slice(0, 7)]),
      [['warning', '0166921']],
    );
  });

  it('keeps what a cleaned list names', () => {
    const kept = value(keepOnly(value(readCasia(files)), parseNameList('0000045/002.jpg 1\n')));
    assert.deepEqual(
      [...kept.list.entries].map((e) => e.name),
      ['0000045/002.jpg'],
    );
  });
});

describe('Multi-PIE', () => {
  it('tells what an image shows by its name, and names it by what it shows', () => {
    const path = 'session01/multiview/001/01/05_1/001_01_01_051_07.png';
    const image = parseMultiPieFile(path)!;
    assert.deepEqual(image, { subject: '001', session: 1, recording: 1, camera: '05_1', shot: 7 });
    assert.equal(multiPieFile(image), path);
    assert.equal(parseMultiPieFile('session01/multiview/001/01/05_1/readme.png'), undefined);
  });

  it('has thirteen cameras 15 degrees apart, the frontal one between the profiles', () => {
    assert.deepEqual(
      [...MULTIPIE_YAW.values()],
      Array.from({ length: 13 }, (_, i) => -90 + 15 * i),
    );
    assert.equal(MULTIPIE_YAW.get('05_1'), 0);
  });

  it("selects session one, frontal light and no overhead camera, as the paper's", () => {
    const at = (session: number, camera: string, shot: number) =>
      multiPieFile({ subject: '002', session, recording: 1, camera, shot });
    const list = value(
      readMultiPie(
        listing(`d/${at(1, '05_1', 7)}`, at(1, '05_1', 0), at(2, '05_1', 7), at(1, '08_1', 7), at(1, '24_0', 7)),
      ),
    );
    assert.deepEqual(
      [...list.entries].map((e) => e.name),
      [at(1, '05_1', 7), at(1, '24_0', 7)],
    );
  });
});

describe('.pos annotations', () => {
  it('have five points where all are marked, doubled in profile, two where only eyes are', () => {
    for (const [count, names] of POS_POINTS) {
      const annotation = new Map(names.map((name, i) => [name, { x: i + 0.5, y: 100 + i }]));
      const text = formatPos(annotation);
      assert.deepEqual(value(parsePos(text, 'a.pos')), annotation);
      const xs = [0, 2, 4, 6, 8].map((i) => posFivePoints(annotation)[i]);
      const expected: Record<number, number[]> = {
        16: [0.5, 1.5, 6.5, 7.5, 8.5],
        8: [0.5, 1.5, 2.5, 3.5, 4.5],
        6: [0.5, 0.5, 1.5, 2.5, 2.5],
        2: [0.5, 1.5, NaN, NaN, NaN],
      };
      assert.deepEqual(xs, expected[count]);
    }
    assert.equal(posFile('a/b.c/001_01.png'), 'a/b.c/001_01.pos');
  });

  it('are refused with the line where they end early or are no numbers', () => {
    assert.match(errors(parsePos('2\n1 2\n', 'a.pos'))[0]!.message, /a\.pos:2: .*point 2 of 2 \(leye\)/);
    assert.match(errors(parsePos('2\n1 2\n3 x\n', 'a.pos'))[0]!.message, /a\.pos:3: expected x and y of leye/);
    assert.match(
      errors(parsePos('5\n', 'a.pos'))[0]!.message,
      /a\.pos:1: expected the number of points \(16, 8, 6, 2\)/,
    );
  });
});

describe('IJB-A', () => {
  const full =
    '1,10,img/533.JPG,7,8,,10.5,20,30,40,20,30,35,31,27,45,12.5,1,1,1,0,1,3,2,0\n' +
    '1,10,frame/29_1.png,9,9,17,,,,,,,,,,,,,,,,,,,\n' +
    '2,11,img/533.JPG,7,8,,60,20,30,40,,,80,31,70,45,,1,1,1,0,1,3,2,0\n';
  const text = IJBA_COLUMNS.join(',') + '\n' + full;

  it('comes back as it was written', () => {
    const rows = value(parseIjbaMetadata(text, 'm.csv'));
    assert.equal(formatIjbaMetadata(rows), text);
    assert.deepEqual(value(parseIjbaMetadata(full, 'm.csv')), rows, 'without a header, the published order');
    const pairs = value(parseIjbaComparisons('1,2\r\n3,4\r\n', 'c.csv'));
    assert.deepEqual(value(parseIjbaComparisons(formatIjbaComparisons(pairs), 'c.csv')), pairs);
  });

  it('has a blank box as none, eyes and nose as points, and two faces in one file under two names', () => {
    const rows = value(parseIjbaMetadata(text, 'm.csv'));
    assert.deepEqual(ijbaBox(rows[0]!), { x: 10.5, y: 20, width: 30, height: 40 });
    assert.equal(ijbaBox(rows[1]!), undefined);
    assert.equal(ijbaPoints(rows[1]!), undefined);
    assert.deepEqual([...ijbaPoints(rows[2]!)!], [NaN, NaN, 80, 31, 70, 45, NaN, NaN, NaN, NaN]);
    assert.notEqual(ijbaName(rows[0]!), ijbaName(rows[2]!));
  });

  it('finds files under other spellings of their folder, and names the template that misses one', () => {
    const rows = value(parseIjbaMetadata(text, 'm.csv'));
    const { list, warnings } = value(readIjba(listing('IJB-A/images/img/533.jpg'), [rows, rows]));
    assert.deepEqual(
      [...list.entries].map((e) => [e.identity, e.file]),
      [
        ['10', 'IJB-A/images/img/533.jpg'],
        ['11', 'IJB-A/images/img/533.jpg'],
      ],
    );
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!.message, /frame\/29_1\.png, of template 1 \(subject 10\)/);
    assert.equal(value(readIjba(listing('images/img/533.JPG', 'frames/29_1.png'), [rows])).warnings.length, 0);
  });

  it('is refused with the line of a wrong column', () => {
    assert.match(
      errors(parseIjbaMetadata(text.replace('10.5', 'left'), 'm.csv'))[0]!.message,
      /m\.csv:2: .*FACE_X, found "left"/,
    );
    assert.match(errors(parseIjbaMetadata(text.slice(0, -10), 'm.csv'))[0]!.message, /m\.csv:4: expected 25 columns/);
    assert.match(errors(parseIjbaComparisons('1,2\n3\n', 'c.csv'))[0]!.message, /c\.csv:2: expected two templates/);
  });
});

describe('DTD and plain folders', () => {
  it('take their classes and persons from folders', () => {
    const dtd = value(
      readDtd(listing('dtd/images/banded/banded_0002.jpg', 'dtd/labels/train1.txt', 'dtd/images/x/y_0001.jpg')),
    );
    assert.deepEqual(
      [...dtd.entries],
      [
        {
          name: 'banded/banded_0002.jpg',
          file: 'dtd/images/banded/banded_0002.jpg',
          identity: 'banded',
          box: undefined,
          points: undefined,
          person: 0,
          sample: 0,
        },
      ],
    );
    assert.equal(dtdLabelFile('train', 1), 'labels/train1.txt');
    assert.deepEqual(value(parseDtdLabels('banded/banded_0002.jpg\n', 'train1.txt')), ['banded/banded_0002.jpg']);
    assert.match(errors(parseDtdLabels('a/b\nbanded\n', 'train1.txt'))[0]!.message, /train1\.txt:2/);
    const plain = value(readFolder(listing('ann/1.png', 'bob/x/2.JPG', 'top.png', 'ann/.hidden.png', 'ann/a.csv')));
    assert.deepEqual(
      [...plain.entries].map((e) => [e.identity, e.name]),
      [
        ['ann', 'ann/1.png'],
        ['bob', 'bob/x/2.JPG'],
      ],
    );
  });
});

describe('annotations', () => {
  it('come back as they were written, blanks included', () => {
    const coordinate = fc.double({ noNaN: true, noDefaultInfinity: true });
    const box = fc.record({ x: coordinate, y: coordinate, width: coordinate, height: coordinate });
    const points = fc
      .array(fc.option(coordinate, { nil: NaN }), { minLength: 10, maxLength: 10 })
      .filter((p) => p.some((v) => !Number.isNaN(v)))
      .map((p) => Float64Array.from(p, (v) => v + 0));
    const positive = (v: unknown): unknown =>
      JSON.parse(JSON.stringify(v, (_, x: unknown) => (x instanceof Float64Array ? [...x] : x === 0 ? 0 : x)));
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.stringMatching(/^[a-z ",]{1,8}$/).map((s) => `p/${s}.png`),
          fc.record({ box, points }, { requiredKeys: [] }),
        ),
        (dictionary) => {
          const annotations = new Map(Object.entries(dictionary));
          const back = value(parseAnnotations(formatAnnotations(annotations), 'a.csv'));
          assert.deepEqual(positive([...back]), positive([...annotations]));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are matched to images by name, and what matches nothing is said', () => {
    const list = value(readFolder(listing('ann/1.png', 'bob/2.png')));
    const text = 'name,right-eye-x,right-eye-y,left-eye-x,left-eye-y\nann/1.png,1,2,3,4\nbob/3.png,1,2,3,4\n';
    const { list: marked, warnings } = annotate(list, value(parseAnnotations(text, 'a.csv')));
    const [ann, bob] = marked.entries;
    assert.deepEqual([...(ann!.points as Float64Array)].slice(0, 5), [1, 2, 3, 4, NaN]);
    assert.equal(bob!.points, undefined);
    assert.match(warnings[0]!.message, /bob\/3\.png is annotated/);
    assert.match(errors(parseAnnotations('name,nose\n', 'a.csv'))[0]!.message, /a column "nose"/);
    assert.match(
      errors(parseAnnotations(text.replace('3,4\nbob', '3\nbob'), 'a.csv'))[0]!.message,
      /a\.csv:2: expected 5 columns/,
    );
  });
});

describe('comma-separated values', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z ",]{0,6}$/), { minLength: 1, maxLength: 6 }), (fields) => {
        fc.pre(fields.length > 1 || fields[0] !== '');
        assert.deepEqual(csvFields(csvLine(fields)), fields);
      }),
    );
  });
});
