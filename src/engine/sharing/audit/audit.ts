import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import type { ResultRecord } from '../../artifacts/content/result-record.js';
import type { Graph, StageNode } from '../../graph/graph.js';
import type { Identified } from '../../plan/identify.js';
import { identifyStage } from '../../plan/plan.js';
import type { RunServices } from '../../run/services.js';
import type { Artifact, ArtifactFile } from '../../stage.js';
import type { SharingCode } from '../codes.js';
import type { AuditSummary, Check, Finding } from '../verification.js';
import { differenceOf, differenceOfMetrics, type Difference, type Side } from './differences.js';
import { compareNumbers, inexactStages, measuredStages } from './intervals.js';
import { recomputablesOf, partOf, sampleOf, type Recomputable } from './recomputable.js';
import { recompute, type Doing } from './recompute.js';
import { Scratch } from './scratch.js';

export interface AuditSources {
  readonly services: RunServices;
  /** The results that are audited, by stage. */
  readonly records: ReadonlyMap<string, ResultRecord>;
  /** Brings a result's files into the cache, where they are not there; says whether they are. */
  readonly bring: (record: ResultRecord) => Promise<boolean>;
}

export interface AuditOptions extends Doing {
  /** Of the parts, more than 0 and at most 1. At least one part is recomputed. */
  readonly share: number;
  /** Chooses the sample. One that is known beforehand tells a forger where not to forge. */
  readonly seed: number;
  /** Whether what is not exact is recomputed, too, and its numbers compared with their intervals. */
  readonly metrics: boolean;
  /** Stages that the audit is about; default: all. */
  readonly only?: ReadonlySet<string>;
  /** Takes the share of each stage kind's parts, hence at least one of each. */
  readonly ofEachKind?: boolean;
  /** Hears what was chosen, then of each part. */
  readonly hear?: (event: AuditEvent) => void;
}

export type AuditEvent =
  | { readonly event: 'chosen'; readonly parts: number; readonly of: number }
  | { readonly event: 'recomputed'; readonly name: string; readonly same: boolean };

export interface Audit {
  readonly checks: readonly Check[];
  readonly summary: AuditSummary;
}

/**
 * Recomputes a sample of the work and compares every bit of what comes out with the results: so that results that were
 * changed, record, files, lock and report together, are found. Nothing of the cache is changed.
 */
export async function audit(graph: Graph, sources: AuditSources, options: AuditOptions): Promise<Audit> {
  const { services, records } = sources;
  const inexact = inexactStages(graph, records);
  const { found, notes } = await findRecomputables(graph, sources, options.only);
  const groups = options.ofEachKind === true ? byKind(found) : [found];
  const sample = groups.flatMap((group) => sampleOf(group, options.share, options.seed));
  options.hear?.({ event: 'chosen', parts: sample.length, of: found.length });
  const scratch = new Scratch(services);
  const findings: Finding[] = [];
  const recomputed: { name: string; same: boolean }[] = [];
  try {
    for (const one of sample) {
      if (options.signal.aborted) break;
      const problems = await auditOne(one, sources, scratch, options);
      const { id, place } = one.identified.node;
      findings.push(...problems.map((diagnostic) => ({ stage: id, diagnostic: { place, ...diagnostic } })));
      const part = partOf(one);
      const checked = { name: part === undefined ? id : `${id}, ${part}`, same: problems.length === 0 };
      recomputed.push(checked);
      options.hear?.({ event: 'recomputed', ...checked });
    }
    const numbers = options.metrics ? await numbersCheck(graph, inexact, sources, scratch, options) : undefined;
    if (sample.length === 0 && (numbers === undefined || numbers.of === 0))
      findings.push({ diagnostic: nothingToDo() });
    const said = [`Sampled with seed ${options.seed}; --seed ${options.seed} repeats the sample.`, ...notes];
    const others = [...inexact].filter((id) => records.get(id)?.reproducible === false);
    if (!options.metrics && others.length > 0)
      said.push(
        `${others.length} ${others.length === 1 ? 'stage is' : 'stages are'} not exact and not among the parts: --metrics recomputes what gives numbers with intervals, and compares these.`,
      );
    const checks: Check[] = [
      {
        says: `${sample.length} of ${found.length} parts, recomputed, are bit for bit the same`,
        of: sample.length,
        findings,
        notes: said,
      },
    ];
    if (numbers !== undefined) checks.push(numbers);
    const summary: AuditSummary = { seed: options.seed, share: options.share, of: found.length, recomputed };
    return { checks, summary };
  } finally {
    scratch.remove();
  }
}

function byKind(found: readonly Recomputable[]): readonly (readonly Recomputable[])[] {
  const kinds = new Map<string, Recomputable[]>();
  for (const one of found) {
    const { name } = one.identified.node.kind;
    kinds.set(name, [...(kinds.get(name) ?? []), one]);
  }
  return [...kinds.values()];
}

/** All parts that can be recomputed here, and of the others why not. */
async function findRecomputables(
  graph: Graph,
  { services, records, bring }: AuditSources,
  only: ReadonlySet<string> | undefined,
): Promise<{ readonly found: readonly Recomputable[]; readonly notes: string[] }> {
  const found: Recomputable[] = [];
  const notes: string[] = [];
  const artifacts = new Map<string, Artifact>();
  for (const [id, record] of records) artifacts.set(id, services.open(record));
  for (const node of graph.stages) {
    const record = records.get(node.id);
    if (record === undefined || !record.reproducible || only?.has(node.id) === false) continue;
    const identified = await identifiedFrom(node, record, artifacts, services, records, bring);
    if (typeof identified === 'string') notes.push(`${node.id} was left out: ${identified}.`);
    else found.push(...recomputablesOf(identified, record, services));
  }
  return { found, notes };
}

