import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SEALED } from '../../src/engine/artifacts/store/blob-store.js';
import {
  archive,
  known,
  openCache,
  publishFolder,
  strangeFolder,
  type Cache,
} from '../../src/engine/artifacts/cache.js';
import { collect } from '../../src/engine/artifacts/upkeep/collect.js';
import { StatCache } from '../../src/engine/artifacts/external/stat-cache.js';
import { Believed } from '../../src/engine/artifacts/store/believed.js';
import { inventory, lyingIn } from '../../src/engine/artifacts/upkeep/inventory.js';
import { manifest } from '../../src/engine/artifacts/content/manifest.js';
import type { ResultRecord } from '../../src/engine/artifacts/content/result-record.js';
import { verifyCache } from '../../src/engine/artifacts/upkeep/verify.js';
import { canonicalDigest } from '../../src/foundation/values/canonical.js';
import { exampleRecord } from '../engine/artifacts/example.js';
import { value } from '../engine/artifacts/value.js';

const PREIMAGE = { stage: 'one' };
const CODE = 'c'.repeat(64);
const DEEP = 100_000;

/** What a stranger may leave at a name. `outside`: a folder of which nothing may be read or changed. */
const STRANGE: Readonly<Record<string, (path: string, outside: string, whole: string) => void | Promise<void>>> = {
  'a named pipe': (path) => void execFileSync('mkfifo', [path]),
  'a folder': (path) => void mkdirSync(join(path, 'in'), { recursive: true }),
  'a link to equal bytes': (path, outside, whole) => {
    if (!existsSync(join(outside, 'equal'))) writeFileSync(join(outside, 'equal'), whole);
    symlinkSync(join(outside, 'equal'), path);
  },
  'a link to a named pipe': (path, outside) => {
    if (!existsSync(join(outside, 'pipe'))) execFileSync('mkfifo', [join(outside, 'pipe')]);
    symlinkSync(join(outside, 'pipe'), path);
  },
  'a link to itself': (path) => symlinkSync(path, path),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a socket': async (path) => {
    // Too long a name for a socket of most systems: made elsewhere and put there.
    const short = join(mkdtempSync(join(tmpdir(), 'fx-s-')), 's');
    const server: Server = createServer().listen(short);
    await new Promise((resolve) => server.once('listening', resolve));
    renameSync(short, path);
    await new Promise((resolve) => server.close(resolve));
    rmSync(dirname(short), { recursive: true });
  },
  'a file of a terabyte': (path) => {
    writeFileSync(path, '{');
    truncateSync(path, 2 ** 40);
  },
  'nested a hundred thousand deep': (path) => writeFileSync(path, `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`),
  'an object of odd keys': (path) => writeFileSync(path, '{"__proto__":{"schema":"fx/result@1"},"constructor":1}'),
  'a number past 2^53': (path) => writeFileSync(path, '{"bytes":9007199254740993,"n":1e999}'),
  'nothing at all': (path) => writeFileSync(path, ''),
};

