import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { archive, known, openCache, type Cache } from '../../../src/engine/artifacts/cache.js';
import { collect, collectWhenDue } from '../../../src/engine/artifacts/upkeep/collect.js';
import { inventory } from '../../../src/engine/artifacts/upkeep/inventory.js';
import { manifest } from '../../../src/engine/artifacts/content/manifest.js';
import { materialise } from '../../../src/engine/artifacts/content/materialise.js';
import { openResult } from '../../../src/engine/artifacts/content/open.js';
import { self } from '../../../src/engine/artifacts/store/owner.js';
import type { ResultRecord } from '../../../src/engine/artifacts/content/result-record.js';
import { verifyCache } from '../../../src/engine/artifacts/upkeep/verify.js';
import { canonicalDigest } from '../../../src/foundation/values/canonical.js';
import type { CopyMethod } from '../../../src/foundation/files/files.js';
import { exampleRecord } from './example.js';
import { heldFiles } from '../../../src/engine/artifacts/content/listing.js';
import { scratch } from './scratch.js';
import { value } from './value.js';

/** A result of `stage` with the given files, used so many days ago. */
async function put(
  cache: Cache,
  stage: string,
  files: Readonly<Record<string, string>>,
  days = 0,
): Promise<ResultRecord> {
  const outputs = await Promise.all(
    Object.entries(files).map(async ([path, text]) => ({ path, ...value(await cache.blobs.publishBytes(text)) })),
  );
  const finding = withoutLog(exampleRecord(stage));
  const preimage = { stage };
  const key = canonicalDigest(preimage);
  const record = value(archive(cache, { ...finding, key }, manifest(outputs), preimage));
  const used = Date.now() / 1000 - days * 86_400;
  utimesSync(cache.results.locate(key), used, used);
  return record;
}

function withoutLog(record: ResultRecord): ResultRecord {
  const { log, ...rest } = record;
  assert.ok(log);
  return rest;
}

function damage(path: string, change: (bytes: Buffer) => Buffer): void {
  const { mtime } = statSync(path);
  chmodSync(path, 0o644);
  writeFileSync(path, change(readFileSync(path)));
  utimesSync(path, mtime, mtime);
}

function flip(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[Math.floor(bytes.length / 2)]! ^= 1;
  return flipped;
}

