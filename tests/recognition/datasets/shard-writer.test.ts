import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ALIGNED_BY,
  alignFace,
  DEFAULT_ALIGNMENT,
} from '../../../src/plugins/recognition/datasets/alignment/align-face.js';
import { applySimilarity } from '../../../src/plugins/recognition/datasets/alignment/alignment.js';
import { LIMITS } from '../../../src/foundation/files/limits.js';
import type { ImageEntry, ListedFolder } from '../../../src/plugins/recognition/datasets/sets/image-list.js';
import { importShard, type ImportOptions } from '../../../src/plugins/recognition/datasets/import.js';
import { listFolder } from '../../../src/plugins/recognition/datasets/sets/listing.js';
import { PixelBudget } from '../../../src/plugins/recognition/datasets/images/pixel-budget.js';
import { readDataset, type ReadOptions } from '../../../src/plugins/recognition/datasets/formats/read-dataset.js';
import { sha256 } from '../../../src/foundation/files/digest.js';
import { encodeSafetensors } from '../../../src/foundation/formats/safetensors.js';

const SIZE = 48;
const alignment = { ...DEFAULT_ALIGNMENT, size: SIZE };

function source(folder: string): ListedFolder {
  const root = join('tests/recognition/datasets/fixtures', folder);
  return { files: [...listFolder(root)], locate: (path) => join(root, path) };
}

function entriesOf(folder: ListedFolder, options: ReadOptions): readonly ImageEntry[] {
  const read = readDataset(folder, options);
  assert.ok(read.ok);
  return [...read.value.list.entries];
}

/** The shard by its definition, all of it in memory: images that cannot be read are left out. */
async function definition(entries: readonly ImageEntry[], { locate }: ListedFolder): Promise<Uint8Array> {
  const rows = [];
  for (const entry of entries) {
    const pixels = new Uint8Array(SIZE * SIZE * 3);
    const bytes = readFileSync(locate(entry.file));
    const face = await alignFace(
      entry,
      bytes,
      alignment,
      undefined,
      LIMITS['image-pixels'].is,
      new PixelBudget(1e9),
      pixels,
    );
    if (face.ok) rows.push({ entry, pixels, face: face.value });
  }
  const n = rows.length;
  const landmarks = rows.flatMap(({ face }) =>
    face.points === undefined ? new Array<number>(10).fill(NaN) : [...applySimilarity(face.transform, face.points)],
  );
  const names = Buffer.from(rows.map(({ entry }) => `${entry.name}\n`).join(''));
  const xs = landmarks.filter((_, i) => i % 2 === 0);
  return encodeSafetensors({
    images: { shape: [n, SIZE, SIZE, 3], data: Uint8Array.from(rows.flatMap(({ pixels }) => [...pixels])) },
    identity: { shape: [n], data: Int32Array.from(rows, ({ entry }) => entry.person) },
    sample: { shape: [n], data: Int32Array.from(rows, ({ entry }) => entry.sample) },
    landmarks: { shape: [n, 5, 2], data: Float32Array.from(landmarks) },
    visible: { shape: [n, 5], data: Uint8Array.from(xs, (x) => (Number.isNaN(x) ? 0 : 1)) },
    aligned_by: { shape: [n], data: Uint8Array.from(rows, ({ face }) => ALIGNED_BY.indexOf(face.alignedBy)) },
    file_names: { shape: [names.length], data: new Uint8Array(names) },
  });
}

describe('the file of a shard', () => {
  let directory = '';
  let path = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'fx-shard-'));
    path = join(directory, 'shard.safetensors');
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const write = (entries: readonly ImageEntry[], { locate }: ListedFolder, more: Partial<ImportOptions> = {}) =>
    importShard(entries, path, { alignment, onBadImage: 'skip', locate, ...more });

  for (const [folder, read, kept] of [
    ['lfw', { format: 'lfw' }, 8],
    ['ijba', { format: 'ijba' }, 6],
    ['bad', { format: 'folder' }, 6],
  ] as const) {
    it(`written image by image is the one made in memory: ${folder}, ${kept} images`, async () => {
      const from = source(folder);
      const entries = entriesOf(from, read);
      const shard = await write(entries, from);
      assert.ok(shard.ok);
      assert.equal(shard.value.images, kept);
      assert.deepEqual(readdirSync(directory), ['shard.safetensors']);
      assert.ok(readFileSync(path).equals(await definition(entries, from)));
    });
  }

  it('of images without loss is the same everywhere', async () => {
    const from = source('multipie');
    const shard = await write(entriesOf(from, { format: 'multipie', pos: source('multipie-pos') }), from);
    assert.ok(shard.ok);
    assert.equal(sha256(readFileSync(path)), 'd4cff84dcc63b3ba04aa20d784904723e598e02e48b6bd94c2c63f483746c83c');
  });

  it('may have no image at all', async () => {
    const from = source('bad');
    const entries = entriesOf(from, { format: 'folder' }).filter(({ name }) => /empty|text/.test(name));
    const shard = await write(entries, from);
    assert.ok(shard.ok);
    assert.deepEqual([shard.value.images, shard.value.warnings.length], [0, 2]);
    assert.ok(readFileSync(path).equals(await definition(entries, from)));
  });

  it('is not there, nor any other, where the import fails, throws or is stopped', async () => {
    const from = source('bad');
    const entries = entriesOf(from, { format: 'folder' });
    const failed = await write(entries, from, { onBadImage: 'fatal' });
    assert.ok(!failed.ok);
    assert.deepEqual(readdirSync(directory), []);

    const stop = new AbortController();
    const onProgress = (done: number) => done === 3 && stop.abort(new Error('stopped'));
    await assert.rejects(write(entries, from, { signal: stop.signal, onProgress, concurrency: 2 }), /stopped/);
    assert.deepEqual(readdirSync(directory), []);

    const locate = (file: string) => {
      if (file === entries[4]!.file) throw new Error('lost');
      return from.locate(file);
    };
    await assert.rejects(write(entries, { ...from, locate }, { concurrency: 3 }), /lost/);
    assert.deepEqual(readdirSync(directory), []);
  });
});
