import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDigest, type Digest } from '../../../foundation/files/digest.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { byCodeUnit } from '../../../foundation/values/json.js';
import { kindOfFile } from '../../../foundation/files/opening.js';
import type { Cache } from '../cache.js';
import { contents } from '../content/manifest.js';
import type { ResultRecord } from '../content/result-record.js';

/** A file of a store: named by a digest or a key. Times in milliseconds since 1970. */
export interface Stored {
  readonly digest: Digest;
  readonly path: string;
  readonly bytes: number;
  readonly modified: number;
  readonly changed: number;
  /** What lies there, where it is no plain file: a link, a named pipe. Such a thing is never opened. */
  readonly strange?: string;
  /** Large, and mostly holes: it takes no room, and without end to read. */
  readonly isHollow?: boolean;
}

export type StoreName = 'blobs' | 'results' | 'preimages' | 'codes';

/** The files of one store in order of their names; what does not belong there is left out. */
export function storedIn(cache: Cache, store: StoreName): readonly Stored[] {
  return lyingIn(cache, store).filter(({ strange }) => strange === undefined);
}

/** What lies in a store under the names of files of its own, be it a file or not. */
export function lyingIn(cache: Cache, store: StoreName): readonly Stored[] {
  const folder = join(cache.root, store);
  const extension = store === 'blobs' ? '' : '.json';
  return foldersIn(folder).flatMap((prefix) =>
    namesIn(join(folder, prefix)).flatMap((name) => {
      const digest = prefix + (name.endsWith(extension) ? name.slice(0, name.length - extension.length) : name);
      const path = join(folder, prefix, name);
      const status = isDigest(digest) ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
      if (status === undefined) return [];
      const { size: bytes, mtimeMs: modified, ctimeMs: changed } = status;
      const strange = kindOfFile(status);
      const isHollow = bytes > HOLLOW && status.blocks * 512 < bytes / 2;
      return [
        {
          digest,
          path,
          bytes,
          modified,
          changed,
          ...(strange === undefined ? {} : { strange }),
          ...(isHollow ? { isHollow } : {}),
        },
      ];
    }),
  );
}

/** Bytes: a smaller file is read soon, whatever it holds. */
const HOLLOW = 1 << 30;

/** Folders in a folder, sorted; links to folders are none. */
function foldersIn(folder: string): readonly string[] {
  const isFolder = (name: string): boolean =>
    lstatSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true;
  return namesIn(folder).filter(isFolder);
}

/** Names in a folder, sorted; none where there is no such folder. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort(byCodeUnit);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** What a cache holds of one stage, for `fx cache ls`. */
export interface Holding {
  readonly kind: string;
  readonly stage: string;
  /** Results, parts among them. */
  readonly results: number;
  /** Of its blobs, each counted once. Two stages may share blobs, so these do not add up to the whole. */
  readonly bytes: number;
  /** When the latest of them was used. */
  readonly used: Date;
}

export interface Inventory {
  readonly holdings: readonly Holding[];
  readonly results: number;
  readonly blobs: number;
  /** Of all blobs. */
  readonly bytes: number;
  /** Of blobs that belong to no result: collected as garbage before anything else. */
  readonly unused: number;
}

/** What is in a cache, by stage kind and stage; damaged records are not counted. */
export function inventory(cache: Cache): Inventory {
  const blobs = storedIn(cache, 'blobs');
  const sizes = new Map(blobs.map((blob) => [blob.digest, blob.bytes]));
  const groups = new Map<string, { record: ResultRecord; results: number; blobs: Set<Digest>; used: number }>();
  const used = new Set<Digest>();
  let results = 0;
  for (const { digest, modified } of storedIn(cache, 'results')) {
    const { record } = cache.results.look(digest);
    if (record === undefined) continue;
    results += 1;
    const name = `${record.kind}\n${record.stage}`;
    const group = groups.get(name) ?? { record, results: 0, blobs: new Set<Digest>(), used: 0 };
    groups.set(name, { ...group, results: group.results + 1, used: Math.max(group.used, modified) });
    for (const blob of blobsOf(record)) {
      group.blobs.add(blob);
      used.add(blob);
    }
  }
  const sum = (digests: Iterable<Digest>): number =>
    [...digests].reduce((all, each) => all + (sizes.get(each) ?? 0), 0);
  const holdings = [...groups.entries()]
    .sort((a, b) => byCodeUnit(a[0], b[0]))
    .map(([, group]) => ({
      kind: group.record.kind,
      stage: group.record.stage,
      results: group.results,
      bytes: sum(group.blobs),
      used: new Date(group.used),
    }));
  const bytes = sum(sizes.keys());
  return { holdings, results, blobs: blobs.length, bytes, unused: bytes - sum(used) };
}

/** The blobs that a result needs: its outputs and its log. */
export function blobsOf(record: ResultRecord): readonly Digest[] {
  const outputs = contents({ files: record.outputs }).map((content) => content.digest);
  return record.log === undefined ? outputs : [...outputs, record.log.digest];
}
