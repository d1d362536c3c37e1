import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { ANNOTATION_COLUMNS } from '../../../src/plugins/recognition/datasets/formats/annotation-row.js';
import {
  annotateFromTable,
  openAnnotationTable,
  warnOfUnused,
} from '../../../src/plugins/recognition/datasets/formats/annotation-table.js';
import {
  annotate,
  formatAnnotations,
  parseAnnotations,
} from '../../../src/plugins/recognition/datasets/formats/annotations.js';
import { imageList, type ImageList } from '../../../src/plugins/recognition/datasets/sets/image-list.js';
import { NameIndex } from '../../../src/plugins/recognition/datasets/formats/name-index.js';
import { readDataset } from '../../../src/plugins/recognition/datasets/formats/read-dataset.js';
import { csvLine } from '../../../src/plugins/recognition/datasets/formats/text-lines.js';
import { fnv1a } from '../../../src/foundation/numbers/random.js';

const NAMES = ['p/1.png', 'p/2.png', 'p/a,b.png', 'p/"q".png', 'q/ü.png', 'q/1.png', 'q/ 2 .png', ' r/1.png'];
const { box, points } = { box: { central: 0.5 }, points: Float64Array.of(9) };

function listOf(names: readonly string[]): ImageList {
  const list = imageList('folder', names.map((name) => ({ name, file: name, identity: name.slice(0, 1), box, points }))); // prettier-ignore
  assert.ok(list.ok);
  return list.value;
}

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
const field = fc.oneof({ weight: 8, arbitrary: number }, { weight: 4, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constantFrom('x', ' ', '1,5', '0x1', '"') }); // prettier-ignore
const goodField = fc.oneof(number, fc.constant(''), fc.constant(' 1 '));
const end = fc.constantFrom('\n', '\r\n', '\n\n', '\n \r\n');

/** A table's text: of `wild` ones, some lines say no row, and some name what was there. */
const table = (wild: boolean) =>
  fc
    .record({
      mark: fc.constantFrom('', '', '\uFEFF', '\n'),
      columns: fc
        .shuffledSubarray([...ANNOTATION_COLUMNS.slice(1)])
        .chain((columns) => fc.shuffledSubarray(['name', ...columns], { minLength: columns.length + 1 }))
        .map((columns) => (wild && columns.length % 5 === 0 ? [...columns, columns[0]!] : columns)),
      names: wild
        ? fc.array(fc.constantFrom(...NAMES, 'unknown', 'none/of.png'), { maxLength: 12 })
        : fc.shuffledSubarray([...NAMES, 'unknown', 'none/of.png', '']),
      fields: fc.infiniteStream(wild ? field : goodField),
      ends: fc.infiniteStream(end),
      last: fc.boolean(),
      cut: fc.nat(wild ? 9 : 0),
    })
    .map(({ mark, columns, names, fields, ends, last, cut }) => {
      const next = <T>(stream: IterableIterator<T>): T => stream.next().value as T;
      const rows = names.map((name) => columns.map((column) => (column === 'name' ? name : next(fields))));
      const lines = [columns, ...rows].map((row, i) => csvLine(cut > 0 && i === cut ? row.slice(1) : row));
      return mark + lines.map((line, i) => (i < lines.length - 1 || last ? line + next(ends) : line)).join('');
    });

const hashes = {
  usual: fnv1a,
  'of three values': (name: string) => name.length % 3,
  'of one value': () => 2 ** 32 - 1,
};