describe('collecting garbage', () => {
  const fresh = scratch();
  const MiB = 'x'.repeat(1 << 20);
  const none = { limits: { size: Infinity, age: Infinity }, grace: -1 };
  const exists = (cache: Cache, record: ResultRecord) => known(cache, record.key).record !== undefined;

  it('takes what was not used for too long, with the blobs that nothing else uses', async () => {
    const cache = openCache(fresh());
    const old = await put(cache, 'old', { shared: 'shared', own: 'own' }, 91);
    const recent = await put(cache, 'recent', { shared: 'shared' }, 89);
    const limits = { size: Infinity, age: 90 * 86_400 };
    const rehearsed = await collect(cache, { ...none, limits, rehearse: true });
    assert.ok(exists(cache, old));
    utimesSync(cache.results.locate(old.key), 1, 1);
    const collected = await collect(cache, { ...none, limits });
    assert.deepEqual(collected, { results: 1, blobs: 1, bytes: 3, leftovers: 0, remaining: 6 });
    assert.deepEqual(rehearsed, collected);
    assert.ok(!exists(cache, old) && exists(cache, recent));
    assert.ok(!existsSync(cache.blobs.locate(old.outputs.find((file) => file.path === 'own')!.digest)));
  });

  it('takes the least recently used until the rest fits', async () => {
    const cache = openCache(fresh());
    const records: ResultRecord[] = [];
    for (const days of [5, 1, 4, 2, 3]) records.push(await put(cache, `day ${days}`, { big: `${days}${MiB}` }, days));
    await collect(cache, { ...none, limits: { size: 2.5 * (1 << 20), age: Infinity } });
    assert.deepEqual(
      records.filter((record) => exists(cache, record)).map((record) => record.stage),
      ['day 1', 'day 2'],
    );
  });

  it('keeps what is named, what is being made, and what came or was used lately', async () => {
    const cache = openCache(fresh());
    const named = await put(cache, 'named', { a: 'a' }, 100);
    const leased = await put(cache, 'leased', { b: 'b' }, 100);
    const recent = await put(cache, 'recent', { c: 'c' });
    const blob = value(await cache.blobs.publishBytes('not yet in a result'));
    const held = cache.leases.attempt(leased.key);
    await collect(cache, { limits: { size: 0, age: 0 }, keep: new Set([named.key]) });
    const lookedAt = [named, leased, recent].map((record) => cache.results.look(record.key).record !== undefined);
    assert.deepEqual(lookedAt, [true, true, true]);
    assert.ok(cache.blobs.has(blob));
    if ('release' in held) held.release();
    await collect(cache, { ...none, limits: { size: 0, age: 0 } });
    assert.deepEqual(inventory(cache).results, 0);
    assert.equal(inventory(cache).blobs, 0);
  });

  it('does not rob a process that has a lease', async () => {
    const cache = openCache(fresh());
    const record = await put(cache, 'used', { a: 'a' }, 100);
    const lease = cache.leases.reading();
    assert.ok(exists(cache, record));
    await collect(cache, { ...none, limits: { size: 0, age: 0 } });
    assert.ok(cache.results.look(record.key).record);
    assert.equal(readFileSync(openResult(record, cache.blobs).locate('a'), 'utf8'), 'a');
    lease.release();
    await collect(cache, { ...none, limits: { size: 0, age: 0 } });
    assert.equal(cache.results.look(record.key).record, undefined);
  });

  it('clears what dead processes left, and nothing of living ones', async () => {
    const cache = openCache(fresh());
    const temporary = join(cache.root, 'tmp');
    const time = Date.now().toString(36);
    const dead = `${self().machine}-${process.pid}-1-${time}-0`;
    const living = `${self().machine}-${process.pid}-${self().start}-${time}-0`;
    const elsewhere = `0123456789abcdef-1-1-${time}-0`;
    for (const name of [dead, living, elsewhere]) mkdirSync(join(temporary, name), { recursive: true });
    assert.equal((await collect(cache)).leftovers, 1);
    assert.deepEqual(readdirSync(temporary).sort(), [living, elsewhere].sort());
  });

  it('is done once a day when a run ends', async () => {
    const cache = openCache(fresh());
    await put(cache, 'one', { a: 'a' });
    assert.ok(await collectWhenDue(cache));
    assert.equal(await collectWhenDue(cache), undefined);
    utimesSync(join(cache.root, 'collected'), 1, 1);
    assert.ok(await collectWhenDue(cache));
  });
});

describe('verifying the cache', () => {
  const fresh = scratch();

  it('finds nothing wrong where nothing is', async () => {
    const cache = openCache(fresh());
    await put(cache, 'one', { a: 'alpha', b: 'beta' });
    const progress: number[] = [];
    const verified = await verifyCache(cache, { progress: (done) => progress.push(done) });
    assert.deepEqual(verified, { blobs: 2, bytes: 9, results: 1, preimages: 1, damaged: [], incomplete: 0 });
    assert.deepEqual(progress.at(-1), 9);
  });

  it('finds a flipped byte in any file, though size and time are as they were, and the next making heals it', async () => {
    const cache = openCache(fresh());
    const record = await put(cache, 'one', { a: 'alpha' });
    const files = [
      cache.blobs.locate(record.outputs[0]!.digest),
      cache.results.locate(record.key),
      cache.preimages.locate(record.preimage),
    ];
    for (const file of files) {
      const { atime, mtime } = statSync(file);
      const before = readFileSync(file);
      damage(file, flip);
      utimesSync(file, atime, mtime);
      const { damaged } = await verifyCache(cache);
      assert.equal(damaged.length, 1, file);
      assert.ok(!existsSync(file));
      assert.equal((await verifyCache(cache)).damaged.length, 0);
      await put(cache, 'one', { a: 'alpha' });
      assert.deepEqual(readFileSync(file), before);
    }
  });

  it('tells whose results a damaged blob belonged to', async () => {
    const cache = openCache(fresh());
    const record = await put(cache, 'one', { a: 'alpha' });
    damage(cache.blobs.locate(record.outputs[0]!.digest), flip);
    const { damaged, incomplete } = await verifyCache(cache);
    assert.match(damaged[0]!.message, /used by one \(shard-0001\)/);
    assert.equal(incomplete, 1);
  });
});

