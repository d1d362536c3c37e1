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
import { EXTERNAL_FILE, ExternalInputs } from '../../../src/engine/artifacts/external/external.js';
import { LocalBlobStore } from '../../../src/engine/artifacts/store/blob-store.js';
import type { Listing } from '../../../src/engine/artifacts/content/listing.js';
import { manifest, manifestDigest } from '../../../src/engine/artifacts/content/manifest.js';
import { openExternal } from '../../../src/engine/artifacts/content/open.js';
import type { ArtifactFile } from '../../../src/engine/stage.js';
import { sha256, type Content } from '../../../src/foundation/files/digest.js';
import { stream } from '../../../src/foundation/numbers/random.js';
import { scratch } from './scratch.js';
import { value } from './value.js';

interface Seen {
  readonly digest: string;
  readonly files: readonly ArtifactFile[];
}

/** A listing as plain values. */
function seen({ digest, files }: Listing): Seen {
  assert.equal([...files].length, files.count);
  return { digest, files: [...files] };
}

function contentOf(bytes: Uint8Array): Content {
  return { digest: sha256(bytes), bytes: bytes.length };
}

describe('an external input', () => {
  const fresh = scratch();
  const inputs = (cache: string, now = Date.now) => {
    const [stats, temporary] = [join(cache, 'stat'), join(cache, 'tmp')];
    return new ExternalInputs({ stats, temporary, blobs: new LocalBlobStore(join(cache, 'blobs'), temporary) }, now);
  };
  const read = async (at: string, cache = fresh(), shape: 'file' | 'folder' = 'folder'): Promise<Seen> =>
    seen(value(await inputs(cache).read(at, shape)));

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
    const first = await read(here);
    assert.deepEqual(
      first.files.map((file) => [file.path, file.bytes]),
      [
        ['b.txt', 4],
        ['deep/a.txt', 5],
      ],
    );
    assert.equal(first.files[1]!.digest, '8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8');
    assert.equal(first.digest, manifestDigest(first));
    assert.deepEqual(await read(there), first);
    renameSync(join(there, 'b.txt'), join(there, 'c.txt'));
    assert.notEqual((await read(there)).digest, first.digest);
  });

  it('may be one file, whose name does not count', async () => {
    const at = folder();
    const first = await read(join(at, 'b.txt'), fresh(), 'file');
    renameSync(join(at, 'b.txt'), join(at, 'other.txt'));
    const again = value(await inputs(fresh()).read(join(at, 'other.txt'), 'file'));
    assert.deepEqual(seen(again), first);
    const artifact = openExternal(again, join(at, 'other.txt'), 'file');
    assert.equal(readFileSync(artifact.locate(EXTERNAL_FILE), 'utf8'), 'beta');
  });

  it('is read again where size, time or inode changed, and not otherwise', async () => {
    const at = folder();
    const cache = fresh();
    const later = () => Date.now() + 3000;
    const read = async (): Promise<readonly [Seen, number]> => {
      let hashed = 0;
      const result = await inputs(cache, later).read(at, 'folder', { progress: (_done, total) => (hashed = total) });
      return [seen(value(result)), hashed];
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
      assert.deepEqual(await read(at, cache), await read(at));
      let hashed = 0;
      await inputs(cache).read(at, 'folder', { progress: (_done, total) => (hashed = total) });
      assert.ok(hashed > 0);
    }
  });

  it('survives a damaged stat cache', async () => {
    const at = folder();
    const cache = fresh();
    const later = () => Date.now() + 3000;
    const first = seen(value(await inputs(cache, later).read(at, 'folder')));
    const [file] = readdirSync(join(cache, 'stat'));
    const whole = readFileSync(join(cache, 'stat', file!), 'utf8');
    const lines = whole.split('\n');
    assert.equal(lines.length, 4);
    const damaged = [
      '',
      '{',
      '{"schema":"fx/stat-cache@1","root":"/","files":[1]}',
      whole.slice(0, -20),
      whole.replace(/[0-9a-f]{64}/, 'none'),
      [lines[0], lines[2], lines[1], ''].join('\n'),
      [lines[0], lines[1], lines[1], lines[2], ''].join('\n'),
      whole.replace('b.txt"', 'b.txt'),
      whole.replace(JSON.stringify(at), '"/elsewhere"'),
    ];
    for (const text of damaged) {
      writeFileSync(join(cache, 'stat', file!), text);
      assert.deepEqual(seen(value(await inputs(cache, later).read(at, 'folder'))), first);
      assert.equal(readFileSync(join(cache, 'stat', file!), 'utf8'), whole);
    }
  });

  it('is listed the same whether its files are many or few, and remembered as it changes', async function () {
    this.timeout(30_000);
    const at = join(fresh(), 'many');
    const names = ['a', 'a-b', 'a.b', 'ab', 'B', 'é', '\u{1F600}', '\uffee'];
    for (const name of names) mkdirSync(join(at, name), { recursive: true });
    const write = (path: string, text: string): void => {
      writeFileSync(join(at, path), text);
      age(at, path);
    };
    const random = stream(1, 'external');
    const paths = new Set<string>();
    while (paths.size < 1500) paths.add(`${names[random.integer(names.length)]!}/${random.integer(1e6)}`);
    for (const path of [...paths, 'a.', 'a0', 'aa']) write(path, path);
    const cache = fresh();
    const later = () => Date.now() + 3000;
    const look = async (): Promise<readonly [Seen, number]> => {
      let hashed = 0;
      const found = await inputs(cache, later).read(at, 'folder', { progress: (_, total) => (hashed = total) });
      const listing = value(found);
      for (const file of [...listing.files].filter((_, i) => i % 37 === 0)) {
        assert.deepEqual(listing.files.find(file.path), file);
      }
      for (const path of ['', 'a', 'a/', 'zz', '\u{10ffff}']) assert.equal(listing.files.find(path), undefined);
      return [seen(listing), hashed];
    };
    const oracle = (): Seen => {
      const all = readdirSync(at, { recursive: true, encoding: 'utf8' }).filter((path) =>
        statSync(join(at, path)).isFile(),
      );
      const { files } = manifest(all.map((path) => ({ path, ...contentOf(readFileSync(join(at, path))) })));
      return { digest: manifestDigest({ files }), files };
    };
    assert.ok((await look())[1] > 0);
    assert.deepEqual(await look(), [oracle(), 0]);
    const [some, other] = [[...paths][700]!, [...paths][20]!];
    for (const change of [
      () => write(some, 'other'),
      () => write('a/new', 'new'),
      () => write('zzz', 'last'),
      () => write('A', 'first'),
      () => rmSync(join(at, other)),
      () => rmSync(join(at, 'zzz')),
      () => rmSync(join(at, 'a-b'), { recursive: true }),
    ]) {
      change();
      const [listing, hashed] = await look();
      assert.deepEqual(listing, oracle());
      assert.ok(hashed <= 5, `${hashed} bytes were read again`);
      assert.deepEqual(await look(), [listing, 0]);
    }
    assert.deepEqual(readdirSync(join(cache, 'tmp')), []);
  });

  it('is read with a cache that may not be written to', async function () {
    if (process.getuid?.() === 0) this.skip();
    const at = folder();
    const cache = fresh();
    chmodSync(cache, 0o555);
    assert.deepEqual(await read(at, cache), await read(at));
  });

  it('counts what links lead to', async () => {
    const at = folder();
    const plain = await read(at);
    const linked = join(fresh(), 'linked');
    mkdirSync(linked);
    symlinkSync(join(at, 'b.txt'), join(linked, 'b.txt'));
    symlinkSync(join(at, 'deep'), join(linked, 'deep'));
    assert.deepEqual(await read(linked), plain);
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
