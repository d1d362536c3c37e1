import type { Diagnostic } from '../../foundation/diagnostic.js';
import type { Cache } from '../artifacts/cache.js';
import type { ResultRecord } from '../artifacts/result-record.js';
import type { Graph, StageNode } from '../graph/graph.js';
import { checkStage } from '../plan/check.js';
import type { Preimage } from '../plan/preimage.js';
import { identifyStage, planStage, type PlanOptions } from '../plan/plan.js';
import type { Artifact, ArtifactFile, Resources } from '../stage.js';
import type { FinishedEvent, RunEvent } from './event.js';
import { executeStage, type StageExecution } from './execute.js';
import { ResourcePool } from './resources.js';
import type { RunServices } from './services.js';

/** What became of each stage. */
export interface Outcome {
  readonly ok: boolean;
  readonly graph: Graph;
  readonly stages: readonly StageOutcome[];
  readonly finished: FinishedEvent;
}

export type StageOutcome =
  | {
      readonly status: 'reused' | 'executed';
      readonly node: StageNode;
      readonly record: ResultRecord;
      /** What its key was made of. */
      readonly preimage: Preimage;
      readonly artifact: Artifact;
    }
  | { readonly status: 'failed'; readonly node: StageNode; readonly diagnostics: readonly Diagnostic[] }
  /** A stage it reads failed, or the run stopped before its turn. */
  | { readonly status: 'skipped'; readonly node: StageNode };

export interface RunOptions extends PlanOptions {
  readonly resources: Resources;
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
export async function runGraph(graph: Graph, services: RunServices, options: RunOptions): Promise<Outcome> {
  const started = process.hrtime.bigint();
  const { emit } = options;
  const pool = new ResourcePool(options.resources);
  const stop = new AbortController();
  const halt = (): void => {
    stop.abort();
    pool.close();
  };
  if (options.signal.aborted) halt();
  options.signal.addEventListener('abort', halt, { once: true });

  const urgency = longestChains(graph);
  const artifacts = new Map<string, Artifact>();
  const pending = new Map<string, Promise<StageOutcome>>();
  const sound = new Map<string, Promise<void>>();
  const counts = { reused: 0, executed: 0 };
  emit({ event: 'started', stages: graph.stages.length, cores: options.resources.cores });

  const runStage = async (node: StageNode): Promise<StageOutcome> => {
    const inputs = await Promise.all(
      [...new Set(node.inputs.map((input) => input.stage))].map((id) => pending.get(id)!),
    );
    if (stop.signal.aborted || inputs.some((outcome) => outcome.status === 'failed' || outcome.status === 'skipped')) {
      return skipped(node);
    }
    const identified = await identifyStage(node, artifacts, services);
    if (!identified.ok) return failed(node, identified.error);
    const force = options.force?.has(node.id) ?? false;
    let planned = planStage(identified.value, services, force);
    if (planned.status === 'run' && !force && services.elsewhere !== undefined) {
      const about = { divided: node.kind.division !== undefined };
      const came = await services.elsewhere.fetch(identified.value.key, about, stop.signal);
      if (came) planned = planStage(identified.value, services);
    }
    if (planned.status === 'hit') {
      artifacts.set(node.id, planned.artifact);
      emit({ event: 'stage', stage: node.id, status: 'reused', key: planned.identified.key });
      const { record, artifact } = planned;
      return { status: 'reused', node, record, preimage: planned.identified.preimage, artifact };
    }
    const problems = await checkStage(planned.identified);
    if (problems.length > 0) return failed(node, problems);
    for (const { stage } of node.inputs) await makeSound(stage);
    const execution = await executeStage(planned, services, {
      pool,
      priority: urgency.get(node.id)!,
      signal: stop.signal,
      force,
      keepGoing: options.keepGoing ?? false,
      emit,
    });
    counts.reused += execution.parts.reused;
    counts.executed += execution.parts.executed;
    return settle(node, execution, planned.identified.preimage);
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
   * A look at a blob's size and time is enough for a stage that nothing reads; what is to be worked on is hashed, once a
   * run, and made again where its bytes are no longer those of its name.
   */
  const makeSound = (id: string): Promise<void> => {
    const known = sound.get(id);
    if (known !== undefined) return known;
    const checked = (async () => {
      const outcome = await pending.get(id)!;
      if (outcome.status !== 'reused') return;
      const damaged = await damagedFiles(outcome.record, services.cache);
      if (damaged.length === 0) return;
      for (const { digest } of damaged) services.cache.blobs.remove(digest);
      const names = damaged.map((file) => file.path).join(', ');
      const message = `${names} of ${id} is damaged in the cache; ${id} is run again`;
      emit({ event: 'diagnostic', stage: id, diagnostic: { code: 'run/healing', severity: 'warning', message } });
      pending.set(id, runStage(outcome.node));
      await pending.get(id);
    })();
    sound.set(id, checked);
    return checked;
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