describe('the inventory', () => {
  const fresh = scratch();

  it('counts results and bytes by stage, shared blobs once', async () => {
    const cache = openCache(fresh());
    await put(cache, 'one', { a: 'alpha', b: 'shared' }, 1);
    await put(cache, 'two', { b: 'shared' });
    value(await cache.blobs.publishBytes('unused'));
    const { holdings, results, blobs, bytes, unused } = inventory(cache);
    assert.deepEqual(
      holdings.map((each) => [each.kind, each.stage, each.results, each.bytes]),
      [
        ['test/make', 'one', 1, 11],
        ['test/make', 'two', 1, 6],
      ],
    );
    assert.deepEqual([results, blobs, bytes, unused], [2, 3, 17, 6]);
  });
});

describe('getting an artifact out', () => {
  const fresh = scratch();

  async function artifact() {
    const cache = openCache(join(fresh(), 'cache'));
    const record = await put(cache, 'one', { 'a.txt': 'alpha', 'deep/b.txt': 'beta' });
    return { cache, record, opened: openResult(record, cache.blobs) };
  }

  const ways: readonly (readonly CopyMethod[] | undefined)[] = [
    undefined,
    ['copy'],
    ['hardlink'],
    ['reflink', 'hardlink', 'copy'],
  ];
  for (const by of ways) {
    it(`gives a folder with all files${by === undefined ? '' : ` by ${by.join(' or ')}`}`, async () => {
      const { cache, record, opened } = await artifact();
      const to = join(fresh(), 'new', 'out');
      assert.equal(value(await materialise(opened, to, by === undefined ? {} : { by })), 9);
      assert.deepEqual(readdirSync(to).sort(), ['a.txt', 'deep']);
      assert.equal(readFileSync(join(to, 'deep/b.txt'), 'utf8'), 'beta');
      assert.deepEqual(readdirSync(join(to, '..')), ['out']);
      if (by?.includes('hardlink') === true) return;
      writeFileSync(join(to, 'a.txt'), 'changed');
      assert.equal(readFileSync(cache.blobs.locate(record.outputs[0]!.digest), 'utf8'), 'alpha');
    });
  }

  it('gives one file, and says what there is when it is not there', async () => {
    const { opened } = await artifact();
    const to = join(fresh(), 'b.txt');
    value(await materialise(opened, to, { file: 'deep/b.txt' }));
    assert.equal(readFileSync(to, 'utf8'), 'beta');
    const missing = await materialise(opened, join(fresh(), 'c'), { file: 'c.txt' });
    assert.ok(!missing.ok);
    assert.equal(missing.error[0]!.help, 'it has a.txt, deep/b.txt');
  });

  it('replaces only when told to, and then as a whole', async () => {
    const { opened } = await artifact();
    const to = join(fresh(), 'out');
    mkdirSync(to);
    writeFileSync(join(to, 'precious'), '');
    const refused = await materialise(opened, to);
    assert.ok(!refused.ok && refused.error[0]!.code === 'get/exists');
    assert.deepEqual(readdirSync(to), ['precious']);
    value(await materialise(opened, to, { replace: true }));
    assert.deepEqual(readdirSync(to).sort(), ['a.txt', 'deep']);
    assert.deepEqual(readdirSync(join(to, '..')), ['out']);
  });

  it('gives nothing where one file is damaged or unsafe', async () => {
    const { cache, record, opened } = await artifact();
    damage(cache.blobs.locate(record.outputs[1]!.digest), flip);
    const folder = fresh();
    for (const bad of [
      opened,
      {
        ...opened,
        files: heldFiles([{ ...record.outputs[0]!, path: '../escaped' }]),
        locate: () => cache.blobs.locate(record.outputs[0]!.digest),
      },
    ]) {
      const got = await materialise(bad, join(folder, 'out'));
      assert.ok(!got.ok);
      assert.match(got.error[0]!.code, /^get\/(damaged|unsafe-path)$/);
      assert.deepEqual(readdirSync(folder), []);
    }
  });
});
