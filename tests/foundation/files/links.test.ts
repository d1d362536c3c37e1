import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveLinks } from '../../../src/foundation/files/links.js';

describe('a link', () => {
  const home = mkdtempSync(join(tmpdir(), 'fx-links-'));
  const root = join(home, 'root');
  const outside = join(home, 'outside');
  beforeEach(() => {
    mkdirSync(join(root, 'folder'), { recursive: true });
    writeFileSync(join(root, 'file'), 'inside');
    writeFileSync(outside, 'outside');
  });
  afterEach(() => rmSync(root, { recursive: true }));
  after(() => rmSync(home, { recursive: true }));

  it('to what lies in the folder becomes a copy of it', () => {
    symlinkSync('../file', join(root, 'folder', 'link'));
    assert.deepEqual(resolveLinks(root, ''), []);
    assert.ok(lstatSync(join(root, 'folder', 'link')).isFile());
    assert.equal(readFileSync(join(root, 'folder', 'link'), 'utf8'), 'inside');
  });

  it('out of the folder is refused and stays, unless what it leads to is allowed', () => {
    symlinkSync(outside, join(root, 'link'));
    assert.deepEqual(resolveLinks(root, ''), [{ path: 'link', why: `leads outside, to ${outside}` }]);
    assert.ok(lstatSync(join(root, 'link')).isSymbolicLink());
    assert.deepEqual(
      resolveLinks(root, '', (real) => real === outside),
      [],
    );
    assert.equal(readFileSync(join(root, 'link'), 'utf8'), 'outside');
  });
});
