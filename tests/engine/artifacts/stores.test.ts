import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { LocalBlobStore, SEALED } from '../../../src/engine/artifacts/store/blob-store.js';
import { parseRecord, recordText } from '../../../src/engine/artifacts/content/result-record.js';
import { LocalResultStore } from '../../../src/engine/artifacts/store/result-store.js';
import { sha256 } from '../../../src/foundation/files/digest.js';
import { blobStoreContract, resultStoreContract } from './contract.js';
import { exampleRecord } from './example.js';
import { scratch } from './scratch.js';
import { value } from './value.js';

const blobs = (folder: string) => new LocalBlobStore(join(folder, 'blobs'), join(folder, 'tmp'));
const results = (folder: string) => new LocalResultStore(join(folder, 'results'), join(folder, 'tmp'));

blobStoreContract('the local cache', blobs);
resultStoreContract('the local cache', results);

describe('publishing a file', () => {
  const fresh = scratch();

  it('moves it in where it may, and copies it where it has another name or is a link', async () => {
    const store = blobs(fresh());
    const folder = fresh();
    for (const name of ['plain', 'named', 'target']) writeFileSync(join(folder, name), name);
    linkSync(join(folder, 'named'), join(folder, 'other'));
    symlinkSync('target', join(folder, 'link'));
    const inode = statSync(join(folder, 'plain')).ino;
    for (const name of ['plain', 'named', 'link']) value(await store.publish(join(folder, name), { move: true }));
    assert.equal(statSync(store.locate(sha256('plain'))).ino, inode);
    assert.deepEqual(readdirSync(folder).sort(), ['link', 'named', 'other', 'target']);
    writeFileSync(join(folder, 'other'), 'later');
    assert.equal(readFileSync(store.locate(sha256('named')), 'utf8'), 'named');
    assert.ok(lstatSync(store.locate(sha256('target'))).isFile());
  });

  it('seals a large blob at once and a small one when it has settled', async () => {
    const folder = fresh();
    const store = blobs(folder);
    const large = value(await store.publishBytes(Buffer.alloc(1 << 20)));
    const small = value(await store.publishBytes('small'));
    const time = (digest: string) => statSync(store.locate(digest)).mtimeMs;
    assert.equal(time(large.digest), SEALED);
    assert.notEqual(time(small.digest), SEALED);
    // A blob that was written to is hashed, found sound or not, whatever its age.
    chmodSync(store.locate(large.digest), 0o644);
    utimesSync(store.locate(large.digest), 1, 1);
    assert.equal(store.look(large), 'sound');
    writeFileSync(store.locate(large.digest), Buffer.alloc(1 << 20, 1));
    assert.equal(store.look(large), 'damaged');
  });

  it('waits five minutes before it seals a small blob, by the clock it is given', async () => {
    const folder = fresh();
    let now = 0;
    const store = new LocalBlobStore(join(folder, 'blobs'), join(folder, 'tmp'), undefined, () => now);
    const small = value(await store.publishBytes('small'));
    const status = () => statSync(store.locate(small.digest));
    const { ctimeMs, mtimeMs } = status();
    const changed = Math.max(ctimeMs, mtimeMs);
    now = changed + 300_000;
    assert.equal(store.look(small), 'sound');
    assert.notEqual(status().mtimeMs, SEALED);
    now = changed + 300_001;
    assert.equal(store.look(small), 'sound');
    assert.equal(status().mtimeMs, SEALED);
  });

  it('knows a small blob by its mark while the system runs that wrote it, and hashes it under another', async function () {
    if (!existsSync('/proc/sys/kernel/random/boot_id')) return this.skip();
    const folder = fresh();
    const store = blobs(folder);
    const small = value(await store.publishBytes('small'));
    const path = store.locate(small.digest);
    const { mtimeMs } = statSync(path);
    assert.ok(mtimeMs > SEALED && mtimeMs < Date.UTC(2009, 0, 1), String(mtimeMs));
    const put = (text: string, time: number): void => {
      chmodSync(path, 0o644);
      writeFileSync(path, text);
      chmodSync(path, 0o444);
      utimesSync(path, time / 1000, time / 1000);
    };
    // Torn by a power loss: what bears the mark of the boot before is hashed.
    const before = mtimeMs + 2000;
    put('small', before);
    assert.equal(store.look(small), 'sound');
    put('smell', before);
    assert.equal(store.look(small), 'damaged');
    put('smell', Date.now());
    assert.equal(store.look(small), 'damaged');
    // As under the seal: bytes that changed with the time put back are found when all is read.
    put('smell', mtimeMs);
    assert.equal(store.look(small), 'sound');
    assert.equal(await store.verify(small), 'damaged');
    // Before it is sealed it is hashed once more.
    const later = new LocalBlobStore(join(folder, 'blobs'), join(folder, 'tmp'), undefined, () => Date.now() + 301_000);
    assert.equal(later.look(small), 'damaged');
    put('smal', mtimeMs);
    assert.equal(store.look(small), 'damaged');
  });

  it('takes a sealed blob of another size for damaged', async () => {
    const store = blobs(fresh());
    const large = value(await store.publishBytes(Buffer.alloc(1 << 20)));
    const path = store.locate(large.digest);
    chmodSync(path, 0o644);
    writeFileSync(path, Buffer.alloc((1 << 20) - 1));
    utimesSync(path, SEALED / 1000, SEALED / 1000);
    assert.equal(store.look(large), 'damaged');
    assert.equal(store.glance(large), undefined);
  });

  it('knows a blob of no bytes by its size, and an empty file of another name for damaged', async () => {
    const store = blobs(fresh());
    const empty = value(await store.publishBytes(''));
    assert.equal(store.look(empty), 'sound');
    const small = value(await store.publishBytes('small'));
    chmodSync(store.locate(small.digest), 0o644);
    writeFileSync(store.locate(small.digest), '');
    assert.equal(store.look(small), 'damaged');
    assert.equal(store.look({ digest: small.digest, bytes: 0 }), 'damaged');
    chmodSync(store.locate(empty.digest), 0o644);
    writeFileSync(store.locate(empty.digest), 'no more');
    assert.equal(store.look(empty), 'damaged');
  });

  it('glances at a blob by its inode, and sees a write to one without a seal', async () => {
    const store = blobs(fresh());
    const small = value(await store.publishBytes('small'));
    const path = store.locate(small.digest);
    assert.equal(store.glance(small), statSync(path).ino);
    chmodSync(path, 0o644);
    writeFileSync(path, 'smell');
    utimesSync(path, 1, 1);
    assert.equal(store.glance(small), undefined);
  });

  it('fails with a word where the file is not there', async () => {
    const published = await blobs(fresh()).publish(join(fresh(), 'nothing'));
    assert.ok(!published.ok);
    assert.equal(published.error[0]!.code, 'cache/unwritable');
  });

  it('fails with a word where the cache may not be written', async () => {
    const folder = fresh();
    writeFileSync(join(folder, 'blobs'), 'in the way');
    const published = await blobs(folder).publishBytes('x');
    assert.ok(!published.ok);
    assert.equal(published.error[0]!.code, 'cache/unwritable');
    assert.deepEqual(readdirSync(join(folder, 'tmp')), []);
  });
});

