import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  areFolders,
  contents,
  manifest,
  manifestBytes,
  manifestDigest,
  parseFiles,
} from '../../../src/engine/artifacts/content/manifest.js';
import { sha256 } from '../../../src/foundation/files/digest.js';
import { value } from './value.js';

describe('a manifest', () => {
  const file = (path: string, text = path) => ({ path, digest: sha256(text), bytes: text.length });

  it('has the digest that docs/cache.md says, frozen', () => {
    const text = `fx/manifest@1\n${sha256('hello')} 5 "a b.txt"\n${sha256('')} 0 "ä"\n`;
    const digest = createHash('sha256').update(text, 'utf8').digest('hex');
    assert.equal(manifestDigest(manifest([file('ä', ''), file('a b.txt', 'hello')])), digest);
    assert.equal(digest, GOLDEN);
  });

  it('has empty folders that hold no file and are no file, in order', () => {
    const files = [file('a/b/c'), file('d')];
    for (const folders of [[], ['a/e'], ['a/b/e', 'f']]) assert.ok(areFolders(folders, files), folders.join());
    for (const folders of [['a'], ['a/b'], ['a/b/c'], ['d'], ['d/e'], ['g', 'f'], ['f', 'f'], ['../x'], [1], 'f'])
      assert.ok(!areFolders(folders, files), String(folders));
  });

  it('does not see the order in which files were found, and sees all else', () => {
    const paths = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9äß_-]{1,6}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(paths, fc.infiniteStream(fc.nat()), (names, shuffle) => {
        const files = names.map((name) => file(name));
        const order = new Map(files.map((each) => [each, shuffle.next().value as number]));
        const shuffled = files.toSorted((a, b) => order.get(a)! - order.get(b)!);
        const digest = manifestDigest(manifest(files));
        assert.equal(manifestDigest(manifest(shuffled)), digest);
        assert.deepEqual(value(parseFiles(JSON.parse(JSON.stringify(manifest(files).files)))), manifest(files).files);
        assert.notEqual(manifestDigest(manifest(files.slice(1))), digest);
        const [first, ...rest] = files;
        assert.notEqual(manifestDigest(manifest([{ ...first!, path: `${first!.path}'` }, ...rest])), digest);
        assert.notEqual(manifestDigest(manifest([{ ...first!, bytes: first!.bytes + 1 }, ...rest])), digest);
      }),
      { numRuns: 50 },
    );
  });

  it('counts bytes per file, and each content once', () => {
    const of = manifest([file('a', 'same'), file('b', 'same'), file('c', 'other')]);
    assert.equal(manifestBytes(of), 13);
    assert.equal(contents(of).length, 2);
  });
});

const GOLDEN = '87fbcaae55a5416f1325f213a0e1c963ee72bbb99bf326367c7d0d74790a1dc4';
