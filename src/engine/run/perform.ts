import { rmSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { failure } from '../../foundation/diagnostic.js';
import type { JsonObject } from '../../foundation/json.js';
import { ok } from '../../foundation/result.js';
import { archive, makeWorkspace, type Finding } from '../artifacts/cache.js';
import { isLease, type Holder, type Lease } from '../artifacts/leases.js';
import { manifestDigest } from '../artifacts/manifest.js';
import { hostFacts, type ResultRecord } from '../artifacts/result-record.js';
import { writeFailure, type StoreResult } from '../artifacts/store.js';
import type { StageToRun } from '../plan/plan.js';
import type { Resources } from '../stage.js';
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

/** Does the jobs of a stage: key -> known? hydrate : execute -> archive. */
export class Performer {
  readonly #stage: StageToRun;
  readonly #services: RunServices;
  readonly #options: ExecutionOptions;
  readonly #resources: Resources;
  #announced: number | undefined;
  /** One has failed. */
  #broken = false;

  constructor(stage: StageToRun, services: RunServices, options: ExecutionOptions) {
    this.#stage = stage;
    this.#services = services;
    this.#options = options;
    this.#resources = resourcesOf(stage);
  }

  /** Since the first job began. */
  get seconds(): number {
    return this.#announced === undefined ? 0 : Math.round(performance.now() - this.#announced) / 1000;
  }

  /** Does a job, unless it is known or another process is doing it: then waits for that one's result. */
  async perform(job: Job): Promise<JobOutcome> {
    const outcome = await this.#do(job);
    if (outcome.status === 'failed') this.#broken = true;
    return outcome;
  }

  async #do(job: Job): Promise<JobOutcome> {
    const { pool, signal, emit } = this.#options;
    const { leases } = this.#services.cache;
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
      const lease = attempted.value;
      try {
        if (isLease(lease)) {
          // Whoever held it before may have finished between the look and the lease.
          const made = this.#known(job);
          return made === undefined ? await this.#tryAll(job, release) : { status: 'reused', record: made };
        }
      } finally {
        if (isLease(lease)) lease.release();
        release();
      }
      // Resources are not held while waiting for another process.
      emit({ event: 'waiting', stage: this.#stage.node.id, ...partName(job), pid: lease.pid, host: lease.host });
      const freed = await leases.acquire(job.key, { signal }).catch(() => undefined);
      if (freed === undefined) return { status: 'interrupted' };
      freed.release();
    }
  }

  /** A cache that cannot be written to fails the stage, with a word. */
  #attempt(key: string): StoreResult<Lease | Holder> {
    const { leases, root } = this.#services.cache;
    try {
      return ok(leases.attempt(key));
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
      warnings: [...(job.told ?? []), ...warnings],
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
