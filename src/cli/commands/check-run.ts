import { checkGraph } from '../../engine/plan/check.js';
import { openExperiment } from '../project/open-experiment.js';
import type { ExperimentOptions, PlaceOptions } from '../program/options.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal } from '../terminal/terminal.js';
import { EXIT } from '../program/exit.js';

/** `fx check`: everything that is wrong with an experiment, at once. */
export async function check(file: string, options: ExperimentOptions & PlaceOptions): Promise<number> {
  const terminal = openTerminal();
  const opened = await openExperiment(file, { ...options, executesNothing: true }, () => undefined);
  if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
  const { graph, warnings, missing, sources, services } = opened.experiment;
  const checked = await checkGraph(graph, services, options.on === undefined);
  const problems = checked.ok ? [] : checked.error;
  const exit = showDiagnostics([...missing, ...problems, ...warnings], sources, terminal, options);
  if (exit === EXIT.done && options.json !== true) {
    terminal.note(
      `${terminal.bold(graph.name)}: ${graph.stages.length} ${graph.stages.length === 1 ? 'stage' : 'stages'}, nothing wrong (profile ${graph.profile})`,
    );
  }
  return exit;
}
