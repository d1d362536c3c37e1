import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { milliseconds } from '../../foundation/machine/clock.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import type { Content } from '../../foundation/files/digest.js';
import { isSystemError, sayBytes } from '../../foundation/files/files.js';
import type { JsonObject } from '../../foundation/values/json.js';
import { ok } from '../../foundation/failures/result.js';
import { archive, makeWorkspace, type NewResult } from '../artifacts/cache.js';
import { WHOLE_LOG } from '../artifacts/store/layout.js';
import { isLease, type Holder, type Lease } from '../artifacts/store/leases.js';
import { manifestDigest, type Manifest } from '../artifacts/content/manifest.js';
import { hostFacts, type ResultRecord } from '../artifacts/content/result-record.js';
import { writeFailure, type StoreResult } from '../artifacts/store/store.js';
import { atPointers } from '../plan/check.js';
import type { StageToRun } from '../plan/plan.js';
import type { Resources } from '../stage.js';
import type { RunEvent } from './event.js';
import { goesOn, partName, withAdopted, type Computation, type ComputationOutcome } from './computation.js';
import { LiveSeries } from './output/live-series.js';
import { floodOf, TaskLog, keepLog, keepLogFile, moveAside } from './output/log.js';
import { findResult } from './known/lookup.js';
import { Readings, type Sights } from './inputs/reading.js';
import type { Holding, ResourcePool } from './resources.js';
import type { RunServices } from './services.js';
import { resourcesOf, taskOf } from './worker/task.js';
import { worksHere, type WorkOutcome } from './worker/workers.js';

/** Work that was done on what its key speaks of. */
interface Made {
  readonly made: WorkOutcome & { readonly ok: true };
  readonly log: Content | undefined;
  readonly seconds: number;
}

type NotMade = Exclude<ComputationOutcome, { readonly record: ResultRecord }> & { readonly changed?: true };

interface Touched {
  readonly status: 'touched';
  readonly diagnostics: readonly Diagnostic[];
}

/** How often work is tried on inputs that are written to meanwhile, though their content stays. */
const TOUCHED_AT_MOST = 3;

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

function wantsMemory(outcome: ComputationOutcome): boolean {
  const codes = outcome.status === 'failed' ? outcome.diagnostics.map(({ code }) => code) : [];
  return codes.includes('run/out-of-memory') || codes.includes('cluster/memory-limit');
}

/** Does the computations of a stage: hash (its key), hydrate, execute, archive. */
export class Performer {
  readonly #stage: StageToRun;
  readonly #services: RunServices;
  readonly #options: ExecutionOptions;
  /** Its memory is raised where a computation needed more, if the settings allow it: what follows is likely to need as much. */
  #resources: Resources;
  readonly #readings: Readings;
  /** Of a stage that is not divided and whose kind says how its series are read. */
  readonly #series: LiveSeries | undefined;
  #announced: number | undefined;
  /** One has failed. */
  #broken = false;

