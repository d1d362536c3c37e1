import { EXIT } from '../exit.js';
import { openSession, type SessionOptions } from '../session.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { plainProgress, seconds } from '../terminal/plain.js';
import { openTerminal } from '../terminal/terminal.js';
import { cpus, totalmem } from 'node:os';
import { runGraph, type Outcome } from '../../engine/run/run.js';
import { selectStages } from '../select.js';

export interface RunCommandOptions extends SessionOptions {
  readonly json?: boolean;
  readonly only?: readonly string[];
  readonly from?: readonly string[];
  readonly force?: boolean;
  readonly keepGoing?: boolean;
  readonly cores?: string;
  readonly report?: boolean;
}

/** `fx run`: what is not known yet is run, then the report is written. */
export async function run(file: string, options: RunCommandOptions): Promise<number> {
  const terminal = openTerminal();
  const session = await openSession(file, options);
  if (!session.ok) return showDiagnostics(session.error, terminal, options);
  const selection = selectStages(session.value.graph, options);
  if (!selection.ok) return showDiagnostics(selection.error, terminal, options);

  const { services } = session.value;
  const interruption = onInterrupt();
  const watch = plainProgress(terminal);
  const outcome = await runGraph(selection.value.graph, services, {
    resources: { cores: coresOf(options), memory: totalmem(), gpus: 0 },
    keepGoing: options.keepGoing ?? false,
    force: selection.value.force,
    signal: interruption.signal,
    emit: (event) => {
      if (options.json === true) terminal.say(JSON.stringify(event));
      else watch(event);
    },
  });
  await services.workers.close();
  interruption.end();
  if (options.json !== true) summarise(outcome, terminal);
  if (interruption.signal.aborted) return EXIT.interrupted;
  return outcome.ok ? EXIT.done : EXIT.failed;
}

function summarise(outcome: Outcome, terminal: ReturnType<typeof openTerminal>): void {
  for (const stage of outcome.stages) if (stage.status === 'failed') showDiagnostics(stage.diagnostics, terminal, {});
  const { stages, parts, seconds: took } = outcome.finished;
  const counts = [
    stages.reused > 0 ? `${stages.reused} reused` : '',
    stages.executed > 0 ? `${stages.executed} executed` : '',
    stages.failed > 0 ? terminal.red(`${stages.failed} failed`) : '',
    stages.skipped > 0 ? `${stages.skipped} skipped` : '',
    parts.executed > 0 ? `${parts.executed} parts executed, ${parts.reused} reused` : '',
  ].filter((part) => part !== '');
  terminal.note(`${terminal.bold(outcome.graph.name)}: ${counts.join(', ')} ${terminal.dim(`in ${seconds(took)}`)}`);
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

function coresOf(options: RunCommandOptions): number {
  const asked = Number(options.cores);
  return Number.isInteger(asked) && asked > 0 ? asked : cpus().length;
}
