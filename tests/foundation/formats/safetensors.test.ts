import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile } from '../../../src/foundation/formats/safetensors.js';

describe('a safetensors file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fx-safetensors-'));
  after(() => rmSync(folder, { recursive: true }));

  /** What is said of a file with tensors of bytes from where to where. */
  function said(...stretches: readonly (readonly [number, number])[]): string {
    const tensors = stretches.map(
      ([begin, end], i) => [`t${i}`, { dtype: 'U8', shape: [end - begin], data_offsets: [begin, end] }] as const,
    );
    const header = Buffer.from(JSON.stringify(Object.fromEntries(tensors)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const path = join(folder, 'x');
    writeFileSync(path, Buffer.concat([length, header, Buffer.alloc(12)]));
    const opened = SafetensorsFile.open(path);
    if (!opened.ok) return opened.error[0]!.message;
    opened.value.close();
    return '';
  }

  it('is refused where two tensors share bytes, wherever they stand', () => {
    assert.match(said([0, 4], [3, 6]), /tensor t1 lies over another/);
    assert.match(said([3, 6], [0, 4]), /tensor t0 lies over another/);
    assert.match(said([0, 4], [4, 8], [7, 12]), /tensor t2 lies over another/);
    assert.match(said([0, 12], [4, 8]), /tensor t1 lies over another/);
    assert.match(said([0, 4], [0, 4]), /lies over another/);
  });

  it('is taken where they touch, hold nothing, or leave gaps', () => {
    assert.equal(said([0, 4], [4, 8], [8, 12]), '');
    assert.equal(said([0, 4], [2, 2], [4, 8]), '');
    assert.equal(said([8, 12], [0, 4]), '');
  });

  it('is refused where a tensor ends behind it', () => {
    assert.match(said([8, 13]), /tensor t0 lies outside/);
  });
});
