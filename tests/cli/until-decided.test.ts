import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../src/report/report.js';
import { Project } from './project.js';

/** What is measured varies with the seed by so much as the sine of it. */
const MEASURE = `
export const measure = {
  name: 'measure', says: 'A number with noise.', produces: 'numbers', outputs: {},
  metrics: { score: { says: 'the number', better: 'higher' } },
  parameters: {
    json: {
      type: 'object', required: ['mean', 'seed'], additionalProperties: false,
      properties: { mean: { type: 'number' }, seed: { type: ['number', 'string'], fx: { quantity: 'count' } } },
    },
  },
  run: async ({ parameters: { mean, seed } }: any) => ({ ok: true, value: { metrics: { score: mean + Math.sin(seed * 1.7) } } }),
};
`;

const experiment = (effect: number): string => `fx: 1
name: growing
title: Growing
stages:
  measured:
    uses: ./stages/measure.ts#measure
    matrix: { of: { less: 1, more: ${1 + effect} } }
    replicates: 2
    with: { mean: '\${matrix.of}', seed: 41 }
report:
  tables:
    - { id: t, title: T, from: measured, rows: { Less: less, More: more }, columns: { score: score } }
  claims:
    - { id: more-is-more, says: More is more., that: Less < More, on: [score] }
`;

describe('a run until claims are decided', function () {
  this.timeout(60_000);
  let project: Project;
  before(() => (project = new Project({ 'stages/measure.ts': MEASURE })));
  after(() => project.remove());

  const report = (): Report =>
    JSON.parse(readFileSync(join(project.directory, 'reports/growing/default/report.json'), 'utf8')) as Report;

  it('adds a replicate a round, each look at a level of its own, and stops where they are', async () => {
    project.write('growing.yaml', experiment(1.2));
    const { code, err, out } = await project.fx('run', 'growing.yaml', '--until', 'decided');
    assert.equal(code, 0, err);
    const { look, claims, stages } = report();
    assert.equal(claims[0]!.verdict, 'reproduced');
    assert.ok(look! > 1, String(look));
    assert.equal(stages.length, 2 * (1 + look!));
    assert.match(err + out, new RegExp(`every claim is decided, with ${1 + look!} replicates`));
    assert.match(
      project.read('reports/growing/default/report.md'),
      /so that all looks together are wrong in at most 5 % of runs/,
    );
    // A second time nothing runs, and the same is found.
    const again = await project.fx('run', 'growing.yaml', '--until', 'decided', '--json');
    assert.ok(!again.out.includes('"executed","stage"'), again.out);
    assert.equal(report().look, look);
  });

  it('stops where time is out, or replicates would not decide, and says which claims are open', async () => {
    project.write('growing.yaml', experiment(0.6));
    const short = await project.fx('run', 'growing.yaml', '--until', 'decided', '--at-most', '0s');
    assert.equal(short.code, 0, short.err);
    assert.match(short.err + short.out, /still undecided.*more-is-more/);
    assert.equal(report().look, 1);
  });

  it('is what --at-most belongs to, as --jobs belongs to a cluster', async () => {
    project.write('growing.yaml', experiment(1));
    for (const [option, value, needed] of [
      ['--at-most', '3m', '--until'],
      ['--jobs', '4', '--on'],
    ] as const) {
      const { code, err } = await project.fx('run', 'growing.yaml', option, value);
      assert.equal(code, 2);
      assert.match(err, new RegExp(`${option} has no effect without ${needed}`));
    }
  });

  it('refuses what it cannot decide, with what to do', async () => {
    project.write('growing.yaml', experiment(1).replace('    replicates: 2\n', ''));
    const { code, err } = await project.fx('run', 'growing.yaml', '--until', 'decided');
    assert.notEqual(code, 0);
    assert.match(err, /no stage has replicates/);
    assert.match(err, /replicates: 3/);
  });
});
