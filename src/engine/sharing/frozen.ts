import { canonicalDigest } from '../../foundation/values/canonical.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { Digest } from '../../foundation/files/digest.js';
import { byCodeUnit } from '../../foundation/values/json.js';
import { heldFiles } from '../artifacts/content/listing.js';
import { manifestBytes } from '../artifacts/content/manifest.js';
import type { ResultRecord } from '../artifacts/content/result-record.js';
import type { Graph, StageNode } from '../graph/graph.js';
import { bindParameters, identify } from '../plan/identify.js';
import type { AnyStageKind, Artifact, ArtifactFile } from '../stage.js';
import type { SharingCode } from './codes.js';
import { plainMetrics, type Lock, type LockedStage } from './lock.js';
import type { Check, Finding } from './verification.js';

export interface FrozenSources {
  /** Code identity of a kind. */
  readonly code: (kind: AnyStageKind) => string;
  /**
   * The result of a key and where it lies with all its files, without fetching them; undefined if nowhere.
   *
   * @param trouble hears why a remote was no help
   */
  readonly find: (key: Digest, trouble: (message: string) => void) => Promise<Located | undefined>;
}

export interface Located {
  readonly record: ResultRecord;
  /** `here`, or the remote's name. */
  readonly where: string;
}

/**
 * Whether experiment, code and lock agree, and whether every result is available: nothing is executed, and of the data
 * nothing is read. Keys are computed again from the YAML and the code as they are, with the content digests of inputs,
 * and the versions of tools, that the lock has.
 */
export async function verifyFrozen(
  graph: Graph,
  lock: Lock,
  sources: FrozenSources,
): Promise<{ readonly checks: readonly Check[]; readonly records: ReadonlyMap<string, ResultRecord> }> {
  const keys: Finding[] = strangers(graph, lock);
  const missing: Finding[] = [];
  const contradictions: Finding[] = [];
  const records = new Map<string, ResultRecord>();
  const troubles = new Set<string>();
  const found = await Promise.all(
    graph.stages.map(async ({ id }) => {
      const locked = lock.stages.get(id);
      return locked && sources.find(locked.key, (message) => troubles.add(message));
    }),
  );
  for (const [i, node] of graph.stages.entries()) {
    const locked = lock.stages.get(node.id);
    if (locked === undefined) continue;
    const at = (diagnostic: Diagnostic<SharingCode>): Finding => ({
      stage: node.id,
      diagnostic: { place: node.place, ...diagnostic },
    });
    const record = found[i]?.record;
    if (record === undefined) missing.push(at(noResult(locked)));
    else {
      records.set(node.id, record);
      contradictions.push(...contradictionsOf(locked, record).map(at));
    }
    keys.push(...staleness(node, locked, lock, records, sources).map(at));
  }
  const of = graph.stages.length;
  return {
    records,
    checks: [
      { says: 'YAML, code and lock agree', of, findings: keys },
      {
        says: 'every result is available',
        of,
        findings: missing,
        ...(troubles.size === 0 ? {} : { notes: [...troubles].sort(byCodeUnit).map(noHelp) }),
      },
      { says: 'results agree with the lock', of: records.size, findings: contradictions },
    ],
  };
}

const RUN = 'run fx run and commit the lock';

/** Stages that only one side has. */
function strangers(graph: Graph, lock: Lock): Finding[] {
  const ids = new Set(graph.stages.map((node) => node.id));
  const unlocked = graph.stages
    .filter((node) => !lock.stages.has(node.id))
    .map(({ id, place }) => ({
      stage: id,
      diagnostic: { ...failure<SharingCode>('verify/unlocked-stage', `the lock has no block for ${id}`, RUN), place },
    }));
  const left = [...lock.stages.keys()]
    .filter((id) => !ids.has(id))
    .map((id) => ({
      stage: id,
      diagnostic: failure<SharingCode>('verify/stale-stage', `the lock has ${id}, which the experiment lacks`, RUN),
    }));
  return [...unlocked, ...left];
}

/** How today's key differs from the locked one, and why. */
function staleness(
  node: StageNode,
  locked: LockedStage,
  lock: Lock,
  records: ReadonlyMap<string, ResultRecord>,
  sources: FrozenSources,
): Diagnostic<SharingCode>[] {
  const inputs = lockedInputs(node, locked, lock, records);
  const code = sources.code(node.kind);
  const environment = node.kind.environment === undefined ? undefined : locked.environment;
  const { key, preimage } = identify(node, inputs, bindParameters(node, inputs), code, environment);
  if (key === locked.key) {
    const says = node.kind.name === locked.kind && preimage.code === locked.code;
    if (says && canonicalDigest(preimage.parameters) === locked.parameters) return [];
    const message = 'the lock contradicts itself: its key is not that of its own kind, code and parameters';
    return [failure('verify/changed-key', message, RUN)];
  }
  const problems: Diagnostic<SharingCode>[] = [];
  if (node.kind.name !== locked.kind || code !== locked.code) {
    const message =
      node.kind.name === locked.kind
        ? `the code of ${locked.kind} has changed since the lock was written`
        : `it uses ${node.kind.name}; the lock has ${locked.kind}`;
    problems.push(failure('verify/changed-code', message, `${RUN}; if results are the same: fx accept`));
  }
  if (canonicalDigest(preimage.parameters) !== locked.parameters) {
    problems.push(failure('verify/changed-parameters', 'its parameters are not those of the lock', RUN));
  }
  const pointers = new Set([...Object.keys(preimage.inputs), ...Object.keys(locked.inputs)]);
  for (const pointer of pointers) {
    if (preimage.inputs[pointer] === locked.inputs[pointer]) continue;
    const { stage } = node.inputs.find((input) => input.pointer === pointer) ?? {};
    const what = stage === undefined ? `its input ${pointer}` : `its input ${pointer} (from ${stage})`;
    const place = node.placeOf(pointer);
    problems.push({ ...failure<SharingCode>('verify/changed-inputs', `${what} is not that of the lock`, RUN), place });
  }
  // A kind that declares one need not have found anything worth declaring.
  if (node.kind.environment === undefined && locked.environment !== undefined) {
    problems.push(failure('verify/changed-environment', 'it declares another environment than the lock', RUN));
  }
  if (problems.length > 0) return problems;
  return [failure('verify/changed-key', 'the lock contradicts itself: its key is not that of its own inputs', RUN)];
}

