import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { identityOfFile } from '../../foundation/files/digest.js';
import { err, fail, ok, type Result } from '../../foundation/failures/result.js';
import { heldFiles } from '../artifacts/content/listing.js';
import type { ResultRecord } from '../artifacts/content/result-record.js';
import type { ExternalInput, Graph, StageInput, StageNode } from '../graph/graph.js';
import type { AnyStageKind, Artifact, Division } from '../stage.js';
import { bindParameters, identify, identifyPart, type Identified, type IdentifiedPart } from './identify.js';
import { askEnvironment, partsProblem } from './kind-answers.js';

/** A graph with what is known of each stage: the state before a run. */
export interface Plan {
  readonly graph: Graph;
  /** In the order of the graph. */
  readonly stages: readonly PlannedStage[];
}

export type PlannedStage = KnownStage | StageToRun | PendingStage;

/** Its result is at hand. */
export interface KnownStage {
  readonly status: 'hit';
  readonly node: StageNode;
  readonly identified: Identified;
  readonly record: ResultRecord;
  readonly artifact: Artifact;
}

/** Its inputs are known, its result is not. */
export interface StageToRun {
  readonly status: 'run';
  readonly node: StageNode;
  readonly identified: Identified;
  /** Undefined where the kind does not divide its work. */
  readonly parts: PlannedParts | undefined;
}

/** It reads a stage that must run first: whether its result is known depends on what comes out. */
export interface PendingStage {
  readonly status: 'pending';
  readonly node: StageNode;
  /** The stages it reads that must run first, and the parameters whose external inputs are not there. */
  readonly waitsFor: readonly string[];
}

export interface PlannedParts {
  readonly total: number;
  /** How many need not run again. */
  readonly known: number;
}

/** What planning asks of the world: the cache, the code, the files outside. */
export interface Knowledge {
  /** Code identity of a kind's implementation. */
  code(kind: AnyStageKind): string;
  /** The record at a key, if it is whole: all its files are there. */
  lookup(key: string): ResultRecord | undefined;
  /** The record at a key even where its files are gone: pruned links of a chain still tell the keys after them. */
  lookupRecord(key: string): ResultRecord | undefined;
  /** Whether all files of a record are there. */
  isThere(record: ResultRecord): boolean;
  open(record: ResultRecord): Artifact;
  external(input: ExternalInput): Promise<Result<Artifact>>;
}

export interface PlanOptions {
  /** Stages to take as unknown, by id. */
  readonly force?: ReadonlySet<string>;
}

/** Finds out what is known. Linear in stages; executes nothing. */
export async function planGraph(graph: Graph, knowledge: Knowledge, options: PlanOptions = {}): Promise<Result<Plan>> {
  const artifacts = new Map<string, Artifact>();
  const stages: PlannedStage[] = [];
  const problems: Diagnostic[] = [];
  for (const node of graph.stages) {
    const unmade = [...new Set(node.inputs.map((input) => input.stage))].filter((id) => !artifacts.has(id));
    const missing = node.externals.filter((input) => input.missing === true).map((input) => input.pointer.slice(1));
    const waitsFor = [...unmade, ...missing];
    if (waitsFor.length > 0) {
      stages.push({ status: 'pending', node, waitsFor });
      continue;
    }
    const identified = await identifyStage(node, artifacts, knowledge);
    if (!identified.ok) {
      problems.push(...identified.error);
      continue;
    }
    const parts = partsProblem(node.kind, identified.value.parameters);
    if (parts !== undefined) {
      problems.push({ place: node.place, ...parts });
      continue;
    }
    const planned = planStage(identified.value, knowledge, options.force?.has(node.id) ?? false);
    if (planned.status === 'hit') artifacts.set(node.id, planned.artifact);
    stages.push(planned);
  }
  return problems.length > 0 ? err(problems) : ok({ graph, stages });
}

