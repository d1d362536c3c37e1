import type { ImageEntry, ImageList } from './image-list.js';

/** What one shard holds: the entries `begin` to `end` (exclusive) of a list. */
export interface ShardRange {
  readonly begin: number;
  readonly end: number;
  readonly entries: readonly ImageEntry[];
}

/** Divides a list into shards of `size` images, the last of what is left. Reads the list once and holds one shard of it. */
export function* shardsOf(list: ImageList, size: number): Generator<ShardRange> {
  let begin = 0;
  let entries: ImageEntry[] = [];
  for (const entry of list.entries) {
    entries.push(entry);
    if (entries.length < size) continue;
    yield { begin, end: begin + size, entries };
    begin += size;
    entries = [];
  }
  if (entries.length > 0) yield { begin, end: begin + entries.length, entries };
}

/** `shard-00000.safetensors` */
export function shardFile(index: number): string {
  return `shard-${String(index).padStart(5, '0')}.safetensors`;
}
