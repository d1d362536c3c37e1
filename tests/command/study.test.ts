import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../src/report/report.js';
import { Project } from '../cli/project.js';

/** Leaves what was measured, as a program of any language would. */
const SCRIPT = `
import { writeFileSync } from 'node:fs';
const [kind, seed, replicate] = process.argv.slice(2);
const loss = { plain: [1, 2, 4], better: [1, 1, 1] }[kind][Number(replicate) - 1];
console.log('progress 1/2 epochs');
writeFileSync('curve.csv', 'epoch,loss\\n1,' + loss + '\\n2,' + loss / 2 + '\\n');
const right = (i) => (i < (kind === 'better' ? 36 : 24) ? 1 : 0);
writeFileSync('items.csv', 'item,right\\n' + Array.from({ length: 40 }, (_, i) => i + ',' + right(i)).join('\\n'));
writeFileSync('dot.png', Buffer.from(process.env.DOT, 'base64'));
writeFileSync('made.csv', 'name,n\\n"a, b",' + seed + '\\n');
`;

/** One pixel. */
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const STUDY = `fx: 1
name: study
stages:
  one:
    uses: command
    matrix: { kind: [plain, better], run-number: [1, 2, 3] }
    with:
      run: [node, '{script}', '\${matrix.kind}', 7, '\${matrix.run-number}']
      sources: { script: ./measure.mjs }
      outputs: [curve.csv, items.csv, dot.png, made.csv]
      outcomes: items.csv
      series: curve.csv
      environments: [./requirements.txt]
      variables: { DOT: ${DOT} }
report:
  tables:
    - { id: table, rows: { Plain: plain, Better: better }, columns: { right: 1.right } }
  claims:
    - { id: better, says: Better is better., that: Better > Plain, on: [right] }
  figures:
    - { id: curves, type: learning-curves, of: one }
    - { id: chart, type: chart, from: one, file: curve.csv, average: loss, mark: line,
        encoding: { x: { field: epoch }, y: { field: loss }, color: { field: kind } } }
    - { id: bars, type: chart, from: one, metrics: [right], mark: bar,
        encoding: { x: { field: kind }, y: { field: right }, column: { field: run-number } } }
    - { id: dot, type: image, of: one, file: dot.png }
    - { id: made, type: rows, of: one, file: made.csv }
    - { id: lost, type: chart, from: one, file: curve.csv, mark: line, encoding: { x: { field: epoc } } }
`;