describe('a cache that a stranger has written to', () => {
  let home: string;
  let outside: string;
  let cache: Cache;
  let record: ResultRecord;
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'fx-hostile-'));
    outside = join(home, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'mine'), 'mine');
    cache = openCache(join(home, 'cache'));
    record = await make();
    cache.codes.add(CODE, { digest: CODE });
  });
  afterEach(() => rmSync(home, { recursive: true }));

  async function make(): Promise<ResultRecord> {
    const { log: _, ...finding } = exampleRecord('one');
    const outputs = [{ path: 'a', ...value(await cache.blobs.publishBytes('the bytes')) }];
    return value(archive(cache, { ...finding, key: canonicalDigest(PREIMAGE) }, manifest(outputs), PREIMAGE));
  }

  const places: Readonly<Record<string, () => string>> = {
    'a record': () => cache.results.locate(record.key),
    'a blob': () => cache.blobs.locate(record.outputs[0]!.digest),
    'a preimage': () => cache.preimages.locate(record.preimage),
    'a code identity': () => cache.codes.locate(CODE),
    'a history': () => join(cache.root, 'history', readdirSync(join(cache.root, 'history'))[0]!),
  };
  for (const [where, locate] of Object.entries(places)) {
    for (const [what, put] of Object.entries(STRANGE)) {
      it(`is read, mended and collected where ${where} is ${what}`, async () => {
        const path = locate();
        const whole = readFileSync(path, 'utf8');
        rmSync(path);
        await put(path, outside, whole);
        const before = readdirSync(outside).map((name) => [name, lstatSync(join(outside, name)).mtimeMs]);

        const found = known(cache, record.key);
        if (where === 'a record' || where === 'a blob') assert.equal(found.record, undefined);
        assert.equal(await cache.blobs.verify(record.outputs[0]!), where === 'a blob' ? 'damaged' : 'sound');
        cache.preimages.find(record.preimage);
        cache.codes.find(CODE);
        cache.history.of(record.kind);
        inventory(cache);
        await collect(cache, { grace: 3600 });
        if (where !== 'a history' && !(where === 'a code identity' && lstatSync(path).isFile())) {
          const { damaged } = await verifyCache(cache);
          assert.ok(damaged.length >= 1, 'said');
          assert.ok(!existsSync(path), 'and removed');
          await put(path, outside, whole);
        }
        cache.codes.add(CODE, { digest: CODE });
        assert.equal((await make()).key, record.key, 'what is made again takes its place');
        const again = known(cache, record.key);
        assert.equal(again.record?.artifact, record.artifact);
        assert.deepEqual(
          readdirSync(outside).map((name) => [name, lstatSync(join(outside, name)).mtimeMs]),
          before,
          'nothing was changed elsewhere',
        );
        assert.equal(readFileSync(join(outside, 'mine'), 'utf8'), 'mine');
      }).timeout(60_000);
    }
  }

  it('is not believed by the seal of a blob with another’s bytes, in a folder in which others can exchange files', async () => {
    const { digest } = record.outputs[0]!;
    const path = cache.blobs.locate(digest);
    rmSync(path);
    writeFileSync(path, 'the BYTES', { mode: 0o444 });
    utimesSync(path, SEALED / 1000, SEALED / 1000);
    chmodSync(dirname(path), 0o777);
    assert.equal(openCache(cache.root).blobs.look(record.outputs[0]!), 'damaged');
    chmodSync(dirname(path), 0o1777);
    assert.equal(openCache(cache.root).blobs.look(record.outputs[0]!), 'sound', 'the seal of a folder that is guarded');
    assert.equal(await openCache(cache.root).blobs.verify(record.outputs[0]!), 'damaged', 'but not a second look');
    chmodSync(path, 0o666);
    utimesSync(path, SEALED / 1000, SEALED / 1000);
    assert.equal(openCache(cache.root).blobs.look(record.outputs[0]!), 'damaged', 'nor where anyone may write to it');
  });

  it('does not write through a link in the place of a folder of blobs', async () => {
    const path = cache.blobs.locate(record.outputs[0]!.digest);
    rmSync(dirname(path), { recursive: true });
    symlinkSync(outside, dirname(path));
    const fresh = openCache(cache.root);
    assert.equal(fresh.blobs.look(record.outputs[0]!), 'missing');
    const made = await fresh.blobs.publishBytes('the bytes');
    assert.ok(!made.ok);
    assert.match(made.error[0]!.message, /cannot write to the cache .* no folder/);
    assert.deepEqual(readdirSync(outside), ['mine']);
    writeFileSync(join(outside, path.slice(-62)), 'the bytes');
    assert.equal(fresh.blobs.look(record.outputs[0]!), 'damaged');
    await verifyCache(fresh);
    await collect(fresh, { grace: 0 });
    assert.equal(readdirSync(outside).length, 2, 'nothing of it was collected');
  });

  it('is listed without following a link in the place of a folder: neither what lies there, nor what it is', async () => {
    const digest = 'ab'.repeat(32);
    for (const store of ['blobs', 'results', 'preimages', 'codes'] as const) {
      const far = join(outside, store);
      mkdirSync(far);
      writeFileSync(join(far, `${digest.slice(2)}${store === 'blobs' ? '' : '.json'}`), 'far');
      mkdirSync(join(cache.root, store), { recursive: true });
      symlinkSync(far, join(cache.root, store, 'ab'));
      assert.ok(!lyingIn(cache, store).some((one) => one.digest === digest), store);
    }
    symlinkSync(outside, join(cache.root, 'history', 'far'));
    const { damaged } = await verifyCache(cache);
    assert.ok(!damaged.some(({ message }) => message.includes('far')));
    await collect(openCache(cache.root), { grace: 0 });
    for (const store of ['blobs', 'results', 'preimages', 'codes'])
      assert.equal(readdirSync(join(outside, store)).length, 1, 'nothing of it was collected');
  });

  describe('by what it remembers of inputs', () => {
    const input = { size: 3, mtimeMs: 1000, ctimeMs: 1000, ino: 7 };
    const forged = 'f'.repeat(64);
    let stats: string;
    let file: string;
    const pass = (stranger = new Believed(cache.root, {}).stranger): StatCache =>
      new StatCache(stats, '/data', join(cache.root, 'tmp'), stranger);
    beforeEach(() => {
      stats = join(cache.root, 'stat');
      const first = pass();
      first.add('file', input, forged, Date.now());
      first.save();
      file = join(stats, readdirSync(stats)[0]!);
      assert.equal(pass().find('file', input), forged, 'one’s own word is taken');
    });

    it('is not believed where that is another user’s, but where they are believed by name', function () {
      if (process.getuid?.() !== 0) this.skip();
      execFileSync('chown', ['12345', file]);
      // Root owns what root makes: what counts is who is asked for.
      assert.equal(pass().find('file', input), undefined);
      const believing = new Believed(cache.root, { FX_CACHE_BELIEVES: '12345' }).stranger;
      assert.equal(pass(believing).find('file', input), forged);
      const honest = pass();
      honest.add('file', input, 'a'.repeat(64), Date.now());
      honest.save();
      assert.equal(pass().find('file', input), 'a'.repeat(64), 'and is replaced by what is hashed');
    });

    const inItsPlace: Readonly<Record<string, (path: string) => void>> = {
      'a link to the very same': (path) => {
        renameSync(path, join(outside, 'stats'));
        symlinkSync(join(outside, 'stats'), path);
      },
      'a named pipe': (path) => {
        rmSync(path);
        execFileSync('mkfifo', [path]);
      },
      'a folder': (path) => {
        rmSync(path);
        mkdirSync(path);
      },
      'of another input': (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('"/data"', '"/other"')),
      'a line that is cut off': (path) => writeFileSync(path, readFileSync(path, 'utf8').slice(0, -3)),
      'numbers that are none': (path) => writeFileSync(path, readFileSync(path, 'utf8').replace(' 1000 1000 7 ', ' x NaN {} ')),
      'a digest that is none': (path) => writeFileSync(path, readFileSync(path, 'utf8').replaceAll('f', 'g')),
      'a path that is no JSON': (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('"file"', '"fi')),
    }; // prettier-ignore
    for (const [what, put] of Object.entries(inItsPlace))
      it(`is not misled where that is ${what}`, () => {
        put(file);
        const asked = pass();
        assert.equal(asked.find('file', input), undefined);
        asked.add('file', input, 'b'.repeat(64), Date.now());
        asked.save();
        if (what !== 'a folder') assert.equal(pass().find('file', input), 'b'.repeat(64));
      });
  });

  for (const name of ['blobs', 'results', 'preimages', 'codes', 'history', 'stat', 'locks', 'tmp', 'logs', 'reports']) {
    it(`is refused where its ${name}/ is another user’s link`, function () {
      if (process.getuid?.() !== 0) this.skip();
      rmSync(join(cache.root, name), { recursive: true, force: true });
      symlinkSync(outside, join(cache.root, name));
      assert.equal(strangeFolder(cache.root), undefined, 'one’s own is one’s own');
      execFileSync('chown', ['-h', '12345', join(cache.root, name)]);
      assert.match(strangeFolder(cache.root) ?? '', /is a link of user 12345/);
      rmSync(join(cache.root, name));
      writeFileSync(join(cache.root, name), '');
      assert.match(strangeFolder(cache.root) ?? '', /is no folder/);
    });
  }

  it('keeps no output that is a pipe, a socket or a link to one', async () => {
    const work = join(home, 'work');
    mkdirSync(work);
    execFileSync('mkfifo', [join(work, 'pipe')]);
    const published = await publishFolder(cache, work, { move: true });
    assert.ok(!published.ok);
    assert.match(published.error[0]!.message, /pipe/);
    rmSync(join(work, 'pipe'));
    symlinkSync('/dev/zero', join(work, 'link'));
    assert.ok(!(await publishFolder(cache, work, { move: true })).ok);
  });
});
