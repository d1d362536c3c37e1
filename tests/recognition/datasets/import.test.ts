import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ALIGNED_BY,
  DEFAULT_ALIGNMENT,
  type AlignmentOptions,
} from '../../../src/plugins/recognition/datasets/alignment/align-face.js';
import { template, type Similarity } from '../../../src/plugins/recognition/datasets/alignment/alignment.js';
import { annotate, parseAnnotations } from '../../../src/plugins/recognition/datasets/formats/annotations.js';
import { readCasia } from '../../../src/plugins/recognition/datasets/formats/casia.js';
import { exclude, parseNameList } from '../../../src/plugins/recognition/datasets/formats/name-list.js';
import { readDtd } from '../../../src/plugins/recognition/datasets/formats/dtd.js';
import { readFolder } from '../../../src/plugins/recognition/datasets/formats/folder.js';
import type { ImageList } from '../../../src/plugins/recognition/datasets/sets/image-list.js';
import { ImageSet } from '../../../src/plugins/recognition/datasets/sets/image-set.js';
import { ijbaTableFile, parseIjbaMetadata, readIjba } from '../../../src/plugins/recognition/datasets/formats/ijba.js';
import { gatherDataset, importShard } from '../../../src/plugins/recognition/datasets/import.js';
import { parsePairs, readLfw } from '../../../src/plugins/recognition/datasets/formats/lfw.js';
import { listFolder } from '../../../src/plugins/recognition/datasets/sets/listing.js';
import { readMultiPie } from '../../../src/plugins/recognition/datasets/formats/multipie.js';
import { parsePos, posFile, posFivePoints } from '../../../src/plugins/recognition/datasets/formats/pos.js';
import { shardFile, shardsOf } from '../../../src/plugins/recognition/datasets/sets/shards.js';
import { warp } from '../../../src/plugins/recognition/datasets/images/warp.js';
import type { Result } from '../../../src/foundation/failures/result.js';

const FIXTURES = 'tests/recognition/datasets/fixtures';

function value<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.error.map((d) => d.message).join('\n'));
  return result.value;
}

/** Imports a list in shards of `shardSize` to a folder and opens it. */
async function importList(
  list: ImageList,
  folder: string,
  shardSize: number,
  alignment: AlignmentOptions,
  directory: string,
): Promise<ImageSet> {
  const shards = [];
  for (const { entries } of shardsOf(list, shardSize)) {
    const file = shardFile(shards.length);
    const path = join(directory, file);
    rmSync(path, { force: true });
    const locate = (name: string) => join(FIXTURES, folder, name);
    const { images } = value(await importShard(entries, path, { alignment, onBadImage: 'fatal', locate }));
    shards.push({ file, images });
  }
  return ImageSet.open(gatherDataset(list, alignment.size, shards), (file) => join(directory, file));
}

/** RGB of a pixel of an image of a set. */
function pixel(set: ImageSet, index: number, x: number, y: number): number[] {
  const { height, width } = set.record;
  const image = new Uint8Array(height * width * 3);
  set.readImages([index], image);
  const at = (Math.round(y) * width + Math.round(x)) * 3;
  return [...image.subarray(at, at + 3)];
}

const DOTS = [
  [255, 0, 0],
  [0, 0, 255],
  [0, 255, 0],
  [255, 255, 0],
  [255, 0, 255],
];

/** Asserts that dot `k` is where `points` (flat) say. */
function assertDots(set: ImageSet, index: number, points: ArrayLike<number>, which: readonly number[]): void {
  for (const k of which) {
    const found = pixel(set, index, points[2 * k]!, points[2 * k + 1]!);
    const far = found.reduce((sum, v, c) => sum + Math.abs(v - DOTS[k]![c]!), 0);
    assert.ok(far < 120, `image ${index}: dot ${k} is ${found.join()}, not ${DOTS[k]!.join()}`);
  }
}

describe('resampling', () => {
  it("agrees with SciPy's bilinear samples, turned, enlarged and shrunk", () => {
    interface Case {
      shape: [number, number];
      image: number[];
      transform: Similarity;
      width: number;
      height: number;
      out: number[];
    }
    for (const c of JSON.parse(readFileSync(join(FIXTURES, 'warp.json'), 'utf8')) as Case[]) {
      const out = new Uint8Array(c.out.length);
      const source = { width: c.shape[1], height: c.shape[0], data: Uint8Array.from(c.image), left: 0, top: 0 };
      warp(source, c.transform, c.width, c.height, out);
      c.out.forEach((v, i) => assert.ok(Math.abs(out[i]! - v) <= 0.5001, `${i}: ${out[i]} is not ${v}`));
    }
  });
});

