import { canonicalDigest, canonicalText } from '../../foundation/values/canonical.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { isDigest, type Digest } from '../../foundation/files/digest.js';
import { byCodeUnit, isJsonObject, type Json, type JsonObject } from '../../foundation/values/json.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { manifestBytes } from '../artifacts/content/manifest.js';
import type { ResultRecord } from '../artifacts/content/result-record.js';
import type { Graph, StageNode } from '../graph/graph.js';
import type { SharingCode } from './codes.js';

/**
 * What a run found, for one experiment and profile: small enough to commit, sufficient to work every key out again without
 * the data. Stages by id; no clock, no host and no path is in it, so that equal runs write equal locks.
 */
export interface Lock {
  readonly experiment: string;
  readonly profile: string;
  readonly stages: ReadonlyMap<string, LockedStage>;
}

export interface LockedStage {
  readonly kind: string;
  readonly key: Digest;
  /** What the result was first made under, where it was accepted for another code identity (`fx accept`). */
  readonly accepted?: { readonly preimage: Digest; readonly reason: string };
  /** The code identity of the kind. */
  readonly code: Digest;
  /** Of the resolved parameters, references left out: tells a change of parameters from one of code or inputs. */
  readonly parameters: Digest;
  /** Content digests of what it reads, by JSON pointer: of stages and of files outside. */
  readonly inputs: Readonly<Record<string, Digest>>;
  /** Declared variables and versions of tools: what they were, not what they are on the machine that verifies. */
  readonly environment?: JsonObject;
  /** Digest of the manifest of its outputs. */
  readonly artifact: Digest;
  readonly files: number;
  readonly bytes: number;
  readonly reproducible: boolean;
  readonly engine?: string;
  /** Those that are a number, a text or a flag. */
  readonly metrics: Readonly<Record<string, Json>>;
  /** Of all metrics, curves and tables among them. */
  readonly metricsDigest: Digest;
}

/** @param preimageOf the preimage of a key, as the cache keeps it */
export function lockOf(
  graph: Graph,
  results: ReadonlyMap<string, ResultRecord>,
  preimageOf: (key: Digest) => JsonObject | undefined,
): Result<Lock, readonly Diagnostic<SharingCode>[]> {
  const stages = new Map<string, LockedStage>();
  for (const node of graph.stages) {
    const record = results.get(node.id);
    const preimage = record && preimageOf(record.key);
    if (record === undefined || preimage === undefined) {
      const message = `the lock cannot be written: the preimage of the key of ${node.id} is not in the cache`;
      return fail(failure('lock/missing', message, 'rerun this stage with --force --only'));
    }
    stages.set(node.id, lockStage(node, record, preimage));
  }
  return ok({ experiment: graph.name, profile: graph.profile, stages });
}

function lockStage(node: StageNode, record: ResultRecord, preimage: JsonObject): LockedStage {
  const { environment } = preimage;
  const { engine } = node.parameters;
  return {
    kind: node.kind.name,
    key: record.key,
    ...(record.accepted === undefined
      ? {}
      : { accepted: { preimage: record.preimage, reason: record.accepted.reason } }),
    code: preimage.code as string,
    parameters: canonicalDigest(preimage.parameters),
    inputs: preimage.inputs as Record<string, string>,
    ...(isJsonObject(environment) ? { environment } : {}),
    artifact: record.artifact,
    files: record.outputs.length,
    bytes: manifestBytes({ files: record.outputs }),
    reproducible: record.reproducible,
    ...(typeof engine === 'string' ? { engine } : {}),
    metrics: plainMetrics(record),
    metricsDigest: canonicalDigest(record.metrics),
  };
}

/**
 * The lock as YAML: stages in order of their ids, a block each with an empty line between, so that two branches that change
 * different stages merge as text.
 */
export function lockText(lock: Lock): string {
  const blocks = [...lock.stages]
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([id, stage]) => `\n  ${key(id)}:\n${stageLines(stage).join('\n')}\n`);
  return `${HEAD}fx-lock: 1\nexperiment: ${key(lock.experiment)}\nprofile: ${key(lock.profile)}\nstages:\n${blocks.join('')}`;
}

/** Those that are a number, a text or a flag. */
export function plainMetrics({ metrics }: ResultRecord): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => typeof value !== 'object'));
}

