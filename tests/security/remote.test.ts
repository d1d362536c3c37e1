import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { recordText } from '../../src/engine/artifacts/content/result-record.js';
import { isExposed, openRemote } from '../../src/engine/sharing/remote/open.js';
import type { Remote } from '../../src/engine/sharing/remote/transfer.js';
import { sha256 } from '../../src/foundation/files/digest.js';
import { exampleRecord } from '../engine/artifacts/example.js';
import { value } from '../engine/artifacts/value.js';

const BYTES = Buffer.from('the bytes');
const CONTENT = { digest: sha256(BYTES), bytes: BYTES.length };

describe('a remote that means harm', () => {
  const servers: Server[] = [];
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fx-remote-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(answer: RequestListener): Promise<number> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    servers.push(server);
    await new Promise((resolve) => server.once('listening', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** Impatient, so that what never comes is not waited for long. */
  function open(address: string, environment: Readonly<Record<string, string>> = {}): Remote {
    return value(openRemote(address, folder, environment, { silence: 400, attempts: 2, pause: 5 }));
  }

  async function refused(remote: Remote): Promise<string> {
    const to = join(folder, 'taken');
    const fetched = await remote.blobs.fetch(CONTENT, to);
    assert.ok(!fetched.ok);
    assert.ok(!existsSync(to), 'nothing is left of it');
    return fetched.error.map(({ message }) => message).join('\n');
  }

  it('does not lead to another host, nor gets the token sent there', async () => {
    const seen: unknown[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers);
      response.end(BYTES);
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const port = await serve((_, response) => {
        response.writeHead(status, { location: `http://127.0.0.1:${other}/cas/${CONTENT.digest}` }).end();
      });
      assert.match(
        await refused(open(`http://127.0.0.1:${port}`, { FX_REMOTE_TOKEN: 'tok-en' })),
        new RegExp(String(status)),
      );
    }
    assert.deepEqual(seen, []);
  });

  for (const status of [400, 401, 403, 500, 503]) {
    it(`does not get a password or a key into messages by answering ${status}`, async () => {
      const port = await serve((_, response) => response.writeHead(status, 'No').end());
      const remote = open(`http://me:pass-word@127.0.0.1:${port}/x?key=se-cret#se-cret`);
      const said = `${await refused(remote)} ${remote.name}`;
      assert.doesNotMatch(said, /pass-word|se-cret|me:/);
    });
  }

  it('is named by where it redirects to, without what may be a key', async () => {
    const aim = 'https://me:pass-word@login.example.org/cache';
    const port = await serve(({ url }, response) =>
      response.writeHead(302, { location: `${aim}${url ?? ''}?ticket=se-cret` }).end(),
    );
    const said = await refused(open(`http://127.0.0.1:${port}`));
    assert.match(said, /answers 302 Found to https:\/\/login\.example\.org\/cache, which is not followed/);
  });

  it('that speaks no TLS is told in a line', async () => {
    const port = await serve((_, response) => void response.end());
    const said = await refused(open(`https://127.0.0.1:${port}`));
    assert.match(said, /^https:\/\/127\.0\.0\.1:\d+: no TLS connection: [\w ]+$/);
  });

  it('is no folder of the name of a server whose scheme was forgotten', () => {
    const opened = openRemote('127.0.0.1:9/cache', folder, {});
    assert.ok(!opened.ok);
    assert.match(opened.error[0]!.message, /127\.0\.0\.1:9\/cache names no scheme/);
    assert.match(opened.error[0]!.help!, /write http:\/\/127\.0\.0\.1:9\/cache, or \.\/127/);
    assert.ok(openRemote('./127.0.0.1:9/cache', folder, {}).ok);
  });

  it('whose address cannot be read is named without its password', () => {
    for (const address of ['http://me:pass-word@[bad/x', 'ftp://me:pass-word@host/x', 's3://me:pass-word@host/x']) {
      const opened = openRemote(address, folder, {});
      assert.ok(!opened.ok);
      assert.doesNotMatch(opened.error[0]!.message, /pass-word/);
    }
  });

  it('may be read by all on the way where it is plain HTTP and a token goes along: that is said', () => {
    const token = { FX_REMOTE_TOKEN: 't' };
    assert.ok(isExposed('http://cache.example.org/fx', token));
    assert.ok(isExposed('HTTP://me:p@cache.example.org/fx', {}));
    for (const [address, environment] of [
      ['https://cache.example.org/fx', token],
      ['http://cache.example.org/fx', {}],
      ['http://localhost:80/fx', token],
      ['http://127.0.0.1:80/fx', token],
      ['/a/folder', token],
    ] as const)
      assert.ok(!isExposed(address, environment), address);
  });

  const answers: Readonly<Record<string, RequestListener>> = {
    'other bytes': (_, response) => void response.end('THE BYTES'),
    'fewer bytes than it should': (_, response) => void response.end('the'),
    'more bytes than it should': (_, response) => void response.end('the bytes and more'),
    'bytes without end': (_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(1 << 16), () => setImmediate(more));
      };
      more();
    },
    'fewer bytes than it announced, and then nothing': (_, response) => {
      response.writeHead(200, { 'content-length': '9' });
      response.write('the');
    },
    'no answer at all': () => undefined,
    'a compressed bomb': (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1 << 24)));
    },
    'a range that was not asked for': (_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 4-8/9' }).end('bytes');
    },
    'a cut in the middle': (_, response) => {
      response.writeHead(200, { 'content-length': '9' });
      response.write('the', () => response.destroy());
    },
  };
  for (const [what, answer] of Object.entries(answers)) {
    it(`gives ${what}: refused, soon`, async () => {
      const begun = performance.now();
      await refused(open(`http://127.0.0.1:${await serve(answer)}`));
      assert.ok(performance.now() - begun < 10_000);
    }).timeout(30_000);
  }

  const record = exampleRecord('one');
  const entries: Readonly<Record<string, (key: string) => string | Buffer>> = {
    'the record of another key': () => recordText(record),
    'preimages by way of a prototype': () => `${recordText(record)}{"__proto__":{"preimages":[]}}\n`,
    'a text nested a hundred thousand deep': () =>
      `${recordText(record)}{"preimages":[${'['.repeat(1e5)}${']'.repeat(1e5)}]}\n`,
    'a preimage nested a hundred thousand deep': () =>
      `${recordText(record)}{"preimages":[${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}]}\n`,
    'no record but zeros': () => Buffer.alloc(1 << 20),
    'more than any record has': () => Buffer.alloc(17 << 20, 'a'),
  };
  for (const [what, text] of Object.entries(entries)) {
    it(`gives ${what} for a key: refused`, async () => {
      const own = what.includes('preimage') || what.includes('text');
      const key = own ? record.key : 'f'.repeat(64);
      const port = await serve((_, response) => void response.end(text(key)));
      const found = await open(`http://127.0.0.1:${port}`).results.find(key);
      if (what !== 'preimages by way of a prototype') assert.equal(found.record, undefined);
      assert.equal(({} as { preimages?: unknown }).preimages, undefined);
    }).timeout(30_000);
  }

  const strange: Readonly<Record<string, (path: string) => void>> = {
    'a named pipe': (path) => {
      execFileSync('mkfifo', [path]);
    },
    'a folder': (path) => {
      mkdirSync(path);
    },
    'a link': (path) => {
      writeFileSync(join(folder, 'elsewhere'), BYTES);
      symlinkSync(join(folder, 'elsewhere'), path);
    },
    'a link to a device': (path) => symlinkSync('/dev/zero', path),
  };
  for (const [what, put] of Object.entries(strange)) {
    it(`is a folder in which a blob is ${what}: refused, soon`, async () => {
      const shelf = join(folder, 'far/cas', CONTENT.digest.slice(0, 2));
      mkdirSync(shelf, { recursive: true });
      put(join(shelf, CONTENT.digest.slice(2)));
      await refused(open('far'));
      assert.equal(await open('far').blobs.contains(CONTENT), false);
      assert.equal(readdirSync(shelf).length, 1);
    });
  }
});
