import assert from 'node:assert/strict';
import type { Graph, StageNode } from '../../src/engine/graph/graph.js';
import { stageWords } from '../../src/cli/known/stage-words.js';

describe('stages in words', () => {
  const cells = (name: string, count: number): readonly Pick<StageNode, 'id' | 'name'>[] =>
    Array.from({ length: count }, (_, i) => ({ name, id: `${name}[a=${i}]` }));
  const stages = [{ name: 'data', id: 'data' }, ...cells('train', 3), ...cells('test', 2)];
  const graph = { stages } as unknown as Graph;

  it('are a name and a number for all cells of a matrix, and ids otherwise, in the order of the graph', () => {
    const said = (ids: readonly string[]) => stageWords(graph, ids);
    assert.equal(said(stages.map(({ id }) => id).reverse()), 'data, train (3), test (2)');
    assert.equal(said(['test[a=1]', 'train[a=2]', 'train[a=0]']), 'train[a=0], train[a=2], test[a=1]');
    assert.equal(said([]), '');
  });
});
