import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { err, type Result } from '../../foundation/failures/result.js';
import type { Graph, StageNode } from '../graph/graph.js';
import type { ParameterProblem } from '../stage.js';
import type { Identified } from './identify.js';
import { askCheck, partsProblem } from './kind-answers.js';
import { planGraph, type Knowledge, type PlannedStage } from './plan.js';

/**
 * What a stage's kind has against what it is given, where the experiment says it.
 *
 * @param worksHere whether this machine does the work: then also what the kind has against this machine
 */
export async function checkStage(
  { node, parameters }: Pick<Identified, 'node' | 'parameters'>,
  worksHere: boolean,
): Promise<readonly Diagnostic[]> {
  const parts = partsProblem(node.kind, parameters);
  if (parts !== undefined) return [{ place: node.place, ...parts }];
  const problems = [
    ...(await askCheck(node.kind, parameters)),
    ...(worksHere ? await askCheck(node.kind, parameters, 'checkMachine') : []),
  ];
  return atPointers(node, problems);
}

/** The same diagnostics, those with a pointer at the place in the YAML that it points to. */
export function atPointers(
  node: StageNode,
  diagnostics: readonly (Diagnostic & Partial<ParameterProblem>)[],
): readonly Diagnostic[] {
  return diagnostics.map(({ pointer, ...diagnostic }) =>
    typeof pointer === 'string' ? { place: node.placeOf(pointer), ...diagnostic } : diagnostic,
  );
}

/** The same for every stage that is to run and whose inputs are known. */
export async function checkPlanned(
  stages: readonly PlannedStage[],
  worksHere: boolean,
): Promise<readonly Diagnostic[]> {
  const problems: Diagnostic[] = [];
  for (const stage of stages) {
    if (stage.status === 'run') problems.push(...(await checkStage(stage.identified, worksHere)));
  }
  return distinct(problems);
}

/**
 * What is wrong with stages that run programs, by what is written alone: of those no key is found without running some (their
 * versions), and the last of them may be hours away.
 */
export async function checkWritten(stages: readonly StageNode[], worksHere: boolean): Promise<readonly Diagnostic[]> {
  const problems: Diagnostic[] = [];
  for (const node of stages) {
    if (node.kind.runsPrograms !== true) continue;
    problems.push(...(await checkStage({ node, parameters: node.parameters }, worksHere)));
  }
  return distinct(problems);
}

/** Cells of a matrix that are wrong at one place are reported once. */
function distinct(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return problems.filter(({ code, message, place }) => {
    const key = JSON.stringify([code, message, place]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The same without a plan: only stages that can be checked, and read nothing but what lies outside, are looked up. */
export async function checkGraph(graph: Graph, knowledge: Knowledge, worksHere: boolean): Promise<Result<void>> {
  const checked = graph.stages.filter(({ kind }) => kind.check !== undefined || kind.checkMachine !== undefined);
  const stages = checked.filter(({ kind, inputs }) => kind.runsPrograms !== true && inputs.length === 0);
  const planned = await planGraph({ ...graph, stages }, knowledge);
  if (!planned.ok) return planned;
  const problems = [
    ...(await checkPlanned(planned.value.stages, worksHere)),
    ...(await checkWritten(checked, worksHere)),
  ];
  return problems.length > 0 ? err(problems) : { ok: true, value: undefined };
}