async function identifiedFrom(
  node: StageNode,
  record: ResultRecord,
  artifacts: ReadonlyMap<string, Artifact>,
  services: RunServices,
  records: ReadonlyMap<string, ResultRecord>,
  bring: AuditSources['bring'],
): Promise<Identified | string> {
  const missing = node.externals.find((input) => input.missing === true);
  if (missing !== undefined) return `its input ${missing.pointer.slice(1)} is not here`;
  for (const { stage } of node.inputs) {
    const read = records.get(stage);
    if (read === undefined || !(await bring(read))) return `the result of ${stage}, which it reads, is not available`;
  }
  const identified = await identifyStage(node, artifacts, services);
  if (!identified.ok) return identified.error[0]?.message ?? 'its inputs cannot be read';
  // That YAML, code and lock disagree is another check's to tell.
  if (identified.value.key !== record.key) return 'its result has another key than it would have now';
  return identified.value;
}

async function auditOne(
  one: Recomputable,
  { services, bring }: AuditSources,
  scratch: Scratch,
  options: AuditOptions,
): Promise<readonly Diagnostic<SharingCode>[]> {
  const part = partOf(one);
  const of = part === undefined ? '' : `${part}: `;
  await bring(one.record);
  const remade = await recompute(one, services, scratch, options);
  if (!remade.ok) return remade.error;
  const again: Side = { files: remade.value.outputs, locate: ({ digest }) => scratch.locate(digest) };
  for (const { record, partial, kept } of expectedOf(one, services)) {
    const files = partial ? sharedWith(record.outputs, remade.value.outputs) : record.outputs;
    const locate = (file: ArtifactFile): string | undefined =>
      services.cache.blobs.has(file) ? services.cache.blobs.locate(file.digest) : undefined;
    const difference =
      differenceOf({ files, locate }, again) ??
      (partial ? undefined : differenceOfMetrics(record.metrics, remade.value.metrics));
    if (difference !== undefined) return [otherBits(of, difference)];
    for (const file of kept ? files : []) {
      if ((await services.cache.blobs.verify(file)) === 'sound') continue;
      const message = `${of}${file.path} is missing or damaged`;
      return [failure('verify/other-bits', message, 'fx cache verify removes damaged files; fx run recomputes them')];
    }
  }
  return [];
}

interface Expected {
  readonly record: ResultRecord;
  /** The record has the files of other parts, too. */
  readonly partial: boolean;
  /** Whether its files must be here: those of links before the last are given up in time. */
  readonly kept: boolean;
}

/** What a recomputable must agree with. Of a shard, the files of the whole and, where it is here, its own record. */
function expectedOf(one: Recomputable, services: RunServices): readonly Expected[] {
  switch (one.what) {
    case 'whole':
    case 'gather':
      return [{ record: one.record, partial: false, kept: true }];
    case 'link': {
      const { record } = one.link;
      return [{ record, partial: false, kept: services.isThere(record) }];
    }
    case 'shard': {
      const own = services.lookup(one.part.key);
      const whole = { record: one.record, partial: true, kept: true };
      return own === undefined ? [whole] : [whole, { record: own, partial: false, kept: true }];
    }
  }
}

/** Those of a whole's files that have the paths of a part's. */
function sharedWith(whole: readonly ArtifactFile[], part: readonly ArtifactFile[]): readonly ArtifactFile[] {
  const paths = new Set(part.map(({ path }) => path));
  return whole.filter(({ path }) => paths.has(path));
}

function otherBits(of: string, { path, how, more }: Difference): Diagnostic<SharingCode> {
  const others = more === 0 ? '' : ` (${more} more ${more === 1 ? 'file differs' : 'files differ'})`;
  const message = `${of}${path ?? 'the result'} ${how}${others}`;
  const help =
    'either the result was changed, or its stage does not give the same bits twice: rerun it with fx run --force --only';
  return failure('verify/other-bits', message, help);
}

function nothingToDo(): Diagnostic<SharingCode> {
  return failure('verify/not-recomputed', 'no part could be recomputed here', 'what was left out is listed below');
}

async function numbersCheck(
  graph: Graph,
  inexact: ReadonlySet<string>,
  { services, records, bring }: AuditSources,
  scratch: Scratch,
  options: AuditOptions,
): Promise<Check> {
  const says = 'recomputed numbers of inexact stages lie within their intervals';
  for (const record of records.values()) await bring(record);
  const measured = measuredStages(inexact, records, (digest) => services.cache.blobs.locate(digest));
  const notes =
    inexact.size === 0
      ? ['All stages are exact: their bits are compared.']
      : withoutIntervals(inexact, records, measured);
  if (measured.length === 0) return { says, of: 0, findings: [], notes };
  const chosen = sampleOf(measured, options.share, options.seed);
  const findings = await compareNumbers(graph, chosen, inexact, records, services, scratch, options);
  return { says, of: chosen.length, findings, notes };
}

/** What no comparison speaks of: metrics of inexact stages that come without intervals. */
function withoutIntervals(
  inexact: ReadonlySet<string>,
  records: ReadonlyMap<string, ResultRecord>,
  measured: readonly string[],
): string[] {
  const left = [...inexact].filter(
    (id) => !measured.includes(id) && Object.keys(records.get(id)?.metrics ?? {}).length > 0,
  );
  const none = measured.length === 0 ? ['Nothing inexact has intervals.'] : [];
  return left.length === 0
    ? none
    : [...none, `Not compared, since they have no intervals: the numbers of ${left.join(', ')}.`];
}