const HEAD = '# Written by `fx run`, read by `fx verify`. Commit it; do not edit it.\n';

function stageLines(stage: LockedStage): string[] {
  const line = (name: string, value: Json): string => `    ${name}: ${canonicalText(value)}`;
  const nested = (name: string, values: Readonly<Record<string, Json>>): string[] => {
    const entries = Object.entries(values).sort(([a], [b]) => byCodeUnit(a, b));
    if (entries.length === 0) return [];
    return [`    ${name}:`, ...entries.map(([each, value]) => `      ${key(each)}: ${canonicalText(value)}`)];
  };
  return [
    `    kind: ${key(stage.kind)}`,
    line('key', stage.key),
    ...(stage.accepted === undefined ? [] : nested('accepted', stage.accepted)),
    line('code', stage.code),
    line('parameters', stage.parameters),
    ...nested('inputs', stage.inputs),
    ...(stage.environment === undefined ? [] : nested('environment', stage.environment)),
    line('artifact', stage.artifact),
    line('files', stage.files),
    line('bytes', stage.bytes),
    line('reproducible', stage.reproducible),
    ...(stage.engine === undefined ? [] : [line('engine', stage.engine)]),
    ...nested('metrics', stage.metrics),
    line('metrics-digest', stage.metricsDigest),
  ];
}

function key(name: string): string {
  return /^[A-Za-z][\w./-]*$/.test(name) && !WORDS.has(name.toLowerCase()) ? name : JSON.stringify(name);
}

/** Plain texts that YAML, of one version or another, reads as something else. */
const WORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n']);

/** Reads a lock; `name` is how the user knows the file. The YAML package is loaded by the first call. */
export async function parseLock(text: string, name: string): Promise<Result<Lock, readonly Diagnostic<SharingCode>[]>> {
  const unreadable = (what: string) =>
    fail(
      failure<SharingCode>(
        'lock/unreadable',
        `${name} ${what}`,
        'if it has merge conflicts, take either side and run fx run, which rewrites it',
      ),
    );
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    return unreadable(`is not YAML: ${(error as Error).message.split('\n')[0] ?? ''}`);
  }
  if (!isJsonObject(value) || !isJsonObject(value.stages)) return unreadable('is not a lock');
  if (value['fx-lock'] !== 1) return unreadable('is a lock of another version of fx');
  const { experiment, profile } = value;
  if (typeof experiment !== 'string' || typeof profile !== 'string') return unreadable('names no experiment');
  const stages = new Map<string, LockedStage>();
  for (const [id, given] of Object.entries(value.stages)) {
    const stage = parseStage(given);
    if (stage === undefined) return unreadable(`has an incomplete block for ${id}`);
    stages.set(id, stage);
  }
  return ok({ experiment, profile, stages });
}

function parseStage(given: Json): LockedStage | undefined {
  if (!isJsonObject(given)) return undefined;
  const { kind, key, accepted, code, parameters, inputs = {}, environment, artifact } = given;
  const { files, bytes, reproducible, engine, metrics = {}, 'metrics-digest': metricsDigest } = given;
  if (typeof kind !== 'string' || ![key, code, parameters, artifact, metricsDigest].every(isDigest)) return undefined;
  if (!isJsonObject(inputs) || !Object.values(inputs).every(isDigest) || !isJsonObject(metrics)) return undefined;
  if (typeof files !== 'number' || typeof bytes !== 'number' || typeof reproducible !== 'boolean') return undefined;
  if (
    accepted !== undefined &&
    !(isJsonObject(accepted) && isDigest(accepted.preimage) && typeof accepted.reason === 'string')
  )
    return undefined;
  return {
    kind,
    key: key as string,
    ...(accepted === undefined
      ? {}
      : { accepted: { preimage: accepted.preimage as string, reason: accepted.reason as string } }),
    code: code as string,
    parameters: parameters as string,
    inputs: inputs as Record<string, string>,
    ...(isJsonObject(environment) ? { environment } : {}),
    artifact: artifact as string,
    files,
    bytes,
    reproducible,
    ...(typeof engine === 'string' ? { engine } : {}),
    metrics,
    metricsDigest: metricsDigest as string,
  };
}
