import { failure, type Diagnostic } from '../foundation/diagnostic.js';
import { err, ok, type Result } from '../foundation/result.js';
import type { Graph, StageNode } from '../engine/graph/graph.js';

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
  const problems: Diagnostic[] = [];
  const find = (name: string): readonly StageNode[] => {
    const found = graph.stages.filter((node) => node.id === name || node.name === name);
    if (found.length === 0) {
      const known = [...new Set(graph.stages.map((node) => node.name))].join(', ');
      problems.push(failure('select/no-such-stage', `there is no stage ${name}; there are: ${known}`));
    }
    return found;
  };
  const only = (options.only ?? []).flatMap(find);
  const from = (options.from ?? []).flatMap(find);
  if (problems.length > 0) return err(problems);

  const kept = only.length === 0 ? graph.stages : upstream(graph, only);
  const after = new Set(from.map((node) => node.id));
  for (const node of graph.stages) if (node.inputs.some(({ stage }) => after.has(stage))) after.add(node.id);
  // With --only and --force, what the chosen stages read may be reused.
  const chosen = only.length === 0 ? graph.stages : only;
  const force = options.force === true ? new Set([...after, ...chosen.map((node) => node.id)]) : after;
  return ok({ graph: { ...graph, stages: kept }, force });
}

function upstream(graph: Graph, chosen: readonly StageNode[]): readonly StageNode[] {
  const wanted = new Set(chosen.map((node) => node.id));
  for (const node of graph.stages.toReversed()) {
    if (wanted.has(node.id)) for (const { stage } of node.inputs) wanted.add(stage);
  }
  return graph.stages.filter((node) => wanted.has(node.id));
}
