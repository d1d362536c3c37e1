import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EXTERNAL_FILE, ExternalInputs } from '../../../src/engine/artifacts/external.js';
import { manifestDigest, type Manifest } from '../../../src/engine/artifacts/manifest.js';
import { openExternal } from '../../../src/engine/artifacts/open.js';
import { scratch } from './scratch.js';
import { value } from './value.js';

describe('an external input', () => {
  const fresh = scratch();
  const inputs = (cache: string, now = Date.now) => new ExternalInputs(join(cache, 'stat'), join(cache, 'tmp'), now);

  function folder(): string {
    const at = join(fresh(), 'data');
    mkdirSync(join(at, 'deep'), { recursive: true });
    writeFileSync(join(at, 'b.txt'), 'beta');
    writeFileSync(join(at, 'deep', 'a.txt'), 'alpha');
    age(at, 'b.txt', 'deep/a.txt');
    return at;
  }

  /** Changes that a test makes are younger than the rule for the racily clean allows: tell a tale of an hour ago. */
  function age(at: string, ...files: readonly string[]): void {
    for (const file of files) utimesSync(join(at, file), 1e9, 1e9);
  }

  async function codes(path: string, shape: 'file' | 'folder' = 'folder'): Promise<readonly string[]> {
    const read = await inputs(fresh()).read(path, shape);
    return read.ok ? [] : read.error.map((each) => each.code);
  }

  it('is its content: the same bytes under the same names, wherever and whenever', async () => {
    const here = folder();
    const there = join(fresh(), 'elsewhere');
    cpSync(here, there, { recursive: true });
    const first = value(await inputs(fresh()).read(here, 'folder'));
    assert.deepEqual(
      first.files.map((file) => [file.path, file.bytes]),
      [
        ['b.txt', 4],
        ['deep/a.txt', 5],
      ],
    );
    assert.equal(first.files[1]!.digest, '8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8');
    assert.deepEqual(value(await inputs(fresh()).read(there, 'folder')), first);
    renameSync(join(there, 'b.txt'), join(there, 'c.txt'));
    assert.notEqual(manifestDigest(value(await inputs(fresh()).read(there, 'folder'))), manifestDigest(first));
  });

  it('may be one file, whose name does not count', async () => {
    const at = folder();
    const read = value(await inputs(fresh()).read(join(at, 'b.txt'), 'file'));
    renameSync(join(at, 'b.txt'), join(at, 'other.txt'));
    assert.deepEqual(value(await inputs(fresh()).read(join(at, 'other.txt'), 'file')), read);
    const artifact = openExternal(read, join(at, 'other.txt'), 'file');
    assert.equal(readFileSync(artifact.locate(EXTERNAL_FILE), 'utf8'), 'beta');
  });

  it('is read again where size, time or inode changed, and not otherwise', async () => {
    const at = folder();
    const cache = fresh();
    const later = () => Date.now() + 3000;
    const read = async (): Promise<readonly [Manifest, number]> => {
      let hashed = 0;
      const result = await inputs(cache, later).read(at, 'folder', { progress: (_done, total) => (hashed = total) });
      return [value(result), hashed];
    };
    const [first, hashed] = await read();
    assert.equal(hashed, 9);
    assert.deepEqual(await read(), [first, 0]);
    // Same size and same mtime: the change time tells.
    writeFileSync(join(at, 'b.txt'), 'BETA');
    age(at, 'b.txt');
    const [second, again] = await read();
    assert.equal(again, 4);
    assert.notDeepEqual(second, first);
    rmSync(join(at, 'b.txt'));
    assert.deepEqual((await read())[0].files.length, 1);
  });

  it('does not trust a file that was written just before it was hashed', async () => {
    const at = folder();
    const cache = fresh();
    for (const text of ['1', '2', '3', '4', '5']) {
      writeFileSync(join(at, 'b.txt'), text);
      const read = value(await inputs(cache).read(at, 'folder'));
      assert.equal(read.files[0]!.digest, value(await inputs(fresh()).read(at, 'folder')).files[0]!.digest);
      let hashed = 0;
      await inputs(cache).read(at, 'folder', { progress: (_done, total) => (hashed = total) });
      assert.ok(hashed > 0);
    }
  });

  it('survives a damaged stat cache', async () => {
    const at = folder();
    const cache = fresh();
    const first = value(await inputs(cache).read(at, 'folder'));
    const [file] = readdirSync(join(cache, 'stat'));
    for (const text of ['', '{', '{"schema":"fx/stat-cache@1","root":"/","files":[1]}']) {
      writeFileSync(join(cache, 'stat', file!), text);
      assert.deepEqual(value(await inputs(cache).read(at, 'folder')), first);
    }
  });

  it('counts what links lead to', async () => {
    const at = folder();
    const plain = value(await inputs(fresh()).read(at, 'folder'));
    const linked = join(fresh(), 'linked');
    mkdirSync(linked);
    symlinkSync(join(at, 'b.txt'), join(linked, 'b.txt'));
    symlinkSync(join(at, 'deep'), join(linked, 'deep'));
    assert.deepEqual(value(await inputs(fresh()).read(linked, 'folder')), plain);
  });

  it('is refused with a word where it cannot be counted by content', async () => {
    const at = folder();
    assert.deepEqual(await codes(join(at, 'nothing')), ['external/missing']);
    assert.deepEqual(await codes(join(at, 'b.txt')), ['external/wrong-shape']);
    assert.deepEqual(await codes(at, 'file'), ['external/wrong-shape']);
    symlinkSync('nowhere', join(at, 'dangling'));
    symlinkSync('..', join(at, 'deep', 'up'));
    symlinkSync('self', join(at, 'self'));
    writeFileSync(join(at, 'a\\b'), '');
    execFileSync('mkfifo', [join(at, 'pipe')]);
    assert.deepEqual([...(await codes(at))].sort(), [
      'external/bad-name',
      'external/link-loop',
      'external/link-loop',
      'external/missing',
      'external/not-a-file',
    ]);
  });

  it('is refused where it may not be read', async function () {
    if (process.getuid?.() === 0) this.skip();
    const at = folder();
    chmodSync(join(at, 'b.txt'), 0);
    assert.deepEqual(await codes(at), ['external/unreadable']);
  });

  it('is refused while it is being written to', async () => {
    const at = folder();
    const large = join(at, 'large.bin');
    writeFileSync(large, Buffer.alloc(8 << 20));
    const writer = setInterval(() => appendFileSync(large, 'x'), 1);
    try {
      assert.deepEqual(await codes(at), ['external/changed']);
    } finally {
      clearInterval(writer);
    }
    assert.ok(statSync(large).size > 8 << 20 && existsSync(large));
  });

  it('stops being hashed when asked to', async () => {
    const at = folder();
    writeFileSync(join(at, 'large.bin'), Buffer.alloc(32 << 20));
    const stop = new AbortController();
    const read = inputs(fresh()).read(at, 'folder', { signal: stop.signal });
    setTimeout(() => stop.abort(), 1);
    await assert.rejects(read, { name: 'AbortError' });
  });
});