  constructor(stage: StageToRun, services: RunServices, options: ExecutionOptions) {
    this.#stage = stage;
    this.#services = services;
    this.#options = options;
    this.#resources = resourcesOf(stage);
    this.#readings = new Readings(stage, services);
    const { kind, id } = stage.node;
    const read = kind.shows?.series;
    if (read !== undefined && kind.division === undefined) {
      this.#series = new LiveSeries(
        (files) => read(files, stage.identified.parameters as JsonObject),
        (step, values) => options.emit({ event: 'point', stage: id, step, values }),
      );
    }
  }

  /** What it takes of the run's resources: on a cluster, which allots cores and memory itself, a place for one task. */
  get #demand(): Resources {
    return worksHere(this.#services.workers) ? this.#resources : { cores: 1, memory: 0, gpus: 0 };
  }

  /** Since the first computation began. */
  get seconds(): number {
    return this.#announced === undefined ? 0 : Math.round(milliseconds() - this.#announced) / 1000;
  }

  /** Does a computation whose key is known by its hash: hydrates its result from a cache, or executes it and archives what it made. */
  async perform(computation: Computation): Promise<ComputationOutcome> {
    const known = await this.#hydrate(computation);
    if (known !== undefined) return { status: 'reused', record: known };
    for (;;) {
      const { memory } = this.#resources;
      const outcome = await this.#withLease(computation, async (holding) => {
        const work = await this.#execute(computation, holding);
        return 'made' in work ? this.#archive(computation, work) : work;
      });
      if (wantsMemory(outcome) && this.#raiseMemory(computation, memory)) continue;
      if (outcome.status === 'failed') this.#broken = true;
      if (outcome.status === 'executed') await this.#series?.finish(this.#services.open(outcome.record));
      return outcome;
    }
  }

  /** @param had what was not enough; another computation may have raised it since */
  #raiseMemory(computation: Computation, had: number): boolean {
    const { 'memory-at-most': memoryAtMost = 0 } = this.#stage.node.settings.resources ?? {};
    if (this.#options.signal.aborted || had >= memoryAtMost) return false;
    if (this.#resources.memory === had) {
      this.#resources = { ...this.#resources, memory: Math.min(2 * had, memoryAtMost) };
    }
    this.#note(
      computation,
      `needs more memory than ${sayBytes(had)}: tried again with ${sayBytes(this.#resources.memory)}`,
    );
    return true;
  }

  /** What is known of it: here, or in a remote cache. Whole stages were looked for there before they came here. */
  async #hydrate(computation: Computation): Promise<ResultRecord | undefined> {
    if (this.#options.force) return undefined;
    const wanted = { key: computation.key, divided: false, shared: computation.preimage.role === 'shard' };
    return findResult(this.#services, wanted, this.#options.signal);
  }

  /** Does work under resources and a lease on the key; where another process holds it, waits for that one's result. */
  async #withLease(
    computation: Computation,
    work: (holding: Holding) => Promise<ComputationOutcome>,
  ): Promise<ComputationOutcome> {
    const { pool, signal, emit } = this.#options;
    const { leases } = this.#services.cache;
    // Among equals, what has begun is ended before another begins: results come sooner, and a chain's child is kept warm.
    const priority = this.#options.priority + (goesOn(computation) ? 0.5 : 0);
    for (;;) {
      const holding = await pool.acquire(this.#demand, priority);
      if (holding === undefined) return { status: 'interrupted' };
      const { release } = holding;
      if (this.#broken && !this.#options.keepGoing) {
        release();
        return { status: 'interrupted' };
      }
      const attempted = this.#attempt(computation.key);
      if (!attempted.ok) {
        release();
        return { status: 'failed', diagnostics: attempted.error };
      }
      const lease = attempted.value;
      try {
        if (isLease(lease)) {
          // The holder before may have finished between the look and the lease.
          const made = this.#options.force ? undefined : this.#services.lookup(computation.key);
          return made === undefined ? await work(holding) : { status: 'reused', record: made };
        }
      } finally {
        if (isLease(lease)) lease.release();
        release();
      }
      // Resources are not held while waiting for another process.
      emit({
        event: 'waiting',
        stage: this.#stage.node.id,
        ...partName(computation),
        pid: lease.pid,
        host: lease.host,
      });
      const freed = await leases.acquire(computation.key, { signal }).catch(() => undefined);
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

  /**
   * Tries until it succeeds, as often as the stage's settings allow. What it read is looked at after each success.
   * @param holding is released early where nothing can follow but keeping what was made
   */
  async #execute(computation: Computation, holding: Holding): Promise<Made | NotMade> {
    const { retries = 0 } = this.#stage.node.settings;
    let touched = 0;
    for (let attempt = 0; ;) {
      // Not so for parts: a chain keeps its place, and where a part cannot be kept no other should have been begun.
      const last = attempt >= retries && computation.act === 'run';
      const outcome = await this.#try(computation, holding.devices, last ? holding.release : undefined);
      if ('made' in outcome) return outcome;
      if (outcome.status === 'touched') {
        touched += 1;
        if (touched === TOUCHED_AT_MOST) return { status: 'failed', diagnostics: outcome.diagnostics };
        this.#note(computation, `done again: ${outcome.diagnostics[0]!.message}`);
        continue;
      }
      if (outcome.status !== 'failed' || attempt >= retries || this.#options.signal.aborted) return outcome;
      // Its key speaks of what is no more.
      if (outcome.changed === true) return outcome;
      attempt += 1;
      this.#note(computation, `attempt ${attempt} of ${retries + 1} failed: ${outcome.diagnostics[0]?.message ?? ''}`);
    }
  }

  #note(computation: Computation, line: string): void {
    this.#options.emit({ event: 'log', stage: this.#stage.node.id, ...partName(computation), line });
  }

  async #try(
    computation: Computation,
    devices: readonly string[],
    worked: (() => void) | undefined,
  ): Promise<Made | NotMade | Touched> {
    const { node } = this.#stage;
    const { emit, signal } = this.#options;
    if (this.#announced === undefined) {
      this.#announced = milliseconds();
      const { identified, parts } = this.#stage;
      const key = identified.key;
      emit({ event: 'stage', stage: node.id, status: 'running', key, ...(parts === undefined ? {} : { parts }) });
    }
    if (computation.part !== undefined)
      emit({ event: 'part', stage: node.id, part: computation.part.part.id, status: 'running' });
    const before = this.#readings.before(computation);
    if (!(before instanceof Map)) return { status: 'failed', diagnostics: before as readonly Diagnostic[] };
    const opened = makeWorkspace(this.#services.cache);
    if (!opened.ok) return { status: 'failed', diagnostics: opened.error };
    const workspace = opened.value;
    const log = new TaskLog(`${workspace}.log`, (line) =>
      emit({ event: 'log', stage: node.id, ...partName(computation), line }),
    );
    const started = milliseconds();
    const unfollow = this.#series?.follow(workspace);
    try {
      const task = await taskOf(computation, this.#stage, workspace, this.#resources.cores, this.#services);
      if (!task.ok) return { status: 'failed', diagnostics: task.error };
      const work = await this.#services.workers.run(task.value, {
        key: computation.key,
        signal,
        memory: this.#resources.memory,
        gpus: this.#resources.gpus,
        devices,
        series: this.#stage.identified.key,
        ...(node.settings.timeout === undefined ? {} : { timeout: node.settings.timeout }),
        onChild: (pid) => emit({ event: 'process', stage: node.id, ...partName(computation), pid }),
        onLog: (line) => log.add(line),
        onProgress: (done, total, unit) =>
          emit({ event: 'progress', stage: node.id, ...partName(computation), done, total, unit }),
        onPlace: (place) => emit({ event: 'place', stage: node.id, ...partName(computation), ...place }),
      });
      log.end();
      if (!work.ok) {
        this.#keepWhole(computation, work.log ?? log.file());
        if (signal.aborted) return { status: 'interrupted' };
        const failed = { status: 'failed' as const, diagnostics: atPointers(node, work.diagnostics) };
        return wantsMemory(failed) ? failed : await this.#withChanges(failed, computation, before);
      }
      const seconds = work.done?.seconds ?? (milliseconds() - started) / 1000;
      if (worked !== undefined) {
        // The next task is on its way to the child before what this one made is written down.
        worked();
        await turn();
      }
      const reading = await this.#readings.after(computation, before);
      if (reading.is === 'touched') return { status: 'touched', diagnostics: reading.diagnostics };
      if (reading.is === 'changed') return { status: 'failed', diagnostics: reading.diagnostics, changed: true };
      return { made: work, log: await this.#keepLog(computation, log, work.log), seconds };
    } finally {
      unfollow?.();
      log.discard();
      rmSync(floodOf(workspace), { force: true });
      this.#services.cache.workspaces.close(workspace);
    }
  }

  /** Of a computation that failed, what it read is looked at too: that a file is gone explains why it could not be read. */
  async #withChanges(
    failed: NotMade & { readonly status: 'failed' },
    computation: Computation,
    before: Sights,
  ): Promise<NotMade> {
    const reading = await this.#readings.after(computation, before);
    if (reading.is !== 'changed') return failed;
    const own = failed.diagnostics.filter(({ code }) => code !== 'run/threw');
    return { status: 'failed', diagnostics: [...reading.diagnostics, ...own], changed: true };
  }

  /** @param flood the child's own file of its log, if that was too long to be sent */
  #keepLog(computation: Computation, log: TaskLog, flood: string | undefined): Promise<Content | undefined> {
    const { blobs } = this.#services.cache;
    return flood === undefined
      ? keepLog(log, blobs, this.#wholeLog(computation))
      : keepLogFile(flood, blobs, this.#wholeLog(computation));
  }

  /** Of a failed computation, what the run could not show of its log. */
  #keepWhole(computation: Computation, path: string | undefined): void {
    if (path === undefined) return;
    const whole = this.#wholeLog(computation);
    try {
      moveAside(path, whole);
    } catch (error) {
      if (isSystemError(error)) return;
      throw error;
    }
    this.#note(computation, `the whole log is kept at ${whole}`);
  }

  #wholeLog(computation: Computation): string {
    return join(this.#services.cache.root, 'logs', `${computation.key.slice(0, 32)}${WHOLE_LOG}`);
  }

  #archive(computation: Computation, { made: work, log, seconds }: Made): ComputationOutcome {
    const { node, identified } = this.#stage;
    const { warnings = [] } = work.report;
    const { files, folders } = work;
    const own = { files, ...(folders === undefined ? {} : { folders }) };
    const adopted = withAdopted(own, computation, node.kind.division?.shape);
    if (!adopted.ok) return { status: 'failed', diagnostics: [adopted.error] };
    const { outputs } = adopted;
    const { cache } = this.#services;
    const { reproducible = true } = node.kind;
    const result: NewResult = {
      key: computation.key,
      kind: node.kind.name,
      stage: node.id,
      ...(computation.part === undefined ? {} : { part: computation.part.part.id }),
      metrics: work.report.metrics ?? {},
      facts: work.report.facts ?? {},
      warnings: [...(computation.warnings ?? []), ...warnings],
      reproducible: typeof reproducible === 'function' ? reproducible(identified.parameters) : reproducible,
      duration: Math.round(seconds * 1000) / 1000,
      host: work.done?.host ?? hostFacts(),
      ...(log === undefined ? {} : { log }),
      finished: new Date().toISOString(),
    };
    this.#services.keepCode?.(node.kind);
    const { force } = this.#options;
    if (force) this.#warnOfOtherBits(result, outputs);
    const preimage = computation.preimage as unknown as JsonObject;
    const archived = archive(cache, result, outputs, preimage, { replace: force });
    if (!archived.ok) return { status: 'failed', diagnostics: archived.error };
    for (const diagnostic of warnings) this.#options.emit({ event: 'diagnostic', stage: node.id, diagnostic });
    if (computation.preimage.role !== 'link') this.#services.remote?.offer(archived.value);
    return { status: 'executed', record: archived.value };
  }

  /** A forced run's result takes the place of the one there; other bits from a reproducible stage are worth a warning. */
  #warnOfOtherBits(result: NewResult, outputs: Manifest): void {
    const before = this.#services.cache.results.look(result.key).record;
    if (before === undefined || !result.reproducible || before.artifact === manifestDigest(outputs)) return;
    const name = result.part === undefined ? result.stage : `${result.stage}, ${result.part}`;
    const message = `${name} gave other bits than the cached result, though its kind is declared reproducible`;
    const diagnostic = { ...failure('run/not-reproducible', message), severity: 'warning' as const };
    this.#options.emit({ event: 'diagnostic', stage: result.stage, diagnostic });
  }
}
