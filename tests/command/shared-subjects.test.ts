import assert from 'node:assert/strict';
import type { Report } from '../../src/report/report.js';
import { Project } from '../cli/project.js';

/** Two tests of the same patients: items of its own each, and what a model makes of the patient in both. */
const SCRIPT = `
import { writeFileSync } from 'node:fs';
const [model, test] = process.argv.slice(2);
const lines = Array.from({ length: 40 }, (_, i) => {
  const patient = (test === 'x' ? 0 : 10) + i;
  return [test + i, patient, ((patient * 7) % 13) + (i % 3) + (model === 'b' ? (patient * 5) % 11 : 0)].join(',');
});
writeFileSync('items.csv', 'item,subject,m\\n' + lines.join('\\n') + '\\n');
`;

const study = (more: string): string => `fx: 1
name: study
stages:
  one:
    uses: command
    matrix: { model: [a, b], test: [x, y] }
    with:
      run: [node, '{script}', '\${matrix.model}', '\${matrix.test}']
      sources: { script: ./measure.mjs }
      outputs: [items.csv]
      outcomes: items.csv
${more}
report:
  tables:
    - { id: table, rows: { A: a, B: b }, columns: { x: x.m, y: y.m } }
  claims:
    - { id: better, says: B is more., that: B > A, on: [x, y], hold: mean }
`;

describe('two commands that measure the same subjects', function () {
  this.timeout(240_000);
  let project: Project;
  before(() => {
    project = new Project({ 'measure.mjs': SCRIPT });
  });
  after(() => project.remove());
  const claimIn = async (more: string) => {
    project.write('study.yaml', study(more));
    const done = await project.fxWith({ NO_COLOR: '1' }, 'run', 'study.yaml');
    assert.equal(done.code, 0, done.err);
    const report = JSON.parse(project.read('reports/study/default/report.json')) as Report;
    return report.claims[0]!.comparisons[0]!;
  };

  it('have an interval of their mean in which a subject counts once, if they say which set it is of', async () => {
    const [nameless, named] = [await claimIn(''), await claimIn('      subjects: patients')];
    const width = ({ interval }: typeof named): number => interval!.high - interval!.low;
    assert.equal(named.effect, nameless.effect);
    assert.ok(named.notes.includes('30 of 50 subjects are in several columns, and count once'), named.notes.join());
    assert.ok(
      nameless.notes.some((note) => note.includes('the interval is too narrow')),
      nameless.notes.join(),
    );
    assert.ok(width(named) > 1.15 * width(nameless), `${width(named)} against ${width(nameless)}`);
  });
});