describe('a table of annotations on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fx-table-'));
  const path = join(folder, 'annotations.csv');
  after(() => rmSync(folder, { recursive: true }));

  /** Of one text: how many rows it has, or that both ways complain of the same. */
  function compare(text: string, names: readonly string[], hash: (name: string) => number): number | 'refused' {
    writeFileSync(path, text);
    const held = parseAnnotations(text, 'a.csv');
    const onDisk = openAnnotationTable(path, 'a.csv', hash);
    if (!held.ok || !onDisk.ok) {
      assert.deepEqual(onDisk, held);
      return 'refused';
    }
    const list = listOf(names);
    const wanted = annotate(list, held.value);
    const annotated = annotateFromTable(list, onDisk.value);
    for (let look = 1; look <= 2; look += 1) assert.deepEqual([...annotated.entries], [...wanted.list.entries]);
    assert.deepEqual([annotated.identities, annotated.count], [wanted.list.identities, wanted.list.count]);
    assert.deepEqual(warnOfUnused(onDisk.value, list), wanted.warnings);
    return held.value.size;
  }

  for (const [called, hash] of Object.entries(hashes)) {
    it(`says what one in memory says, with a hash ${called}`, () => {
      const names = fc.shuffledSubarray(NAMES, { minLength: 1 });
      let rows = 0;
      fc.assert(
        fc.property(table(false), names, (text, some) => {
          const size = compare(text, some, hash);
          assert.notEqual(size, 'refused');
          rows += Number(size);
        }),
        { numRuns: 150 },
      );
      assert.ok(rows > 150);
      let refused = 0;
      fc.assert(
        fc.property(table(true), names, (text, some) => {
          if (compare(text, some, hash) === 'refused') refused += 1;
        }),
        { numRuns: 150 },
      );
      assert.ok(refused > 30);
    });
  }

  it('complains of each line in its turn, of a second row of one name too, and of a table without a header', () => {
    const text = 'name,box-x\r\n\r\np/1.png,1\r\np/2.png,x\r\np/1.png,2\r\np/2.png\r\np/2.png,3\r\np/1.png,4';
    assert.equal(compare(text, ['p/1.png'], fnv1a), 'refused');
    const read = openAnnotationTable(path, 'a.csv');
    assert.ok(!read.ok);
    assert.deepEqual(
      read.error.map(({ message }) => message),
      [
        'a.csv:4: expected a number or a blank as box-x, found "x"',
        'a.csv:5: p/1.png is annotated a second time',
        'a.csv:6: expected 2 columns, found 1',
        'a.csv:8: p/1.png is annotated a second time',
      ],
    );
    for (const none of ['', '\n\n', 'name,nose\n', 'box-x\n1\n']) {
      assert.equal(compare(none, ['p/1.png'], fnv1a), 'refused');
    }
  });

  it('is as long as it may be, in any order, with lines of any length', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `p/${i}${i % 1000 === 7 ? 'x'.repeat(70_000) : ''}.png`);
    const shuffled = names.map((_, i) => names[(i * 1237) % names.length]!);
    for (const order of [names, shuffled]) {
      const annotations = new Map(order.map((name, i) => [name, { box: { x: i, y: 0, width: 1, height: 0.1 } }]));
      assert.equal(compare(formatAnnotations(annotations), names.slice(1, 4000), fnv1a), 5000);
    }
  });

  it('has hundreds of thousands of names that match nothing', () => {
    const root = join('tests/recognition/datasets/fixtures/folder');
    const names = Array.from({ length: 200_000 }, (_, i) => `none/${i}.png`);
    writeFileSync(path, ['name', ...names].join('\n'));
    const files = [{ path: 'ann/1.png', bytes: 1 }];
    const options = { format: 'folder', annotations: { file: 'a.csv', path } } as const;
    const read = readDataset({ files, locate: (file) => join(root, file) }, options);
    assert.ok(read.ok);
    assert.equal(read.value.warnings.length, names.length);
  });

  it('is closed after each look, one that ends early too', function () {
    const descriptors = '/proc/self/fd';
    if (!existsSync(descriptors)) this.skip();
    const open = () => readdirSync(descriptors).length;
    const before = open();
    writeFileSync(path, `name,box-x\n${NAMES.map((name) => `${csvLine([name])},1`).join('\n')}`);
    const read = openAnnotationTable(path, 'a.csv');
    assert.ok(read.ok);
    const { entries } = annotateFromTable(listOf(NAMES), read.value);
    for (let look = 0; look < 10; look += 1) {
      const [first] = entries;
      assert.ok(first);
      assert.equal([...entries].length, NAMES.length);
    }
    warnOfUnused(read.value, listOf(NAMES));
    writeFileSync(path, 'name,nose\n');
    assert.ok(!openAnnotationTable(path, 'a.csv').ok);
    assert.equal(open(), before);
  });
});

describe('an index of names', () => {
  it('refuses more rows than it was made for, and finds none in an empty one', () => {
    const none = new NameIndex(0);
    assert.equal(
      none.find(5, () => true),
      undefined,
    );
    assert.throws(() => none.add(5, 0), /an index of 0 rows is full/);
  });
});
