import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { sha256 } from '../../src/foundation/files/digest.js';
import { FX } from '../cli/project.js';
import { message, model, node, tensor, type Field } from '../recognition/datasets/onnx-file.js';

/**
 * Whole runs of what a stranger sent, watched from outside by strace: which files are opened, which programs are started, whom they
 * connect to.
 */
describe('a stranger’s run, watched', function () {
  this.timeout(240_000);
  let desk: string;
  let secret: string;
  let server: Server;
  let asked: string[];

  before(function () {
    if (spawnSync('strace', ['-V']).status !== 0) this.skip();
  });
  beforeEach(async () => {
    desk = realpathSync(mkdtempSync(join(tmpdir(), 'fx-watched-')));
    secret = join(desk, 'secret.png');
    const pixels = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'blue' } })
      .png()
      .toBuffer();
    writeFileSync(secret, pixels);
    mkdirSync(join(desk, 'study/in/person'), { recursive: true });
    writeFileSync(join(desk, 'study/in/person/honest.png'), pixels);
    writeFileSync(join(desk, 'study/package.json'), '{ "private": true }');
    writeFileSync(
      join(desk, 'study/.fx-bundle.json'),
      JSON.stringify({ schema: 'fx/bundle-origin@1', trusted: false }),
    );
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.url!);
      response.writeHead(302, { location: `file://${secret}` }).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  });
  afterEach(() => {
    rmSync(desk, { recursive: true });
    server.closeAllConnections();
    server.close();
  });
  const port = (): number => (server.address() as AddressInfo).port;

  interface Watched {
    readonly code: number | null;
    readonly err: string;
    /** Of the secret. */
    readonly opened: readonly string[];
    /** Outside of this test’s own folder. */
    readonly written: readonly string[];
    readonly started: readonly string[];
    readonly connected: readonly string[];
  }

  async function run(text: string, more: readonly string[] = []): Promise<Watched> {
    writeFileSync(join(desk, 'study/a.yaml'), text);
    const log = join(desk, 'strace');
    // A file for each process: in one file calls of several are cut into each other.
    const watch = ['-ff', '-qq', '-s', '400', '-e', 'trace=open,openat,openat2,creat,execve,connect,rename,unlink,symlink,link'];
    const env = { PATH: process.env.PATH, HOME: join(desk, 'home'), XDG_CACHE_HOME: join(desk, 'house'), TMPDIR: desk, NO_COLOR: '1' };
    mkdirSync(env.HOME, { recursive: true });
    const child = spawn('strace', [...watch, '-o', log, process.execPath, FX, 'run', 'study/a.yaml', ...more], { cwd: desk, env });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    const logs = readdirSync(desk).filter((name) => name.startsWith('strace.'));
    assert.ok(logs.length > 0);
    const calls = logs.flatMap((name) => readFileSync(join(desk, name), 'utf8').split('\n')).filter((line) => !line.includes('= -1 E'));
    const writes = calls.filter((line) => /open\w*\(.*O_(WRONLY|RDWR|CREAT)|creat\(|rename|unlink|link\(/.test(line));
    return {
      code,
      err,
      opened: calls.filter((line) => line.includes(secret)),
      written: writes.filter((line) => !line.includes(`"${desk}`) && !/"\/(dev|proc)\//.test(line) && !/"(study|strace)/.test(line)),
      started: calls.filter((line) => line.includes('execve(') && !/execve\("[^"]*\/(node|git|lspci|nproc|lscpu)"/.test(line)),
      connected: calls.filter((line) => line.includes('connect(') && /sin6?_port/.test(line)),
    };
  } // prettier-ignore

  const IMPORT = 'fx: 1\nname: a\nstages:\n  s: { uses: datasets/import, with: { format: folder, folder: in';

  it('opens no file, program or host that its images name', async () => {
    const svg = (body: string): string =>
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64">${body}</svg>`;
    const images: Readonly<Record<string, string>> = {
      'a.jpg': svg(`<image xlink:href="file://${secret}" width="64" height="64"/>`),
      'b.png': svg(`<image href="http://127.0.0.1:${port()}/x.png" width="64" height="64"/>`),
      'c.jpg': `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file://${secret}">]>${svg('<text>&x;</text>')}`,
      'd.jpg': `push graphic-context\nviewbox 0 0 64 64\nimage over 0,0 0,0 "${secret}"\npop graphic-context`,
      'e.jpg': `%!PS\n(${secret}) (r) file`,
      'f.png': `#EXTM3U\n#EXTINF:1,\nconcat:file://${secret}`,
      'g.jpg': `P6\n# ${secret}\n`,
      'h.jpg': `<VRTDataset rasterXSize="64"><SourceFilename>${secret}</SourceFilename></VRTDataset>`,
      'i.jpg': `msl:${secret}`,
    };
    for (const [name, content] of Object.entries(images)) writeFileSync(join(desk, 'study/in/person', name), content);
    const { code, err, opened, written, started, connected } = await run(`${IMPORT} } }\n`);
    assert.equal(code, 0, err);
    assert.equal(err.match(/it is left out/g)?.length, Object.keys(images).length, err);
    assert.deepEqual([opened, written, started, connected, asked], [[], [], [], [], []]);
  });

  it('opens no file that its detector names', async () => {
    const entry = (key: string, value: string): Field => [13, message([1, key], [2, value])];
    const elsewhere = message([1, 4], [2, 1], [8, 'a'], entry('location', secret), entry('length', '16'), [14, 1]);
    const outputs: readonly Field[] = [
      [11, tensor('image', [1, 3, 'h', 'w'])],
      [12, tensor('boxes', ['n', 4])],
      [12, tensor('scores', ['n'])],
      [12, tensor('points', ['n', 5, 2])],
    ];
    writeFileSync(join(desk, 'study/d.onnx'), model([5, elsewhere], [1, node('Identity', ['a'], 'boxes')], ...outputs));
    const text = `${IMPORT}, align: [detector], detector: d.onnx } }\n`;
    const { code, err, opened, written, started } = await run(text);
    assert.notEqual(code, 0, err);
    assert.match(err, /in other files/);
    assert.doesNotMatch(err, /a bug in/);
    assert.deepEqual([opened, written, started], [[], [], []]);
  });

  it('follows its remote to no file, be that a server that sends it there or a folder of links', async () => {
    const text = `${IMPORT} } }\n`;
    const first = await run(text, ['--remote', `http://127.0.0.1:${port()}/`]);
    assert.ok(asked.length > 0, 'it was asked');
    assert.deepEqual([first.opened, first.written, first.started], [[], [], []]);
    const far = join(desk, 'far');
    const { digest, key } = { digest: sha256(readFileSync(secret)), key: 'a'.repeat(64) };
    for (const [store, name] of [['cas', digest], ['ac', key]] as const) {
      mkdirSync(join(far, store, name.slice(0, 2)), { recursive: true });
      symlinkSync(secret, join(far, store, name.slice(0, 2), name.slice(2)));
    }
    rmSync(join(desk, 'study/cache'), { recursive: true });
    const second = await run(text, ['--remote', far]);
    assert.equal(second.code, 0, second.err);
    assert.deepEqual([second.opened, second.written, second.started, second.connected], [[], [], [], []]);
    assert.ok(existsSync(secret));
  }); // prettier-ignore
});
