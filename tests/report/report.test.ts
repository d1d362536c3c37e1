import assert from 'node:assert/strict';
import { stream } from '../../src/foundation/numbers/random.js';
import { estimate } from '../../src/foundation/statistics/contrast.js';
import { readOutcomes } from '../../src/foundation/statistics/outcomes.js';
import { buildReport, type BuiltReport } from '../../src/report/build.js';
import { cellLines, walkCell } from '../../src/report/tables/cell.js';
import { digestOf } from '../../src/report/measures/evidence.js';
import { Noise } from '../../src/report/measures/noise.js';
import { sampleRun, type SampleRun } from './sample-run.js';

const text = (built: BuiltReport, path: string): string => built.files.get(path) as string;

const equalBytes = (a: Uint8Array | string, b: Uint8Array | string) =>
  Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

describe('a report', () => {
  let sample: SampleRun;
  let built: BuiltReport;
  before(async () => {
    sample = sampleRun();
    built = await buildReport(sample.run, sample);
  });
  after(() => sample.remove());

  const noise = new Noise((digest) => {
    const outcomes = readOutcomes(sample.locateBlob(digest));
    assert.ok(outcomes.ok);
    return outcomes.value;
  });
  const measuredOf = (id: string, metric: string) => {
    const stage = sample.run.stages.find((each) => each.id === id)!;
    const outcomes = digestOf(stage, 'outcomes.safetensors')!;
    return noise.of({ stage: id, key: '', metric, value: stage.metrics[metric] as number, outcomes })!.measured;
  };

  it('has the numbers of the records, with intervals over persons', () => {
    const cell = built.report.tables[0]!.rows[1]!.cells[0]!;
    const measured = measuredOf('verify[model=synthetic,benchmark=lfw]', 'accuracy');
    const { value, interval } = estimate([{ factor: 1, replicates: [[measured]] }]);
    assert.equal(cell.value, value);
    assert.deepEqual(cell.interval, { low: interval.low, high: interval.high });
    assert.equal(cell.best, true);
    assert.equal(cell.published, 0.801);
  });

  it('judges claims by paired differences on the same pairs', () => {
    const [hurts, best, much] = built.report.claims;
    assert.deepEqual(
      [hurts!.verdict, best!.verdict, much!.verdict],
      ['reproduced', 'not reproduced', 'not reproduced'],
    );
    const [a, b] = ['synthetic', 'frontal'].map((model) =>
      measuredOf(`verify[model=${model},benchmark=ijba]`, 'tar@far=0.1'),
    );
    const { value, interval } = estimate([
      { factor: 1, replicates: [[a!]] },
      { factor: -1, replicates: [[b!]] },
    ]);
    const { effect, interval: found } = hurts!.comparisons[1]!;
    assert.equal(effect, value);
    assert.deepEqual(found, { low: interval.low, high: interval.high });
    // A difference against a number is the same, less the number.
    const gap = much!.comparisons[1]!;
    assert.equal(gap.statement, 'SYN-1M - SYN-Front > 0.3');
    assert.ok(Math.abs(gap.effect! - (value - 0.3)) < 1e-12);
    assert.equal(gap.verdict, 'reproduced');
  });

  it('is the same bytes whatever the order of stages in the record', async () => {
    const stages = stream(7, 'shuffle').shuffle([...sample.run.stages]);
    const shuffled = await buildReport({ ...sample.run, stages }, sample);
    assert.deepEqual([...shuffled.files.keys()], [...built.files.keys()]);
    for (const [path, content] of shuffled.files) assert.ok(equalBytes(content, built.files.get(path)!), path);
  });

  it('sets stand-in numbers apart from published ones, and says so in every form', async () => {
    const forms = ['report.md', 'report.html', 'tables/table2b.md', 'tables/table2b.tex', 'tables/table2b.csv'];
    for (const path of forms) assert.match(text(built, path), /not comparable/, path);
    // In columns of their own, marked in every cell.
    const row = (path: string) =>
      text(built, path)
        .split('\n')
        .find((line) => /^(\| )?SYN-1M/.test(line))!;
    assert.match(row('tables/table2b.md'), /\*\*0\.873\*\* \[.*\| _0\.801_ \| _0\.625_ \|$/);
    assert.match(row('tables/table2b.tex'), /\\textbf\{0\.873\}.* & \\textit\{0\.801\} & \\textit\{0\.625\} /);
    assert.match(text(built, 'report.html'), /<td class="published">0\.801<\/td>/);
    const real = sampleRun(undefined, { standIn: false });
    const onReal = await buildReport(real.run, real);
    real.remove();
    assert.deepEqual(onReal.report.notices, []);
    for (const path of forms) {
      assert.doesNotMatch(text(onReal, path), /not comparable/, path);
      assert.match(text(onReal, path), /0\.801/, path);
    }
  });

  it('gives tables to LaTeX with as many cells in every row', () => {
    const lines = text(built, 'tables/table2b.tex').split('\n');
    const rows = lines.filter((line) => line.endsWith('\\\\') && !line.startsWith('\\multicolumn'));
    const cells = rows.map((row) => row.split('&').length);
    assert.deepEqual(cells, [3, 5, 5, 5, 5]);
    assert.equal(
      rows[0],
      ' & \\multicolumn{2}{c}{measured on stand-in data} & \\multicolumn{2}{c}{published, not comparable} \\\\',
    );
    assert.deepEqual(
      lines.filter((line) => /rule(\(|$)|\{tabular/.test(line)),
      [
        '\\begin{tabular}{@{}lcccc@{}}',
        '\\toprule',
        '\\cmidrule(lr){2-3} \\cmidrule(l){4-5}',
        '\\midrule',
        '\\bottomrule',
        '\\end{tabular}}',
      ],
    );
    assert.match(rows[3]!, /^SYN-1M & \\textbf\{0\.873\} \{\\scriptsize \[0\.830, 0\.915\]\}/);
  });

  it('draws a ROC panel for each benchmark with its data, from (0, 0) to (1, 1)', () => {
    const figure = built.report.figures.find(({ id }) => id === 'fig3')!;
    assert.deepEqual(
      figure.panels.map(({ label }) => label),
      ['LFW', 'IJB-A'],
    );
    const points = text(built, figure.panels[0]!.data!)
      .split('\n')
      .filter((line) => line.startsWith('SYN-1M'));
    assert.equal(points[0], 'SYN-1M,0,0');
    assert.equal(points.at(-1), 'SYN-1M,1,1');
    assert.match(text(built, figure.panels[0]!.file), /^<svg /);
  });

  it('draws the pictures that a kind declares, and none of a kind that is not at hand', async () => {
    const panels = (report: BuiltReport) => report.report.figures.find(({ id }) => id === 'faces')!.panels;
    assert.deepEqual(
      panels(built).map(({ file }) => file),
      ['figures/faces-syn.png', 'figures/faces-syn-front.png'],
    );
    assert.deepEqual(panels(await buildReport(sample.run, { ...sample, kinds: new Map() })), []);
  });

  it('holds text that would be markup as text', () => {
    assert.match(text(built, 'report.html'), /<h1>A sample &lt;study&gt;<\/h1>/);
    assert.doesNotMatch(text(built, 'report.html'), /<study>|<script|https?:\/\/(?!www\.w3\.org)/);
  });

  it('walks from a number back to everything it was made of', () => {
    const walked = walkCell(built.report, 'table2b/SYN-Front/LFW');
    assert.ok(walked.ok);
    assert.deepEqual(
      walked.value.origins[0]!.stages.map(({ id }) => id),
      ['verify[model=frontal,benchmark=lfw]', 'train-frontal', 'syn-front'],
    );
    assert.match(cellLines(walked.value)[0]!, /^table2b\/SYN-Front\/LFW: 0\.670 \[0\.617, 0\.723\]/);
    const wrong = walkCell(built.report, 'table2b/SYN-Fron/LFW');
    assert.ok(!wrong.ok);
    assert.match(wrong.error[0]!.help!, /SYN-Front/);
  });

  it('shows what was not measured as missing, and decides nothing from it', async () => {
    const stages = sample.run.stages.filter(({ id }) => !id.includes('frontal,benchmark=lfw'));
    const { report, files } = await buildReport({ ...sample.run, stages }, sample);
    assert.equal(report.tables[0]!.rows[2]!.cells[0]!.value, null);
    assert.equal(report.claims[0]!.verdict, 'undecided');
    assert.match(files.get('report.md') as string, /\| SYN-Front \| – \|/);
  });
});

describe('replicates', () => {
  it('are a mean, with an interval over persons and replicates', async () => {
    const sample = sampleRun(
      { real: [1.6, 1.5, 1.7], synthetic: [2.6, 2.2, 3], frontal: [1.1, 1, 1.2] },
      { pairs: 200 },
    );
    const { report, files } = await buildReport(sample.run, sample);
    sample.remove();
    const cell = report.tables[0]!.rows[1]!.cells[0]!;
    assert.equal(cell.sources.length, 3);
    const mean = cell.sources.reduce((sum, { value }) => sum + value, 0) / 3;
    assert.ok(Math.abs(cell.value! - mean) < 1e-12);
    assert.equal(cell.method, 'over 100 persons and 3 trainings');
    assert.ok(cell.interval!.low < mean && mean < cell.interval!.high);
    assert.match(files.get('report.md') as string, /n=3/);
  });
});
