import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { freeBytes, sayBytes } from '../../../foundation/files/files.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import type { Cache } from '../../artifacts/cache.js';
import { ownedName } from '../../artifacts/store/owner.js';
import type { SharingCode } from '../codes.js';
import { parseLock, type Lock, type LockedStage } from '../lock.js';
import { parseEntry, type Entry } from '../remote/entry.js';
import type { TrustedKeys } from '../remote/signature.js';
import { blobsOfResult } from '../remote/transfer.js';
import { canonicalDigest } from '../../../foundation/values/canonical.js';
import type { OpenedBundle } from './unpack.js';

type Installed<T> = Result<T, readonly Diagnostic<SharingCode>[]>;

export interface InstalledResults {
  readonly results: number;
  /** Records whose files the bundle does not have. */
  readonly without: number;
  readonly bytes: number;
}

/**
 * Unpacks the project of a bundle into a folder that is there and empty. Results and blobs are not among it.
 */
export async function installProject(bundle: OpenedBundle, folder: string): Promise<Installed<void>> {
  const files = bundle.entries.filter(({ kind }) => kind.is === 'file' || kind.is === 'facts');
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = freeBytes(folder) ?? Infinity;
  if (needed > free)
    return fail(failure('bundle/too-large', `it needs ${sayBytes(needed)}; ${sayBytes(free)} are free at ${folder}`));
  for (const entry of files) {
    const done = await bundle.extract(entry, join(folder, entry.name));
    if (!done.ok) return done;
  }
  return ok(undefined);
}

/**
 * Takes the results of a bundle into a cache: those that its lock names, each of its key, with the outputs and metrics that
 * the lock has, and with every file of the digest that it should have. The first that is not stops it; what came before
 * is sound by itself.
 */
export async function installResults(
  bundle: OpenedBundle,
  cache: Cache,
  trusted?: TrustedKeys,
): Promise<Installed<InstalledResults>> {
  const locks = await locksOf(bundle);
  if (!locks.ok) return locks;
  const locked = new Map(locks.value.flatMap(({ stages }) => [...stages.values()].map((stage) => [stage.key, stage])));
  const counts = { results: 0, without: 0, bytes: 0 };
  const lease = cache.leases.reading();
  try {
    for (const { name, kind } of bundle.entries) {
      if (kind.is !== 'result') continue;
      const text = await bundle.text(name);
      if (!text.ok) return text;
      const entry = parseEntry(text.value ?? '', kind.key, trusted);
      if (!entry.ok) return { ok: false, error: entry.error.map(asBundles) };
      const problem = contradiction(entry.value, locked.get(kind.key));
      if (problem !== undefined) return fail(failure('bundle/other-result', `${name} was refused: ${problem}`));
      const taken = await installResult(bundle, cache, entry.value);
      if (!taken.ok) return taken;
      if (taken.value === undefined) counts.without += 1;
      else {
        counts.results += 1;
        counts.bytes += taken.value;
      }
    }
    return ok(counts);
  } finally {
    lease.release();
  }
}

function asBundles({ code, message, ...rest }: Diagnostic<SharingCode>): Diagnostic<SharingCode> {
  const said = message.replace("the remote's result", "the bundle's result");
  return { ...rest, message: said, code: code === 'remote/damaged-record' ? 'bundle/other-result' : code };
}

async function locksOf(bundle: OpenedBundle): Promise<Installed<readonly Lock[]>> {
  const locks: Lock[] = [];
  for (const { name } of bundle.entries.filter((entry) => /^reports\/[^/]+\/[^/]+\/lock\.yaml$/.test(entry.name))) {
    const text = await bundle.text(name);
    if (!text.ok) return text;
    const lock = await parseLock(text.value ?? '', name);
    if (!lock.ok) return lock;
    locks.push(lock.value);
  }
  return locks.length > 0 ? ok(locks) : fail(failure('bundle/incomplete', 'the bundle has no lock'));
}

/** How a result is not the one that the lock means: another's, an older one, or one that was changed. */
function contradiction({ record }: Entry, locked: LockedStage | undefined): string | undefined {
  if (locked === undefined) return 'no stage of the lock has this key';
  if (record.kind !== locked.kind) return `it is of ${record.kind}; the lock has ${locked.kind}`;
  if (record.artifact !== locked.artifact)
    return 'it has other outputs than the lock: an older result, or a changed one';
  if (canonicalDigest(record.metrics) !== locked.metricsDigest) return 'it has other metrics than the lock';
  return undefined;
}

/** Bytes that came; undefined where the bundle does not have all of its files. */
async function installResult(
  bundle: OpenedBundle,
  cache: Cache,
  { record, preimages }: Entry,
): Promise<Installed<number | undefined>> {
  const carried = new Map(
    bundle.entries.flatMap((entry) => (entry.kind.is === 'blob' ? [[entry.kind.digest, entry]] : [])),
  );
  const missing = blobsOfResult(record).filter((content) => !cache.blobs.has(content));
  const coming = missing.flatMap((content) => {
    const entry = carried.get(content.digest);
    return entry === undefined ? [] : [{ content, entry }];
  });
  if (coming.length < missing.length) return ok(undefined);
  let bytes = 0;
  for (const { content, entry } of coming) {
    if (cache.blobs.has(content)) continue;
    const temporary = join(cache.root, 'tmp', ownedName());
    mkdirSync(join(cache.root, 'tmp'), { recursive: true });
    try {
      const unpacked = await bundle.extract(entry, temporary);
      if (!unpacked.ok) return unpacked;
      const published = await cache.blobs.publish(temporary, { move: true });
      if (!published.ok) return published as Installed<never>;
      if (published.value.digest !== content.digest || published.value.bytes !== content.bytes) {
        const message = `a file of ${record.stage} has other content than its name says: refused`;
        return fail(failure('bundle/other-result', message));
      }
      bytes += content.bytes;
    } finally {
      rmSync(temporary, { force: true });
    }
  }
  for (const preimage of preimages) {
    const kept = cache.preimages.add(preimage);
    if (!kept.ok) return kept as Installed<never>;
  }
  const here = cache.results.look(record.key).record;
  const replace = here !== undefined && blobsOfResult(here).some((content) => !cache.blobs.has(content));
  const added = cache.results.add(record, { replace });
  return added.ok ? ok(bytes) : (added as Installed<never>);
}