/** As `recordText` writes it, of any value. */
function wrapped(of: object): string {
  const text = JSON.stringify(of);
  return `{"record":${text},"sha256":"${sha256(text)}"}\n`;
}

describe('a record from elsewhere', () => {
  const record = exampleRecord('one');
  const read = (changes: object) => parseRecord(wrapped({ ...record, ...changes }), record.key);
  const [first, second] = record.outputs;

  it('is taken as it is where it is valid, without fields that nobody knows', () => {
    assert.deepEqual(read({ surprise: 1 }), { ok: true, value: record });
  });

  it('is refused with any one byte changed or cut off', () => {
    const bytes = Buffer.from(recordText(record));
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1;
      assert.equal(parseRecord(flipped.toString(), record.key).ok, false);
      assert.equal(parseRecord(bytes.toString('utf8', 0, at), record.key).ok, false);
    }
    assert.deepEqual(parseRecord(bytes.toString(), record.key), { ok: true, value: record });
    for (const text of ['null', '[]', '"x"', '{', '']) assert.equal(parseRecord(text, record.key).ok, false);
  });

  const refused: Readonly<Record<string, object>> = {
    'another key': { key: sha256('other') },
    'another schema': { schema: 'fx/result@2' },
    'no kind': { kind: undefined },
    'a duration that is text': { duration: '1' },
    'a warning without words': { warnings: [{ code: 'x/y', severity: 'warning' }] },
    'a warning of no known severity': { warnings: [{ code: 'x/y', message: 'z', severity: 'loud' }] },
    'metrics that are a list': { metrics: [] },
    'a finish that is no time': { finished: 'yesterday' },
    'a log without a digest': { log: { bytes: 1 } },
    'outputs that do not give the artifact': { outputs: [first] },
    'outputs out of order': { outputs: [second, first] },
    'the same output twice': { outputs: [first, first] },
    'a file that is also a folder': { outputs: [{ ...first, path: 'deep' }, second] },
    'an upper-case digest': { outputs: [{ ...first, digest: first!.digest.toUpperCase() }] },
    'a negative size': { outputs: [{ ...first, bytes: -1 }] },
  };
  for (const [name, changes] of Object.entries(refused)) {
    it(`is refused with ${name}`, () => assert.equal(read(changes).ok, false));
  }

  for (const path of [
    '../a',
    '/a',
    'a/../b',
    'a//b',
    'a/',
    './a',
    '',
    'a\\b',
    'C:/a',
    'a\0b',
    'a\nb',
    '..',
    '\ud800',
  ]) {
    it(`is refused with the path ${JSON.stringify(path)}`, () => {
      assert.equal(read({ outputs: [{ ...first, path }] }).ok, false);
    });
  }

  it('is never written to where a key is no digest', () => {
    const store = results('/nowhere');
    assert.throws(() => store.locate('../../etc/passwd'), TypeError);
    assert.ok(!existsSync('/nowhere'));
  });
});
