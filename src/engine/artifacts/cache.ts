import { lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { Digest } from '../../foundation/files/digest.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { err, ok, type Result } from '../../foundation/failures/result.js';
import type { ArtifactFile } from '../stage.js';
import { Believed } from './store/believed.js';
import { LocalBlobStore, type BlobState } from './store/blob-store.js';
import { CodeStore } from './store/code-store.js';
import { ExternalInputs } from './external/external.js';
import { History } from './store/history.js';
import { Leases } from './store/leases.js';
import { contents, manifest, manifestDigest, type Manifest } from './content/manifest.js';
import { leftIn, type OutputCode } from './content/outputs.js';
import { PreimageStore } from './store/preimage-store.js';
import type { ResultRecord } from './content/result-record.js';
import { LocalResultStore } from './store/result-store.js';
import { Workspaces } from './store/workspaces.js';
import { writeFailure, type Found, type StoreCode, type StoreResult } from './store/store.js';

/** The cache of a project: digest -> bytes, key -> record, and what is needed to share it among processes. */
export interface Cache {
  readonly root: string;
  readonly blobs: LocalBlobStore;
  readonly results: LocalResultStore;
  readonly preimages: PreimageStore;
  readonly codes: CodeStore;
  readonly history: History;
  readonly leases: Leases;
  readonly workspaces: Workspaces;
  readonly externals: ExternalInputs;
}

/** The parts of a record that its maker knows; the rest follows from the preimage and the manifest. */
export type NewResult = Omit<ResultRecord, 'schema' | 'preimage' | 'outputs' | 'folders' | 'artifact'>;

/** Makes no folder: that happens at the first write. */
export function openCache(root: string): Cache {
  const at = resolve(root);
  const temporary = join(at, 'tmp');
  const believed = new Believed(at);
  const blobs = new LocalBlobStore(join(at, 'blobs'), temporary, believed);
  return {
    root: at,
    blobs,
    results: new LocalResultStore(join(at, 'results'), temporary, believed),
    preimages: new PreimageStore(join(at, 'preimages'), temporary, believed),
    codes: new CodeStore(join(at, 'codes'), temporary, believed),
    history: new History(join(at, 'history'), temporary),
    leases: new Leases(join(at, 'locks'), believed),
    workspaces: new Workspaces(temporary),
    externals: new ExternalInputs({ stats: join(at, 'stat'), temporary, blobs, believed }),
  };
}

/**
 * Folders of a cache that are none of its own: a link that someone else put there would have fx write, and collect garbage,
 * other places. Links of this user's own and of root are theirs to make (a larger disk). Gives what is wrong with the first.
 */
export function strangeFolder(root: string): string | undefined {
  const user = process.getuid?.();
  for (const name of FOLDERS) {
    const status = lstatSync(join(root, name), { throwIfNoEntry: false });
    if (status === undefined || status.isDirectory()) continue;
    if (status.isSymbolicLink() && (user === undefined || status.uid === user || status.uid === 0)) continue;
    return `${join(root, name)} is ${status.isSymbolicLink() ? `a link of user ${status.uid}` : 'no folder'}`;
  }
  return undefined;
}

const FOLDERS = [
  'blobs',
  'results',
  'preimages',
  'codes',
  'history',
  'stat',
  'locks',
  'tmp',
  'logs',
  'reports',
] as const;

/**
 * What is known under a key: a record all of whose blobs are there and sound at a cheap look. A record with a missing or
 * damaged blob is no answer, but a warning. Synchronous and quick: one file read and one `stat` per blob.
 */
export function known(cache: Cache, key: Digest): Found {
  const found = cache.results.look(key);
  const { record } = found;
  if (record === undefined) return found;
  for (const file of record.outputs) {
    const state = cache.blobs.look(file);
    if (state !== 'sound') return { record: undefined, warnings: [...found.warnings, lost(record, file, state)] };
  }
  cache.results.touch(key, found.used);
  return found;
}

/** An empty folder to work in; it is given back with `cache.workspaces.close`. */
export function makeWorkspace(cache: Cache): StoreResult<string> {
  try {
    return ok(cache.workspaces.open());
  } catch (error) {
    return writeFailure(error, cache.root);
  }
}

/**
 * Publishes what lies below a folder ({@link leftIn}): blobs first, each whole before it is seen. With `move` the files become
 * the blobs where they can.
 */
export async function publishFolder(
  cache: Cache,
  folder: string,
  options: { readonly move?: boolean } = {},
): Promise<Result<Manifest, readonly Diagnostic<StoreCode | OutputCode>[]>> {
  const left = leftIn(folder);
  if (!('files' in left)) return err(left);
  const files: ArtifactFile[] = [];
  for (const { path, executable } of left.files) {
    const content = await cache.blobs.publish(join(folder, path), options);
    if (!content.ok) return content;
    files.push({ path, ...content.value, ...(executable ? { executable } : {}) });
  }
  return ok({ ...manifest(files), ...(left.folders.length === 0 ? {} : { folders: left.folders }) });
}

/**
 * Makes a result known: its preimage, then its record, then a line of history. The blobs must be published. Returns the
 * record that stands afterwards: another process's, where one was first and its blobs are sound. With `replace` this one
 * takes its place whatever is there: for work that was asked for again and need not come out the same.
 */
export function archive(
  cache: Cache,
  result: NewResult,
  outputs: Manifest,
  preimage: JsonObject,
  options: { readonly replace?: boolean } = {},
): StoreResult<ResultRecord> {
  const stored = cache.preimages.add(preimage);
  if (!stored.ok) return stored;
  const record: ResultRecord = {
    schema: 'fx/result@1',
    ...result,
    preimage: stored.value,
    outputs: outputs.files,
    ...(outputs.folders === undefined ? {} : { folders: outputs.folders }),
    artifact: manifestDigest(outputs),
  };
  const standing = cache.results.look(record.key).record;
  const replace = options.replace ?? (standing !== undefined && lacks(cache, standing));
  const added = cache.results.add(record, { replace });
  if (added.ok && added.value === record) cache.history.note(record);
  return added;
}

function lacks(cache: Cache, record: ResultRecord): boolean {
  return contents({ files: record.outputs }).some((content) => !cache.blobs.has(content));
}

function lost(record: ResultRecord, file: ArtifactFile, state: BlobState): Diagnostic<StoreCode> {
  const name = record.part === undefined ? record.stage : `${record.stage}, ${record.part}`;
  const code = state === 'missing' ? 'cache/missing-blob' : 'cache/damaged-blob';
  const message = `the cached result of ${name} cannot be used: its file ${file.path} is ${state} in the cache`;
  return { code, severity: 'warning', message, help: 'it is recomputed when needed' };
}
