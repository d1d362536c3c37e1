import { availableParallelism, totalmem } from 'node:os';
import { relative } from 'node:path';
import type { Graph } from '../../engine/graph/graph.js';
import type { FinishedEvent, RunEvent } from '../../engine/run/event.js';
import { recordOf } from '../../engine/run/record.js';
import { checkWritten } from '../../engine/plan/check.js';
import { runGraph, type Outcome } from '../../engine/run/run.js';
import { renderDiagnostic, type TextOf } from '../../foundation/failures/code-frame.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../foundation/files/files.js';
import type { Report } from '../../report/report.js';
import { undrawn, unmeasured } from '../../report/measures/unmeasured.js';
import { EXIT } from '../program/exit.js';
import { runGraphOf } from '../../history/graph.js';
import { Recorder } from '../../history/recorder.js';
import { gpusOf } from '../project/gpus.js';
import { onInterrupt } from '../program/interrupt.js';
import { writeLock } from '../results/lock.js';
import { showReport } from '../report/show.js';
import { filesShown, writeReport } from '../report/write.js';
import { chooseRemote, remoteCache, type RemoteChoice } from '../project/remote.js';
import { NO_STAGES } from '../known/no-stages.js';
import { selectStages } from '../known/select.js';
import { openExperiment, type OpenExperiment } from '../project/open-experiment.js';
import { StageLogs } from '../results/stage-logs.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { sayDuration } from '../../foundation/numbers/duration.js';
import { jsonProgress, plainProgress } from '../terminal/plain.js';
import type { Progress, ProgressOptions } from '../terminal/progress.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import type { ExperimentOptions } from '../program/options.js';
import type { ClusterChoice } from '../project/cluster.js';

export interface RunOptions extends ExperimentOptions, RemoteChoice, ClusterChoice {
  readonly only?: readonly string[];
  readonly from?: readonly string[];
  readonly force?: boolean;
  readonly keepGoing?: boolean;
  readonly cores?: number;
  readonly gpus?: number;
  readonly report?: boolean;
  /** The run goes on in a session of its own. */
  readonly detach?: boolean;
  readonly until?: 'decided';
  /** Seconds. */
  readonly atMost?: number;
  readonly lock?: boolean;
}

/** What a run ended with. */
export interface Ran {
  readonly exit: number;
  /** Whether there was something to do. */
  readonly isNew: boolean;
  /** Absent where none was made. */
  readonly report?: Report;
}

/** `fx run`: what is not known yet is run, then the report is written. */
export async function run(file: string, options: RunOptions): Promise<number> {
  const { exit, isNew, report } = await runOnce(file, options);
  if (report !== undefined && isNew && options.json !== true) {
    const { sayWhatWouldDecide } = await import('../known/time-to-decide.js');
    await sayWhatWouldDecide(file, options, report);
  }
  return exit;
}

