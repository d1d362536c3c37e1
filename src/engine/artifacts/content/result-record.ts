import { cpus, type, release, arch } from 'node:os';
import { canonicalText } from '../../../foundation/values/canonical.js';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isDigest, sha256, type Content, type Digest } from '../../../foundation/files/digest.js';
import { isJsonObject, type Json, type JsonObject } from '../../../foundation/values/json.js';
import { err, ok, type Result } from '../../../foundation/failures/result.js';
import type { ArtifactFile } from '../../stage.js';
import { areFolders, manifestDigest, parseFiles, type Manifest } from './manifest.js';

/**
 * What is known under a key: the outcome of a stage or of one of its parts. What follows from the inputs (outputs,
 * artifact, metrics) is the same for every maker of a reproducible stage; the rest tells of the one run that made it.
 */
export interface ResultRecord {
  readonly schema: 'fx/result@1';
  readonly key: Digest;
  /** The stage kind: `faces/generate`. */
  readonly kind: string;
  /** The stage's name in the experiment that made it first; another may know it by another name. */
  readonly stage: string;
  /** Id of the part, where this is one part of a stage. */
  readonly part?: string;
  /** Digest under which the preimage is stored: the key, unless the result was accepted for another code identity. */
  readonly preimage: Digest;
  /** Why a result of other code counts for this key, in the words of who declared it (`fx accept`). */
  readonly accepted?: { readonly reason: string };
  /** Sorted by path. */
  readonly outputs: readonly ArtifactFile[];
  /** Folders of the outputs in which no file lies, sorted; absent where there are none. */
  readonly folders?: readonly string[];
  /** Digest of the manifest of the outputs: what the keys of later stages see. */
  readonly artifact: Digest;
  /** Numbers that are functions of the inputs. */
  readonly metrics: Readonly<Record<string, Json>>;
  /** Facts of this one run: images per second, ... */
  readonly facts: Readonly<Record<string, Json>>;
  readonly warnings: readonly Diagnostic[];
  readonly reproducible: boolean;
  /** Seconds that the work took. */
  readonly duration: number;
  readonly host: HostFacts;
  /** The blob that holds the log, where there was one. */
  readonly log?: Content;
  /** When it was finished: ISO 8601, UTC. In no digest. */
  readonly finished: string;
}

export interface HostFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
}

/** What of this machine may matter when two results are compared. */
export function hostFacts(): HostFacts {
  return (host ??= readHostFacts());
}

let host: HostFacts | undefined;

function readHostFacts(): HostFacts {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
  };
}

export type RecordCode = 'cache/damaged-record' | 'cache/bad-manifest';

/**
 * A record as it is kept: `{"record":...,"sha256":"..."}` on one line, the digest being that of the record's own text, so
 * that a byte that was changed anywhere is noticed.
 */
export function recordText(record: ResultRecord): string {
  const text = canonicalText(record);
  return `${HEAD}${text}${MIDDLE}${sha256(text)}${TAIL}`;
}

/**
 * Reads a record that may come from anywhere. It must be whole, be one of `key`, have safe paths, and its artifact must
 * be the digest of its outputs. Checked by hand rather than by a schema, since it is read once for every stage of a run
 * that has nothing to do; fields it does not know are dropped, so that later versions may add to the record.
 */
export function parseRecord(text: string, key: Digest): Result<ResultRecord, readonly Diagnostic<RecordCode>[]> {
  const damaged = (what: string) => {
    return err([failure<RecordCode>('cache/damaged-record', `the record of result ${key} ${what}`)]);
  };
  const value = unwrap(text);
  if (value === undefined) return damaged('is damaged');
  if (!isJsonObject(value)) return damaged('is not an object');
  if (value.schema !== 'fx/result@1') return damaged(`has the schema ${JSON.stringify(value.schema)}`);
  if (value.key !== key) return damaged('is that of another key');
  const outputs = parseFiles(value.outputs);
  if (!outputs.ok) return outputs;
  const wrong = CHECKS.find(([name, check]) => !check(value[name]))?.[0];
  if (wrong !== undefined) return damaged(`has no valid ${wrong}`);
  const record = { ...pick(value), outputs: outputs.value } as unknown as ResultRecord;
  const { folders } = record;
  if (folders !== undefined && !areFolders(folders, record.outputs)) return damaged('has no valid folders');
  if (manifestDigest(manifestOf(record)) !== record.artifact) return damaged('contradicts itself');
  return ok(record);
}

/** The manifest of a result's outputs. */
export function manifestOf({ outputs, folders }: Pick<ResultRecord, 'outputs' | 'folders'>): Manifest {
  return { files: outputs, ...(folders === undefined ? {} : { folders }) };
}

const HEAD = '{"record":';
const MIDDLE = ',"sha256":"';
const TAIL = '"}\n';
const DIGEST_LENGTH = 64;

/** What was wrapped, where its text has the digest that it should. */
function unwrap(text: string): Json | undefined {
  const end = text.length - TAIL.length - DIGEST_LENGTH - MIDDLE.length;
  const inner = text.slice(HEAD.length, Math.max(HEAD.length, end));
  if (text !== `${HEAD}${inner}${MIDDLE}${sha256(inner)}${TAIL}`) return undefined;
  try {
    return JSON.parse(inner) as Json;
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isContent = (value: unknown): boolean => isJsonObject(value) && isDigest(value.digest) && isCount(value.bytes);

/** A check for each field besides `outputs`. */
const FIELDS: Readonly<Record<Exclude<keyof ResultRecord, 'outputs'>, (value: Json | undefined) => boolean>> = {
  schema: isText,
  key: isDigest,
  kind: isText,
  stage: isText,
  part: (value) => value === undefined || isText(value),
  preimage: isDigest,
  accepted: (value) => value === undefined || (isJsonObject(value) && isText(value.reason)),
  folders: (value) => value === undefined || (Array.isArray(value) && value.length > 0),
  artifact: isDigest,
  metrics: isJsonObject,
  facts: isJsonObject,
  warnings: (value) => Array.isArray(value) && value.every(isDiagnostic),
  reproducible: (value) => typeof value === 'boolean',
  duration: (value) => typeof value === 'number' && value >= 0,
  host: (value) => isJsonObject(value) && isText(value.cpu) && isText(value.system) && isText(value.node),
  log: (value) => value === undefined || isContent(value),
  finished: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
};

const CHECKS = Object.entries(FIELDS);

function isDiagnostic(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  return isText(value.code) && isText(value.message) && (value.severity === 'error' || value.severity === 'warning');
}

function pick(value: JsonObject): JsonObject {
  const known: Record<string, Json> = {};
  for (const [name] of CHECKS) {
    const field = value[name];
    if (field !== undefined) known[name] = field;
  }
  return known;
}
