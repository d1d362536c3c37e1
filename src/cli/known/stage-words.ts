import type { Graph } from '../../engine/graph/graph.js';

/** Stages by id, in words: `embed (36)` for all cells of a matrix, their ids if it is not all of them. */
export function stageWords(graph: Graph, ids: Iterable<string>): string {
  const wanted = new Set(ids);
  const names = new Set(graph.stages.flatMap(({ id, name }) => (wanted.has(id) ? [name] : [])));
  return [...names]
    .flatMap((name) => {
      const cells = graph.stages.filter((stage) => stage.name === name);
      const some = cells.filter(({ id }) => wanted.has(id));
      return some.length > 1 && some.length === cells.length ? [`${name} (${some.length})`] : some.map(({ id }) => id);
    })
    .join(', ');
}