/** Gathers a stage's inputs, from the artifacts of the stages before it and from outside, and gives it its key. */
export async function identifyStage(
  node: StageNode,
  artifacts: ReadonlyMap<string, Artifact>,
  knowledge: Knowledge,
): Promise<Result<Identified>> {
  const inputs = new Map<string, Artifact>();
  const problems: Diagnostic[] = [];
  for (const input of node.inputs) {
    const whole = artifacts.get(input.stage);
    if (whole === undefined) throw new Error(`${node.id} was identified before ${input.stage}`);
    const read = input.file === undefined ? ok(whole) : narrow(node, input, whole);
    if (read.ok) inputs.set(input.pointer, read.value);
    else problems.push(...read.error);
  }
  for (const input of node.externals) {
    const found = await knowledge.external(input);
    if (found.ok) inputs.set(input.pointer, found.value);
    else problems.push(...found.error.map((problem) => ({ place: node.placeOf(input.pointer), ...problem })));
  }
  if (problems.length > 0) return err(problems);
  const parameters = bindParameters(node, inputs);
  const environment = await askEnvironment(node.kind, parameters);
  if (!environment.ok) return err(environment.error.map((problem) => ({ place: node.place, ...problem })));
  return ok(identify(node, inputs, parameters, knowledge.code(node.kind), environment.value));
}

/** What is known of an identified stage, and of its parts. */
export function planStage(identified: Identified, knowledge: Knowledge, force = false): KnownStage | StageToRun {
  const { node } = identified;
  const record = force ? undefined : knowledge.lookup(identified.key);
  if (record !== undefined) return { status: 'hit', node, identified, record, artifact: knowledge.open(record) };
  return stageToRun(identified, knowledge, force);
}

/** A stage whose result is not known, with what is known of its parts. */
export function stageToRun(identified: Identified, knowledge: Knowledge, force = false): StageToRun {
  const parts = force ? allParts(identified) : planParts(identified, knowledge);
  return { status: 'run', node: identified.node, identified, parts };
}

/** The longest beginning of a chain that is known, and the newest link of it that can be continued. */
export interface ChainProgress {
  readonly known: readonly { readonly part: IdentifiedPart; readonly record: ResultRecord }[];
  /** Index into `known` of the newest link whose files are there; -1 to begin from the start. */
  readonly resumeAfter: number;
}

export function chainProgress(
  identified: Identified,
  division: Division<unknown>,
  knowledge: Knowledge,
): ChainProgress {
  const known: { part: IdentifiedPart; record: ResultRecord }[] = [];
  let resumeAfter = -1;
  let previous: string | undefined;
  for (const part of division.parts(identified.parameters)) {
    const link = identifyPart(identified, part, previous);
    const record = knowledge.lookupRecord(link.key);
    if (record === undefined) break;
    if (knowledge.isThere(record)) resumeAfter = known.length;
    known.push({ part: link, record });
    previous = record.artifact;
  }
  return { known, resumeAfter };
}

function planParts(identified: Identified, knowledge: Knowledge): PlannedParts | undefined {
  const division = identified.node.kind.division;
  if (division === undefined) return undefined;
  if (division.shape === 'chain') {
    const total = countParts(division, identified.parameters);
    return { total, known: chainProgress(identified, division, knowledge).resumeAfter + 1 };
  }
  let total = 0;
  let known = 0;
  for (const part of division.parts(identified.parameters)) {
    total += 1;
    if (knowledge.lookup(identifyPart(identified, part).key) !== undefined) known += 1;
  }
  return { total, known };
}

function allParts(identified: Identified): PlannedParts | undefined {
  const division = identified.node.kind.division;
  return division && { total: countParts(division, identified.parameters), known: 0 };
}

export function countParts<P>(division: Division<P>, parameters: P): number {
  let count = 0;
  const parts = division.parts(parameters)[Symbol.iterator]();
  while (parts.next().done !== true) count += 1;
  return count;
}

/** The artifact of one file of a stage. */
function narrow(node: StageNode, input: StageInput, whole: Artifact): Result<Artifact> {
  const only = input.file === undefined ? undefined : whole.files.find(input.file);
  if (only !== undefined) {
    const files = heldFiles([only]);
    return ok({ digest: identityOfFile(only), files, metrics: whole.metrics, locate: (path) => whole.locate(path) });
  }
  const made = Array.from(whole.files, (file) => file.path).join(', ');
  return fail({
    code: 'plan/no-such-file',
    severity: 'error',
    message: `stage ${input.stage} made no file ${input.file ?? ''}; it made ${made === '' ? 'none' : made}`,
    place: node.placeOf(input.pointer),
  });
}
