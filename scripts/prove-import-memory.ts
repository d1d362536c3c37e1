/**
 * Shows that importing many images takes no more memory than importing the few of one shard, the list of the images aside.
 *
 *     node dist/scripts/prove-import-memory.js [images] [images in a shard]
 *
 * Reads as many images (twenty photographs, again and again), shard after shard in one process as a worker does, and fails
 * where more memory is taken than for five hundred, but for the buffers of some shards that the collector has not come to yet.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_ALIGNMENT } from '../src/domain/datasets/align-face.js';
import { readCasia } from '../src/domain/datasets/casia.js';
import { importShard } from '../src/domain/datasets/import.js';
import type { ListedFile } from '../src/domain/datasets/image-list.js';
import { shardsOf } from '../src/domain/datasets/shards.js';
import { stream } from '../src/foundation/random.js';

const PHOTOGRAPHS = 20;
const FEW = 500;
/** MiB that the collector may leave lying: of all kinds, and of shards, each once as images and once as a file. */
const SLACK = 48;
const SHARDS_LEFT = 3;

interface Use {
  /** MiB resident with the list alone, and at most while shards were made. */
  readonly list: number;
  readonly most: number;
  readonly seconds: number;
  readonly cores: number;
}

async function makePhotographs(folder: string): Promise<void> {
  const { default: sharp } = await import('sharp');
  const random = stream(1, 'prove');
  for (let k = 0; k < PHOTOGRAPHS; k += 1) {
    const small = Uint8Array.from({ length: 30 * 30 * 3 }, () => random.integer(256));
    const raw = { width: 30, height: 30, channels: 3 } as const;
    const bytes = await sharp(small, { raw }).resize(120, 120).jpeg({ quality: 90 }).toBuffer();
    writeFileSync(join(folder, `${k}.jpg`), bytes);
  }
}

function listing(images: number): Iterable<ListedFile> {
  return {
    *[Symbol.iterator]() {
      for (let i = 0; i < images; i += 1) {
        const person = String(Math.floor(i / 43)).padStart(7, '0');
        yield { path: `${person}/${String(i % 43).padStart(3, '0')}.jpg`, bytes: 1 };
      }
    },
  };
}

async function measure(images: number, shardSize: number, folder: string): Promise<Use> {
  const found = readCasia(listing(images));
  if (!found.ok) throw new Error(found.error[0]!.message);
  const resident = () => process.memoryUsage().rss / 2 ** 20;
  globalThis.gc!();
  const list = resident();
  const started = performance.now();
  const before = process.cpuUsage();
  let most = list;
  let read = 0;
  for (const { entries } of shardsOf(found.value, shardSize)) {
    const path = join(folder, 'shard.safetensors');
    const shard = await importShard(entries, path, {
      alignment: DEFAULT_ALIGNMENT,
      onBadImage: 'fatal',
      locate: () => join(folder, `${(read += 1) % PHOTOGRAPHS}.jpg`),
      onProgress: (done) => {
        if (done % 100 === 0) most = Math.max(most, resident());
      },
    });
    if (!shard.ok) throw new Error(shard.error[0]!.message);
    rmSync(path);
    most = Math.max(most, resident());
  }
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { list, most, seconds, cores: (user + system) / 1e6 / seconds };
}

function run(images: number, shardSize: number, folder: string): Use {
  const words = ['--expose-gc', fileURLToPath(import.meta.url), String(images), String(shardSize), folder];
  const use = JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as Use;
  const { list, most, seconds, cores } = use;
  console.log(
    `${images} images in shards of ${shardSize}: ${(images / seconds).toFixed(0)} a second, ${cores.toFixed(2)} cores busy; ` +
      `${list.toFixed(0)} MiB with the list, ${(most - list).toFixed(0)} MiB more at most`,
  );
  return use;
}

const [images = '450000', shardSize = '1000', inFolder] = process.argv.slice(2);
if (inFolder !== undefined) {
  console.log(JSON.stringify(await measure(Number(images), Number(shardSize), inFolder)));
} else {
  const folder = mkdtempSync(join(tmpdir(), 'fx-prove-'));
  try {
    await makePhotographs(folder);
    const few = run(FEW, Number(shardSize), folder);
    const many = run(Number(images), Number(shardSize), folder);
    const growth = many.most - many.list - (few.most - few.list);
    const shard = (2 * Number(shardSize) * 3 * DEFAULT_ALIGNMENT.size ** 2) / 2 ** 20;
    if (growth > SLACK + SHARDS_LEFT * shard) {
      console.error(`${growth.toFixed(0)} MiB more for ${images} images than for ${FEW}`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
