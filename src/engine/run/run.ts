import { setMaxListeners } from 'node:events';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { present } from '../../foundation/values/present.js';
import { removed } from '../../foundation/files/removal.js';
import type { Cache } from '../artifacts/cache.js';
import type { ResultRecord } from '../artifacts/content/result-record.js';
import type { Graph, StageNode } from '../graph/graph.js';
import { checkStage } from '../plan/check.js';
import type { Preimage } from '../plan/preimage.js';
import { identifyStage, stageToRun, type PlanOptions, type StageToRun } from '../plan/plan.js';
import type { Artifact, ArtifactFile, Resources } from '../stage.js';
import type { FinishedEvent, RunEvent } from './event.js';
import { executeStage, type StageExecution } from './execute.js';
import { findResult } from './known/lookup.js';
import { ResourcePool } from './resources.js';
import { oneSight } from './inputs/one-sight.js';
import type { RunServices } from './services.js';
import { resourcesOf } from './worker/task.js';
import { worksHere } from './worker/workers.js';

/** What became of each stage. */
export interface Outcome {
  readonly ok: boolean;
  readonly graph: Graph;
  readonly stages: readonly StageOutcome[];
  readonly finished: FinishedEvent;
}

export interface FinishedStage {
  readonly status: 'reused' | 'executed';
  readonly node: StageNode;
  readonly record: ResultRecord;
  /** What its key was made of. */
  readonly preimage: Preimage;
  readonly artifact: Artifact;
}

export type StageOutcome =
  | FinishedStage
  | { readonly status: 'failed'; readonly node: StageNode; readonly diagnostics: readonly Diagnostic[] }
  /** A stage it reads failed, or the run stopped before its turn. */
  | { readonly status: 'skipped'; readonly node: StageNode };

