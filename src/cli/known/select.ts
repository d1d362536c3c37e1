import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { suggestion } from '../../foundation/failures/nearest.js';
import { err, ok, type Result } from '../../foundation/failures/result.js';
import type { Graph, StageNode } from '../../engine/graph/graph.js';

export interface Selection {
  /** The chosen stages and all they read. */
  readonly graph: Graph;
  /** Ids of the stages to take as unknown. */
  readonly force: ReadonlySet<string>;
}

/** `--only`, `--from` and `--force`: a stage is named by its name, or by its id where a matrix has made several. */
export function selectStages(
  graph: Graph,
  options: { readonly only?: readonly string[]; readonly from?: readonly string[]; readonly force?: boolean },
): Result<Selection> {
  const only = findStages(graph, options.only ?? []);
  const from = findStages(graph, options.from ?? []);
  const problems = [only, from].flatMap((found) => (found.ok ? [] : found.error));
  if (!only.ok || !from.ok) return err(problems);
  const kept = only.value.length === 0 ? graph.stages : upstreamOf(graph, only.value);
  const after = downstream(graph, from.value);
  // With --only and --force, what the chosen stages read may be reused.
  const chosen = only.value.length === 0 ? graph.stages : only.value;
  const force = options.force === true ? new Set([...after, ...chosen.map((node) => node.id)]) : after;
  return ok({ graph: { ...graph, stages: kept }, force });
}

/** The stages of these names; an id names one cell of a matrix, a name all of them. */
export function findStages(graph: Graph, names: readonly string[]): Result<readonly StageNode[]> {
  const problems: Diagnostic[] = [];
  const found = names.flatMap((name) => {
    const stages = graph.stages.filter((node) => node.id === name || node.name === name);
    if (stages.length === 0) {
      const ids = graph.stages.map((node) => node.id);
      const known = [...new Set([...graph.stages.map((node) => node.name), ...(name.includes('[') ? ids : [])])];
      const help = suggestion(name, known, 'there are');
      problems.push(failure('select/no-such-stage', `there is no stage \`${name}\` in ${graph.file}`, help));
    }
    return stages;
  });
  return problems.length > 0 ? err(problems) : ok([...new Set(found)]);
}

/** Ids of the given stages and of all that read them, directly or not. */
export function downstream(graph: Graph, stages: readonly StageNode[]): Set<string> {
  const after = new Set(stages.map((node) => node.id));
  for (const node of graph.stages) if (node.inputs.some(({ stage }) => after.has(stage))) after.add(node.id);
  return after;
}

/** The given stages and all they read, in the order of the graph. */
export function upstreamOf(graph: Graph, chosen: readonly StageNode[]): readonly StageNode[] {
  const wanted = new Set(chosen.map((node) => node.id));
  for (const node of graph.stages.toReversed()) {
    if (wanted.has(node.id)) for (const { stage } of node.inputs) wanted.add(stage);
  }
  return graph.stages.filter((node) => wanted.has(node.id));
}
