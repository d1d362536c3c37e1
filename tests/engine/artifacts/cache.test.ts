import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  archive,
  known,
  makeWorkspace,
  openCache,
  publishFolder,
  type Cache,
} from '../../../src/engine/artifacts/cache.js';
import { openResult } from '../../../src/engine/artifacts/content/open.js';
import { hostFacts, type ResultRecord } from '../../../src/engine/artifacts/content/result-record.js';
import { canonicalDigest } from '../../../src/foundation/values/canonical.js';
import { scratch } from './scratch.js';
import { value } from './value.js';

async function make(cache: Cache, files: Readonly<Record<string, string>>, seed = 1): Promise<ResultRecord> {
  const workspace = value(makeWorkspace(cache));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(workspace, path, '..'), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
  const outputs = value(await publishFolder(cache, workspace, { move: true }));
  rmSync(workspace, { recursive: true });
  const preimage = { kind: 'test/make', seed };
  const finding = {
    key: canonicalDigest(preimage),
    kind: 'test/make',
    stage: 'make',
    metrics: { loss: 0.5 },
    facts: {},
    warnings: [],
    reproducible: true,
    duration: 1.5,
    host: hostFacts(),
    finished: '2026-11-23T00:00:00.000Z',
  };
  return value(archive(cache, finding, outputs, preimage));
}

describe('the cache', () => {
  const fresh = scratch();

  it('knows a result after it was archived, and gives its files back', async () => {
    const cache = openCache(fresh());
    const made = await make(cache, { 'a.txt': 'alpha', 'deep/b.txt': 'beta' });
    const { record, warnings } = known(openCache(cache.root), made.key);
    assert.deepEqual(record, made);
    assert.deepEqual(warnings, []);
    const artifact = openResult(made, cache.blobs);
    assert.equal(readFileSync(artifact.locate('deep/b.txt'), 'utf8'), 'beta');
    assert.throws(() => artifact.locate('c.txt'), /without this file: it has 2, a.txt/);
    assert.deepEqual(cache.preimages.find(made.preimage), { kind: 'test/make', seed: 1 });
    assert.deepEqual(
      cache.history.of('test/make').map((line) => [line.stage, line.key, line.duration]),
      [['make', made.key, 1.5]],
    );
  });

  it('keeps blobs read-only, and leaves nothing in tmp', async () => {
    const cache = openCache(fresh());
    const made = await make(cache, { 'a.txt': 'alpha' });
    assert.equal(statSync(cache.blobs.locate(made.outputs[0]!.digest)).mode & 0o777, 0o444);
    assert.deepEqual(readdirSync(join(cache.root, 'tmp')), []);
  });

  const damages: readonly (readonly [string, (path: string) => void])[] = [
    ['missing', (path) => rmSync(path)],
    ['truncated', (path) => writeFileSync(path, 'alp')],
    ['changed in one byte', (path) => writeFileSync(path, 'alphA')],
  ];
  for (const [name, damage] of damages) {
    it(`takes a result with a ${name} blob for unknown, with a warning, and heals`, async () => {
      const cache = openCache(fresh());
      const made = await make(cache, { 'a.txt': 'alpha' });
      const path = cache.blobs.locate(made.outputs[0]!.digest);
      chmodSync(path, 0o644);
      damage(path);
      const { record, warnings } = known(cache, made.key);
      assert.equal(record, undefined);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!.message, /a\.txt is (missing|damaged)/);
      await make(cache, { 'a.txt': 'alpha' });
      assert.ok(known(cache, made.key).record);
      assert.equal(readFileSync(path, 'utf8'), 'alpha');
    });
  }

  it('finds a byte that was changed behind an unchanged time only by verification', async () => {
    const cache = openCache(fresh());
    const [file] = (await make(cache, { 'a.bin': 'x'.repeat(1 << 20) })).outputs;
    const path = cache.blobs.locate(file!.digest);
    const { mtime } = statSync(path);
    chmodSync(path, 0o644);
    writeFileSync(path, `y${'x'.repeat((1 << 20) - 1)}`);
    utimesSync(path, mtime, mtime);
    assert.equal(cache.blobs.look(file!), 'sound');
    assert.equal(await cache.blobs.verify(file!), 'damaged');
  });

  it('keeps the first record of a key while its blobs are sound', async () => {
    const cache = openCache(fresh());
    const first = await make(cache, { 'a.txt': 'alpha' });
    const second = await make(cache, { 'a.txt': 'other' });
    assert.deepEqual(second, first);
  });

  it('replaces a record whose blobs are lost by one that came out otherwise', async () => {
    const cache = openCache(fresh());
    const first = await make(cache, { 'a.txt': 'alpha' });
    cache.blobs.remove(first.outputs[0]!.digest);
    const second = await make(cache, { 'a.txt': 'other' });
    assert.notEqual(second.artifact, first.artifact);
    assert.deepEqual(known(cache, first.key).record, second);
  });

  it('takes a damaged record for none, with a warning, and heals', async () => {
    const cache = openCache(fresh());
    const made = await make(cache, { 'a.txt': 'alpha' });
    const path = cache.results.locate(made.key);
    for (const text of ['', '{', '[]', readFileSync(path, 'utf8').replace('make', 'mak\\')]) {
      writeFileSync(path, text);
      assert.equal(known(cache, made.key).record, undefined);
      assert.equal(known(cache, made.key).warnings.length, 1);
      await make(cache, { 'a.txt': 'alpha' });
      assert.deepEqual(known(cache, made.key).record, made);
    }
  });

  it('makes no folder until something is written', () => {
    const root = join(fresh(), 'cache');
    assert.equal(known(openCache(root), canonicalDigest(1)).record, undefined);
    assert.ok(!existsSync(root));
  });
});
