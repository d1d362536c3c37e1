import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  isDigest,
  sha256,
  sha256OfFile,
  sha256OfFileSync,
  sha256OfStream,
} from '../../../src/foundation/files/digest.js';

describe('sha256', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fx-digest-'));
  after(() => rmSync(folder, { recursive: true }));

  // FIPS 180-2, appendix B, and the empty message.
  const published: Readonly<Record<string, string>> = {
    '': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    abc: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    ['a'.repeat(1_000_000)]: 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  };
  for (const [text, digest] of Object.entries(published)) {
    it(`of ${text.length} bytes is the published one, from memory, file and stream`, async () => {
      const path = join(folder, 'file');
      writeFileSync(path, text);
      const content = { digest, bytes: text.length };
      assert.equal(sha256(text), digest);
      assert.deepEqual(await sha256OfFile(path), content);
      assert.deepEqual(sha256OfFileSync(path), content);
      const halves = [text.slice(0, 2), text.slice(2)].map((half) => Buffer.from(half));
      assert.deepEqual(await sha256OfStream(stream(halves)), content);
    });
  }

  it('of a file is the same at every length around the size of a chunk', async () => {
    const path = join(folder, 'file');
    for (const length of [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 2 << 20, (2 << 20) + 5]) {
      const bytes = Buffer.alloc(length, 'chunk');
      writeFileSync(path, bytes);
      assert.deepEqual(await sha256OfFile(path), { digest: sha256(bytes), bytes: length });
      assert.deepEqual(sha256OfFileSync(path), { digest: sha256(bytes), bytes: length });
    }
  });

  it('is 64 lower-case hex digits and nothing else', () => {
    assert.ok(isDigest(sha256('')));
    for (const other of ['', sha256('').toUpperCase(), `${sha256('')}\n`, sha256('').slice(1), 5, undefined]) {
      assert.ok(!isDigest(other));
    }
  });
});

async function* stream(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    await Promise.resolve();
    yield chunk;
  }
}
