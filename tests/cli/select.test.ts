import assert from 'node:assert/strict';
import { selectStages } from '../../src/cli/known/select.js';
import type { Graph } from '../../src/engine/graph/graph.js';
import { readGood } from '../engine/graph/world.js';

const STUDY = `fx: 1
name: study
stages:
  syn: { uses: test/generate, with: { identities: 10 } }
  real: { uses: test/generate, with: { identities: 20 } }
  pre: { uses: test/train, with: { data: "\${syn}", epochs: 1 } }
  fine: { uses: test/train, with: { data: "\${real}", start: "\${pre}", epochs: 1 } }
  check:
    uses: test/verify
    matrix: { model: [pre, fine], benchmark: [lfw, ijba] }
`;

describe('what a run is told to do', () => {
  let graph: Graph;
  before(async () => {
    ({ graph } = await readGood(STUDY));
  });
  const choose = (options: Parameters<typeof selectStages>[1]) => {
    const selected = selectStages(graph, options);
    assert.ok(selected.ok);
    const { stages } = selected.value.graph;
    return { runs: stages.map(({ id }) => id).sort(), forced: [...selected.value.force].sort() };
  };
  const checks = (model: string) => [`check[model=${model},benchmark=ijba]`, `check[model=${model},benchmark=lfw]`];

  it('--only takes a stage with all it reads, one cell of a matrix or all of its name', () => {
    assert.deepEqual(choose({ only: ['pre'] }), { runs: ['pre', 'syn'], forced: [] });
    assert.deepEqual(choose({ only: ['check[model=pre,benchmark=lfw]'] }).runs, [
      'check[model=pre,benchmark=lfw]',
      'pre',
      'syn',
    ]);
    assert.deepEqual(choose({ only: ['check'] }).runs, choose({}).runs);
  });

  it('--from takes a stage and all that follow for unknown', () => {
    assert.deepEqual(choose({ from: ['fine'] }).forced, [...checks('fine'), 'fine']);
    assert.equal(choose({ from: ['fine'] }).runs.length, graph.stages.length);
    assert.deepEqual(choose({ from: ['syn'] }).forced, [...checks('fine'), ...checks('pre'), 'fine', 'pre', 'syn']);
  });

  it('--force takes everything for unknown, or with --only what was named, and not what it reads', () => {
    assert.deepEqual(choose({ force: true }).forced, choose({}).runs);
    assert.deepEqual(choose({ force: true, only: ['pre'] }), { runs: ['pre', 'syn'], forced: ['pre'] });
  });

  it('names every stage that is not there, at once', () => {
    const selected = selectStages(graph, { only: ['prae', 'check[model=pree,benchmark=lfw]'], from: ['sin'] });
    assert.ok(!selected.ok);
    assert.deepEqual(
      selected.error.map(({ help }) => help),
      ['did you mean `pre`?', 'did you mean `check[model=pre,benchmark=lfw]`?', 'did you mean `syn`?'],
    );
  });
});
