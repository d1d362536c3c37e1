import assert from 'node:assert/strict';
import type { RunRecord } from '../../src/engine/run/record.js';
import type { JsonObject } from '../../src/foundation/values/json.js';
import { buildReport } from '../../src/report/build.js';
import { claimsRemark } from '../../src/report/formats/remarks.js';
import { sampleRun, type Skill } from './sample-run.js';

const THREE: Skill = { real: [1.6, 1.5, 1.7], synthetic: [2.6, 2.2, 3], frontal: [1.1, 1, 1.2] };

/** What a seed decides: trainings. */
function seeded(run: RunRecord): RunRecord {
  return {
    ...run,
    stages: run.stages.map((stage) =>
      stage.kind === 'learning/train' ? { ...stage, parameters: { ...stage.parameters, seed: 41 } } : stage,
    ),
  };
}

/** The first claim alone, of another mode, and what else the report section says. */
function asking(run: RunRecord, claim: JsonObject, more: JsonObject = {}): RunRecord {
  const plan = run.report as unknown as { claims: readonly JsonObject[] };
  return { ...run, report: { ...run.report, claims: [{ ...plan.claims[0]!, ...claim }], ...more } };
}

async function claimOf(skill: Skill, change: (run: RunRecord) => RunRecord, pairs = 400) {
  const sample = sampleRun(skill, { pairs });
  try {
    const { report, files } = await buildReport(change(sample.run), sample);
    return { report, claim: report.claims[0]!, files };
  } finally {
    sample.remove();
  }
}