describe('a study of commands', function () {
  this.timeout(240_000);
  let project: Project;
  before(() => {
    project = new Project({ 'measure.mjs': SCRIPT, 'requirements.txt': 'numpy==2.0\n', 'study.yaml': STUDY });
  });
  after(() => project.remove());
  const run = (...words: readonly string[]) => project.fxWith({ NO_COLOR: '1' }, 'run', 'study.yaml', ...words);
  const read = (file: string): string => project.read(`reports/study/default/${file}`);

  it('has intervals, claims, and figures of its own out of what its programs leave', async () => {
    const done = await run();
    assert.equal(done.code, 0, done.err);
    const report = JSON.parse(read('report.json')) as Report;
    const [plain, better] = report.tables[0]!.rows.map(({ cells }) => cells[0]!);
    assert.deepEqual([plain!.value, better!.value], [0.6, 0.9]);
    assert.match(plain!.method, /over 40 items alone/);
    // Twelve of forty items differ, all one way: the standard error of the mean difference is sqrt(0.3 * 0.7 / 39).
    const { effect, interval, verdict } = report.claims[0]!.comparisons[0]!;
    assert.ok(Math.abs(effect! - 0.3) < 1e-12);
    assert.ok(Math.abs(interval!.high - 0.3 - 2.02 * Math.sqrt((0.3 * 0.7) / 39)) < 0.01);
    assert.equal(verdict, 'undecided', 'of one replicate each');
    assert.match(read('figures/curves.csv'), /^series,epoch,loss\n"one\[kind=plain,run-number=1\]",1,1\n/);
    assert.match(read('figures/bars.svg'), /run-number/);
    assert.equal(read('figures/made-one-kind-plain-run-number-1.csv'), 'name,n\n"a, b",7\n');
    const dot = join(project.directory, 'reports/study/default/figures/dot-one-kind-plain-run-number-1.png');
    assert.equal(readFileSync(dot).toString('base64'), DOT);
    const page = read('report.html');
    assert.match(page, /<td>a, b<\/td><td>7<\/td>/);
    assert.match(page, /Not drawn: curve\.csv of [^ ]+ has no column `epoc`; it has epoch, loss\./);
    assert.match(done.err, /the figure lost is not drawn: curve\.csv of [^ ]+ has no column `epoc`/);
    assert.match(read('report.md'), /\| a, b \| 7 \|/);
    const { err } = await project.fxWith({ NO_COLOR: '1' }, 'report', 'study.yaml');
    assert.match(err, /the figure lost is not drawn: curve\.csv of [^ ]+ has no column `epoc`/);
  });

  it('runs again when a file that says with which packages it runs changes', async () => {
    project.write('requirements.txt', 'numpy==2.1\n');
    const plan = await project.json<{ stages: readonly { status: string }[] }>('plan', 'study.yaml');
    assert.ok(plan.stages.length === 6 && plan.stages.every(({ status }) => status === 'run'), JSON.stringify(plan));
  });

  it('is refused before it runs where two columns of a chart would have one name', async () => {
    for (const [metrics, twice] of [
      ['[right, right]', 'right'],
      ['[right, right_low]', 'right_low'],
      ['[kind]', 'kind'],
      ['[replicates]', 'replicates'],
    ] as const) {
      project.write('study.yaml', STUDY.replace('metrics: [right]', `metrics: ${metrics}`));
      const { code, err } = await project.fx('check', 'study.yaml');
      assert.equal(code, 2);
      assert.match(err, new RegExp(`the chart would have two columns \`${twice}\``));
    }
  });

  it('is refused before it runs where figures name what there is not', async () => {
    project.write(
      'study.yaml',
      STUDY.replace('metrics: [right]', 'metrics: [right], file: curve.csv')
        .replace('file: made.csv', 'file: mad.csv')
        .replace('mark: bar', 'mark: { type: bra }')
        .replace('field: epoch }, y: { field: loss }', 'feild: epoch }, z: { field: loss }'),
    );
    const { code, err } = await project.fx('check', 'study.yaml');
    assert.equal(code, 2);
    assert.match(err, /has no key `feild`[^]*did you mean `field`/);
    assert.match(err, /`z` is no name for a channel: it is one of x, y/);
    assert.match(err, /must be one of `line`[^]*did you mean `bar`/);
    project.write(
      'study.yaml',
      STUDY.replace('metrics: [right]', 'metrics: [right], file: curve.csv').replace('file: made.csv', 'file: mad.csv'),
    );
    const second = await project.fx('check', 'study.yaml');
    assert.match(second.err, /the chart has both `metrics` and `file`/);
    assert.match(second.err, /make no file `mad\.csv`[^]*did you mean `made\.csv`/);
  });

  it('gives each stage GPUs of its own, and refuses one that needs more than there are', async () => {
    const gpu = (count: number): string =>
      `fx: 1
name: gpus
stages:
  one:
    uses: command
    resources: { gpus: ${count}, cores: 1 }
    matrix: { n: [1, 2] }
    with:
      run: [sh, -c, 'echo "\${{CUDA_VISIBLE_DEVICES}}" > "$0.txt"', '\${matrix.n}']
      outputs: ['\${matrix.n}.txt']
`
        .replaceAll('\${{CUDA', '$$CUDA')
        .replaceAll('DEVICES}}', 'DEVICES');
    project.write('gpus.yaml', gpu(1));
    // What NVIDIA's own program says of a machine with two.
    project.write(
      'bin/nvidia-smi',
      '#!/bin/sh\necho "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1)"\necho "GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-2)"\n',
    );
    chmodSync(join(project.directory, 'bin/nvidia-smi'), 0o755);
    const environment = { NO_COLOR: '1', PATH: `${join(project.directory, 'bin')}:${process.env.PATH!}` };
    const done = await project.startWith(environment, 'run', 'gpus.yaml', '--cores', '4').finished;
    assert.equal(done.code, 0, done.err);
    const seen: string[] = [];
    for (const n of [1, 2]) {
      await project.fx('get', 'gpus.yaml', `one[n=${n}]`, '--to', `got${n}`);
      seen.push(project.read(`got${n}/${n}.txt`).trim());
    }
    for (const device of seen) assert.match(device, /^[01]$/);
    project.write('gpus.yaml', gpu(3).replace('[1, 2]', '[3, 4]'));
    const refused = await project.fxWith(environment, 'run', 'gpus.yaml');
    assert.equal(refused.code, 1);
    assert.match(refused.err, /needs 3 GPUs, and this machine has 2/);
    const unread = await project.fxWith({ ...environment, FX_GPUS: '1.5' }, 'run', 'gpus.yaml');
    assert.equal(unread.code, 2);
    assert.match(unread.err, /'1\.5' from env 'FX_GPUS' is invalid/);
    const given = await project.startWith({ ...environment, FX_GPUS: '3' }, 'run', 'gpus.yaml').finished;
    assert.equal(given.code, 0, given.err);
  });
});