/** One run, and the report that it made. */
export async function runOnce(file: string, options: RunOptions): Promise<Ran> {
  const terminal = openTerminal();
  const refused = (diagnostics: readonly Diagnostic[], sources: TextOf): Ran => ({
    exit: showDiagnostics(diagnostics, sources, terminal, options),
    isNew: false,
  });
  const early: RunEvent[] = [];
  let emit = (event: RunEvent): void => void early.push(event);
  const opened = await openExperiment(file, options, (diagnostic) => emit({ event: 'diagnostic', diagnostic }));
  if (!opened.ok) return refused(opened.diagnostics, opened.sources);
  const { experiment } = opened;
  const { graph, missing, warnings, sources } = experiment;
  let { services } = experiment;
  if (missing.length > 0) return refused([...missing, ...warnings], sources);
  const selected = selectStages(graph, options);
  if (!selected.ok) return refused(selected.error, sources);
  const unfit = await checkWritten(selected.value.graph.stages, false);
  if (unfit.length > 0) return refused([...unfit, ...warnings], sources);

  const remote = await chooseRemote(options, experiment.project);
  if (!remote.ok) return refused(remote.error, sources);
  const far =
    remote.value &&
    (await remoteCache(remote.value, services.cache, (diagnostic) => emit({ event: 'diagnostic', diagnostic })));
  if (options.on !== undefined) {
    const { openCluster } = await import('../project/cluster.js');
    const cluster = openCluster(file, experiment, options, (diagnostic) => emit({ event: 'diagnostic', diagnostic }));
    if (!cluster.ok) return refused(cluster.error, sources);
    services = { ...services, workers: experiment.withinQuota(cluster.value) };
  }
  const logs = new StageLogs(services.cache.root, file);
  const cores = options.cores ?? availableParallelism();
  const progress = await openProgress(experiment, selected.value.graph, logs, cores, terminal, options);
  const recorder = new Recorder(
    experiment.project,
    { experiment: graph.name, profile: graph.profile, file, set: settingsGiven(options) },
    { graph: () => runGraphOf(selected.value.graph) },
  );
  emit = (event) => {
    recorder.hear(event);
    logs.hear(event);
    progress.show(event);
  };
  for (const event of early) emit(event);
  for (const diagnostic of warnings) emit({ event: 'diagnostic', diagnostic });

  const interruption = onInterrupt(
    () => progress.note(terminal.yellow('stopping; finished work is kept. Press again to stop at once')),
    () => services.workers.kill(),
  );
  recorder.attend(() => process.kill(process.pid, 'SIGINT'));
  const outcome = await runGraph(selected.value.graph, far === undefined ? services : { ...services, remote: far }, {
    resources: { cores: services.workers.atOnce ?? cores, memory: totalmem(), gpus: 0 },
    devices: () => gpusOf(options.gpus),
    keepGoing: options.keepGoing ?? false,
    force: selected.value.force,
    signal: interruption.signal,
    emit,
  });
  await services.workers.close();
  await far?.flush(interruption.signal);
  interruption.end();
  let written = true;
  if (outcome.ok && keepsLock(options)) {
    const lock = writeLock(experiment.project, outcome, services.cache.root);
    if (!lock.ok) for (const diagnostic of lock.error) emit({ event: 'diagnostic', diagnostic });
    written = lock.ok;
  }
  const interrupted = interruption.signal.aborted;
  progress.note(summary(outcome.graph.name, outcome.finished, interrupted, terminal));
  // A part of the stages would make a report with holes in place of a whole one.
  let made: Report | undefined;
  if (outcome.ok && options.report !== false && options.only === undefined) {
    const problem = await attempt(async () => {
      made = await report(outcome, experiment, recorder, progress, terminal, options, emit);
    });
    if (problem !== undefined) emit({ event: 'diagnostic', diagnostic: problem });
    if (problem !== undefined) written = false;
  }
  if (!interrupted) await collectGarbage(experiment, progress, terminal);
  progress.end();
  recorder.end(interrupted ? 'interrupted' : outcome.ok && written ? 'done' : 'failed');
  const isNew = outcome.finished.parts.executed + outcome.finished.stages.executed > 0;
  if (interrupted) return { exit: EXIT.interrupted, isNew };
  return {
    exit: outcome.ok && written ? EXIT.done : EXIT.failed,
    isNew,
    ...(made === undefined ? {} : { report: made }),
  };
}

/** What of the parameters is not as the file and its profile have them. */
function settingsGiven({ set }: RunOptions): readonly string[] {
  const given = Object.entries(process.env).filter(([name]) => name.startsWith('FX_SET_'));
  return [...(set ?? []), ...given.map(([name, value]) => `${name}=${value ?? ''}`)].map((each) => each.slice(0, 200));
}

/** A lock tells of the experiment as it is committed: whole, with no parameter set by hand. */
function keepsLock({ lock, only, set, added }: RunOptions): boolean {
  return lock !== false && only === undefined && (set ?? []).length === 0 && added === undefined;
}

