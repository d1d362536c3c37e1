import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { contactSheet } from '../../../src/plugins/recognition/datasets/sets/contact-sheet.js';
import { ImageSet } from '../../../src/plugins/recognition/datasets/sets/image-set.js';
import { encodeSafetensors } from '../../../src/foundation/formats/safetensors.js';

const SIZE = 4;

describe('a contact sheet', () => {
  let folder: string;
  let set: ImageSet;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'fx-sheet-'));
    // Image k is all 10 k; persons 5 and 3 alternate; the yaw falls with k.
    const images = Uint8Array.from({ length: 6 * SIZE * SIZE * 3 }, (_, i) => 10 * Math.floor(i / (SIZE * SIZE * 3)));
    const file = encodeSafetensors({
      images: { shape: [6, SIZE, SIZE, 3], data: images },
      identity: { shape: [6], data: Int32Array.of(5, 3, 5, 3, 5, 3) },
      pose: { shape: [6, 3], data: Float32Array.from({ length: 18 }, (_, i) => (i % 3 === 0 ? 1 - i : 0)) },
      mask: { shape: [6, SIZE, SIZE], data: new Uint8Array(6 * SIZE * SIZE).fill(77) },
    });
    writeFileSync(join(folder, 'x'), file);
    const shards = [{ file: 'x', images: 6 }];
    const record = {
      schema: 'fx/dataset@1',
      images: 6,
      identities: 2,
      height: SIZE,
      width: SIZE,
      shards,
      source: 'test',
    } as const;
    set = ImageSet.open(record, (name) => join(folder, name));
  });
  after(() => {
    set.close();
    rmSync(folder, { recursive: true });
  });

  async function levels(options: Parameters<typeof contactSheet>[1], shown = set): Promise<number[][]> {
    const { data, info } = await sharp(await contactSheet(shown, options))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const cell = SIZE + 2;
    const at = (row: number, column: number): number =>
      data[((2 + row * cell) * info.width + 2 + column * cell) * info.channels]!;
    return Array.from({ length: Math.floor(info.height / cell) }, (_, row) =>
      Array.from({ length: Math.floor(info.width / cell) }, (_c, column) => at(row, column)),
    );
  }

  it('gives each person a row', async () => {
    assert.deepEqual(await levels({ by: 'person' }), [
      [0, 20, 40],
      [10, 30, 50],
    ]);
  });

  it('sorts a row by yaw', async () => {
    assert.deepEqual(await levels({ by: 'pose', rows: 1 }), [[40, 20, 0]]);
  });

  it('sorts a row by where the light comes from, image left to right', async () => {
    // Of six images of one person: the constant harmonic is k + 1, that of x goes 0, -3, 2, -1, 5, 4 times it.
    const share = [0, -3, 2, -1, 5, 4];
    const light = Float32Array.from({ length: 6 * 27 }, (_, i) => {
      const [k, at] = [Math.floor(i / 27), i % 27];
      return at < 3 ? k + 1 : at >= 9 && at < 12 ? (k + 1) * share[k]! : 0.25;
    });
    const images = Uint8Array.from({ length: 6 * SIZE * SIZE * 3 }, (_, i) => 10 * Math.floor(i / (SIZE * SIZE * 3)));
    const file = encodeSafetensors({
      images: { shape: [6, SIZE, SIZE, 3], data: images },
      identity: { shape: [6], data: new Int32Array(6) },
      light: { shape: [6, 27], data: light },
    });
    writeFileSync(join(folder, 'lit'), file);
    const record = { ...set.record, identities: 1, shards: [{ file: 'lit', images: 6 }] };
    const lit = ImageSet.open(record, (name) => join(folder, name));
    assert.deepEqual(await levels({ by: 'light' }, lit), [[10, 30, 0, 20, 50, 40]]);
    lit.close();
  });

  it('spreads its choice over a person’s images', async () => {
    assert.deepEqual(await levels({ by: 'person', columns: 2 }), [
      [0, 40],
      [10, 50],
    ]);
  });

  it('shows another tensor, and keeps the order where what to sort by is missing', async () => {
    assert.deepEqual(await levels({ by: 'light', rows: 1, tensor: 'mask' }), [[77, 77, 77]]);
  });

  it('fills its rows with persons where most have one image', async () => {
    // Persons 0 to 7; 2 has three images, the others one.
    const identity = Int32Array.of(0, 1, 2, 2, 2, 3, 4, 5, 6, 7);
    const images = Uint8Array.from({ length: 480 }, (_, i) => 10 * Math.floor(i / 48));
    const file = { images: { shape: [10, 4, 4, 3], data: images }, identity: { shape: [10], data: identity } };
    writeFileSync(join(folder, 'singles'), encodeSafetensors(file));
    const record = {
      schema: 'fx/dataset@1',
      images: 10,
      identities: 8,
      height: SIZE,
      width: SIZE,
      source: 'test',
    } as const;
    const singles = ImageSet.open({ ...record, shards: [{ file: 'singles', images: 10 }] }, (name) =>
      join(folder, name),
    );
    assert.deepEqual(await levels({ by: 'person', rows: 2, columns: 4 }, singles), [
      [0, 10, 50, 60],
      [20, 30, 40, 70],
    ]);
    singles.close();
  });
});