describe('a data set read end to end', () => {
  let directory = '';
  before(() => (directory = mkdtempSync(join(tmpdir(), 'fx-import-'))));
  after(() => rmSync(directory, { recursive: true }));
  const small = { ...DEFAULT_ALIGNMENT, size: 48 };
  const list = (folder: string) => [...listFolder(join(FIXTURES, folder))];

  it('LFW: crops, names and persons that its pairs refer to', async () => {
    const set = await importList(value(readLfw(list('lfw'))), 'lfw', 3, small, directory);
    assert.deepEqual([set.record.images, set.record.identities, set.record.shards.length], [8, 4, 3]);
    assert.deepEqual(set.record.identityNames, ['Ada_One', 'Bea_Two', 'Cy_Three', 'Dee_Four']);
    assert.deepEqual([...set.identity], [0, 0, 0, 1, 1, 2, 2, 3]);
    assert.deepEqual(
      Array.from({ length: 8 }, (_, i) => set.readRow(i, 'sample')[0]),
      [0, 1, 2, 0, 1, 0, 1, 0],
    );
    const names = new Set(set.names());
    for (const { a, b } of value(parsePairs(readFileSync(join(FIXTURES, 'lfw/pairs.txt'), 'utf8'))).pairs) {
      assert.ok(names.has(a) && names.has(b));
    }
    assert.equal(ALIGNED_BY[set.readRow(0, 'aligned_by')[0]!], 'box');
    // The face fills the crop: its nose (0, 0.06 of the box below the middle) is green.
    assertDots(set, 0, [0, 0, 0, 0, 23.5, 23.5 + 0.06 * 48], [2]);
    set.close();
  });

  it('CASIA-WebFace: without the persons that are excluded', async () => {
    const { list: kept, warnings } = value(
      exclude(
        value(readCasia(list('casia'))),
        parseNameList(readFileSync(join(FIXTURES, 'casia/exclude.txt'), 'utf8')),
      ),
    );
    assert.deepEqual(warnings, []);
    const set = await importList(kept, 'casia', 100, small, directory);
    assert.deepEqual(set.names(), [
      '0000045/001.jpg',
      '0000045/002.jpg',
      '0000045/003.jpg',
      '0000099/001.jpg',
      '0000099/002.jpg',
    ]);
    assert.deepEqual([...set.identity], [0, 0, 0, 1, 1]);
    set.close();
  });

  it('Multi-PIE: aligned by its annotations', async () => {
    const images = value(readMultiPie(list('multipie')));
    const annotations = Array.from(images.entries, ({ name }) => {
      const path = join(FIXTURES, 'multipie-pos', posFile(name));
      return [name, { points: posFivePoints(value(parsePos(readFileSync(path, 'utf8'), path))) }] as const;
    });
    const set = await importList(annotate(images, new Map(annotations)).list, 'multipie', 100, small, directory);
    assert.equal(set.record.images, 6);
    set.names()!.forEach((name, index) => {
      assert.equal(ALIGNED_BY[set.readRow(index, 'aligned_by')[0]!], 'points');
      const profile = name.includes('_240_');
      assertDots(set, index, set.readRow(index, 'landmarks'), profile ? [0, 2, 3] : [0, 1, 2, 3, 4]);
      if (profile) return;
      // Frontal points land near the template's.
      const wanted = template('padded', 48);
      Array.from(set.readRow(index, 'landmarks')).forEach((v, i) => assert.ok(Math.abs(v - wanted[i]!) < 4));
    });
    set.close();
  });

  it('IJB-A: points, then boxes, then the whole image, and a missing file is said', async () => {
    const tables = [1, 2].map((split) => {
      const path = ijbaTableFile('verify_metadata', split);
      return value(parseIjbaMetadata(readFileSync(join(FIXTURES, 'ijba', path), 'utf8'), path));
    });
    const { list: faces, warnings } = value(readIjba(list('ijba'), tables));
    assert.deepEqual(
      warnings.map((w) => w.message),
      ['img/404.jpg, of template 4 (subject 101), is not in the folder'],
    );
    const set = await importList(faces, 'ijba', 4, small, directory);
    const by = Object.fromEntries(
      set.names()!.map((name, i) => [name.split('@')[0]!, ALIGNED_BY[set.readRow(i, 'aligned_by')[0]!]]),
    );
    assert.deepEqual(by, {
      'img/1.jpg#100': 'points',
      'frame/10_1.png#100': 'points',
      'frame/10_2.png#100': 'box',
      'img/1.jpg#101': 'box',
      'img/2.jpg#101': 'points',
      'img/3.jpg#102': 'whole',
    });
    const group = set.names()!.findIndex((name) => name.startsWith('img/1.jpg#100'));
    assertDots(set, group, set.readRow(group, 'landmarks'), [0, 1, 2]);
    assert.deepEqual(Array.from(set.readRow(group, 'visible')), [1, 1, 1, 0, 0]);
    set.close();
  });

  it('a plain folder with our annotations, and DTD', async () => {
    const text = readFileSync(join(FIXTURES, 'folder/annotations.csv'), 'utf8');
    const annotated = annotate(value(readFolder(list('folder'))), value(parseAnnotations(text, 'annotations.csv')));
    const set = await importList(annotated.list, 'folder', 2, small, directory);
    for (let i = 0; i < 3; i += 1) assertDots(set, i, template('padded', 48), [0, 1, 2, 3, 4]);
    set.close();
    const dtd = await importList(value(readDtd(list('dtd'))), 'dtd', 10, small, directory);
    assert.deepEqual(dtd.record.identityNames, ['banded', 'dotted']);
    assert.equal(ALIGNED_BY[dtd.readRow(0, 'aligned_by')[0]!], 'whole');
    dtd.close();
  });

  it('is the same bytes whatever the number of images in work', async () => {
    const lfw = value(readLfw(list('lfw')));
    const bytes = async (concurrency: number) => {
      const options = { alignment: small, onBadImage: 'fatal', concurrency } as const;
      const locate = (file: string) => join(FIXTURES, 'lfw', file);
      const path = join(directory, `of-${concurrency}.safetensors`);
      value(await importShard([...lfw.entries].slice(1, 8), path, { ...options, locate }));
      return readFileSync(path);
    };
    assert.ok((await bytes(1)).equals(await bytes(7)));
  });
});

