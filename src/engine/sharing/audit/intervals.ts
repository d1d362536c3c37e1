import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { isJsonObject, type Json } from '../../../foundation/values/json.js';
import { estimate, Measuring, shareUnseen, type Interval } from '../../../foundation/statistics/contrast.js';
import { OUTCOMES_FILE, readOutcomes, type MetricOutcome } from '../../../foundation/statistics/outcomes.js';
import { readText } from '../../../foundation/files/text-file.js';
import type { ResultRecord } from '../../artifacts/content/result-record.js';
import type { Graph } from '../../graph/graph.js';
import { identifyStage } from '../../plan/plan.js';
import type { RunServices } from '../../run/services.js';
import type { Artifact } from '../../stage.js';
import type { SharingCode } from '../codes.js';
import { recomputeStage, type Doing } from './recompute.js';
import type { Scratch } from './scratch.js';

/** The file of a result that gives its numbers with their intervals: `{ "metrics": { name: { value, interval } } }`. */
export const MEASUREMENTS = 'metrics.json';

export interface Measured {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The numbers of a result that have intervals, by name: from the file that gives these, else from the outcomes of its items. */
function measurementsOf({ outputs }: ResultRecord, locate: (digest: string) => string): ReadonlyMap<string, Measured> {
  const none = new Map<string, Measured>();
  const file = outputs.find(({ path }) => path === MEASUREMENTS);
  const given = file === undefined ? none : measurementsIn(locate(file.digest));
  if (given.size > 0) return given;
  const outcomes = outputs.find(({ path }) => path === OUTCOMES_FILE);
  return outcomes === undefined ? none : measuredByItems(locate(outcomes.digest));
}

/** The metrics of a file of outcomes, with their 95 % intervals over subjects. */
function measuredByItems(path: string): ReadonlyMap<string, Measured> {
  const found = new Map<string, Measured>();
  const read = readOutcomes(path);
  if (!read.ok) return found;
  const measuring = new Measuring();
  for (const metric of read.value.metrics) {
    const measured = measuring.measure(read.value, metric);
    const { value, standardError, interval } = estimate([{ factor: 1, replicates: [[measured]] }]);
    if (!Number.isFinite(standardError)) continue;
    found.set(metric.name, { value, ...(standardError > 0 ? interval : ofAlike(metric, measured.layout.subjects)) });
  }
  return found;
}

/** Every item had the same outcome: at an end of what the metric can be, the interval is what so many subjects could hide. */
function ofAlike({ value, bounds }: MetricOutcome, subjects: number): Interval {
  if (bounds === undefined) return { low: value, high: value };
  const [least, most] = bounds;
  const room = (most - least) * shareUnseen(subjects);
  return { low: value === most ? most - room : value, high: value === least ? least + room : value };
}

/** The numbers of a measurements file that have intervals, by name; none where it is no such file. */
export function measurementsIn(path: string): ReadonlyMap<string, Measured> {
  const found = new Map<string, Measured>();
  let value: Json;
  try {
    value = JSON.parse(readText(path)) as Json;
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return found;
    throw error;
  }
  if (!isJsonObject(value) || !isJsonObject(value.metrics)) return found;
  for (const [name, metric] of Object.entries(value.metrics)) {
    if (!isJsonObject(metric) || !isJsonObject(metric.interval)) continue;
    const { low, high } = metric.interval;
    if (typeof metric.value === 'number' && typeof low === 'number' && typeof high === 'number')
      found.set(name, { value: metric.value, low, high });
  }
  return found;
}

/** Stages that are not exact, and all that follow from them, by id: making them again need not give the same bits. */
export function inexactStages(graph: Graph, records: ReadonlyMap<string, ResultRecord>): ReadonlySet<string> {
  const inexact = new Set<string>();
  for (const { id, inputs } of graph.stages) {
    if (records.get(id)?.reproducible === false || inputs.some(({ stage }) => inexact.has(stage))) inexact.add(id);
  }
  return inexact;
}

/** Ids of those among the inexact stages that give numbers with intervals. */
export function measuredStages(
  inexact: ReadonlySet<string>,
  records: ReadonlyMap<string, ResultRecord>,
  locate: (digest: string) => string,
): readonly string[] {
  return [...inexact].filter((id) => {
    const record = records.get(id);
    return record !== undefined && measurementsOf(record, locate).size > 0;
  });
}

/**
 * Recomputes measured stages, with the inexact ones that lead to them, each once; what is exact is taken as it is. Says
 * which numbers left their interval.
 */
export async function compareNumbers(
  graph: Graph,
  chosen: readonly string[],
  inexact: ReadonlySet<string>,
  records: ReadonlyMap<string, ResultRecord>,
  services: RunServices,
  scratch: Scratch,
  doing: Doing,
): Promise<readonly { readonly stage: string; readonly diagnostic: Diagnostic<SharingCode> }[]> {
  const needed = new Set(chosen);
  for (const { id, inputs } of graph.stages.toReversed()) {
    if (needed.has(id)) for (const { stage } of inputs) needed.add(stage);
  }
  const findings: { stage: string; diagnostic: Diagnostic<SharingCode> }[] = [];
  const artifacts = new Map<string, Artifact>();
  for (const node of graph.stages.filter(({ id }) => needed.has(id))) {
    const { id } = node;
    const record = records.get(id);
    const tell = (diagnostic: Diagnostic<SharingCode>): void =>
      void findings.push({ stage: id, diagnostic: { place: node.place, ...diagnostic } });
    if (!inexact.has(id)) {
      const taken = record && (await scratch.take(services.open(record)));
      if (taken === undefined) tell(failure('verify/not-recomputed', 'its result is not available'));
      else if (typeof taken === 'string')
        tell(failure('verify/not-recomputed', `its file ${taken} is missing or damaged`));
      else artifacts.set(id, taken);
      continue;
    }
    // What it reads could not be made: that was reported.
    if (node.inputs.some(({ stage }) => !artifacts.has(stage))) continue;
    const identified = await identifyStage(node, artifacts, scratch.services);
    if (!identified.ok) {
      tell(failure('verify/not-recomputed', identified.error[0]?.message ?? 'its inputs are not here'));
      continue;
    }
    const remade = await recomputeStage(identified.value, scratch, doing);
    if (!remade.ok) {
      remade.error.forEach(tell);
      continue;
    }
    artifacts.set(id, scratch.services.open(remade.value));
    if (record !== undefined && chosen.includes(id))
      outsideIntervals(record, remade.value, services, scratch).forEach(tell);
  }
  return findings;
}

function outsideIntervals(
  record: ResultRecord,
  remade: ResultRecord,
  services: RunServices,
  scratch: Scratch,
): readonly Diagnostic<SharingCode>[] {
  const before = measurementsOf(record, (digest) => services.cache.blobs.locate(digest));
  const after = measurementsOf(remade, (digest) => scratch.locate(digest));
  const problems: Diagnostic<SharingCode>[] = [];
  for (const [name, { value, low, high }] of before) {
    const said = record.metrics[name];
    if (said !== undefined && said !== value) {
      const message = `${name} is ${JSON.stringify(said)} in the result's record, and ${value} in its files`;
      problems.push(failure('verify/other-metrics', message, 'one of the two was changed'));
      continue;
    }
    const again = after.get(name)?.value;
    if (again !== undefined && again >= low && again <= high) continue;
    const message =
      again === undefined
        ? `${name} was not measured when recomputed`
        : `${name} is ${value} in the result, within [${low}, ${high}]; recomputed it is ${again}`;
    problems.push(failure('verify/other-metrics', message, 'a run with another seed shows how much it varies'));
  }
  return problems;
}
