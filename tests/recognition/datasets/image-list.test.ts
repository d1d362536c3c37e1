import assert from 'node:assert/strict';
import fc from 'fast-check';
import { annotate } from '../../../src/plugins/recognition/datasets/formats/annotations.js';
import { exclude, keepOnly, parseNameList } from '../../../src/plugins/recognition/datasets/formats/name-list.js';
import { formatEntries, parseEntries } from '../../../src/plugins/recognition/datasets/sets/entry-text.js';
import { readFolder } from '../../../src/plugins/recognition/datasets/formats/folder.js';
import {
  compareNames,
  filterList,
  imageList,
  type FoundImage,
  type ImageEntry,
  type ImageList,
  type ListedFile,
} from '../../../src/plugins/recognition/datasets/sets/image-list.js';
import { readLfw } from '../../../src/plugins/recognition/datasets/formats/lfw.js';

function listed(list: ReturnType<typeof imageList>): ImageList {
  assert.ok(list.ok);
  return list.value;
}

/** Persons of whom one's name may begin another's, with images of every order of names; some are there twice. */
const paths = fc.array(fc.stringMatching(/^[ab]{1,2}[-. ]?[ab]?\/[ab./-]{0,3}[0-2]\.(png|jpg|txt)$/), { minLength: 1, maxLength: 30 }); // prettier-ignore

const files = (names: readonly string[]): ListedFile[] => names.map((path) => ({ path, bytes: 1 }));

/** The list by its definition: first of each name, sorted, numbered. */
function definition(names: readonly string[]) {
  const images = [...new Set(names.filter((name) => /\/[^/]*\.(png|jpg)$/.test(name) && !/(?:^|\/)\./.test(name)))]
    .map((name) => ({ name, identity: name.slice(0, name.indexOf('/')) }))
    .sort((a, b) => compareNames(a.identity, b.identity) || compareNames(a.name, b.name));
  const identities = [...new Set(images.map(({ identity }) => identity))];
  return {
    identities,
    entries: images.map(({ name, identity }, i) => ({
      name,
      file: name,
      identity,
      box: undefined,
      points: undefined,
      person: identities.indexOf(identity),
      sample: i - images.findIndex((image) => image.identity === identity),
    })),
  };
}

describe('a list of images', () => {
  it('is the same of a listing in any order, sorted or not, at each look', () => {
    fc.assert(
      fc.property(paths, fc.nat(), (names, turn) => {
        const wanted = definition(names);
        const sorted = [...names].sort();
        const byPerson = wanted.entries.map(({ name }) => name);
        const turned = [...sorted.slice(turn % sorted.length), ...sorted.slice(0, turn % sorted.length)];
        for (const order of [names, sorted, byPerson, turned]) {
          const list = readFolder(files(order));
          if (wanted.entries.length === 0) {
            assert.ok(!list.ok);
            continue;
          }
          const { identities, count, entries } = listed(list);
          assert.deepEqual(identities, wanted.identities);
          assert.equal(count, wanted.entries.length);
          assert.deepEqual([...entries], wanted.entries);
          assert.deepEqual([...entries], wanted.entries);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of a sorted listing holds none of its images: each look reads the listing', () => {
    let looks = 0;
    const listing: Iterable<ListedFile> = {
      *[Symbol.iterator]() {
        looks += 1;
        yield* files(['a/1.png', 'a/2.png', 'b/1.png', 'b/2.png']);
      },
    };
    const list = listed(readFolder(listing));
    assert.equal(looks, 1);
    const reduced = exclude(list, parseNameList('a/1.png'));
    assert.ok(reduced.ok);
    const few = reduced.value.list;
    const before = looks;
    for (let look = 1; look <= 3; look += 1) {
      assert.deepEqual(Array.from(few.entries, ({ name }) => name), ['a/2.png', 'b/1.png', 'b/2.png']); // prettier-ignore
      assert.equal(looks, before + look);
    }
  });

  it('of persons of whom one’s name begins another’s is sorted by person', () => {
    const names = ['Ann-B/Ann-B_0001.jpg', 'Ann/Ann_0001.jpg'];
    assert.deepEqual([...names].sort(), names, 'by path, Ann-B is first');
    assert.deepEqual(listed(readLfw(files(names))).identities, ['Ann', 'Ann-B']);
  });

  it('is refused where its listing can be looked at only once', () => {
    const once = (function* () {
      yield* files(['a/1.png', 'b/1.png']);
    })();
    const list = listed(readFolder(once));
    assert.throws(() => [...list.entries], /a listing of 2 images has 0 at another look/);
  });

  it('in parts, reduced and annotated, is what the same steps make of all its entries', () => {
    const subsetOf = (names: readonly string[]) => fc.subarray([...names]);
    fc.assert(
      fc.property(
        paths.chain((names) => fc.tuple(fc.constant(names), subsetOf(names), subsetOf(names))),
        ([names, some, marked]) => {
          const read = readFolder(files(names));
          if (!read.ok) return;
          const named = some.filter((name) => Array.from(read.value.entries).some((entry) => entry.name === name));
          const text = parseNameList(named.join('\n'));
          const points = Float64Array.of(1, 2, NaN);
          const annotations = new Map(marked.map((name) => [name, { points }]));
          const all = annotate(read.value, annotations).list;
          const byHand = Array.from(read.value.entries, (entry): FoundImage => {
            return annotations.has(entry.name) ? { ...entry, points } : entry;
          });
          for (const keep of [true, false]) {
            const wanted = imageList('folder', byHand.filter(({ name }) => named.includes(name) === keep)); // prettier-ignore
            const kept = keep ? keepOnly(all, text) : exclude(all, text);
            if (!wanted.ok) {
              assert.ok(!kept.ok || kept.value.list.count === 0);
              continue;
            }
            assert.ok(kept.ok);
            const { list } = kept.value;
            assert.deepEqual([...list.entries], [...wanted.value.entries]);
            assert.deepEqual([list.identities, list.count], [wanted.value.identities, wanted.value.count]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('may be empty once it is reduced', () => {
    const list = filterList(listed(readFolder(files(['a/1.png']))), () => false);
    assert.deepEqual([list.count, list.identities, [...list.entries]], [0, [], []]);
  });
});

describe('entries as a text', () => {
  const number = fc.double();
  const box = fc.oneof(
    fc.record({ x: number, y: number, width: number, height: number }, { noNullPrototype: true }),
    fc.record({ central: number }, { noNullPrototype: true }),
  );
  const entry: fc.Arbitrary<ImageEntry> = fc.record(
    {
      name: fc.string({ unit: 'binary' }),
      file: fc.string({ unit: 'binary' }),
      identity: fc.string(),
      person: fc.nat(),
      sample: fc.nat(),
      box: fc.option(box, { nil: undefined }),
      points: fc.option(
        fc.array(number, { maxLength: 10 }).map((values) => Float64Array.from(values)),
        { nil: undefined },
      ),
    },
    { noNullPrototype: true },
  );

  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        assert.deepEqual(parseEntries(formatEntries(entries)), entries);
      }),
    );
  });

  it('are one text of equal entries: unknown points and numbers without a word in JSON too', () => {
    const found = { name: 'n', file: 'f', identity: 'p', person: 1, sample: 2, box: undefined };
    const text = '[["n","f","p",1,2,null,[1.5,"NaN","-0"]],["n","f","p",1,2,[0.25],null]]';
    const central = { ...found, box: { central: 0.25 }, points: undefined };
    assert.equal(formatEntries([{ ...found, points: [1.5, NaN, -0] }, central]), text);
  });
});