/** What a stage reads, as the lock has it: of other stages what they put out, of files outside their digest. */
function lockedInputs(
  node: StageNode,
  locked: LockedStage,
  lock: Lock,
  records: ReadonlyMap<string, ResultRecord>,
): ReadonlyMap<string, Artifact> {
  const inputs = new Map<string, Artifact>();
  for (const { pointer, stage, file } of node.inputs) {
    const made = lock.stages.get(stage);
    const files = records.get(stage)?.outputs ?? [];
    // Of one file of a result that is nowhere, only this stage's own record is left; that it is nowhere is reported.
    const digest =
      file === undefined
        ? made?.artifact
        : (files.find(({ path }) => path === file)?.digest ??
          (files.length === 0 ? locked.inputs[pointer] : undefined));
    inputs.set(pointer, placeholder(digest ?? NOWHERE, files));
  }
  for (const { pointer } of node.externals) inputs.set(pointer, placeholder(locked.inputs[pointer] ?? NOWHERE, []));
  return inputs;
}

const NOWHERE = '0'.repeat(64);

/** An input that is known by its digest alone. */
function placeholder(digest: Digest, files: readonly ArtifactFile[]): Artifact {
  return {
    digest,
    files: heldFiles(files),
    metrics: {},
    locate: (path) => {
      throw new Error(`a frozen verification reads no data, and was asked for ${path}`);
    },
  };
}

function noHelp(message: string): string {
  return `Not all of the remote could be used: ${message}.`;
}

function noResult(locked: LockedStage): Diagnostic<SharingCode> {
  const message = `its result ${locked.key.slice(0, 12)}... is neither here nor at a remote, complete and undamaged`;
  return failure(
    'verify/no-result',
    message,
    'push it from the machine that computed it (fx cache push), or run it here',
  );
}

function contradictionsOf(locked: LockedStage, record: ResultRecord): Diagnostic<SharingCode>[] {
  const what = otherThan(locked, record);
  if (what === undefined) return [];
  const message = `the result at hand has ${what} than the lock`;
  const help =
    'one of the two was changed, or the stage does not give the same bits twice: fx verify --audit tells which';
  return [failure('verify/other-result', message, help)];
}

/** What a result has other than its lock says; undefined where it is the lock's. */
export function otherThan(locked: LockedStage, record: ResultRecord): string | undefined {
  if (record.artifact !== locked.artifact) return 'other outputs';
  if (canonicalDigest(record.metrics) !== locked.metricsDigest) return 'other metrics';
  if (record.reproducible !== locked.reproducible) return 'another statement on being reproducible';
  // The digests stand for these, but these are what people read.
  if (canonicalDigest(plainMetrics(record)) !== canonicalDigest(locked.metrics)) return 'other metrics';
  if (record.outputs.length !== locked.files) return 'another number of files';
  if (manifestBytes({ files: record.outputs }) !== locked.bytes) return 'another size';
  return record.accepted?.reason === locked.accepted?.reason ? undefined : 'another word on being accepted';
}

/**
 * Whether a committed `report.json` is the report of the results in the lock: by the key and artifact of each stage that
 * it names as the provenance of its numbers.
 */
export function checkProvenance(report: string | undefined, lock: Lock, name: string): Check {
  const says = 'the report agrees with the lock';
  const stages = report === undefined ? undefined : provenanceOf(report);
  const finding = (message: string): Finding => ({
    diagnostic: failure('verify/other-report', message, 'run fx run (or fx report) and commit its output'),
  });
  if (stages === undefined) {
    return {
      says,
      of: 0,
      findings: [finding(report === undefined ? `there is no ${name}` : `${name} is no report`)],
    };
  }
  const findings: Finding[] = [];
  for (const [id, { key, artifact }] of stages) {
    const locked = lock.stages.get(id);
    if (locked?.key !== key || locked?.artifact !== artifact)
      findings.push({ stage: id, ...finding(`${name} was built from another result than the lock has`) });
  }
  for (const id of lock.stages.keys()) {
    if (!stages.has(id)) findings.push({ stage: id, ...finding(`${name} does not know it`) });
  }
  return { says, of: stages.size, findings };
}

function provenanceOf(text: string): ReadonlyMap<string, { key: unknown; artifact: unknown }> | undefined {
  try {
    const report = JSON.parse(text) as { stages: { id: string; key: string; artifact: string }[] };
    return new Map(report.stages.map((stage) => [stage.id, stage]));
  } catch {
    return undefined;
  }
}