describe('a verdict', () => {
  const ONE: Skill = { real: [1.6], synthetic: [2.6], frontal: [1.1] };

  it('is undecided of one training that a seed decides, says so, and what would decide it', async () => {
    const { claim, files } = await claimOf(ONE, seeded);
    assert.equal(claim.verdict, 'undecided');
    assert.match(claim.reason!, /one of the trainings each: the noise between trainings is unknown/);
    assert.equal(claim.decides, '`replicates: 3`');
    for (const file of ['report.md', 'report.html'])
      assert.match(files.get(file) as string, /the noise between trainings is unknown/, file);
  });

  it('needs but one measurement of what no seed decides, beside three trainings, though what measures has a seed', async () => {
    const floor: Skill = { ...THREE, frontal: [1.1] };
    /** The first model is trained or not, by what its stage says; each measurement has a seed. */
    const measured = (run: RunRecord): RunRecord => ({
      ...run,
      stages: seeded(run).stages.map((stage) => {
        if (stage.kind === 'benchmarks/verify') return { ...stage, parameters: { ...stage.parameters, seed: 0 } };
        return stage.id === 'train-frontal' ? { ...stage, kind: 'learning/pixels', parameters: {} } : stage;
      }),
    });
    const { claim } = await claimOf(floor, measured);
    assert.equal(claim.verdict, 'reproduced');
    assert.match(claim.comparisons[0]!.method, /^over \d+ persons and 3 trainings$/);
    // A floor that is a training has noise of its own, which one does not show.
    assert.equal((await claimOf(floor, seeded)).claim.verdict, 'undecided');
  });

  it('holds of three trainings where the effect is there, and is the other way round where it is', async () => {
    assert.equal((await claimOf(THREE, seeded)).claim.verdict, 'reproduced');
    const turned: Skill = { ...THREE, synthetic: THREE.frontal, frontal: THREE.synthetic };
    assert.equal((await claimOf(turned, seeded)).claim.verdict, 'not reproduced');
  });

  it('is on all columns, on any, or on their mean', async () => {
    for (const mode of ['any', 'mean'] as const) {
      const { claim } = await claimOf(THREE, (run) => asking(seeded(run), { mode }));
      assert.deepEqual(
        [claim.on, claim.verdict, claim.comparisons.length],
        [mode, 'reproduced', mode === 'any' ? 2 : 1],
      );
    }
    const { claim } = await claimOf(THREE, (run) => asking(seeded(run), { mode: 'mean' }));
    const { comparisons } = (await claimOf(THREE, seeded)).claim;
    const mean = comparisons.reduce((sum, { effect }) => sum + effect!, 0) / 2;
    assert.ok(Math.abs(claim.comparisons[0]!.effect! - mean) < 1e-12);
  });

  it('has its effect with as many digits as the table that prints the numbers, and three at least', async () => {
    const printed = async (percent: boolean, digits: number) => {
      const { files } = await claimOf(THREE, (run) => {
        const tables = (run.report as unknown as { tables: readonly JsonObject[] }).tables;
        const change = { tables: tables.map((table) => ({ ...table, percent, digits })) };
        return asking(seeded(run), { mode: 'mean' }, change);
      });
      const found = ['report.md', 'report.html', 'numbers.tex'].map((file) =>
        /(?:effect\S*\{|>|\| )\+0\.(\d+)/.exec(files.get(file) as string),
      );
      return found.map((match) => match?.[1]?.length);
    };
    assert.deepEqual(await printed(false, 5), [5, 5, 5]);
    assert.deepEqual(await printed(true, 2), [4, 4, 4]);
    assert.deepEqual(await printed(true, 1), [3, 3, 3]);
  });

  it('of no effect is undecided, for a reason in words', async () => {
    const alike: Skill = { ...THREE, synthetic: [1.1, 1, 1.2], frontal: [1.15, 1.05, 1.1] };
    const { claim } = await claimOf(alike, seeded);
    assert.equal(claim.verdict, 'undecided');
    assert.match(claim.reason!, /no effect larger than 0\.\d+ is there|too few (trainings|persons) \(\d+\)/);
  });

  it('is one of many: how many to expect by chance stands above the claims, or Holm’s correction does', async () => {
    const { report } = await claimOf(THREE, seeded);
    assert.match(claimsRemark(report)!, /^3 claims, .* up to 0\.15 verdicts would be expected by chance/);
    const holm = await claimOf(THREE, (run) => ({ ...run, report: { ...run.report, correction: 'holm' } }));
    assert.match(claimsRemark(holm.report)!, /^Holm's correction for 3 claims/);
    assert.match(holm.files.get('report.md') as string, /Holm's correction for 3 claims/);
  });
});

/** All in which numbers of a table stand. */
const FORMATS = [
  'report.json',
  'report.md',
  'report.html',
  'tables/table2b.md',
  'tables/table2b.tex',
  'tables/table2b.csv',
] as const;

describe('what a number cannot say', () => {
  it('stands beside it in every format', async () => {
    const { report, files } = await claimOf(THREE, seeded, 100);
    const cell = report.tables[0]!.rows[0]!.cells[1]!;
    assert.match(cell.notes.join(), /the threshold rests on 1 of 1\d impostor pairs of a split/);
    for (const file of ['report.md', 'report.html', 'tables/table2b.md', 'tables/table2b.tex', 'tables/table2b.csv'])
      assert.match(files.get(file) as string, /the threshold rests on 1 of 1\d impostor pairs of a split/, file);
    for (const file of ['report.md', 'report.html', 'tables/table2b.tex', 'tables/table2b.csv'])
      assert.match(files.get(file) as string, /over 50 persons and 3 trainings/, file);
  });

  it('stands beside the effect of a claim too, in the page and in Markdown', async () => {
    const { claim, files } = await claimOf(THREE, seeded, 100);
    assert.ok(claim.comparisons.some(({ notes }) => notes.join().includes('the threshold rests on 1')));
    const claims = (files.get('report.md') as string).split('## Claims')[1]!;
    assert.match(claims, /IJB-A: the threshold rests on 1 of 1\d impostor pairs of a split/);
    assert.match((files.get('report.html') as string).split('id="claims"')[1]!, /IJB-A: the threshold rests on 1 of/);
  });

  it('of a number that a stage could not give, is why: in the words of its warning', async () => {
    const warning = {
      code: 'benchmarks/one-fold',
      severity: 'warning',
      message: 'one fold alone: no accuracy',
    } as const;
    const without = (run: RunRecord): RunRecord => ({
      ...run,
      stages: run.stages.map((stage) => {
        const { accuracy, ...rest } = stage.metrics;
        return accuracy === undefined ? stage : { ...stage, metrics: rest, warnings: [warning] };
      }),
    });
    const { report, files } = await claimOf(THREE, (run) => without(seeded(run)), 100);
    assert.deepEqual(report.tables[0]!.rows[0]!.cells[0]!.notes, [warning.message]);
    for (const file of FORMATS) assert.match(files.get(file) as string, /one fold alone: no accuracy/, file);
    const { files: bare } = await claimOf(THREE, (run) => {
      const plain = without(seeded(run));
      return { ...plain, stages: plain.stages.map((stage) => ({ ...stage, warnings: [] })) };
    });
    for (const file of FORMATS) assert.match(bare.get(file) as string, /accuracy.{0,20} was not measured/, file);
  });
});
