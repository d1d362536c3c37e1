import { cpus, totalmem } from 'node:os';
import { relative } from 'node:path';
import type { Cache } from '../../engine/artifacts/cache.js';
import { recordOf } from '../../engine/run/record.js';
import { runGraph, type Outcome } from '../../engine/run/run.js';
import { EXIT } from '../exit.js';
import { writeLock } from '../lock.js';
import type { ExperimentOptions } from '../options.js';
import { showReport } from '../report/show.js';
import { writeReport } from '../report/write.js';
import { selectStages } from '../select.js';
import { openSession } from '../session.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { sayDuration } from '../terminal/duration.js';
import { plainProgress } from '../terminal/plain.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';

export interface RunOptions extends ExperimentOptions {
  readonly only?: readonly string[];
  readonly from?: readonly string[];
  readonly force?: boolean;
  readonly keepGoing?: boolean;
  readonly cores?: string;
  readonly report?: boolean;
  readonly lock?: boolean;
}

/** `fx run`: what is not known yet is run, then the report is written. */
export async function run(file: string, options: RunOptions): Promise<number> {
  const terminal = openTerminal();
  const watch = plainProgress(terminal);
  const opened = await openSession(file, options, (diagnostic) => emit({ event: 'diagnostic', diagnostic }));
  if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
  const { graph, missing, warnings, services, sources, project } = opened.session;
  const emit: Parameters<typeof runGraph>[2]['emit'] = (event) => {
    if (options.json === true) terminal.say(JSON.stringify(event));
    else if (event.event === 'diagnostic') showDiagnostics([event.diagnostic], sources, terminal, {});
    else watch(event);
  };
  const wrong = [...missing, ...warnings];
  if (missing.length > 0) return showDiagnostics(wrong, sources, terminal, options);
  for (const diagnostic of warnings) emit({ event: 'diagnostic', diagnostic });
  const selected = selectStages(graph, options);
  if (!selected.ok) return showDiagnostics(selected.error, sources, terminal, options);

  const interruption = onInterrupt();
  const outcome = await runGraph(selected.value.graph, services, {
    resources: { cores: coresOf(options), memory: totalmem(), gpus: 0 },
    keepGoing: options.keepGoing ?? false,
    force: selected.value.force,
    signal: interruption.signal,
    emit,
  });
  await services.workers.close();
  interruption.end();
  if (outcome.ok && keepsLock(options)) {
    const written = writeLock(opened.session.project, services.cache, outcome);
    if (!written.ok) for (const diagnostic of written.error) emit({ event: 'diagnostic', diagnostic });
  }
  if (options.json !== true) summarise(outcome, terminal);
  if (interruption.signal.aborted) return EXIT.interrupted;
  // A part of the stages would make a report with holes in place of a whole one.
  if (outcome.ok && options.report !== false && options.only === undefined)
    await report(outcome, services, project, options, terminal);
  return outcome.ok ? EXIT.done : EXIT.failed;
}

/** A lock tells of the experiment as it is committed: whole, with no parameter set by hand. */
function keepsLock({ lock, only, set }: RunOptions): boolean {
  return lock !== false && only === undefined && (set ?? []).length === 0;
}

async function report(
  { graph, stages }: Outcome,
  { cache }: { readonly cache: Cache },
  project: string,
  options: RunOptions,
  terminal: Terminal,
): Promise<void> {
  if (graph.report === undefined) return;
  const results = stages.flatMap((stage) => ('record' in stage ? [[stage.node.id, stage.record] as const] : []));
  const { folder, report: made, isNew } = await writeReport(recordOf(graph, new Map(results)), cache, project);
  const place = relative(process.cwd(), folder);
  if (options.json === true) {
    terminal.say(JSON.stringify({ event: 'report', folder: place, isNew }));
    return;
  }
  showReport(made, terminal);
  terminal.note(`${terminal.dim(isNew ? 'report' : 'report unchanged')} ${place}/report.html`);
}

function summarise(outcome: Outcome, terminal: ReturnType<typeof openTerminal>): void {
  const { stages, parts, seconds: took } = outcome.finished;
  const counts = [
    stages.reused > 0 ? `${stages.reused} reused` : '',
    stages.executed > 0 ? `${stages.executed} executed` : '',
    stages.failed > 0 ? terminal.red(`${stages.failed} failed`) : '',
    stages.skipped > 0 ? `${stages.skipped} skipped` : '',
    parts.executed > 0 ? `${parts.executed} parts executed, ${parts.reused} reused` : '',
  ].filter((part) => part !== '');
  terminal.note(
    `${terminal.bold(outcome.graph.name)}: ${counts.join(', ')} ${terminal.dim(`in ${sayDuration(took)}`)}`,
  );
}

/** Ctrl-C stops the run and keeps what is finished; a second one kills. */
function onInterrupt(): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    end: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

function coresOf(options: RunOptions): number {
  const asked = Number(options.cores);
  return Number.isInteger(asked) && asked > 0 ? asked : cpus().length;
}
