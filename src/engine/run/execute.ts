import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { mapInLanes } from '../../foundation/machine/lanes.js';
import { zip } from '../../foundation/values/zip.js';
import type { ResultRecord } from '../artifacts/content/result-record.js';
import { identifyPart, type IdentifiedPart } from '../plan/identify.js';
import { chainProgress, type StageToRun } from '../plan/plan.js';
import type { Artifact, Division, FinishedPart } from '../stage.js';
import type { Computation, ComputationOutcome } from './computation.js';
import { Performer, type ExecutionOptions } from './perform.js';
import type { RunServices } from './services.js';

export type StageExecution = {
  readonly parts: { readonly reused: number; readonly executed: number };
  /** Since its first part began: what a person waited for. */
  readonly seconds: number;
} & (
  | { readonly status: 'reused' | 'executed'; readonly record: ResultRecord }
  | { readonly status: 'failed'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly status: 'interrupted' }
);

/** ready -> key -> known? hydrate : execute -> archive, for a stage and all its parts. */
export async function executeStage(
  stage: StageToRun,
  services: RunServices,
  options: ExecutionOptions,
): Promise<StageExecution> {
  const execution = new Execution(stage, services, options);
  const outcome = await execution.stage();
  return { ...outcome, parts: execution.counts, seconds: execution.seconds };
}

/** Does one computation of a stage, without those it follows from: to compare what comes out with what came out before. */
export function executeComputation(
  stage: StageToRun,
  computation: Computation,
  services: RunServices,
  options: ExecutionOptions,
): Promise<ComputationOutcome> {
  return new Performer(stage, services, options).perform(computation);
}

/** Parts of a stage that are looked at at the same time where some may be at the remote: they wait for the network, not for a core. */
const FETCHED_AT_ONCE = 16;

/** All parts of a stage, ready to be gathered. */
type PartsDone = Required<Pick<Computation, 'finished'>> & Pick<Computation, 'warnings'>;

class Execution {
  readonly counts = { reused: 0, executed: 0 };
  readonly #stage: StageToRun;
  readonly #services: RunServices;
  readonly #options: ExecutionOptions;
  readonly #performer: Performer;

  constructor(stage: StageToRun, services: RunServices, options: ExecutionOptions) {
    this.#stage = stage;
    this.#services = services;
    this.#options = options;
    this.#performer = new Performer(stage, services, options);
  }

  get seconds(): number {
    return this.#performer.seconds;
  }

  async stage(): Promise<ComputationOutcome> {
    const { identified, node } = this.#stage;
    const { key, preimage } = identified;
    const { division } = node.kind;
    if (division === undefined) return this.#performer.perform({ key, preimage, act: 'run' });
    const parts = await (division.shape === 'shards' ? this.#shards(division) : this.#chain(division));
    if (!('finished' in parts)) return parts;
    return this.#performer.perform({ key, preimage, act: 'gather', ...parts });
  }

  async #shards(division: Division<unknown>): Promise<ComputationOutcome | PartsDone> {
    const { identified } = this.#stage;
    const parts = division.parts(identified.parameters);
    // Two for each core: one is at work, the next is ready.
    const lanes = 2 * this.#options.pool.total.cores + (this.#services.remote === undefined ? 0 : FETCHED_AT_ONCE);
    const done = await mapInLanes(parts, lanes, async (part) => {
      const outcome = await this.#doPart(identifyPart(identified, part), undefined);
      return { id: part.id, outcome };
    });
    const finished: FinishedPart[] = [];
    const warnings: Diagnostic[] = [];
    for (const { id, outcome } of done) {
      if (outcome.status === 'failed') return outcome;
      if (outcome.status === 'interrupted') continue;
      const artifact = this.#services.open(outcome.record);
      const { metrics, facts } = outcome.record;
      finished.push({ id, artifact, metrics, facts });
      warnings.push(...outcome.record.warnings);
    }
    return finished.length < done.length ? { status: 'interrupted' } : { finished, warnings };
  }

  async #chain(division: Division<unknown>): Promise<ComputationOutcome | PartsDone> {
    const { identified } = this.#stage;
    const { known, resumeAfter } = this.#options.force
      ? { known: [], resumeAfter: -1 }
      : chainProgress(identified, division, this.#services);
    const records: ResultRecord[] = known.slice(0, resumeAfter + 1).map((link) => link.record);
    const parts = [...division.parts(identified.parameters)];
    this.counts.reused += records.length;
    records.forEach((record, i) => this.#point(record, i + 1));
    for (const part of parts.slice(records.length)) {
      const last = records.at(-1);
      const previous = last && this.#services.open(last);
      const outcome = await this.#doPart(identifyPart(identified, part, last?.artifact), previous);
      if (outcome.status !== 'reused' && outcome.status !== 'executed') return outcome;
      records.push(outcome.record);
      this.#point(outcome.record, records.length);
    }
    const finished = zip(parts, records).map(([part, record], i): FinishedPart => {
      const artifact = i === parts.length - 1 ? this.#services.open(record) : undefined;
      return { id: part.id, artifact, metrics: record.metrics, facts: record.facts };
    });
    return { finished };
  }

  #point({ metrics, facts }: ResultRecord, step: number): void {
    const numbers = Object.entries({ ...metrics, ...facts }).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    );
    if (numbers.length === 0) return;
    this.#options.emit({ event: 'point', stage: this.#stage.node.id, step, values: Object.fromEntries(numbers) });
  }

  async #doPart(part: IdentifiedPart, previous: Artifact | undefined): Promise<ComputationOutcome> {
    const { key, preimage } = part;
    const continued = previous === undefined ? {} : { previous };
    const outcome = await this.#performer.perform({ key, preimage, act: 'part', part, ...continued });
    if (outcome.status === 'reused') this.counts.reused += 1;
    if (outcome.status === 'executed') this.counts.executed += 1;
    if (outcome.status !== 'interrupted') {
      this.#options.emit({ event: 'part', stage: this.#stage.node.id, part: part.part.id, status: outcome.status });
    }
    return outcome;
  }
}
