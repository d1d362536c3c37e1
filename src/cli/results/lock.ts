import { mkdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { ownedName } from '../../engine/artifacts/store/owner.js';
import type { ResultRecord } from '../../engine/artifacts/content/result-record.js';
import type { Graph } from '../../engine/graph/graph.js';
import type { Outcome } from '../../engine/run/run.js';
import type { SharingCode } from '../../engine/sharing/codes.js';
import { lockOf, lockText, parseLock, type Lock } from '../../engine/sharing/lock.js';
import { canonicalText } from '../../foundation/values/canonical.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { sha256 } from '../../foundation/files/digest.js';
import { isSystemError, replaceFile } from '../../foundation/files/files.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { readText } from '../../foundation/files/text-file.js';
import { reportFolder } from '../report/write.js';
import { Stamp } from './stamp.js';

type LockResult<T> = Result<T, readonly Diagnostic<SharingCode>[]>;

export function lockPath(project: string, { name, profile }: Graph): string {
  return join(reportFolder(project, { experiment: { name, profile } }), 'lock.yaml');
}

/** Writes the lock of a finished run; a lock that says the same already is not touched. Returns its path. */
export function writeLock(project: string, outcome: Outcome, cacheRoot: string): LockResult<string> {
  const { graph } = outcome;
  const path = lockPath(project, graph);
  const done = outcome.stages.flatMap((stage) => ('record' in stage ? [stage] : []));
  // Keys stand for parameters, inputs and code, artifacts for files: with the rest, all that a lock is made of.
  const facts = done.map(({ node, record: { key, preimage, accepted, artifact, reproducible, metrics } }) =>
    canonicalText([node.id, node.kind.name, key, preimage, accepted ?? null, artifact, reproducible, metrics]),
  );
  const stamp = new Stamp(cacheRoot, [`lock of ${graph.name}, ${graph.profile}`, ...facts].join('\n'));
  if (stamp.holdsIn(dirname(path))) return ok(path);
  const results = new Map(done.map(({ node, record }) => [node.id, record]));
  const preimages = new Map(done.map(({ record, preimage }) => [record.key, preimage as unknown as JsonObject]));
  const written = writeLockOf(project, graph, results, (key) => preimages.get(key));
  if (written.ok) stamp.keep({ [basename(path)]: sha256(written.value.text) });
  return written.ok ? ok(path) : written;
}

/** The same from the results and from what their keys were made of; gives its path and text. */
export function writeLockOf(
  project: string,
  graph: Graph,
  results: ReadonlyMap<string, ResultRecord>,
  preimageOf: (key: string) => JsonObject | undefined,
): LockResult<{ readonly path: string; readonly text: string }> {
  const lock = lockOf(graph, results, preimageOf);
  if (!lock.ok) return lock;
  const path = lockPath(project, graph);
  const text = lockText(lock.value);
  try {
    if (readIfPresent(path) !== text) {
      mkdirSync(dirname(path), { recursive: true });
      replaceFile(path, text, join(dirname(path), `.${ownedName()}`));
    }
    return ok({ path, text });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return fail(failure('lock/unwritable', `cannot write the lock ${path}: ${error.message}`));
  }
}

/** The committed lock of an experiment and profile. */
export async function readLock(project: string, graph: Graph): Promise<LockResult<Lock>> {
  const path = lockPath(project, graph);
  const name = relative(process.cwd(), path);
  const text = readIfPresent(path);
  if (text === undefined) {
    return fail(failure('lock/missing', `there is no lock ${name}`, 'fx run writes it; commit it with the report'));
  }
  return parseLock(text, name);
}

export function readIfPresent(path: string): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
