import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { known, openCache } from '../../src/engine/artifacts/cache.js';
import { manifestDigest } from '../../src/engine/artifacts/content/manifest.js';
import { parseRecord, type ResultRecord } from '../../src/engine/artifacts/content/result-record.js';
import type { Outcome } from '../../src/engine/run/run.js';
import { RemoteCache } from '../../src/engine/sharing/remote/remote-cache.js';
import { entryText, parseEntry } from '../../src/engine/sharing/remote/entry.js';
import { HttpStore } from '../../src/engine/sharing/remote/http.js';
import { remoteOn, type RemoteOptions } from '../../src/engine/sharing/remote/open.js';
import { makeSigningKey, openSigner } from '../../src/engine/sharing/remote/signature.js';
import { pullAll, pushAll } from '../../src/engine/sharing/remote/transfer-all.js';
import type { Remote } from '../../src/engine/sharing/remote/transfer.js';
import { DirectoryStore } from '../../src/engine/sharing/remote/directory.js';
import { scratch } from '../engine/artifacts/scratch.js';
import { value } from '../engine/artifacts/value.js';
import { shards, write } from '../engine/run/kinds.js';
import { poolHere } from '../engine/run/pool-here.js';
import { graphOf, World } from '../engine/run/world.js';
import { FakeServer, type Mischief } from './fake-server.js';

const GRAPH = graphOf([
  { id: 'a', kind: write, with: { text: 'a' } },
  { id: 's', kind: shards, with: { text: 'x', count: 3 }, reads: ['a'] },
  { id: 'b', kind: write, with: { text: 'b' }, reads: ['s'] },
]);
const ALL = ['a', 'b', 'gather', 'piece-0', 'piece-1', 'piece-2'];

