import { availableParallelism } from 'node:os';
import type { Explanation } from '../../engine/plan/explain.js';
import { estimate, type Estimate } from '../../engine/plan/estimate.js';
import { planGraph, type Plan, type PlannedStage } from '../../engine/plan/plan.js';
import { EXIT } from '../program/exit.js';
import type { ExperimentOptions } from '../program/options.js';
import { NO_STAGES } from '../known/no-stages.js';
import { Reasons } from '../known/reasons.js';
import { downstream, findStages } from '../known/select.js';
import { openExperiment, type OpenExperiment } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { sayDuration } from '../../foundation/numbers/duration.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import { secondsOfWork } from '../known/work.js';
import { sayEstimate } from './plan-run.js';

interface Answer {
  readonly stage: PlannedStage;
  readonly explanation: Explanation;
  readonly effect: Effect;
  /** Seconds that it took, where its result is known. */
  readonly work: number | undefined;
}

/** What follows if the stage runs: it and all that read it. */
interface Effect {
  readonly reruns: number;
  readonly of: number;
  readonly estimate: Estimate;
}

/** `fx why`: what differs from the nearest result that is known, in the words of the experiment, and what it costs. */
export async function why(file: string, names: readonly string[], options: ExperimentOptions): Promise<number> {
  const terminal = openTerminal();
  const opened = await openExperiment(file, options, (warning) => terminal.note(terminal.yellow(warning.message)));
  if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
  const { experiment } = opened;
  const chosen = findStages(experiment.graph, names);
  if (!chosen.ok) return showDiagnostics(chosen.error, experiment.sources, terminal, options);
  const planned = await planGraph(experiment.graph, experiment.services);
  if (!planned.ok) return showDiagnostics(planned.error, experiment.sources, terminal, options);

  const reasons = new Reasons(experiment);
  const wanted = new Set(chosen.value.map((node) => node.id));
  const asked = planned.value.stages.filter((stage) =>
    names.length === 0 ? stage.status === 'run' : wanted.has(stage.node.id),
  );
  const answers = asked.map((stage): Answer => ({
    stage,
    explanation: reasons.explain(stage),
    effect: effectOf(stage, planned.value, experiment, reasons),
    work: stage.status === 'hit' ? secondsOfWork(stage, experiment.services) : undefined,
  }));
  if (options.json === true) terminal.json({ schema: 'fx/why@1', stages: answers.map(asJson) });
  else if (planned.value.stages.length === 0) terminal.say(NO_STAGES);
  else if (answers.length === 0) terminal.say(`nothing to run: all ${planned.value.stages.length} stages are known`);
  else terminal.say(answers.flatMap((answer, i) => [...(i === 0 ? [] : ['']), ...asText(answer, terminal)]));
  return EXIT.done;
}

function effectOf(stage: PlannedStage, plan: Plan, experiment: OpenExperiment, { earlier }: Reasons): Effect {
  const after = downstream(experiment.graph, [stage.node]);
  const rerun = plan.stages.filter((each) => after.has(each.node.id) && each.status !== 'hit');
  return {
    reruns: rerun.length,
    of: plan.stages.length,
    estimate: estimate({ ...plan, stages: rerun }, earlier, availableParallelism()),
  };
}

function asJson({ stage, explanation, effect, work }: Answer) {
  return {
    id: stage.node.id,
    kind: stage.node.kind.name,
    status: stage.status,
    ...('identified' in stage ? { key: stage.identified.key } : {}),
    ...(stage.status === 'pending' ? { waitsFor: stage.waitsFor } : {}),
    ...(stage.status === 'hit'
      ? { known: { stage: stage.record.stage, finished: stage.record.finished, seconds: work } }
      : {}),
    nearest: explanation.nearest ?? null,
    reasons: explanation.reasons,
    effect: { reruns: effect.reruns, of: effect.of, seconds: effect.estimate.seconds ?? null },
  };
}

function asText({ stage, explanation, effect, work }: Answer, terminal: Terminal): readonly string[] {
  const { bold, dim, green, yellow } = terminal.result;
  const head = `${bold(stage.node.id)} ${dim(stage.node.kind.name)}`;
  if (stage.status === 'hit') {
    const { record } = stage;
    const other = record.stage === stage.node.id ? '' : ` as ${record.stage}`;
    return [
      `${head}: ${green('known')} since ${sayTime(record.finished)}${other}, made in ${sayDuration(work ?? record.duration)}`,
      dim(`  key ${record.key}`),
    ];
  }
  const { nearest, reasons } = explanation;
  const lines = reasons.map((reason) => `  ${reason}`);
  if (stage.status === 'pending') {
    const rest = reasons.length > 0 ? 'and besides' : 'its result is reused if these give the same output as before';
    const known = nearest === undefined ? 'never made before' : rest;
    return [`${head}: ${yellow('pending')}, waits for ${stage.waitsFor.join(', ')}; ${known}`, ...lines];
  }
  const compared = nearest === undefined ? '' : dim(`  (compared with the result of ${sayTime(nearest.finished)})`);
  const { reruns, of } = effect;
  return [
    `${head}: ${yellow('to run')}${compared}`,
    ...lines,
    `  ${reruns} of ${of} ${of === 1 ? 'stage' : 'stages'} rerun${sayEstimate(effect.estimate)}`,
  ];
}

/** `2026-11-20 14:03`, UTC as in the record. */
function sayTime(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
