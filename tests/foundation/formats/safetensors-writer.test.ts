import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsWriter } from '../../../src/foundation/formats/safetensors-writer.js';
import { encodeSafetensors } from '../../../src/foundation/formats/safetensors.js';

describe('a safetensors file written row by row', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fx-writer-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is the file of the whole tensors, whatever the order of the rows', () => {
    const images = Uint8Array.from({ length: 24 }, (_, i) => i * 3);
    const pose = Float64Array.from({ length: 8 }, (_, i) => i / 7);
    const path = join(folder, 'x');
    const layout = { pose: { dtype: 'F64', shape: [4, 2] }, images: { dtype: 'U8', shape: [4, 2, 3] } } as const;
    const writer = new SafetensorsWriter(path, layout, { b: '2', a: '1' });
    writer.writeRows('images', 2, images.subarray(12));
    writer.writeRows('pose', 0, pose);
    writer.writeRows('images', 0, images.subarray(0, 12));
    writer.close();
    const whole = encodeSafetensors(
      { images: { shape: [4, 2, 3], data: images }, pose: { shape: [4, 2], data: pose } },
      { a: '1', b: '2' },
    );
    assert.deepEqual(readFileSync(path), Buffer.from(whole));
    assert.equal(writer.bytes, whole.length);
  });

  it('refuses rows beyond the end, and a path that exists', () => {
    const path = join(folder, 'x');
    const layout = { t: { dtype: 'I32', shape: [2] } } as const;
    const writer = new SafetensorsWriter(path, layout);
    assert.throws(() => writer.writeRows('t', 1, Int32Array.of(1, 2)), /beyond the end/);
    assert.throws(() => writer.writeRows('u', 0, Int32Array.of(1)), /no tensor u/);
    writer.close();
    assert.throws(() => new SafetensorsWriter(path, layout), /EEXIST/);
  });
});