describe('a run with a remote', function () {
  this.timeout(30_000);
  const server = new FakeServer();
  const worlds: World[] = [];
  before(() => server.start());
  after(() => server.stop());
  beforeEach(() => {
    server.objects.clear();
    server.requests.length = 0;
    server.mischief = () => undefined;
  });
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });

  /** @param silence milliseconds after which a request counts as unanswered */
  const remote = (options: RemoteOptions, silence: number): Remote =>
    remoteOn(new HttpStore(new URL(server.address), { patience: silence }), { pause: 5, ...options });

  /**
   * A run in a world of its own: a machine with nothing in its cache.
   * @param patience milliseconds for which a slow remote is waited for; a long one is for tests in which the remote answers at
   *   once, but the machine may be busy
   */
  async function machine(options: RemoteOptions = {}, patience = 1000, graph = GRAPH) {
    const world = new World(undefined, poolHere());
    worlds.push(world);
    const warnings: string[] = [];
    const far = new RemoteCache(remote(options, patience > 1000 ? patience : 300), world.cache, {
      warn: ({ message }) => warnings.push(message),
      patience,
    });
    Object.assign(world.services, { remote: far });
    const started = performance.now();
    const outcome = await world.run(graph);
    await far.flush(new AbortController().signal);
    const seconds = (performance.now() - started) / 1000;
    return { world, outcome, warnings, traffic: far.traffic, executed: world.executed(), seconds };
  }

  const artifacts = (outcome: Outcome) =>
    outcome.stages.map((stage) => ('record' in stage ? stage.record.artifact : stage.status));

  it('executes nothing that another machine did, and ends with the same bits', async () => {
    const first = await machine();
    assert.deepEqual(first.executed, ALL);
    const second = await machine();
    assert.deepEqual(second.executed, []);
    assert.deepEqual(artifacts(second.outcome), artifacts(first.outcome));
    assert.deepEqual(second.warnings, []);
    assert.equal(second.traffic.fetched, 3);
    assert.ok(second.outcome.stages.every((stage) => stage.status === 'reused'));
  });

  it('takes over the shards that are there of a stage that is not', async () => {
    const first = await machine();
    const whole = first.outcome.stages[1]!;
    assert.ok('record' in whole);
    server.objects.delete(`/ac/${whole.record.key}`);
    const second = await machine();
    assert.deepEqual(second.executed, ['gather']);
    assert.deepEqual(artifacts(second.outcome), artifacts(first.outcome));
  });

  it('writes nothing to a remote that is only read', async () => {
    await machine({ writable: false });
    assert.ok(server.requests.every(({ method }) => method !== 'PUT'));
    assert.equal(server.objects.size, 0);
  });

  for (const [what, mischief, limit] of [
    ['refuses with 401', 401, 5],
    ['refuses with 403', 403, 5],
    ['asks for patience with 429', 429, 8],
    ['fails with 500', 500, 8],
    ['cuts every connection', 'kill', 8],
    ['does not answer', 'hang', 8],
    ['gives garbage', 'garbage', 8],
    ['gives a byte at a time', 'drip', 12],
  ] as const satisfies readonly (readonly [string, Mischief, number])[]) {
    it(`completes where the remote ${what}, with a warning and in bounded time`, async () => {
      if (mischief === 'drip') await machine();
      server.mischief = () => mischief;
      const { outcome, executed, warnings, seconds } = await machine();
      assert.ok(outcome.ok);
      assert.deepEqual(executed, ALL);
      assert.ok(warnings.length > 0 && warnings.length <= 8, warnings.join('\n'));
      assert.ok(seconds < limit, `${seconds} s`);
    });
  }

  it('completes where the remote gives a byte at a time of results that, it says, took a century to make', async () => {
    await machine();
    for (const [path, body] of server.objects) {
      if (!path.startsWith('/ac/')) continue;
      const text = body.toString().replace(/"duration":[\d.]+/, '"duration":3000000000');
      assert.notEqual(text, body.toString());
      server.objects.set(path, Buffer.from(text));
    }
    server.mischief = (_, path) => (path.startsWith('/cas/') ? 'drip' : undefined);
    const { outcome, executed, seconds } = await machine();
    assert.ok(outcome.ok);
    assert.deepEqual(executed, ALL);
    assert.ok(seconds < 25, `${seconds} s`);
  });

  for (const [what, mischief, room, says] of [
    ['pages in place of records', 'garbage', 'ac', 'gives damaged results'],
    ['pages in place of files', 'garbage', 'cas', 'gives damaged files'],
    ['the files of good records a byte at a time', 'drip', 'cas', 'is too slow to be useful'],
  ] as const) {
    it(`leaves a remote alone that gives ${what}`, async () => {
      const stages = Array.from({ length: 24 }, (_, i) => ({
        id: `w${i}`,
        kind: write,
        with: { text: 'long'.repeat(i + 9) },
      }));
      const many = graphOf(stages);
      await machine({}, 10_000, many);
      server.mischief = (method, path) => (method === 'GET' && path.startsWith(`/${room}/`) ? mischief : undefined);
      server.requests.length = 0;
      // What drips is given up soon; pages are given at once, however busy the machine is.
      const { outcome, executed, warnings } = await machine({}, mischief === 'drip' ? 300 : 10_000, many);
      assert.ok(outcome.ok);
      assert.equal(executed.length, stages.length);
      assert.ok(
        warnings.some((warning) => warning.endsWith(says)),
        warnings.join('\n'),
      );
      const asked = server.requests.filter(({ method, path }) => method === 'GET' && path.startsWith('/ac/')).length;
      assert.ok(asked < stages.length / 2, `${asked} records asked for`);
    });
  }

  it('asks a remote that refuses once, not once for each result', async () => {
    server.mischief = () => 403;
    await machine();
    assert.ok(server.requests.length <= 8, `${server.requests.length} requests`);
  });

  it('completes where the remote is killed in the midst of it', async () => {
    await machine();
    let requests = 0;
    server.mischief = () => ((requests += 1) > 4 ? 'kill' : undefined);
    const { outcome, warnings } = await machine();
    assert.ok(outcome.ok);
    assert.equal(warnings.length, 1);
  });

  it('goes on after a cut where it was', async () => {
    await machine();
    const cuts = new Set<string>();
    server.mischief = (method, path) => {
      if (method !== 'GET' || !path.startsWith('/cas/') || cuts.has(path)) return undefined;
      cuts.add(path);
      return 'cut';
    };
    server.requests.length = 0;
    const { executed, warnings } = await machine({ limit: 10_000 }, 10_000);
    assert.deepEqual(executed, []);
    assert.deepEqual(warnings, []);
    assert.ok(server.requests.some(({ headers }) => headers.range !== undefined));
  });

  describe('against someone who writes to the remote', () => {
    /** What is at the remote of the first stage, after a run. */
    async function warm(): Promise<{ path: string; text: string; record: ResultRecord; blob: string }> {
      const { outcome } = await machine({}, 10_000);
      const stage = outcome.stages[0]!;
      assert.ok('record' in stage);
      const path = `/ac/${stage.record.key}`;
      const text = server.objects.get(path)!.toString();
      return { path, text, record: stage.record, blob: `/cas/${stage.record.outputs[0]!.digest}` };
    }

    async function refused(what: RegExp): Promise<void> {
      const { executed, warnings, outcome, world } = await machine({}, 10_000);
      assert.ok(outcome.ok);
      assert.ok(executed.includes('a'), executed.join());
      assert.match(warnings.join('\n'), what);
      assert.deepEqual(readdirSync(join(world.cache.root, 'tmp')), []);
    }

    it('refuses a blob of other bytes', async () => {
      const { blob } = await warm();
      server.objects.set(blob, Buffer.from('z'));
      await refused(/has other content than its name says: refused/);
    });

    it('refuses a truncated blob and one that is too long', async () => {
      const { blob } = await warm();
      server.objects.set(blob, Buffer.alloc(0));
      await refused(/has 0 of 1 bytes: refused/);
      server.objects.set(blob, Buffer.alloc(50 << 20));
      await refused(/is longer than its 1 bytes: refused/);
    });

    it('refuses a result that names paths outside', async () => {
      const { path, record, text } = await warm();
      const preimages = value(parseEntry(text, record.key)).preimages;
      for (const bad of ['../out.txt', '/etc/out.txt', 'a/../../b', 'C:/x', 'a\\b', '']) {
        const outputs = record.outputs.map((file) => ({ ...file, path: bad }));
        const forged = { ...record, outputs, artifact: manifestDigest({ files: outputs }) };
        server.objects.set(path, Buffer.from(entryText(forged, preimages)));
        await refused(/was refused: the manifest names/);
      }
    });

    it('refuses the result of another key, and one replayed under this key', async () => {
      const { path, record } = await warm();
      const [, other] = [...server.objects].find(([at]) => at.startsWith('/ac/') && at !== path)!;
      server.objects.set(path, other);
      await refused(/is that of another key/);
      const line = `${other.toString().split('\n', 1)[0]!}\n`;
      const { key } = (JSON.parse(line) as { record: ResultRecord }).record;
      const stranger = value(parseRecord(line, key));
      server.objects.set(path, Buffer.from(entryText({ ...stranger, key: record.key }, [])));
      await refused(/it was made under another key/);
      const preimage = { format: 'fx/preimage@1', kind: 'other' };
      server.objects.set(path, Buffer.from(entryText(record, [preimage])));
      await refused(/its preimage is of another key/);
    });

    it('refuses an edited record, a bomb, and what is no record at all', async () => {
      const { path, text } = await warm();
      server.objects.set(path, Buffer.from(text.replace('"length":1', '"length":2')));
      await refused(/is damaged/);
      server.objects.set(path, Buffer.alloc(17 << 20, 'a'));
      await refused(/was refused/);
      server.objects.set(path, Buffer.from('{"record":'));
      await refused(/was refused/);
    });

    it('believes only what a named key signed, where keys are named', async () => {
      const [ours, theirs] = [openSigner(makeSigningKey())!, openSigner(makeSigningKey())!];
      await machine({ signer: ours });
      const trusting = { trusted: new Map([[ours.publicKey, 'us']]) };
      assert.deepEqual((await machine(trusting)).executed, []);
      const strict = await machine({ trusted: new Map([[theirs.publicKey, 'them']]), writable: false });
      assert.deepEqual(strict.executed, ALL);
      assert.match(strict.warnings.join(), /a signature by ed25519:\S+, which is not named/);
      // A signature taken from another result.
      const entries = [...server.objects].filter(([path]) => path.startsWith('/ac/'));
      const lines = entries.map(([, text]) => text.toString().split('\n'));
      for (const [i, [path]] of entries.entries()) {
        const signature = lines[(i + 1) % lines.length]![2]!;
        server.objects.set(path, Buffer.from([...lines[i]!.slice(0, 2), signature, ''].join('\n')));
      }
      const replayed = await machine({ ...trusting, writable: false });
      assert.deepEqual(replayed.executed, ALL);
      assert.match(replayed.warnings.join(), /no valid signature/);
    });
  });
});

