import { availableParallelism } from 'node:os';
import { checkPlanned } from '../../engine/plan/check.js';
import { estimate, stageSeconds, type Estimate } from '../../engine/plan/estimate.js';
import { countParts, planGraph, type Plan, type PlannedStage } from '../../engine/plan/plan.js';
import { EXIT } from '../program/exit.js';
import type { ExperimentOptions, PlaceOptions } from '../program/options.js';
import { NO_STAGES } from '../known/no-stages.js';
import { Reasons } from '../known/reasons.js';
import { openExperiment } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { sayAbout } from '../../foundation/numbers/duration.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';

/** `fx plan`: what a run would do, and why. Executes nothing. */
export async function plan(file: string, options: ExperimentOptions & PlaceOptions): Promise<number> {
  const terminal = openTerminal();
  const opened = await openExperiment(file, options, (warning) => terminal.note(terminal.yellow(warning.message)));
  if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
  const { experiment } = opened;
  const planned = await planGraph(experiment.graph, experiment.services);
  if (!planned.ok) return showDiagnostics(planned.error, experiment.sources, terminal, options);
  const { stages } = planned.value;
  const reasons = new Reasons(experiment);
  const guess = estimate(planned.value, reasons.earlier, availableParallelism());
  if (options.json === true) {
    const described = stages.map((stage) => ({
      id: stage.node.id,
      kind: stage.node.kind.name,
      status: stage.status,
      ...('identified' in stage ? { key: stage.identified.key } : {}),
      parts: partsOf(stage),
      reasons: reasons.of(stage),
      seconds: stageSeconds(stage, reasons.earlier) ?? null,
    }));
    terminal.json({ schema: 'fx/plan@1', stages: described, seconds: guess.seconds ?? null });
  } else {
    for (const stage of stages) {
      terminal.say(line(stage, terminal));
      for (const reason of reasons.of(stage)) terminal.say(`           ${terminal.result.dim(reason)}`);
    }
    terminal.say(summary(planned.value, guess));
  }
  const problems = [...experiment.missing, ...(await checkPlanned(stages, options.on === undefined))];
  if (problems.length > 0) return showDiagnostics(problems, experiment.sources, terminal, {});
  return EXIT.done;
}

/** An undivided stage is one part; of a pending one the number may depend on what it reads. */
function partsOf(stage: PlannedStage): { known: number; total: number } {
  switch (stage.status) {
    case 'hit': {
      const { node, identified } = stage;
      const { division } = node.kind;
      const total = division === undefined ? 1 : countParts(division, identified.parameters);
      return { known: total, total };
    }
    case 'run':
      return stage.parts ?? { known: 0, total: 1 };
    case 'pending':
      return { known: 0, total: 1 };
  }
}

function line(stage: PlannedStage, terminal: Terminal): string {
  const { dim, green, yellow, bold } = terminal.result;
  const mark = { hit: green('known  '), run: yellow('run    '), pending: dim('pending') }[stage.status];
  const { known, total } = stage.status === 'run' ? (stage.parts ?? { known: 0, total: 0 }) : { known: 0, total: 0 };
  const parts = total > 0 ? dim(`  ${known} of ${total} parts known`) : '';
  return `${mark}  ${bold(stage.node.id)}${dim(`  ${stage.node.kind.name}`)}${parts}`;
}

function summary({ stages }: Plan, guess: Estimate): string {
  if (stages.length === 0) return NO_STAGES;
  const number = (status: PlannedStage['status']): number => stages.filter((stage) => stage.status === status).length;
  const [run, pending] = [number('run'), number('pending')];
  const all = `${stages.length} ${stages.length === 1 ? 'stage' : 'stages'}`;
  if (run + pending === 0)
    return `nothing to run: ${stages.length === 1 ? 'the result of the one stage is' : `the results of all ${all} are`} known`;
  return `${run + pending} of ${all} to run${pending > 0 ? ` (${pending} ${pending === 1 ? 'waits' : 'wait'} for others)` : ''}${sayEstimate(guess)}`;
}

/** `, about 3 min`, and what that leaves out; nothing where nothing was ever timed. */
export function sayEstimate({ seconds, untimed }: Estimate): string {
  if (seconds === undefined) return '';
  const more = untimed === 0 ? '' : `, and ${untimed} ${untimed === 1 ? 'stage' : 'stages'} never timed`;
  return `, ${sayAbout(seconds)}${more}`;
}
