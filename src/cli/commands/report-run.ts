import { relative } from 'node:path';
import { renderDiagnostic } from '../../foundation/failures/code-frame.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { undrawn, unmeasured } from '../../report/measures/unmeasured.js';
import { EXIT } from '../program/exit.js';
import type { ExperimentOptions } from '../program/options.js';
import { knownRun } from '../report/known.js';
import { showReport } from '../report/show.js';
import { writeReport } from '../report/write.js';
import { openExperiment } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal } from '../terminal/terminal.js';

/** `fx report`: the report again, from the cache alone. */
export async function report(file: string, options: ExperimentOptions): Promise<number> {
  const terminal = openTerminal();
  const opened = await openExperiment(file, options, (warning) => terminal.note(terminal.yellow(warning.message)));
  if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
  const { experiment } = opened;
  if (experiment.graph.report === undefined) {
    const message = `${file} has no report`;
    const none = failure('report/none', message, 'say what it shows in a section `report`');
    return showDiagnostics([none], experiment.sources, terminal, options);
  }
  const run = await knownRun(experiment);
  if (!run.ok) return showDiagnostics(run.error, experiment.sources, terminal, options);
  const written = await writeReport(run.value, experiment.services.cache, experiment.kinds, experiment.project);
  for (const one of [...unmeasured(run.value), ...undrawn(written.report)])
    terminal.note(renderDiagnostic(one, experiment.sources, { colour: terminal.colour }));
  if (options.json === true) terminal.json(written.report);
  else showReport(written.report, terminal);
  terminal.note(
    `${terminal.dim(written.isNew ? 'report' : 'report unchanged')} ${relative(process.cwd(), written.folder)}/report.html`,
  );
  return EXIT.done;
}
