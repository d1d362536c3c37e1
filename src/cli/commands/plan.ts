import { planGraph, type PlannedStage } from '../../engine/plan/plan.js';
import type { ExperimentOptions } from '../options.js';
import { openSession } from '../session.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import { EXIT } from '../exit.js';
import { Reasons } from '../reasons.js';

/** `fx plan`: what a run would do, and why. Executes nothing. */
export async function plan(file: string, options: ExperimentOptions): Promise<number> {
  const terminal = openTerminal();
  const opened = await openSession(file, options, (warning) => terminal.note(terminal.yellow(warning.message)));
  if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
  const { session } = opened;
  const missing = new Set(session.missing.map((each) => each));
  const planned = await planGraph(session.graph, session.services);
  if (!planned.ok) return showDiagnostics(planned.error, session.sources, terminal, options);
  const reasons = new Reasons(session);
  const stages = planned.value.stages.map((stage) => ({ stage, reasons: reasons.of(stage) }));
  if (options.json === true) {
    const described = stages.map(({ stage, reasons: why }) => describe(stage, why));
    terminal.say(JSON.stringify({ schema: 'fx/plan@1', stages: described }));
  } else {
    for (const { stage, reasons: why } of stages) terminal.say(line(stage, why, terminal));
  }
  if (missing.size > 0) return showDiagnostics(session.missing, session.sources, terminal, {});
  return EXIT.done;
}

function describe(stage: PlannedStage, reasons: readonly string[]) {
  const { node, status } = stage;
  return { id: node.id, kind: node.kind.name, status, parts: partsOf(stage), reasons };
}

/** An undivided stage is one part; of a pending one the number may depend on what it reads. */
function partsOf(stage: PlannedStage): { known: number; total: number } {
  switch (stage.status) {
    case 'hit': {
      const { node, identified } = stage;
      const total = node.kind.division?.parts(identified.parameters).length ?? 1;
      return { known: total, total };
    }
    case 'run':
      return stage.parts ?? { known: 0, total: 1 };
    case 'pending':
      return { known: 0, total: 1 };
  }
}

function line(stage: PlannedStage, reasons: readonly string[], terminal: Terminal): string {
  const { dim, green, yellow, bold } = terminal;
  const mark = { hit: green('known  '), run: yellow('run    '), pending: dim('pending') }[stage.status];
  const parts =
    stage.status === 'run' && stage.parts !== undefined
      ? ` ${stage.parts.known} of ${stage.parts.total} parts known`
      : '';
  const why = reasons.length === 0 ? '' : dim(`  ${reasons.join('; ')}`);
  return `${mark}  ${bold(stage.node.id)}${dim(parts)}${why}`;
}
