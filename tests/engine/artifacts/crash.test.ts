import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { known, openCache } from '../../../src/engine/artifacts/cache.js';
import { collect } from '../../../src/engine/artifacts/upkeep/collect.js';
import { scratch } from './scratch.js';

const PUBLISHER = fileURLToPath(new URL('./publisher.js', import.meta.url));

/** Looks at the files alone, not through the code under test: every blob and record that can be seen is whole. */
function assertWhole(cache: string): number {
  const below = (store: string): readonly string[] => {
    const at = join(cache, store);
    if (!existsSync(at)) return [];
    return readdirSync(at, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(at, name)).isFile());
  };
  for (const name of below('blobs')) {
    const digest = createHash('sha256')
      .update(readFileSync(join(cache, 'blobs', name)))
      .digest('hex');
    assert.equal(digest, name.replace('/', ''));
  }
  for (const name of below('results')) {
    const { record } = JSON.parse(readFileSync(join(cache, 'results', name), 'utf8')) as {
      record: { outputs: readonly { digest: string; bytes: number }[] };
    };
    for (const { digest, bytes } of record.outputs) {
      assert.equal(statSync(join(cache, 'blobs', digest.slice(0, 2), digest.slice(2))).size, bytes);
    }
  }
  return below('results').length;
}

async function keysOf(child: ChildProcess): Promise<readonly string[]> {
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  return text.split('\n').slice(0, -1);
}

describe('publication', () => {
  const fresh = scratch();

  it('is whole or not seen, when processes are killed at random moments', async function () {
    this.timeout(40_000);
    const cache = join(fresh(), 'cache');
    const told = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      // Two publish the same at once; one is killed, and the other a little later.
      const children = [0, 1].map(() => spawn(process.execPath, [PUBLISHER, cache, String(round * 20), '1000']));
      const keys = children.map(keysOf);
      await once(children[round % 2]!.stdout, 'data');
      await sleep((round * 37) % 60);
      for (const child of children) {
        child.kill('SIGKILL');
        await sleep((round * 11) % 7);
      }
      for (const key of (await Promise.all(keys)).flat()) told.add(key);
      assertWhole(cache);
    }
    const opened = openCache(cache);
    for (const key of told) assert.ok(known(opened, key).record, 'what was published stays known');
    assert.ok(told.size >= 8);
    const swept = await collect(opened, { grace: 0 });
    assert.deepEqual(readdirSync(join(cache, 'tmp')), [], `${swept.leftovers} leftovers`);
    assert.deepEqual(readdirSync(join(cache, 'locks')), []);
    for (const key of told) assert.ok(known(opened, key).record);
  });

  it('on a full disk fails with a word, leaves what was there, and goes on when there is room', function () {
    this.timeout(40_000);
    const disk = join(fresh(), 'disk');
    mkdirSync(disk);
    // A file system of its own for the children of one shell: no rights needed, and gone with them.
    const script = `mount -t tmpfs -o size=12m tmpfs "$1" && shift && exec "$@"`;
    const inside = (...command: readonly string[]) =>
      spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', disk, ...command], { encoding: 'utf8' });
    if (inside('true').status !== 0) {
      console.log('      (skipped: no file system of a given size can be mounted here)');
      this.skip();
    }
    const filler = join(disk, 'filler');
    const cache = join(disk, 'cache');
    const steps = `
      head -c 5000000 /dev/zero > "${filler}"
      "${process.execPath}" "${PUBLISHER}" "${cache}" 0 40 > "${disk}/first"; echo "code $?"
      cat "${disk}/first"
      rm "${filler}"
      "${process.execPath}" "${PUBLISHER}" "${cache}" 0 2; echo "code $?"
      cp -r "${cache}" "$1"
    `;
    const copy = join(fresh(), 'copy');
    const { stdout, stderr } = inside('sh', '-c', steps, 'sh', copy);
    const [full, made] = stdout.split('code ').slice(1);
    assert.match(full ?? stderr, /^(3|4)\n/);
    assert.match(made ?? stderr, /^0\n/);
    assert.ok(assertWhole(copy) >= 2);
  });

  it('says how much was wanted where, when the disk is full', function () {
    this.timeout(20_000);
    const disk = join(fresh(), 'disk');
    mkdirSync(disk);
    const source = join(fresh(), 'source.bin');
    writeFileSync(source, Buffer.alloc(3 << 20));
    const program = `
      import { openCache } from ${JSON.stringify(new URL('../../../src/engine/artifacts/cache.js', import.meta.url).href)};
      const published = await openCache('${disk}/cache').blobs.publish('${source}');
      console.log(JSON.stringify(published));`;
    const script = `mount -t tmpfs -o size=2m tmpfs "$1" && exec "$2" --input-type=module -e "$3"; exit 77`;
    const run = spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', disk, process.execPath, program], {
      encoding: 'utf8',
    });
    if (run.error !== undefined || run.status === 77 || /not permitted|denied/.test(run.stderr)) this.skip();
    const [problem] = (JSON.parse(run.stdout) as { error: { code: string; message: string; help: string }[] }).error;
    assert.equal(problem!.code, 'cache/disk-full');
    assert.match(problem!.message, /^not enough space for 3\.0 MiB more in the cache at .*\/cache\/blobs \(.* left\)$/);
    assert.match(problem!.help, /fx cache gc/);
  });
});