describe('images that need care', () => {
  const alignment = { ...DEFAULT_ALIGNMENT, size: 32 };
  const bad = value(readFolder([...listFolder(join(FIXTURES, 'bad'))]));
  let directory = '';
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'fx-bad-'))));
  afterEach(() => rmSync(directory, { recursive: true }));
  const run = (onBadImage: 'skip' | 'fatal') => {
    const locate = (file: string) => join(FIXTURES, 'bad', file);
    return importShard([...bad.entries], join(directory, shardFile(0)), { alignment, onBadImage, locate });
  };

  it('are left out by name where they are empty, damaged, no images or too large', async () => {
    const shard = value(await run('skip'));
    assert.equal(shard.images, 6);
    const said = shard.warnings.filter((w) => w.code !== 'datasets/image-converted');
    assert.deepEqual(
      said.map((w) => [w.code, /x\/\w+\.\w+/.exec(w.message)![0]]),
      [
        ['datasets/unreadable-image', 'x/broken.jpg'],
        ['datasets/empty-file', 'x/empty.jpg'],
        ['datasets/image-too-large', 'x/huge.png'],
        ['datasets/unreadable-image', 'x/text.jpg'],
      ],
    );
  });

  it('stop the import, all of them named, where that is wanted', async () => {
    const result = await run('fatal');
    assert.ok(!result.ok);
    assert.equal(result.error.length, 4);
    assert.ok(result.error.every((d) => d.severity === 'error'));
  });

  it('are turned upright and brought to RGB, and that is said', async () => {
    const shard = value(await run('skip'));
    const record = gatherDataset(bad, 32, [{ file: shardFile(0), images: shard.images }]);
    const set = ImageSet.open(record, (file) => join(directory, file));
    set.names()!.forEach((name, index) => {
      const left = pixel(set, index, 4, 16);
      const right = pixel(set, index, 27, 16);
      const grey = name === 'x/grey.jpg' || name === 'x/sixteen.png';
      if (grey) assert.ok(left[0] === left[1] && left[1] === left[2], name);
      else
        assert.ok(
          left[0]! > 200 && left[2]! < 60 && right[2]! > 100 && right[0]! < 80,
          `${name}: ${left.join()} ${right.join()}`,
        );
      if (name === 'x/sixteen.png')
        assert.deepEqual(
          [left, right],
          [
            [0, 0, 0],
            [255, 255, 255],
          ],
        );
    });
    set.close();
    const said = shard.warnings.filter((w) => w.code === 'datasets/image-converted').map((w) => w.message);
    assert.deepEqual(
      said,
      [
        '2 images were converted (from grey): x/grey.jpg, x/sixteen.png',
        '1 image was converted (from another colour space): x/cmyk.jpg',
        '1 image was converted (over black): x/alpha.png',
        '1 image was converted (to 8 bits): x/sixteen.png',
        '1 image was converted (turned): x/turned.jpg',
      ].sort((a, b) => (a.split('(')[1]! < b.split('(')[1]! ? -1 : 1)),
    );
  });
});
