import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { experiment, Project } from './project.js';

const STUDY = experiment(
  'study',
  `  words:
    uses: command
    with:
      run: ['sort {text} > out.txt']
      shell: true
      sources: { text: ./data/text.txt }
      outputs: [out.txt]
  turned:
    uses: ./stages/mine.ts#write
    with: { text: turned, yaw: 'uniform(\${yaw})', inputs: ['\${words}'] }
  other:
    uses: ./stages/mine.ts#write
    with: { text: other }
  score:
    uses: ./stages/mine.ts#write
    with: { text: 'a score', inputs: ['\${turned}'] }
report:
  tables:
    - id: lengths
      title: Lengths
      rows: { Ours / theirs: score }
      columns: { Length: length }
`,
  'parameters:\n  yaw: { value: [-35 deg, 35 deg], within: [-90 deg, 90 deg], says: How far. }\n',
);

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

describe('fx show --cell', function () {
  this.timeout(120_000);
  let project: Project;
  before(() => {
    project = new Project({ 'study.yaml': STUDY, 'data/text.txt': 'b\na\n' });
  });
  after(() => project.remove());

  const show = (...words: readonly string[]) =>
    project.fx('show', 'study.yaml', '--cell', 'lengths/Ours / theirs/Length', ...words);

  it('says what is to run before a number can be told', async () => {
    const { code, err } = await show();
    assert.equal(code, 2);
    assert.match(err, /4 of 4 stages have no result yet.*\s.*fx run study\.yaml/);
  });

  it('walks from a printed number to its metric, its stages, their keys and parameters, and the files from outside', async () => {
    assert.equal((await project.fx('run', 'study.yaml')).code, 0);
    const { code, out } = await show();
    assert.equal(code, 0);
    // The external input's digest is that of its manifest, docs/cache.md.
    const text = readFileSync(join(project.directory, 'data/text.txt'));
    const content = sha256(`fx/manifest@1\n${sha256(text)} ${text.length} "file"\n`).slice(0, 12);
    const expected = [
      /^lengths\/Ours \/ theirs\/Length: 7\.000 \(a single value: its noise is unknown\)\n\nlength = 7 of score\n/,
      /\nscore {2}\.\/stages\/mine\.ts#write\n {2}key [0-9a-f]{64}\n {2}reads turned\n {2}parameters\n/,
      /\n {4}inputs\.0 {2}turned {2}content [0-9a-f]{12}\n/,
      /\nturned {2}[^]* {4}yaw {3}uniform\(-35 deg, 35 deg\)\n/,
      new RegExp(
        `\\nwords {2}command\\n[^]*\\n {4}sources\\.text {2}data/text\\.txt \\(from outside\\) {2}content ${content}`,
      ),
    ];
    for (const part of expected) assert.match(out, part);
    assert.doesNotMatch(out, /\bother\b/, 'what the number does not rest on');
    assert.ok(out.indexOf('\nscore') < out.indexOf('\nturned') && out.indexOf('\nturned') < out.indexOf('\nwords'));
  });

  it('gives the same for scripts, and the whole digests', async () => {
    const answer = JSON.parse((await show('--json')).out) as {
      schema: string;
      cell: { value: number };
      origins: readonly { source: { stage: string }; stages: readonly { id: string; key: string }[] }[];
      inputs: Readonly<Record<string, readonly { parameter: string; external?: string; digest: string }[]>>;
    };
    assert.equal(answer.schema, 'fx/cell@1');
    assert.equal(answer.cell.value, 7);
    assert.deepEqual(
      answer.origins[0]!.stages.map(({ id }) => id),
      ['score', 'turned', 'words'],
    );
    const [read] = answer.inputs.words!;
    assert.equal(read!.external, 'data/text.txt');
    assert.match(read!.digest, /^[0-9a-f]{64}$/);
  });

  it('names the rows there are', async () => {
    const { code, err } = await project.fx('show', 'study.yaml', '--cell', 'lengths/Our/Length');
    assert.equal(code, 2);
    assert.match(err, /there is no row `Our` in the report[^]*`Ours \/ theirs`/);
  });
});
