import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archive, openCache, type Cache } from '../../../src/engine/artifacts/cache.js';
import { collect } from '../../../src/engine/artifacts/upkeep/collect.js';
import { manifest } from '../../../src/engine/artifacts/content/manifest.js';
import { canonicalDigest } from '../../../src/foundation/values/canonical.js';
import { exampleRecord } from './example.js';
import { value } from './value.js';

const DAY = 86_400;
const PREIMAGE = { stage: 'one' };

describe('a log that is kept whole beside its result', () => {
  let root: string;
  let cache: Cache;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fx-logs-'));
    cache = openCache(root);
    mkdirSync(join(root, 'logs'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function log(name: string, days: number): string {
    const path = join(root, 'logs', name);
    writeFileSync(path, 'x'.repeat(100));
    const then = Date.now() / 1000 - days * DAY;
    utimesSync(path, then, then);
    return path;
  }

  it('stays as long as its result, goes a week after it, and is counted', async () => {
    const key = canonicalDigest(PREIMAGE);
    const { log: _, ...finding } = exampleRecord('one');
    const outputs = [{ path: 'a', ...value(await cache.blobs.publishBytes('bytes')) }];
    value(archive(cache, { ...finding, key }, manifest(outputs), PREIMAGE));
    const own = log(`${key.slice(0, 32)}.whole.log`, 30);
    const fresh = log(`${'a'.repeat(32)}.whole.log`, 6);
    const old = log(`${'b'.repeat(32)}.whole.log`, 8);
    const other = log('stage.log', 400);
    const would = await collect(cache, { rehearse: true });
    assert.equal(would.bytes, 100);
    assert.ok(existsSync(old), 'a rehearsal removes nothing');
    assert.equal((await collect(cache)).bytes, 100);
    assert.deepEqual([own, fresh, old, other].map(existsSync), [true, true, false, true]);
    const ancient = log(`${key.slice(0, 32)}.whole.log`, 91);
    await collect(cache);
    assert.ok(!existsSync(ancient), 'after the age limit even of a result that stays');
  });
});
