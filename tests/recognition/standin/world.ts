import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importShard, type ImportedShard } from '../../../src/plugins/recognition/datasets/import.js';
import type { ImageList, ListedFolder } from '../../../src/plugins/recognition/datasets/sets/image-list.js';
import { listFolder } from '../../../src/plugins/recognition/datasets/sets/listing.js';
import { AS_MADE } from '../../../src/plugins/recognition/standin/photograph/characters.js';
import type { World } from '../../../src/plugins/recognition/standin/world.js';

/** Small pictures of a small world. */
export const WORLD: World = { seed: 20, difficulty: AS_MADE };
export const SIZE = 64;

export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'standin-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function sourceOf(folder: string): ListedFolder {
  return { files: [...listFolder(folder)], locate: (path) => join(folder, path) };
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Digest of each file below a folder. */
export function digests(folder: string): ReadonlyMap<string, string> {
  return new Map([...listFolder(folder)].map(({ path }) => [path, digest(readFileSync(join(folder, path)))]));
}

/** Aligns every face of a list. */
export async function importAll(list: ImageList, { locate }: ListedFolder): Promise<ImportedShard> {
  const alignment = { size: 48, template: 'padded', ways: ['points'], boxScale: 1 } as const;
  return inFolder(async (folder) => {
    const path = join(folder, 'shard.safetensors');
    const shard = await importShard([...list.entries], path, { alignment, onBadImage: 'fatal', locate });
    if (!shard.ok) throw new Error(shard.error.map(({ message }) => message).join('; '));
    return shard.value;
  });
}
