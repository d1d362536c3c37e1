import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  byName,
  graphDot,
  graphMermaid,
  graphSvg,
  graphText,
  layersOf,
  type GraphNode,
} from '../../src/report/figures/graph-drawing.js';

/** Graphs without cycles: a node reads nodes before it. */
const graphs = fc.array(fc.array(fc.nat({ max: 20 }), { maxLength: 4 }), { maxLength: 14 }).map((all) =>
  all.map((reads, i): GraphNode => {
    return { id: `n${i}`, reads: i === 0 ? [] : [...new Set(reads.map((read) => `n${read % i}`))] };
  }),
);

describe('a drawing of the graph', () => {
  it('has every node once, after all it reads, whatever the order they come in', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const layers = layersOf(nodes);
        const layer = new Map(layers.flatMap((ids, i) => ids.map((id) => [id, i] as const)));
        assert.deepEqual(layers.flat().sort(), nodes.map(({ id }) => id).sort());
        for (const { id, reads } of nodes) for (const read of reads) assert.ok(layer.get(read)! < layer.get(id)!);
        assert.equal(graphSvg(nodes), graphSvg([...nodes].reverse()));
        assert.equal(graphText(nodes), graphText([...nodes].reverse()));
      }),
      { numRuns: 60 },
    );
  });

  const diamond: readonly GraphNode[] = [
    { id: 'end', reads: ['left', 'right', 'start'] },
    { id: 'left', reads: ['start'] },
    { id: 'right', reads: ['start'], label: 'the "right" <one>' },
    { id: 'start', reads: ['elsewhere'] },
  ];

  it('is text, Mermaid, DOT and SVG', () => {
    assert.equal(
      graphText(diamond),
      'start\nleft               <- start\nthe "right" <one>  <- start\nend                <- left, right, start\n',
    );
    assert.match(graphMermaid(diamond), /^flowchart LR\n {2}n0\["start"\]\n(.*\n)* {2}n0 --> n1\n/);
    assert.match(graphMermaid(diamond), /n2\["the #34;right#34; #60;one#62;"\]/);
    assert.match(graphDot(diamond), /"right" \[label="the \\"right\\" <one>"\];/);
    assert.equal(graphDot(diamond).match(/->/g)!.length, 5);
    assert.match(graphSvg(diamond), /the &quot;right&quot; &lt;one&gt;/);
    assert.doesNotMatch(graphSvg(diamond), /NaN|undefined/);
  });

  it('makes one box of a matrix', () => {
    const cell = (model: string): { id: string; name: string; kind: string; reads: string[] } => ({
      id: `verify[model=${model}]`,
      name: 'verify',
      kind: 'benchmarks/verify',
      reads: [`train[model=${model}]`],
    });
    const train = (model: string) => ({
      id: `train[model=${model}]`,
      name: 'train',
      kind: 'learning/train',
      reads: [],
    });
    assert.deepEqual(byName([cell('a'), cell('b'), train('a'), train('b')]), [
      { id: 'verify', label: 'verify ×2', note: 'benchmarks/verify', reads: ['train'] },
      { id: 'train', label: 'train ×2', note: 'learning/train', reads: [] },
    ]);
  });
});
