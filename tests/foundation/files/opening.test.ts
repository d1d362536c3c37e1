import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256OfFile, sha256OfFileSync } from '../../../src/foundation/files/digest.js';
import { openPlain, openPlainHandle, readPlain, readPlainText } from '../../../src/foundation/files/opening.js';
import { countLines, LinesAt, linesOf } from '../../../src/foundation/files/text-file.js';

describe('a file that others may have put there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fx-opening-'));
  after(() => rmSync(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);
  before(() => {
    writeFileSync(at('plain'), 'one\ntwo\n');
    mkdirSync(at('folder'));
    execFileSync('mkfifo', [at('pipe')]);
    symlinkSync(at('plain'), at('link'));
    symlinkSync(at('pipe'), at('link-to-pipe'));
    symlinkSync('/dev/zero', at('link-to-device'));
    writeFileSync(at('huge'), '');
    truncateSync(at('huge'), 2 ** 40);
  });

  it('is read where it is a plain file', async () => {
    assert.equal(readPlainText(at('plain'), { links: 'refused', most: 8 }), 'one\ntwo\n');
    assert.equal(readPlainText(at('link')), 'one\ntwo\n');
    closeSync(openPlain(at('plain')));
    await (await openPlainHandle(at('plain'))).close();
  });

  it('is read whole, whatever was read before it', () => {
    const long = 'é'.repeat(1 << 16);
    writeFileSync(at('long'), long);
    writeFileSync(at('empty'), '');
    for (const [name, text] of [
      ['long', long],
      ['plain', 'one\ntwo\n'],
      ['empty', ''],
    ] as const) {
      assert.equal(readPlainText(at(name)), text);
      assert.equal(readPlain(at(name)).toString('utf8'), text);
    }
    const first = readPlain(at('plain'));
    readPlain(at('long'));
    readPlainText(at('link'));
    assert.equal(first.toString('utf8'), 'one\ntwo\n');
  });

  const readers: Readonly<Record<string, (path: string) => unknown>> = {
    readPlainText: (path) => readPlainText(path),
    openPlainHandle: (path) => openPlainHandle(path),
    sha256OfFile: (path) => sha256OfFile(path),
    sha256OfFileSync: (path) => sha256OfFileSync(path),
    linesOf: (path) => [...linesOf(path)],
    countLines: (path) => countLines(path),
    LinesAt: (path) => new LinesAt(path),
  };
  for (const [name, read] of Object.entries(readers)) {
    for (const strange of ['folder', 'pipe', 'link-to-pipe', 'link-to-device']) {
      it(`is refused without a wait by ${name}, where it is a ${strange}`, async () => {
        await assert.rejects(
          async () => {
            await read(at(strange));
          },
          { code: 'EFTYPE' },
        );
      });
    }
  }

  it('is refused where it is a socket', async () => {
    const server = createServer().listen(at('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    assert.throws(() => readPlainText(at('socket')), { code: 'ENXIO' });
    await new Promise((resolve) => server.close(resolve));
  });

  it('is refused where it is a link, if links are', async () => {
    assert.throws(() => readPlainText(at('link'), { links: 'refused' }), { code: 'ELOOP' });
    await assert.rejects(openPlainHandle(at('link'), { links: 'refused' }), { code: 'ELOOP' });
  });

  it('is refused by size before a byte is read, and by owner', () => {
    assert.throws(() => readPlainText(at('huge'), { most: 1 << 20 }), { code: 'EFBIG', message: /1024 GiB|1.0 TiB/ });
    assert.throws(() => readPlainText(at('plain'), { stranger: (user) => `of user ${user}` }), { code: 'EOWNER' });
  });

  it('is refused where a line of it has no end', () => {
    assert.throws(() => [...linesOf(at('huge'), 0, 'dropped', { longest: 1 << 16 })], { code: 'EFBIG' });
  });
});
