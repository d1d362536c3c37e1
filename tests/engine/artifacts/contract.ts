import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResultRecord } from '../../../src/engine/artifacts/content/result-record.js';
import type { BlobStore, ResultStore } from '../../../src/engine/artifacts/store/store.js';
import { sha256 } from '../../../src/foundation/files/digest.js';
import { exampleRecord } from './example.js';
import { scratch } from './scratch.js';
import { value } from './value.js';

/** What every store of blobs must do. `open` gives a store, the same content for the same folder. */
export function blobStoreContract(name: string, open: (folder: string) => BlobStore): void {
  describe(`${name} as a store of blobs`, () => {
    const fresh = scratch();
    const content = (text: string) => ({ digest: sha256(text), bytes: Buffer.byteLength(text) });

    function file(text: string): string {
      const path = join(fresh(), 'file');
      writeFileSync(path, text);
      return path;
    }

    it('gives back what was stored, to another who opens it too', async () => {
      const folder = fresh();
      const source = file('alpha');
      assert.deepEqual(value(await open(folder).store(source)), content('alpha'));
      assert.equal(readFileSync(source, 'utf8'), 'alpha');
      const destination = join(fresh(), 'out');
      assert.equal(await open(folder).contains(content('alpha')), true);
      value(await open(folder).fetch(content('alpha'), destination));
      assert.equal(readFileSync(destination, 'utf8'), 'alpha');
    });

    it('says what it has not, and leaves nothing of it', async () => {
      const store = open(fresh());
      const destination = join(fresh(), 'out');
      assert.equal(await store.contains(content('alpha')), false);
      assert.equal((await store.fetch(content('alpha'), destination)).ok, false);
      assert.ok(!existsSync(destination));
    });

    it('keeps the empty blob and one of several chunks', async () => {
      const store = open(fresh());
      for (const text of ['', 'x'.repeat((3 << 20) + 7)]) {
        assert.deepEqual(value(await store.store(file(text))), content(text));
        const destination = join(fresh(), 'out');
        value(await store.fetch(content(text), destination));
        assert.equal(sha256(readFileSync(destination)), sha256(text));
      }
    });

    it('does not write over a file that is there', async () => {
      const store = open(fresh());
      value(await store.store(file('alpha')));
      const destination = file('precious');
      assert.equal((await store.fetch(content('alpha'), destination)).ok, false);
      assert.equal(readFileSync(destination, 'utf8'), 'precious');
    });

    it('takes the same bytes many times at once', async () => {
      const store = open(fresh());
      const source = file('beta'.repeat(100_000));
      const stored = await Promise.all(Array.from({ length: 8 }, () => store.store(source)));
      for (const each of stored) assert.deepEqual(value(each), content('beta'.repeat(100_000)));
      assert.equal(await store.contains(content('beta'.repeat(100_000))), true);
    });
  });
}

/** What every store of results must do. */
export function resultStoreContract(name: string, open: (folder: string) => ResultStore): void {
  describe(`${name} as a store of results`, () => {
    const fresh = scratch();

    it('gives back what was published, to another who opens it too', async () => {
      const folder = fresh();
      const record = exampleRecord('one');
      assert.deepEqual(value(await open(folder).publish(record)), record);
      assert.deepEqual(await open(folder).find(record.key), { record, warnings: [] });
    });

    it('has nothing under an unknown key, without a warning', async () => {
      assert.deepEqual(await open(fresh()).find(sha256('unknown')), { record: undefined, warnings: [] });
    });

    it('keeps the first of many that publish one key, and tells the others', async () => {
      const folder = fresh();
      const records = Array.from({ length: 6 }, (_, index): ResultRecord => ({
        ...exampleRecord('one'),
        duration: index,
      }));
      const stood = await Promise.all(records.map((record) => open(folder).publish(record)));
      const { record } = await open(folder).find(records[0]!.key);
      for (const each of stood) assert.deepEqual(value(each), record);
    });
  });
}
