import { rmSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { failure, type Diagnostic } from '../../foundation/diagnostic.js';
import type { JsonObject } from '../../foundation/json.js';
import { mapInLanes } from '../../foundation/lanes.js';
import { ok } from '../../foundation/result.js';
import { archive, makeWorkspace, type Finding } from '../artifacts/cache.js';
import { isClaim, type Claim, type Holder } from '../artifacts/claims.js';
import { manifestDigest } from '../artifacts/manifest.js';
import { hostFacts, type ResultRecord } from '../artifacts/result-record.js';
import { writeFailure, type StoreResult } from '../artifacts/store.js';
import { identifyPart } from '../plan/identify.js';
import { chainProgress, type StageToRun } from '../plan/plan.js';
import type { FinishedPart, Resources } from '../stage.js';
import type { RunEvent } from './event.js';
import { goesOn, partName, withAdopted, type Files, type Job, type JobOutcome } from './job.js';
import type { ResourcePool } from './resources.js';
import type { RunServices } from './services.js';
import { resourcesOf, taskOf } from './task.js';
import type { WorkOutcome } from './workers.js';

export interface ExecutionOptions {
  readonly pool: ResourcePool;
  readonly priority: number;
  readonly signal: AbortSignal;
  /** Take nothing that is known of this stage for granted. */
  readonly force: boolean;
  /** Go on with the other parts after one has failed. */
  readonly keepGoing: boolean;
  readonly emit: (event: RunEvent) => void;
}

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

/** Does one job of a stage, without those it follows from: to compare what comes out with what came out before. */
export function executeJob(
  stage: StageToRun,
  job: Job,
  services: RunServices,
  options: ExecutionOptions,
): Promise<JobOutcome> {
  return new Execution(stage, services, options).job(job);
}

/** Parts whose turn is near, besides two for each core: what is fetched from elsewhere waits for the network, not for a core. */
const LANES_BESIDE = 16;

class Execution {
  readonly counts = { reused: 0, executed: 0 };
  /** What shards warned of: the whole's record tells it too. */
  readonly #warnings: Diagnostic[] = [];
  readonly #stage: StageToRun;
  readonly #services: RunServices;
  readonly #options: ExecutionOptions;
  readonly #resources: Resources;
  #announced: number | undefined;
  /** A part has failed. */
  #broken = false;

  constructor(stage: StageToRun, services: RunServices, options: ExecutionOptions) {
    this.#stage = stage;
    this.#services = services;
    this.#options = options;
    this.#resources = resourcesOf(stage);
  }

  get seconds(): number {
    return this.#announced === undefined ? 0 : Math.round(performance.now() - this.#announced) / 1000;
  }

  async stage(): Promise<JobOutcome> {
    const { identified, node } = this.#stage;
    const { key, preimage } = identified;
    const { division } = node.kind;
    if (division === undefined) return this.#do({ key, preimage, act: 'run' });
    const parts = division.shape === 'shards' ? await this.#shards() : await this.#chain();
    if (!('finished' in parts)) return parts;
    return this.#do({ key, preimage, act: 'gather', finished: parts.finished });
  }

  job(job: Job): Promise<JobOutcome> {
    return this.#do(job);
  }

  async #shards(): Promise<JobOutcome | { finished: readonly FinishedPart[] }> {
    const { identified, node } = this.#stage;
    const division = node.kind.division!;
    const parts = division.parts(identified.parameters);
    const done = await mapInLanes(parts, LANES_BESIDE + 2 * this.#options.pool.total.cores, async (part) => {
      const job = identifyPart(identified, part);
      const outcome = await this.#doPart({ key: job.key, preimage: job.preimage, act: 'part', part: job });
      return { id: part.id, outcome };
    });
    const finished: FinishedPart[] = [];
    for (const { id, outcome } of done) {
      if (outcome.status === 'failed') return outcome;
      if (outcome.status === 'interrupted') continue;
      const artifact = this.#services.open(outcome.record);
      const { metrics, facts, warnings } = outcome.record;
      finished.push({ id, artifact, metrics, facts });
      this.#warnings.push(...warnings);
    }
    return finished.length < done.length ? { status: 'interrupted' } : { finished };
  }

  async #chain(): Promise<JobOutcome | { finished: readonly FinishedPart[] }> {
    const { identified, node } = this.#stage;
    const division = node.kind.division!;
    const { known, resumeAfter } = this.#options.force
      ? { known: [], resumeAfter: -1 }
      : chainProgress(identified, this.#services);
    const records: ResultRecord[] = known.slice(0, resumeAfter + 1).map((link) => link.record);
    const parts = [...division.parts(identified.parameters)];
    this.counts.reused += records.length;
    for (const part of parts.slice(records.length)) {
      const last = records.at(-1);
      const previous = last && this.#services.open(last);
      const link = identifyPart(identified, part, last?.artifact);
      const outcome = await this.#doPart({
        key: link.key,
        preimage: link.preimage,
        act: 'part',
        part: link,
        ...(previous === undefined ? {} : { previous }),
      });
      if (outcome.status !== 'reused' && outcome.status !== 'executed') return outcome;
      records.push(outcome.record);
    }
    const finished = parts.map((part, i): FinishedPart => {
      const record = records[i]!;
      const artifact = i === parts.length - 1 ? this.#services.open(record) : undefined;
      return { id: part.id, artifact, metrics: record.metrics, facts: record.facts };
    });
    return { finished };
  }

  async #doPart(job: Job): Promise<JobOutcome> {
    const part = job.part!.part.id;
    const outcome = await this.#do(job);
    if (outcome.status === 'reused') this.counts.reused += 1;
    if (outcome.status === 'executed') this.counts.executed += 1;
    if (outcome.status === 'failed') this.#broken = true;
    if (outcome.status !== 'interrupted') {
      this.#options.emit({ event: 'part', stage: this.#stage.node.id, part, status: outcome.status });
    }
    return outcome;
  }

  /** Does a job, unless it is known or another process is doing it: then waits for that one's result. */
  async #do(job: Job): Promise<JobOutcome> {
    const { pool, signal, emit } = this.#options;
    const { claims } = this.#services.cache;
    // Among equals, what has begun is ended before another begins: results come sooner, and a chain's child is kept warm.
    const priority = this.#options.priority + (goesOn(job) ? 0.5 : 0);
    const atHand = this.#known(job) ?? (await this.#fetched(job));
    if (atHand !== undefined) return { status: 'reused', record: atHand };
    for (;;) {
      const release = await pool.acquire(this.#resources, priority);
      if (release === undefined) return { status: 'interrupted' };
      if (this.#broken && !this.#options.keepGoing) {
        release();
        return { status: 'interrupted' };
      }
      const attempted = this.#attempt(job.key);
      if (!attempted.ok) {
        release();
        return { status: 'failed', diagnostics: attempted.error };
      }
      const claim = attempted.value;
      try {
        if (isClaim(claim)) {
          // Whoever held it before may have finished between the look and the claim.
          const made = this.#known(job);
          return made === undefined ? await this.#tryAll(job, release) : { status: 'reused', record: made };
        }
      } finally {
        if (isClaim(claim)) claim.release();
        release();
      }
      // Resources are not held while waiting for another process.
      emit({ event: 'waiting', stage: this.#stage.node.id, ...partName(job), pid: claim.pid, host: claim.host });
      const freed = await claims.acquire(job.key, { signal }).catch(() => undefined);
      if (freed === undefined) return { status: 'interrupted' };
      freed.release();
    }
  }

  /** A cache that cannot be written to fails the stage, with a word. */
  #attempt(key: string): StoreResult<Claim | Holder> {
    const { claims, root } = this.#services.cache;
    try {
      return ok(claims.attempt(key));
    } catch (error) {
      return writeFailure(error, root);
    }
  }

  #known(job: Job): ResultRecord | undefined {
    return this.#options.force ? undefined : this.#services.lookup(job.key);
  }

  /** @param worked gives back the resources: called early where nothing can follow but keeping what was made */
  async #tryAll(job: Job, worked: () => void): Promise<JobOutcome> {
    const { retries = 0 } = this.#stage.node.settings;
    for (let attempt = 0; ; attempt += 1) {
      // Not so for parts: a chain keeps its place, and where a part cannot be kept no other should have been begun.
      const last = attempt >= retries && job.act === 'run';
      const outcome = await this.#try(job, last ? worked : undefined);
      if (outcome.status !== 'failed' || attempt >= retries || this.#options.signal.aborted) return outcome;
      const line = `attempt ${attempt + 1} of ${retries + 1} failed: ${outcome.diagnostics[0]?.message ?? ''}`;
      this.#options.emit({ event: 'log', stage: this.#stage.node.id, ...partName(job), line });
    }
  }

  async #try(job: Job, worked: (() => void) | undefined): Promise<JobOutcome> {
    const { node } = this.#stage;
    const { emit, signal } = this.#options;
    if (this.#announced === undefined) {
      this.#announced = performance.now();
      const { identified, parts } = this.#stage;
      const key = identified.key;
      emit({ event: 'stage', stage: node.id, status: 'running', key, ...(parts === undefined ? {} : { parts }) });
    }
    if (job.part !== undefined) emit({ event: 'part', stage: node.id, part: job.part.part.id, status: 'running' });
    const opened = makeWorkspace(this.#services.cache);
    if (!opened.ok) return { status: 'failed', diagnostics: opened.error };
    const workspace = opened.value;
    const log: string[] = [];
    const started = performance.now();
    try {
      const task = await taskOf(job, this.#stage, workspace, this.#resources.cores, this.#services.cache);
      if (!task.ok) return { status: 'failed', diagnostics: task.error };
      const work = await this.#services.workers.run(task.value, {
        signal,
        memory: this.#resources.memory,
        series: this.#stage.identified.key,
        ...(node.settings.timeout === undefined ? {} : { timeout: node.settings.timeout }),
        onLog: (line) => {
          log.push(line);
          emit({ event: 'log', stage: node.id, ...partName(job), line });
        },
        onProgress: (done, total, unit) =>
          emit({ event: 'progress', stage: node.id, ...partName(job), done, total, unit }),
      });
      if (!work.ok) {
        return signal.aborted ? { status: 'interrupted' } : { status: 'failed', diagnostics: work.diagnostics };
      }
      const seconds = (performance.now() - started) / 1000;
      if (worked !== undefined) {
        // The next task is on its way to the child before what this one made is written down.
        worked();
        await turn();
      }
      return await this.#archive(job, work, log, seconds);
    } finally {
      rmSync(workspace, { recursive: true, force: true });
    }
  }

  async #archive(
    job: Job,
    work: WorkOutcome & { ok: true },
    log: readonly string[],
    duration: number,
  ): Promise<JobOutcome> {
    const { node, identified } = this.#stage;
    const { warnings = [] } = work.report;
    const outputs = withAdopted(work.files, job, node.kind.division?.shape);
    if (!outputs.ok) return { status: 'failed', diagnostics: [outputs.error] };
    const { cache } = this.#services;
    const { reproducible = true } = node.kind;
    // A log that can't be kept is no reason to lose the result.
    const kept = log.length === 0 ? undefined : await cache.blobs.publishBytes(`${log.join('\n')}\n`);
    const finding: Finding = {
      key: job.key,
      kind: node.kind.name,
      stage: node.id,
      ...(job.part === undefined ? {} : { part: job.part.part.id }),
      metrics: work.report.metrics ?? {},
      facts: work.report.facts ?? {},
      warnings: [...(job.act === 'gather' ? this.#warnings : []), ...warnings],
      reproducible: typeof reproducible === 'function' ? reproducible(identified.parameters) : reproducible,
      duration: Math.round(duration * 1000) / 1000,
      host: hostFacts(),
      ...(kept?.ok === true ? { log: kept.value } : {}),
      finished: new Date().toISOString(),
    };
    this.#services.keepCode?.(node.kind);
    const { force } = this.#options;
    if (force) this.#warnOfOtherBits(finding, outputs.files);
    const preimage = job.preimage as unknown as JsonObject;
    const archived = archive(cache, finding, { files: outputs.files }, preimage, { replace: force });
    if (!archived.ok) return { status: 'failed', diagnostics: archived.error };
    for (const diagnostic of warnings) this.#options.emit({ event: 'diagnostic', stage: node.id, diagnostic });
    if (job.preimage.role !== 'link') this.#services.elsewhere?.offer(archived.value);
    return { status: 'executed', record: archived.value };
  }

  /** A shard that another machine made. Whole stages were asked for before; links of a chain stay where they are made. */
  async #fetched(job: Job): Promise<ResultRecord | undefined> {
    const { elsewhere } = this.#services;
    if (elsewhere === undefined || job.preimage.role !== 'shard' || this.#options.force) return undefined;
    const came = await elsewhere.fetch(job.key, { divided: false }, this.#options.signal);
    return came ? this.#known(job) : undefined;
  }

  /** A forced run's result takes the place of the one there; other bits from a reproducible stage are worth a warning. */
  #warnOfOtherBits(finding: Finding, files: Files): void {
    const before = this.#services.cache.results.look(finding.key).record;
    if (before === undefined || !finding.reproducible || before.artifact === manifestDigest({ files })) return;
    const name = finding.part === undefined ? finding.stage : `${finding.stage}, ${finding.part}`;
    const message = `${name} gave other bits than the result that was cached, though its kind is said to be reproducible`;
    const diagnostic = { ...failure('run/not-reproducible', message), severity: 'warning' as const };
    this.#options.emit({ event: 'diagnostic', stage: finding.stage, diagnostic });
  }
}
