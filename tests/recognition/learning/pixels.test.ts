import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageSet } from '../../../src/plugins/recognition/datasets/sets/image-set.js';
import { embedPixels } from '../../../src/plugins/recognition/learning/embedding/pixels.js';
import { encodeSafetensors, SafetensorsFile } from '../../../src/foundation/formats/safetensors.js';

describe('pixels as an embedding', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fx-pixels-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are means of blocks, less the mean image, at unit length', () => {
    // Two images of 2x2 in grey: 10 20 30 40, and 50 20 30 0; the same in the other two channels.
    const grey = [10, 20, 30, 40, 50, 20, 30, 0].flatMap((level) => [level, level, level]);
    const images = { shape: [2, 2, 2, 3], data: Uint8Array.from(grey) };
    writeFileSync(
      join(folder, 'x'),
      encodeSafetensors({ images, identity: { shape: [2], data: Int32Array.of(4, 7) } }),
    );
    const about = { schema: 'fx/dataset@1', images: 2, identities: 2, height: 2, width: 2, source: 'test' } as const;
    const set = ImageSet.open({ ...about, shards: [{ file: 'x', images: 2 }] }, (file) => join(folder, file));
    const read = (size: number): number[] => {
      const path = join(folder, `of-${size}`);
      assert.deepEqual(embedPixels(set, size, path), { dimensions: 3 * size * size });
      const file = SafetensorsFile.open(path);
      assert.ok(file.ok);
      assert.deepEqual([...file.value.read('identity')], [4, 7]);
      const embedding = [...(file.value.read('embedding') as Float32Array)];
      file.value.close();
      return embedding;
    };
    // Less the mean (30, 20, 30, 20): -20, 0, 0, 20 and 20, 0, 0, -20, three times each; lengths 20 sqrt 6.
    const values = read(2);
    const unit = 1 / Math.sqrt(6);
    const expected = [-unit, 0, 0, unit].flatMap((value) => [value, value, value]);
    expected.forEach((value, i) => {
      assert.ok(Math.abs(values[i]! - value) < 1e-6);
      assert.ok(Math.abs(values[12 + i]! + value) < 1e-6);
    });
    // Both have the same mean of all pixels: 25 and 25. Nothing is left, and no direction is made up.
    assert.deepEqual(embedPixels(set, 1, join(folder, 'of-1')), { mean: 0 });
    set.close();
  });
});
