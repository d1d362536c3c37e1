/**
 * How fast photographs become aligned shards, how many cores that keeps busy, and what memory it takes.
 *
 *     node dist/bench/import.js [images]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { DEFAULT_ALIGNMENT } from '../src/domain/datasets/align-face.js';
import { readCasia } from '../src/domain/datasets/casia.js';
import type { ImageEntry, ListedFile } from '../src/domain/datasets/image-list.js';
import { describeEntries, importShard, planShards } from '../src/domain/datasets/import.js';
import { subset } from '../src/domain/datasets/subset.js';
import { stream } from '../src/foundation/random.js';

const images = Number(process.argv[2] ?? 4000);
const directory = mkdtempSync(join(tmpdir(), 'fx-bench-import-'));

/** Photographs of 250 x 250 pixels with as many bytes as a photograph has: smooth noise. */
async function makePhotographs(): Promise<ListedFile[]> {
  const random = stream(1, 'bench');
  const files: ListedFile[] = [];
  const photographs = [];
  for (let k = 0; k < 20; k += 1) {
    const small = Uint8Array.from({ length: 50 * 50 * 3 }, () => random.integer(256));
    const raw = { width: 50, height: 50, channels: 3 } as const;
    photographs.push(await sharp(small, { raw }).resize(250, 250).jpeg({ quality: 90 }).toBuffer());
  }
  for (let i = 0; i < images; i += 1) {
    const person = String(Math.floor(i / 50)).padStart(7, '0');
    if (i % 50 === 0) mkdirSync(join(directory, person));
    const path = `${person}/${String(i % 50).padStart(3, '0')}.jpg`;
    const bytes = photographs[i % photographs.length]!;
    writeFileSync(join(directory, path), bytes);
    files.push({ path, bytes: bytes.length });
  }
  return files;
}

async function importAll(entries: readonly ImageEntry[], concurrency: number): Promise<void> {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  let peak = 0;
  for (const { begin, end } of planShards(entries.length, 1000)) {
    const shard = await importShard(entries.slice(begin, end), {
      alignment: DEFAULT_ALIGNMENT,
      onBadImage: 'fatal',
      locate: (file) => join(directory, file),
      concurrency,
    });
    if (!shard.ok) throw new Error(shard.error[0]!.message);
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  const row = [
    `${entries.length} images, ${concurrency} in work`,
    `${(entries.length / seconds).toFixed(0)} images/s`,
    `${((user + system) / 1e6 / seconds).toFixed(2)} cores busy`,
    `${(peak / 2 ** 20).toFixed(0)} MiB resident`,
  ];
  console.log(row.join('   '));
}

try {
  const files = await makePhotographs();
  const list = readCasia(files);
  if (!list.ok) throw new Error(list.error[0]!.message);
  await importAll(list.value.entries.slice(0, 1000), 4);
  await importAll(list.value.entries.slice(0, 1000), 1);
  await importAll(list.value.entries, 4);

  const before = process.memoryUsage().heapUsed;
  const start = process.hrtime.bigint();
  const many = readCasia(
    Array.from({ length: 455_594 }, (_, i) => ({
      path: `${String(Math.floor(i / 43)).padStart(7, '0')}/${String(i % 43).padStart(3, '0')}.jpg`,
      bytes: 1,
    })),
  );
  if (!many.ok) throw new Error(many.error[0]!.message);
  const drawn = subset(many.value, 200_000, 'images', 1);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const text = drawn.ok ? describeEntries(drawn.value.entries).length : 0;
  const heap = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  console.log(
    `a list of 455,594 images and a subset: ${seconds.toFixed(2)} s, ${heap.toFixed(0)} MiB of heap (${text} characters)`,
  );
} finally {
  rmSync(directory, { recursive: true });
}
