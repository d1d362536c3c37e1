import assert from 'node:assert/strict';
import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Believed } from '../../../src/engine/artifacts/store/believed.js';
import { Leases, isLease, type Lease, type Holder } from '../../../src/engine/artifacts/store/leases.js';
import { isAlive, ownedName, ownerOf, self } from '../../../src/engine/artifacts/store/owner.js';
import { scratch } from './scratch.js';

describe('a lease', () => {
  const fresh = scratch();

  function held(of: Lease | Holder): Lease {
    if (!isLease(of)) assert.fail(`held by ${of.pid}`);
    return of;
  }

  it('is held by one at a time, and says by whom', () => {
    const leases = new Leases(join(fresh(), 'locks'));
    const lease = held(leases.attempt('key'));
    const other = leases.attempt('key');
    assert.ok(!isLease(other));
    assert.equal(other.pid, process.pid);
    assert.ok(Math.abs(other.since.getTime() - Date.now()) < 5000);
    held(leases.attempt('another')).release();
    assert.deepEqual([...leases.held()], ['key']);
    lease.release();
    held(leases.attempt('key')).release();
    assert.equal(leases.holder('key'), undefined);
  });

  it('is waited for, with a word about the holder', async () => {
    const leases = new Leases(join(fresh(), 'locks'));
    const first = held(leases.attempt('key'));
    const told: Holder[] = [];
    const waiting = leases.acquire('key', { waiting: (holder) => told.push(holder) });
    await sleep(50);
    first.release();
    (await waiting).release();
    assert.deepEqual(
      told.map((holder) => holder.pid),
      [process.pid],
    );
  });

  it('is waited for no longer than wanted', async () => {
    const leases = new Leases(join(fresh(), 'locks'));
    held(leases.attempt('key'));
    await assert.rejects(leases.acquire('key', { signal: AbortSignal.timeout(30) }), { name: 'TimeoutError' });
  });

  it('ends with its process, of which nothing is left to unlock', async () => {
    const folder = fresh();
    mkdirSync(join(folder, 'inside'));
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { Leases } from ${JSON.stringify(new URL('../../../src/engine/artifacts/store/leases.js', import.meta.url).href)};
       new Leases(${JSON.stringify(join(folder, 'locks'))}).attempt('key');
       process.stdout.write('held'); setInterval(() => {}, 1000);`,
    ]);
    await once(child.stdout, 'data');
    const leases = new Leases(join(folder, 'locks'));
    const holder = leases.attempt('key');
    assert.ok(!isLease(holder) && holder.pid === child.pid);
    child.kill('SIGKILL');
    (await leases.acquire('key', { signal: AbortSignal.timeout(5000) })).release();
    assert.deepEqual(readdirSync(join(folder, 'locks')), []);
  });

  it('of a process whose id was taken by another counts for nothing', () => {
    const folder = fresh();
    const { machine } = self();
    mkdirSync(join(folder, 'locks'));
    writeFileSync(join(folder, 'locks', `key.${machine}-${process.pid}-1-${Date.now().toString(36)}-0`), '');
    writeFileSync(join(folder, 'locks', `key.${machine}-${process.ppid}-1-${Date.now().toString(36)}-0`), '');
    held(new Leases(join(folder, 'locks')).attempt('key')).release();
  });

  it('that comes second of two at one moment leaves nothing in the way of others', () => {
    const folder = join(fresh(), 'locks');
    mkdirSync(folder);
    const { machine } = self();
    writeFileSync(join(folder, `key.${machine}-${process.ppid}-1-${Date.now().toString(36)}-0`), '');
    const first = join(folder, `key.0123456789abcdef-1-1-${Date.now().toString(36)}-0`);
    // The first comes after the second looked, and before it looks again.
    const believed = { isBelieved: () => (writeFileSync(first, ''), true) } as unknown as Believed;
    const other = new Leases(folder, believed).attempt('key');
    assert.ok(!isLease(other) && other.host === 'another machine');
    rmSync(first);
    held(new Leases(folder).attempt('key')).release();
  });

  it('of another machine counts while it is renewed', () => {
    const folder = fresh();
    const path = join(folder, 'locks', `key.0123456789abcdef-1-1-${Date.now().toString(36)}-0`);
    mkdirSync(join(folder, 'locks'));
    writeFileSync(path, '');
    const leases = new Leases(join(folder, 'locks'));
    assert.equal((leases.attempt('key') as Holder).host, 'another machine');
    utimesSync(path, new Date(), new Date(Date.now() - 200_000));
    held(leases.attempt('key')).release();
    assert.ok(!existsSync(path));
  });

  it('is never held twice among processes that are killed at any moment', async function () {
    if (process.platform !== 'linux') this.skip();
    this.timeout(30_000);
    const folder = fresh();
    for (const name of ['inside', 'violations', 'finished']) mkdirSync(join(folder, name));
    const start = (): ChildProcess => fork(new URL('./leaser.js', import.meta.url), [folder, '40']);
    const lasting = Array.from({ length: 4 }, start);
    const ended = Promise.all(lasting.map((child) => once(child, 'exit')));
    for (let round = 0; round < 6; round += 1) {
      const doomed = start();
      // It has leased once, and is now anywhere in its rounds.
      while (!readdirSync(join(folder, 'inside')).some((note) => note.endsWith(`.${doomed.pid!}`))) await sleep(1);
      await sleep(2 * round);
      doomed.kill('SIGKILL');
    }
    const codes = (await ended).map(([code]) => code as number | null);
    assert.deepEqual(codes, [0, 0, 0, 0]);
    assert.deepEqual(readdirSync(join(folder, 'violations')), []);
    assert.ok(readdirSync(join(folder, 'finished')).length >= 4);
  });
});

describe('the owner of a file', () => {
  it('is read from its name', () => {
    const name = ownedName();
    const owner = ownerOf(name);
    assert.deepEqual(owner && { ...owner, since: undefined }, { ...self(), since: undefined });
    assert.notEqual(ownedName(), name);
    assert.equal(ownerOf('shard-0001.json'), undefined);
  });

  it('is alive while it runs, and dead when it has ended', () => {
    assert.equal(isAlive(self()), true);
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    assert.equal(isAlive({ ...self(), pid: gone }), false);
    assert.equal(isAlive({ ...self(), machine: '0123456789abcdef' }), undefined);
  });
});
