import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  copyBy,
  filesBelow,
  freeBytes,
  isSystemError,
  replaceFile,
  sayBytes,
  statIfPresent,
  writeNew,
} from '../../../src/foundation/files/files.js';

describe('files', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fx-files-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are written anew only where nothing is', () => {
    const path = join(folder, 'file');
    writeNew(path, 'first', { mode: 0o600 });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.throws(
      () => writeNew(path, 'second'),
      (error) => isSystemError(error, 'EEXIST'),
    );
    assert.equal(readFileSync(path, 'utf8'), 'first');
  });

  it('are replaced in one step, and nothing is left where that fails', () => {
    replaceFile(join(folder, 'file'), 'one', join(folder, 'temporary'));
    replaceFile(join(folder, 'file'), 'two', join(folder, 'temporary'), { sync: true });
    assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'two');
    mkdirSync(join(folder, 'occupied', 'inside'), { recursive: true });
    assert.throws(() => replaceFile(join(folder, 'occupied'), 'x', join(folder, 'temporary')));
    assert.deepEqual(readdirSync(folder).sort(), ['file', 'occupied']);
  });

  it('are copied by the first way that works, never over another', async () => {
    const [source, copy] = [join(folder, 'source'), join(folder, 'copy')];
    writeFileSync(source, 'bytes');
    assert.equal(await copyBy(['hardlink', 'copy'], source, copy), 'hardlink');
    assert.equal(statSync(copy).ino, statSync(source).ino);
    await assert.rejects(copyBy(['reflink', 'copy'], source, copy), (error) => isSystemError(error, 'EEXIST'));
    rmSync(copy);
    assert.match(await copyBy(['reflink', 'copy'], source, copy), /reflink|copy/);
    assert.notEqual(statSync(copy).ino, statSync(source).ino);
    await assert.rejects(copyBy(['copy'], join(folder, 'nothing'), join(folder, 'x')), { code: 'ENOENT' });
  });

  it('below a folder are listed in order of code units, links not followed', async () => {
    mkdirSync(join(folder, 'b', 'empty'), { recursive: true });
    for (const path of ['b/z', 'a', 'B', 'b.txt', 'ä']) writeFileSync(join(folder, path), '');
    symlinkSync('b', join(folder, 'link'));
    assert.deepEqual(await filesBelow(folder), ['B', 'a', 'b.txt', 'b/z', 'link', 'ä']);
  });

  it('that are not there have no status, also below a file', () => {
    writeFileSync(join(folder, 'file'), '');
    assert.equal(statIfPresent(join(folder, 'nothing')), undefined);
    assert.equal(statIfPresent(join(folder, 'file', 'below')), undefined);
    assert.ok(!existsSync(join(folder, 'nothing')));
  });

  it('have sizes that people read', () => {
    const said = [0, 1023, 1024, 1536, 10 * 1024, 3 << 20, 50 * 2 ** 30, 5000 * 2 ** 40].map(sayBytes);
    assert.deepEqual(said, ['0 bytes', '1023 bytes', '1.0 KiB', '1.5 KiB', '10 KiB', '3.0 MiB', '50 GiB', '5000 TiB']);
    assert.ok(freeBytes(join(folder, 'not', 'there'))! > 0);
  });
});
