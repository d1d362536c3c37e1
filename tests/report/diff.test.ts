import assert from 'node:assert/strict';
import type { ReportPlan } from '../../src/engine/run/record.js';
import { buildReport } from '../../src/report/build.js';
import { diffMarkdown, headline } from '../../src/report/diff/diff-markdown.js';
import { diffReports } from '../../src/report/diff/diff.js';
import { outcomesReader } from '../../src/report/measures/evidence.js';
import { readReport } from '../../src/report/read.js';
import type { Report } from '../../src/report/report.js';
import { sampleRun, SKILL, type SampleRun } from './sample-run.js';

describe('a comparison of two reports', () => {
  let [old, now]: SampleRun[] = [];
  let [before, after]: Report[] = [];
  const outcomes = (digest: string, metric: string) =>
    outcomesReader((each) => old!.locateBlob(each))(digest, metric) ??
    outcomesReader((each) => now!.locateBlob(each))(digest, metric);

  // The frontal model gets clearly worse, the synthetic one by less than its noise.
  const { synthetic } = SKILL;
  const worse = { ...SKILL, frontal: [0], synthetic: [synthetic[0]! - 0.02] };

  const prepare = async () => {
    old = sampleRun();
    now = sampleRun(worse);
    before = (await buildReport(old.run, old)).report;
    after = (await buildReport(now.run, now)).report;
  };
  // `before` of mocha is shadowed by the report of that name.
  setupOnce(prepare);
  teardownOnce(() => [old, now].forEach((sample) => sample?.remove()));

  it('finds nothing in a report and itself', () => {
    const diff = diffReports(before!, before!, { outcomes });
    assert.deepEqual([diff.parameters, diff.stages, diff.cells, diff.claims], [[], [], [], []]);
    assert.equal(diff.hasRegression, false);
    assert.equal(headline(diff), 'nothing changed');
  });

  it('tells what moved by more than its noise, in either direction, from what did not', () => {
    const verdicts = (a: Report, b: Report) =>
      Object.fromEntries(
        diffReports(a, b, { outcomes }).cells.map(({ row, column, verdict, method }) => {
          assert.match(method, /^over 200 persons alone/);
          return [`${row} ${column}`, verdict];
        }),
      );
    const there = verdicts(before!, after!);
    assert.equal(there['SYN-Front LFW'], 'worse');
    assert.equal(there['SYN-Front IJB-A'], 'worse');
    assert.ok(!('Casia LFW' in there));
    for (const [cell, verdict] of Object.entries(there))
      if (cell.startsWith('SYN-1M')) assert.equal(verdict, 'within noise', cell);
    const back = verdicts(after!, before!);
    assert.equal(back['SYN-Front LFW'], 'better');
    assert.equal(diffReports(before!, after!, { outcomes }).hasRegression, true);
  });

  it('takes less of an error rate for better, and prints the least of them bold, in a table whose other columns want more', async () => {
    const report = async (sample: SampleRun): Promise<Report> => {
      const [table] = (sample.run.report as unknown as ReportPlan).tables;
      const columns = [{ label: 'LFW', metric: 'eer' }, table!.columns[1]!];
      const run = { ...sample.run, report: { ...sample.run.report, tables: [{ ...table!, columns }] } };
      return (await buildReport(run as unknown as typeof sample.run, sample)).report;
    };
    const [a, b] = [await report(old!), await report(now!)];
    const { columns, rows } = a.tables[0]!;
    assert.deepEqual(
      columns.map(({ best }) => best),
      ['lowest', undefined],
    );
    const least = Math.min(...rows.map(({ cells }) => cells[0]!.value!));
    assert.deepEqual(
      rows.map(({ cells }) => cells[0]!.best),
      rows.map(({ cells }) => cells[0]!.value === least),
    );
    const cell = diffReports(a, b, { outcomes }).cells.find(
      ({ row, column }) => row === 'SYN-Front' && column === 'LFW',
    )!;
    assert.ok(cell.difference! > 0);
    assert.equal(cell.verdict, 'worse');
  });

  it('goes by the errors where outcomes are gone', () => {
    const cell = diffReports(before!, after!).cells.find(({ row }) => row === 'SYN-Front')!;
    assert.equal(cell.method, 'the errors of both, assumed independent');
    assert.equal(cell.verdict, 'worse');
  });

  it('names the stages that changed for a cause of their own, and counts the others', () => {
    const changed = structuredClone(before!) as unknown as {
      stages: { id: string; key: string; artifact: string; parameters: object }[];
    };
    const set = (id: string, more: object) =>
      Object.assign(
        changed.stages.find((stage) => stage.id === id)!,
        more,
      );
    set('syn-front', { key: '1', artifact: '1', parameters: { yaw: { uniform: [-20, 20] } } });
    set('train-frontal', { key: '2', artifact: '2' });
    set('casia', { key: '3' });
    const diff = diffReports(before!, changed as unknown as Report, { explain: () => [] });
    const text = diffMarkdown(diff);
    assert.match(text, /- `syn-front`: `yaw\/uniform` `\[-35, 35\]` → `\[-20, 20\]`/);
    assert.match(text, /- `casia`: its code, an external file or its environment \(the same bytes came out\)/);
    assert.match(text, /- 1 more stage because of their inputs/);
    const code = diffReports(before!, changed as unknown as Report, { explain: ({ kind }) => [`code of ${kind}`] });
    assert.match(diffMarkdown(code), /`casia`: code of datasets\/import/);
  });

  it('tells claims that flipped; one less supported is a regression', () => {
    const flipped = structuredClone(before!) as unknown as { claims: { verdict: string }[] };
    flipped.claims[0]!.verdict = 'undecided';
    const diff = diffReports(before!, flipped as unknown as Report);
    assert.deepEqual(
      diff.claims.map(({ id, before: a, after: b }) => [id, a, b]),
      [['frontal-bias-hurts', 'reproduced', 'undecided']],
    );
    assert.equal(diff.hasRegression, true);
    assert.equal(diffReports(flipped as unknown as Report, before!).hasRegression, false);
  });

  it('says that a claim asks for something else, also where its verdict is the same', () => {
    const other = structuredClone(before!) as unknown as { claims: { that: string; verdict: string }[] };
    const [claim] = other.claims;
    const { that } = claim!;
    claim!.that = 'Casia > SYN-1M';
    const diff = diffReports(before!, other as unknown as Report);
    assert.equal(diff.claims.length, 1);
    assert.ok(diff.claims[0]!.asks!.before.startsWith(`${that} on all of `));
    assert.ok(diff.claims[0]!.asks!.after.startsWith('Casia > SYN-1M on all of '));
    assert.equal(headline(diff), '1 claim of another statement');
    assert.match(diffMarkdown(diff), /asks for `Casia > SYN-1M on all of [^`]+`, and asked for `/);
    assert.equal(diff.hasRegression, false);
  });

  it('says that a row is of other stages than before', () => {
    const [table] = before!.tables;
    const [first, second, ...others] = table!.rows;
    const swapped = [{ ...first!, cells: second!.cells }, { ...second!, cells: first!.cells }, ...others];
    const diff = diffReports(before!, { ...before!, tables: [{ ...table!, rows: swapped }] }, { outcomes });
    const of = first!.cells[0]!.sources.map(({ stage }) => stage.replace(/,replicate=\d+/, ''));
    assert.ok(diff.cells.length > 0 && diff.cells.every((cell) => cell.of !== undefined));
    assert.ok(diff.cells.some((cell) => cell.of!.before.join() === [...new Set(of)].join()));
    assert.match(diffMarkdown(diff), /- `table2b\/[^`]+` is of `[^`]+`, and was of `[^`]+`/);
  });

  it('does not compare stand-in numbers with real ones', async () => {
    const real = sampleRun(worse, { standIn: false });
    const { report } = await buildReport(real.run, real);
    real.remove();
    const { cells } = diffReports(before!, report, { outcomes });
    assert.ok(cells.length === 6 && cells.every(({ verdict }) => verdict === 'not comparable'));
  });

  it('reads back what was written, and refuses what is no report', async () => {
    const { files } = await buildReport(old!.run, old!);
    const read = readReport(files.get('report.json') as string, 'report.json');
    assert.ok(read.ok);
    assert.deepEqual(read.value, before);
    for (const text of ['{', '[]', '{"schema":"fx/report@3"}', '{"schema":"fx/report@2"}', '{"schema":"fx/report@1"}'])
      assert.ok(!readReport(text, 'x').ok, text);
  });
});

function setupOnce(work: () => Promise<void>): void {
  before(work);
}

function teardownOnce(work: () => void): void {
  after(work);
}
