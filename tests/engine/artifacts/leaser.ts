/**
 * A process that leases keys over and over and, while it holds one, leaves a note with its pid: two notes of live
 * processes for one key are what must never be. Run by leases.test.ts with the folder and the number of rounds.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Leases } from '../../../src/engine/artifacts/store/leases.js';

const [folder, rounds] = [process.argv[2]!, Number(process.argv[3])];
const leases = new Leases(join(folder, 'locks'));

/** Not by the code under test: the state that the kernel tells. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

for (let round = 0; round < rounds; round += 1) {
  const key = `key${(round % 4) >> 1}`;
  // Every other round all try at the same moment, as processes that were waiting for one event do.
  if (round % 2 === 1) while (Date.now() % 4 !== 0);
  const lease = await leases.acquire(key);
  const note = `${key}.${process.pid}`;
  writeFileSync(join(folder, 'inside', note), '');
  if (round % 2 === 0) await sleep(round % 4);
  for (const other of readdirSync(join(folder, 'inside'))) {
    const [of, pid] = other.split('.');
    if (of === key && other !== note && runs(Number(pid)))
      writeFileSync(join(folder, 'violations', `${note}-${pid!}`), '');
  }
  rmSync(join(folder, 'inside', note));
  lease.release();
}
writeFileSync(join(folder, 'finished', String(process.pid)), '');
