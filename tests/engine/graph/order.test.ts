import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ok } from '../../../src/foundation/failures/result.js';
import { object, optional } from '../../../src/foundation/schema/schema.js';
import { artifacts, type AnyStageKind } from '../../../src/engine/stage.js';
import { registryOf } from './kinds.js';
import { readWorld, told } from './world.js';

const node = {
  name: 'test/node',
  says: 'Reads any number of others.',
  parameters: object({ reads: optional(artifacts([], { says: 'Others.' })) }, { says: 'Parameters.' }),
  produces: 'node',
  run: () => Promise.resolve(ok({})),
} satisfies AnyStageKind;
const kinds = registryOf([node]);

/** `edges[i]`: what stage i reads. */
const written = (edges: readonly (readonly number[])[]): string =>
  `fx: 1\nname: graph\nstages:\n${edges
    .map(
      (reads, i) =>
        `  s${i}:\n    uses: test/node\n    with: { reads: ${reads.length === 0 ? 'null' : `["${reads.map((j) => `\${s${j}}`).join('", "')}"]`} }\n`,
    )
    .join('')}`;

/** Length of the shortest cycle by all paths (Floyd and Warshall); infinite without one. */
function shortestCycle(edges: readonly (readonly number[])[]): number {
  const n = edges.length;
  const far = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => (edges[i]!.includes(j) ? 1 : Infinity)),
  );
  for (let k = 0; k < n; k += 1)
    for (let i = 0; i < n; i += 1)
      for (let j = 0; j < n; j += 1) far[i]![j] = Math.min(far[i]![j]!, far[i]![k]! + far[k]![j]!);
  return Math.min(...far.map((row, i) => row[i]!));
}

const graphs = fc
  .integer({ min: 1, max: 9 })
  .chain((n) => fc.array(fc.uniqueArray(fc.nat(n - 1), { maxLength: 2 }), { minLength: n, maxLength: n }));

describe('the order of stages', () => {
  it('has every stage after those it reads, or else tells a shortest circle', async () => {
    let circles = 0;
    await fc.assert(
      fc.asyncProperty(graphs, async (edges) => {
        const text = written(edges);
        const { result } = await readWorld({ 'a.yaml': text }, { kinds });
        const length = shortestCycle(edges);
        if (result.ok) {
          assert.equal(length, Infinity);
          const seen = new Set<string>();
          for (const stage of result.value.graph.stages) {
            for (const input of stage.inputs)
              assert.ok(seen.has(input.stage), `${stage.id} stands before ${input.stage}`);
            seen.add(stage.id);
          }
          assert.equal(seen.size, edges.length);
          return;
        }
        circles += 1;
        assert.deepEqual(
          result.error.map(({ code }) => code),
          ['graph/cycle'],
        );
        const around = /circle: (.*)$/.exec(result.error[0]!.message)?.[1]?.split(' -> ') ?? ['s', 's'];
        assert.equal(around.length - 1, length);
        assert.equal(around[0], around.at(-1));
        for (const [i, id] of around.slice(0, -1).entries())
          if (length > 1)
            assert.ok(edges[Number(id.slice(1))]!.includes(Number(around[i + 1]!.slice(1))), `${id} reads`);
      }),
      { numRuns: 200 },
    );
    assert.ok(circles > 20);
  });

  it('is found for a chain that is deeper than the stack', async () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => (i === 0 ? [] : [i - 1]));
    const { result } = await readWorld({ 'a.yaml': written(chain) }, { kinds });
    assert.ok(result.ok);
    assert.equal(result.value.graph.stages.at(-1)!.id, 's19999');
  });

  it('tells a circle at the references that close it', async () => {
    const text = await told(written([[1], [0]]), { kinds });
    assert.match(text, /stages read each other in a circle: s0 -> s1 -> s0/);
    assert.match(text, /s1 reads s0:/);
  });
});
