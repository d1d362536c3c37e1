import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Outcome } from '../../../src/engine/run/run.js';
import { chain, constant, shards, write } from './kinds.js';
import { graphOf, World, type Scripted } from './world.js';

/** A random study: stages of every shape, each reading some of those before it. */
const study = fc
  .array(
    fc.record({
      shape: fc.constantFrom('write', 'constant', 'shards', 'chain'),
      text: fc.constantFrom('a', 'b', 'c'),
      count: fc.integer({ min: 1, max: 3 }),
      reads: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { minLength: 2, maxLength: 6 },
  )
  .map((stages) =>
    stages.map(({ shape, text, count, reads }, i): Scripted => {
      const names = i === 0 ? [] : [...new Set(reads.map((read) => `s${read % i}`))];
      const id = `s${i}`;
      if (shape === 'shards') return { id, kind: shards, with: { text: id, count }, reads: names };
      if (shape === 'chain') return { id, kind: chain, with: { text: id, count }, reads: names };
      return { id, kind: shape === 'write' ? write : constant, with: { text: `${id}${text}` }, reads: names };
    }),
  );

/** The same stages in another order in which each comes after those it reads. */
function shuffled(stages: readonly Scripted[], choices: readonly number[]): readonly Scripted[] {
  const left = [...stages];
  const order: Scripted[] = [];
  for (let turn = 0; left.length > 0; turn += 1) {
    const ready = left.filter(({ reads = [] }) => reads.every((id) => order.some((stage) => stage.id === id)));
    const next = ready[choices[turn % choices.length]! % ready.length]!;
    order.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return order;
}

/** Key and artifact of every stage. */
function resultsOf(outcome: Outcome): Readonly<Record<string, string>> {
  const entries = outcome.stages.map((stage): [string, string] => {
    assert.ok('record' in stage, `${stage.node.id} ${stage.status}`);
    return [stage.node.id, `${stage.record.key} ${stage.record.artifact}`];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('whatever the study', function () {
  this.timeout(60_000);

  it('parallel = serial, shuffled = sorted, cached = fresh, partly cached = fresh', async () => {
    const serial = new World();
    const parallel = new World();
    const partly = new World();
    const cores = (n: number) => ({ resources: { cores: n, memory: 8 * 2 ** 30, gpus: 0 } });
    try {
      await fc.assert(
        fc.asyncProperty(study, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), async (stages, choices) => {
          const fresh = await serial.run(graphOf(stages), cores(1));
          const expected = resultsOf(fresh);
          const other = await parallel.run(graphOf(shuffled(stages, choices)), cores(4));
          assert.deepEqual(resultsOf(other), expected);

          serial.executed();
          const cached = await serial.run(graphOf(stages), cores(4));
          assert.deepEqual(serial.executed(), []);
          assert.equal(cached.finished.stages.reused, stages.length);
          assert.deepEqual(resultsOf(cached), expected);

          // Some stages are there from a smaller study, chains and shards in part.
          const smaller = stages
            .slice(0, 1 + (choices[0]! % stages.length))
            .map((stage) => ('count' in stage.with ? { ...stage, with: { ...stage.with, count: 1 } } : stage));
          await partly.run(graphOf(smaller), cores(2));
          assert.deepEqual(resultsOf(await partly.run(graphOf(stages), cores(2))), expected);
        }),
        { numRuns: 20 },
      );
    } finally {
      for (const world of [serial, parallel, partly]) await world.close();
    }
  });
});
