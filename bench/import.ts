/**
 * How fast photographs become aligned shards as in a run (as many importing processes as cores, each for one of them), how
 * many cores that keeps busy, and what memory it takes.
 *
 *     node dist/bench/import.js [images] [processes]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { DEFAULT_ALIGNMENT } from '../src/plugins/recognition/datasets/alignment/align-face.js';
import { readCasia } from '../src/plugins/recognition/datasets/formats/casia.js';
import { formatEntries, parseEntries } from '../src/plugins/recognition/datasets/sets/entry-text.js';
import type { ImageEntry, ListedFile } from '../src/plugins/recognition/datasets/sets/image-list.js';
import { importShard } from '../src/plugins/recognition/datasets/import.js';
import { shardFile, shardsOf } from '../src/plugins/recognition/datasets/sets/shards.js';
import { messageOf } from './child.js';
import { subset } from '../src/plugins/recognition/datasets/formats/subset.js';
import { noteFigure } from './figure.js';
import { stream } from '../src/foundation/numbers/random.js';

const SHARD = 1000;
/** Images in work in each process: what the stage has for one core. */
const CONCURRENCY = 2;

/** What an importing process tells of a shard. */
interface Done {
  readonly cpuSeconds: number;
  readonly residentMiB: number;
}

/** Photographs of 250 x 250 pixels with as many bytes as a photograph has: smooth noise. */
async function makePhotographs(folder: string, images: number): Promise<ListedFile[]> {
  const random = stream(1, 'bench');
  const files: ListedFile[] = [];
  const photographs = [];
  for (let k = 0; k < 20; k += 1) {
    const small = Uint8Array.from({ length: 50 * 50 * 3 }, () => random.integer(256));
    const raw = { width: 50, height: 50, channels: 3 } as const;
    photographs.push(await sharp(small, { raw }).resize(250, 250).jpeg({ quality: 90 }).toBuffer());
  }
  for (let i = 0; i < images; i += 1) {
    const path = photograph(i);
    if (i % 50 === 0) mkdirSync(join(folder, path.slice(0, 7)));
    const bytes = photographs[i % photographs.length]!;
    writeFileSync(join(folder, path), bytes);
    files.push({ path, bytes: bytes.length });
  }
  return files;
}

function photograph(index: number): string {
  return `${String(Math.floor(index / 50)).padStart(7, '0')}/${String(index % 50).padStart(3, '0')}.jpg`;
}

/** Imports what it is sent, shard after shard: a worker of a run without its engine. */
function importAsSent(folder: string): void {
  process.on('message', ({ text, index }: { text: string; index: number }) => {
    void (async () => {
      const before = process.cpuUsage();
      await importEntries(parseEntries(text), folder, index);
      const { user, system } = process.cpuUsage(before);
      const residentMiB = process.memoryUsage().rss / 2 ** 20;
      process.send!({ cpuSeconds: (user + system) / 1e6, residentMiB } satisfies Done);
    })();
  });
}

async function importEntries(entries: readonly ImageEntry[], folder: string, index: number): Promise<void> {
  const path = join(folder, shardFile(index));
  const shard = await importShard(entries, path, {
    alignment: DEFAULT_ALIGNMENT,
    onBadImage: 'fatal',
    locate: (file) => join(folder, file),
    concurrency: CONCURRENCY,
  });
  if (!shard.ok) throw new Error(shard.error[0]!.message);
  rmSync(path);
}

async function importAll(files: readonly ListedFile[], folder: string, processes: number): Promise<void> {
  const list = readCasia(files);
  if (!list.ok) throw new Error(list.error[0]!.message);
  const workers = Array.from({ length: processes }, () => fork(fileURLToPath(import.meta.url), ['worker', folder]));
  const ended = workers.map((worker) => once(worker, 'exit'));
  const send = async (k: number, entries: readonly ImageEntry[], index: number): Promise<Done> => {
    workers[k]!.send({ text: formatEntries(entries), index });
    return messageOf<Done>('an importing process', workers[k]!);
  };
  try {
    // What a process does only once, loading and compiling, is no part of the speed.
    const [first] = shardsOf(list.value, 100);
    await Promise.all(workers.map((_, k) => send(k, first!.entries, k)));
    const shards = shardsOf(list.value, SHARD);
    let cpuSeconds = 0;
    const resident = workers.map(() => 0);
    const start = process.hrtime.bigint();
    await Promise.all(
      workers.map(async (_, k) => {
        for (let shard = shards.next(); shard.done !== true; shard = shards.next()) {
          const done = await send(k, shard.value.entries, shard.value.begin / SHARD);
          cpuSeconds += done.cpuSeconds;
          resident[k] = Math.max(resident[k]!, done.residentMiB);
        }
      }),
    );
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    const row = [
      `${files.length} images, ${processes} ${processes === 1 ? 'process' : 'processes'}`,
      `${(files.length / seconds).toFixed(0)} images/s`,
      `${(cpuSeconds / seconds).toFixed(2)} of ${availableParallelism()} cores busy`,
      `${resident.map((mib) => mib.toFixed(0)).join(' and ')} MiB resident`,
    ];
    console.log(row.join('   '));
    noteFigure({
      work: `photographs imported, ${processes} processes`,
      value: files.length / seconds,
      unit: 'images/s',
    });
  } finally {
    for (const worker of workers) worker.kill();
    await Promise.allSettled(ended);
  }
}

/** The list of CASIA-WebFace's images and a draw of it, and what its shards' texts come to. */
function listMany(): void {
  const images = 455_594;
  const listing: Iterable<ListedFile> = {
    *[Symbol.iterator]() {
      for (let i = 0; i < images; i += 1) yield { path: photograph(i), bytes: 1 };
    },
  };
  const before = process.memoryUsage().heapUsed;
  const start = process.hrtime.bigint();
  const many = readCasia(listing);
  if (!many.ok) throw new Error(many.error[0]!.message);
  const drawn = subset(many.value, 200_000, 'images', 1);
  if (!drawn.ok) throw new Error(drawn.error[0]!.message);
  const listed = Number(process.hrtime.bigint() - start) / 1e9;
  let characters = 0;
  for (const { entries } of shardsOf(drawn.value, SHARD)) characters += formatEntries(entries).length;
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  globalThis.gc?.();
  const heap = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  console.log(
    `a list of ${images} images and a subset: ${listed.toFixed(2)} s, its shards: ${(seconds - listed).toFixed(2)} s ` +
      `(${(characters / 2 ** 20).toFixed(0)} MiB of text), ${heap.toFixed(0)} MiB of heap`,
  );
}

const [first, second] = process.argv.slice(2);
if (first === 'worker') importAsSent(second!);
else {
  const folder = mkdtempSync(join(tmpdir(), 'fx-bench-import-'));
  try {
    const files = await makePhotographs(folder, Number(first ?? 4000));
    await importAll(files, folder, Number(second ?? availableParallelism()));
    listMany();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