describe('two machines that push and pull at once', function () {
  this.timeout(30_000);
  const fresh = scratch();

  it('lose and mix nothing', async () => {
    const [folder, one, two] = [fresh(), fresh(), fresh()];
    const publisher = fileURLToPath(new URL('transferrer.js', import.meta.url));
    const ends = await Promise.all(
      [one, two].map(
        (cache, i) =>
          new Promise<number | null>((resolve) => {
            const child = spawn(process.execPath, [publisher, cache, folder, String(i)], { stdio: 'inherit' });
            child.on('close', resolve);
          }),
      ),
    );
    assert.deepEqual(ends, [0, 0]);
    const remote = remoteOn(new DirectoryStore(folder));
    const keys = readdirSync(join(folder, 'ac')).flatMap((a) => readdirSync(join(folder, 'ac', a)).map((b) => a + b));
    assert.equal(keys.length, 45);
    for (const root of [one, two, fresh()]) {
      const cache = openCache(root);
      const moved = await pullAll(remote, cache, keys, () => undefined);
      assert.deepEqual(moved.problems, []);
      for (const key of keys) {
        const { record } = known(cache, key);
        assert.ok(record !== undefined);
        for (const file of record.outputs) assert.equal(await cache.blobs.verify(file), 'sound');
      }
      assert.equal((await pushAll(remote, cache, keys, () => undefined)).failed, 0);
    }
  });
});