export interface RunOptions extends PlanOptions {
  /** Of the machine; its GPUs are those of `devices`, if that is given. */
  readonly resources: Resources;
  /** The GPUs of the machine, as CUDA_VISIBLE_DEVICES names them: looked for once a stage that needs one is to run. */
  readonly devices?: () => readonly string[];
  /** Run whatever does not depend on a failure, instead of stopping at the first. */
  readonly keepGoing?: boolean;
  /** Aborted at Ctrl-C: running parts are stopped, finished ones are kept. */
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

/**
 * Runs what is not known: each stage as soon as what it reads is there and resources are free, the longest chain of
 * stages first. Independent stages run side by side.
 */
export async function runGraph(graph: Graph, given: RunServices, options: RunOptions): Promise<Outcome> {
  const services = oneSight(given);
  const started = process.hrtime.bigint();
  const { emit } = options;
  const pool = new ResourcePool(options.resources, options.devices);
  const stop = new AbortController();
  // All that goes on side by side hears it. From the eleventh listener on Node would warn of a leak.
  setMaxListeners(0, stop.signal);
  const halt = (): void => {
    stop.abort();
    pool.close();
  };
  if (options.signal.aborted) halt();
  options.signal.addEventListener('abort', halt, { once: true });

  const urgency = longestChains(graph);
  const artifacts = new Map<string, Artifact>();
  const pending = new Map<string, Promise<StageOutcome>>();
  const hashed = new Map<string, Promise<void>>();
  const healing = new Map<string, Promise<StageOutcome>>();
  const counts = { reused: 0, executed: 0 };
  emit({ event: 'started', stages: graph.stages.length, cores: options.resources.cores });

  /** Of the latest run of a stage that comes before the one at hand. */
  const outcomeOf = (id: string): Promise<StageOutcome> => present(pending, id);

  const runStage = async (node: StageNode): Promise<StageOutcome> => {
    const inputs = await Promise.all([...new Set(node.inputs.map(({ stage }) => stage))].map(outcomeOf));
    if (stop.signal.aborted || inputs.some((outcome) => outcome.status === 'failed' || outcome.status === 'skipped')) {
      return skipped(node);
    }
    const identification = await identifyStage(node, artifacts, services);
    if (!identification.ok) return failed(node, identification.error);
    const identified = identification.value;
    const { key, preimage } = identified;
    const force = options.force?.has(node.id) ?? false;
    const wanted = { key, divided: node.kind.division !== undefined, shared: true };
    const record = force ? undefined : await findResult(services, wanted, stop.signal);
    if (record !== undefined) {
      const artifact = services.open(record);
      artifacts.set(node.id, artifact);
      emit({ event: 'stage', stage: node.id, status: 'reused', key });
      return { status: 'reused', node, record, preimage, artifact };
    }
    const isHere = worksHere(services.workers);
    const problems = await checkStage(identified, isHere);
    if (problems.length > 0) return failed(node, problems);
    const read = node.inputs.map(({ stage }) => ({ stage, digest: present(artifacts, stage).digest }));
    for (const { stage } of read) await makeSound(stage);
    // A stage that ran again need not give the same bytes: then this one has another key.
    if (read.some(({ stage, digest }) => present(artifacts, stage).digest !== digest)) return runStage(node);
    const toRun = stageToRun(identified, services, force);
    const lacking = isHere ? tooFewGpus(toRun, pool) : undefined;
    if (lacking !== undefined) return failed(node, [lacking]);
    const execution = await executeStage(toRun, services, {
      pool,
      priority: present(urgency, node.id),
      signal: stop.signal,
      force,
      keepGoing: options.keepGoing ?? false,
      emit,
    });
    counts.reused += execution.parts.reused;
    counts.executed += execution.parts.executed;
    return settle(node, execution, preimage);
  };

  const settle = (node: StageNode, execution: StageExecution, preimage: Preimage): StageOutcome => {
    if (execution.status === 'interrupted') return skipped(node);
    if (execution.status === 'failed') return failed(node, execution.diagnostics);
    const { status, record } = execution;
    const artifact = services.open(record);
    artifacts.set(node.id, artifact);
    emit({ event: 'stage', stage: node.id, status, key: record.key, seconds: execution.seconds });
    return { status, node, record, preimage, artifact };
  };

  const skipped = (node: StageNode): StageOutcome => {
    emit({ event: 'stage', stage: node.id, status: 'skipped' });
    return { status: 'skipped', node };
  };

  /**
   * A look at a blob's size and time is enough for a stage that nothing reads. What is to be worked on is hashed, once a run,
   * if it was there before, and looked at again before each reader. Where its bytes are no longer those of its name, its
   * stage runs again.
   */
  const makeSound = async (id: string): Promise<void> => {
    let checked = hashed.get(id);
    if (checked === undefined) hashed.set(id, (checked = hashReused(id)));
    await checked;
    for (let healed = 0; healed < HEALED_AT_MOST; healed += 1) {
      const outcome = await outcomeOf(id);
      if (!('record' in outcome)) return;
      const damaged = outcome.record.outputs.filter((file) => services.cache.blobs.glance(file) === undefined);
      if (damaged.length === 0) return;
      await heal(outcome, damaged);
    }
  };

  const hashReused = async (id: string): Promise<void> => {
    const outcome = await outcomeOf(id);
    if (outcome.status !== 'reused') return;
    const damaged = await damagedFiles(outcome.record, services.cache);
    if (damaged.length > 0) await heal(outcome, damaged);
  };

  /** The first reader that finds the damage runs the stage again; others wait for that. */
  const heal = async ({ node }: FinishedStage, damaged: readonly ArtifactFile[]): Promise<void> => {
    let run = healing.get(node.id);
    if (run === undefined) {
      for (const { digest } of damaged) services.cache.blobs.remove(digest);
      const names = damaged.map((file) => file.path).join(', ');
      const message = `${names} of ${node.id} is damaged in the cache; ${node.id} is rerun`;
      emit({ event: 'diagnostic', stage: node.id, diagnostic: { code: 'run/healing', severity: 'warning', message } });
      run = runStage(node);
      healing.set(node.id, run);
      pending.set(node.id, run);
    }
    await run;
    healing.delete(node.id);
  };

  const failed = (node: StageNode, diagnostics: readonly Diagnostic[]): StageOutcome => {
    const placed = diagnostics.map((diagnostic) => ({ place: node.place, ...diagnostic }));
    for (const diagnostic of placed) emit({ event: 'diagnostic', stage: node.id, diagnostic });
    emit({ event: 'stage', stage: node.id, status: 'failed' });
    if (options.keepGoing !== true) halt();
    return { status: 'failed', node, diagnostics: placed };
  };

  // A bug in the engine ends the run, but not before the children have.
  let bug: unknown;
  for (const node of graph.stages) {
    pending.set(
      node.id,
      runStage(node).catch((error: unknown) => {
        bug ??= error ?? new Error('unknown');
        halt();
        return { status: 'skipped', node };
      }),
    );
  }
  const stages = await Promise.all(pending.values());
  services.cache.workspaces.end();
  await removed();
  options.signal.removeEventListener('abort', halt);
  if (bug !== undefined) throw bug as Error;

  const number = (status: StageOutcome['status']): number => stages.filter((s) => s.status === status).length;
  const finished: FinishedEvent = {
    event: 'finished',
    ok: number('failed') + number('skipped') === 0,
    stages: {
      reused: number('reused'),
      executed: number('executed'),
      failed: number('failed'),
      skipped: number('skipped'),
    },
    parts: counts,
    seconds: Math.round(Number(process.hrtime.bigint() - started) / 1e6) / 1000,
  };
  emit(finished);
  return { ok: finished.ok, graph, stages, finished };
}

/** A stage that asks for more GPUs than there are would run on fewer, or on none. */
function tooFewGpus(stage: StageToRun, pool: ResourcePool): Diagnostic<'run/too-few-gpus'> | undefined {
  const { gpus } = resourcesOf(stage);
  if (gpus === 0 || gpus <= pool.gpus) return undefined;
  const there = pool.gpus === 0 ? 'none' : String(pool.gpus);
  const message = `${stage.node.id} needs ${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'}, and this machine has ${there}`;
  return failure('run/too-few-gpus', message, 'if it has more, give the number with --gpus or FX_GPUS');
}

/** How often one stage is run again because a reader found its files damaged. */
const HEALED_AT_MOST = 3;

/** How many stages still follow each one on the longest way to the end. */
function longestChains(graph: Graph): ReadonlyMap<string, number> {
  const length = new Map<string, number>();
  for (const node of graph.stages.toReversed()) {
    const own = length.get(node.id) ?? 0;
    length.set(node.id, own);
    for (const { stage } of node.inputs) length.set(stage, Math.max(length.get(stage) ?? 0, own + 1));
  }
  return length;
}

async function damagedFiles(record: ResultRecord, cache: Cache): Promise<readonly ArtifactFile[]> {
  const damaged: ArtifactFile[] = [];
  for (const file of record.outputs) if ((await cache.blobs.verify(file)) !== 'sound') damaged.push(file);
  return damaged;
}