/** The results are there whatever becomes of the report: a folder that cannot be written to is reported, and `finished` after it. */
async function attempt(write: () => Promise<void>): Promise<Diagnostic | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const help = 'make it writable, then run fx report';
    return failure('report/unwritable', `the report cannot be written: ${error.message}`, help);
  }
}

async function report(
  { graph, stages }: Outcome,
  { services, kinds, project }: OpenExperiment,
  recorder: Recorder,
  progress: Progress,
  terminal: Terminal,
  { json }: RunOptions,
  emit: (event: RunEvent) => void,
): Promise<Report | undefined> {
  if (graph.report === undefined) return undefined;
  const results = stages.flatMap((stage) => ('record' in stage ? [[stage.node.id, stage.record] as const] : []));
  const record = recordOf(graph, new Map(results));
  const { folder, report: made, isNew } = await writeReport(record, services.cache, kinds, project);
  for (const diagnostic of [...unmeasured(record), ...undrawn(made)]) emit({ event: 'diagnostic', diagnostic });
  recorder.report(made, folder, filesShown(made));
  const place = relative(process.cwd(), folder);
  if (json === true) {
    terminal.json({ event: 'report', folder: place, isNew });
    return made;
  }
  showReport(made, terminal);
  progress.note(`${terminal.dim(isNew ? 'report' : 'report unchanged')} ${place}/report.html`);
  return made;
}

async function openProgress(
  experiment: OpenExperiment,
  graph: Graph,
  logs: StageLogs,
  cores: number,
  terminal: Terminal,
  { json }: RunOptions,
): Promise<Progress> {
  if (json === true) return jsonProgress(terminal);
  const { sources } = experiment;
  const options: ProgressOptions = {
    render: (diagnostic) => renderDiagnostic(diagnostic, sources, { colour: terminal.colour }).split('\n'),
    failureLog: (stage) => logs.failureLog(stage),
  };
  if (!terminal.live) return plainProgress(terminal, options);
  const { treeProgress } = await import('../terminal/tree.js');
  const { Durations } = await import('../known/durations.js');
  const durations = new Durations(graph, experiment, cores);
  return treeProgress(terminal, {
    ...options,
    title: graph.name,
    usual: (stage) => durations.usual(stage),
    left: (stages, done) => durations.left(stages, done),
  });
}

/** Once a day: what nobody used for long, or what is too much. */
async function collectGarbage(
  { services, project }: OpenExperiment,
  progress: Progress,
  terminal: Terminal,
): Promise<void> {
  const { collectWhenDue } = await import('../../engine/artifacts/upkeep/collect.js');
  const { keysOfLocks } = await import('../known/kept.js');
  const { sayBytes } = await import('../../foundation/files/files.js');
  const collected = await collectWhenDue(services.cache, { keep: () => keysOfLocks(project) });
  if (collected === undefined || collected.bytes === 0) return;
  progress.note(terminal.dim(`collected ${sayBytes(collected.bytes)} of garbage from the cache`));
}

export function summary(
  name: string,
  { stages, parts, seconds }: Pick<FinishedEvent, 'stages' | 'parts' | 'seconds'>,
  interrupted: boolean,
  terminal: Terminal,
): string {
  const counts = [
    interrupted ? terminal.yellow('interrupted') : '',
    stages.reused > 0 ? `${stages.reused} reused` : '',
    stages.executed > 0 ? `${stages.executed} executed` : '',
    stages.failed > 0 ? terminal.red(`${stages.failed} failed`) : '',
    stages.skipped > 0 ? `${stages.skipped} ${interrupted ? 'not finished' : 'skipped'}` : '',
    parts.executed > 0 ? `${parts.executed} parts executed, ${parts.reused} reused` : '',
  ].filter((part) => part !== '');
  if (counts.length === 0) return `${terminal.bold(name)}: ${NO_STAGES}`;
  return `${terminal.bold(name)}: ${counts.join(', ')} ${terminal.dim(`in ${sayDuration(seconds)}`)}`;
}
