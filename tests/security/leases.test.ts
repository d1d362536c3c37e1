import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Believed } from '../../src/engine/artifacts/store/believed.js';
import { isLease, Leases, PACE, type Pace } from '../../src/engine/artifacts/store/leases.js';
import { self } from '../../src/engine/artifacts/store/owner.js';

/** Five times as fast as users have it: what is waited for here is renewed and expires by the clock. */
const FASTER = 5;
const QUICK: Pace = {
  renewedEvery: PACE.renewedEvery / FASTER,
  expiresAfter: PACE.expiresAfter / FASTER,
  farExpire: PACE.farExpire,
  readersExpire: PACE.readersExpire,
};

describe('a lease that a stranger has put into a cache', function () {
  this.timeout(120_000);
  let locks: string;
  let leases: Leases;
  beforeEach(() => {
    locks = join(mkdtempSync(join(tmpdir(), 'fx-leases-')), 'locks');
    mkdirSync(locks);
    leases = new Leases(locks, undefined, QUICK);
  });
  afterEach(() => rmSync(join(locks, '..'), { recursive: true }));

  const FAR = 'key.0123456789abcdef-1-1-zzzzzzz-0';

  function put(name: string, ahead = 0): string {
    const path = join(locks, name);
    writeFileSync(path, '');
    utimesSync(path, new Date(), new Date(Date.now() + ahead));
    return path;
  }

  /** In the name of the first process of this machine, with its true start. */
  function ofFirst(): string {
    const stat = readFileSync('/proc/1/stat', 'latin1');
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
    return `key.${self().machine}-1-${start}-${Date.now().toString(36)}-0`;
  }

  function free(): void {
    const lease = leases.attempt('key');
    assert.ok(isLease(lease));
    lease.release();
    assert.deepEqual(
      readdirSync(locks).filter((name) => name.startsWith('clock')),
      [],
    );
  }

  it('is renewed four times before it would expire, and who died elsewhere is waited for no longer than seconds', () => {
    assert.ok(PACE.renewedEvery * 4 < PACE.expiresAfter, 'a machine may be busy');
    assert.ok(PACE.expiresAfter <= 10_000 && PACE.expiresAfter <= PACE.farExpire && PACE.farExpire <= 30_000);
    assert.ok(PACE.readersExpire >= PACE.farExpire, 'readers wait longer');
  });

  it('in the name of process 1 is waited for some seconds, and who waits is told', async function () {
    if (!existsSync('/proc/1/stat')) this.skip();
    put(ofFirst());
    const told: number[] = [];
    const lease = await leases.acquire('key', {
      waiting: ({ pid }) => told.push(pid),
      signal: AbortSignal.timeout(60_000),
    });
    lease.release();
    assert.deepEqual(
      told.filter((pid) => pid !== 1),
      [],
    );
  });

  it('in the name of another user’s process does not count', function () {
    if (process.getuid?.() !== 0 || !existsSync('/proc/1/stat')) this.skip();
    execFileSync('chown', ['24001', put(ofFirst())]);
    free();
  });

  it('of a user who is not believed does not count', function () {
    if (process.getuid?.() !== 0) this.skip();
    const name = `key.0123456789abcdef-1-1-${Date.now().toString(36)}-0`;
    const path = put(name);
    execFileSync('chown', ['24001', path]);
    assert.ok(!isLease(leases.attempt('key')), 'it would');
    leases = new Leases(locks, new Believed(join(locks, '..'), {}));
    free();
    leases = new Leases(locks, new Believed(join(locks, '..'), { FX_CACHE_BELIEVES: '24001' }));
    assert.ok(!isLease(leases.attempt('key')));
  });

  for (const [what, ahead] of Object.entries({
    'a year ahead': 365 * 86_400_000,
    'an hour ahead': 3_600_000,
    'a minute old': -60_000,
    'of 1970': -Date.now(),
  })) {
    it(`of another machine, ${what}, does not count`, () => {
      put(FAR, ahead);
      free();
      assert.ok(!existsSync(join(locks, FAR)), 'and is cleared away');
    });
  }

  for (const [what, make] of Object.entries<(path: string) => unknown>({
    'a folder': (path) => mkdirSync(join(path, 'in'), { recursive: true }),
    'a named pipe': (path) => execFileSync('mkfifo', [path]),
    'a link to a fresh file': (path) => symlinkSync(put('fresh'), path),
    'a link to itself': (path) => symlinkSync(path, path),
  })) {
    it(`that is ${what} does not count`, () => {
      make(join(locks, FAR));
      free();
      assert.equal(leases.held().size, 0);
    });
  }

  for (const name of ['key', 'key.', 'key.x', `key.${'9'.repeat(200)}`, 'key.0123456789abcdef-1-1-1', '.', 'lease.x']) {
    it(`named ${JSON.stringify(name.slice(0, 30))} does not count`, () => {
      if (name !== '.') put(name);
      free();
      assert.equal(leases.oldestReading(), undefined);
    });
  }

  it('ends by fx cache unlock, whoever holds it, and does not come back', async () => {
    const held = leases.attempt('key');
    assert.ok(isLease(held));
    const reading = leases.reading();
    put(FAR);
    assert.deepEqual(
      leases
        .unlock()
        .map(({ pid }) => pid)
        .sort((a, b) => a - b),
      [1, process.pid].sort((a, b) => a - b),
    );
    // Two renewals, and some time.
    await sleep(2.25 * QUICK.renewedEvery);
    free();
    assert.ok(leases.oldestReading() !== undefined, 'readers keep theirs');
    held.release();
    reading.release();
    assert.deepEqual(readdirSync(locks), []);
  });

  it('does not touch what a link leads to when it takes the place of one that is held', async () => {
    const held = leases.attempt('key');
    assert.ok(isLease(held));
    const path = join(locks, readdirSync(locks)[0]!);
    const outside = join(locks, '../outside');
    writeFileSync(outside, 'mine');
    const { mtimeMs } = lstatSync(outside);
    rmSync(path);
    symlinkSync(outside, path);
    await sleep(2.25 * QUICK.renewedEvery);
    held.release();
    assert.equal(readFileSync(outside, 'utf8'), 'mine');
    assert.equal(lstatSync(outside).mtimeMs, mtimeMs);
  });

  it('that is honest counts for as long as it is held', async () => {
    const held = leases.attempt('key');
    assert.ok(isLease(held));
    // Longer than one counts that is not renewed.
    await sleep(QUICK.expiresAfter + QUICK.renewedEvery);
    assert.ok(!isLease(new Leases(locks, undefined, QUICK).attempt('key')));
    held.release();
    free();
  });
});
