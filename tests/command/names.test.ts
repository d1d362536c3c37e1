import assert from 'node:assert/strict';
import { experiment, Project } from '../cli/project.js';
import { plainPath } from '../../src/foundation/files/paths.js';
import { declaredEnvironment } from '../../src/plugins/command/environment.js';
import { readMetrics } from '../../src/plugins/command/metrics.js';
import { toolVersions } from '../../src/plugins/command/versions.js';

describe('what the experiment calls things of a command', function () {
  this.timeout(120_000);
  let project: Project;
  beforeEach(() => {
    project = new Project({ 'outside.json': '{"a": 42}', 'z.py': 'z\n', plain: 'plain\n', 'q.py': 'q\n' });
  });
  afterEach(() => project.remove());

  const FIRST = '  first: { uses: command, with: { run: [touch, a], outputs: [a] } }\n';
  const one = (recipe: string): string => `  one:\n    uses: command\n    with: ${recipe}\n`;
  const run = async (stages: string, ...words: readonly string[]) => {
    project.write('study.yaml', experiment('study', stages));
    return project.fxWith({ NO_COLOR: '1' }, 'run', 'study.yaml', ...words);
  };
  const metrics = async (): Promise<Readonly<Record<string, number>>> =>
    (await project.json<{ metrics: Readonly<Record<string, number>> }>('show', 'study.yaml', 'one')).metrics;

  it('is refused before anything runs where it would be two things, or nothing that can be kept', async () => {
    for (const [recipe, says] of [
      [`inputs: { x: '\${first}' }, sources: { x: ./z.py }, outputs: [a]`, /\{x\} is both one of the `inputs` and one/],
      [`inputs: { seed: '\${first}' }, outputs: [a]`, /\{seed\} is both the seed and one of the `inputs`/],
      [`sources: { seed: ./z.py }, seed: 3, outputs: [a]`, /\{seed\} is both the seed and one of the `sources`/],
      ['outputs: ["a\\nb"]', /the output "a\\nb" has a control character/],
      ['outputs: ["a\\\\b"]', /the output .* has a backslash/],
      ['outputs: ["C:a"]', /begins with a drive letter/],
      [`outputs: [a/${'é'.repeat(128)}]`, /has a name of more than 255 bytes/],
      ['outputs: [o], metrics: o/../../../../outside.json', /outside\.json is no output of the command/],
      ['outputs: [o], outcomes: o/../items.csv', /items\.csv is no output of the command/],
      [
        'outputs: [o], subjects: patients',
        /`subjects` says whose names .* there are none  \[command\/unused-subjects\]/,
      ],
      ['outputs: [o, outcomes.safetensors/x], outcomes: o', /outcomes\.safetensors is the file that fx writes/],
    ] as const) {
      const done = await run(FIRST + one(`{ run: [echo, '{seed}'], ${recipe} }`));
      assert.equal(done.code, 2, `${recipe}: ${done.err}`);
      assert.match(done.err, says);
      assert.doesNotMatch(done.err, /done +first/);
    }
  });

  it('may not give two files that lie beside each other one name', async () => {
    const sources = 'sources: { x: ./z.py, y: ./q.py, x.py: ./plain }';
    const done = await run(one(`{ run: [cat, '{x}'], ${sources}, outputs: [a] }`));
    assert.equal(done.code, 1, done.err);
    assert.match(done.err, /the sources `x` and `x\.py` would both be called x\.py/);
    assert.doesNotMatch(done.err, /threw|EEXIST/);
  });

  it('means the same path however it is written', async () => {
    const line = `mkdir -p d; echo '{{"n": 3}}' > metrics.json; echo 1 > d/a; echo 2 > f`;
    const read = `  two: { uses: command, with: { inputs: { a: '\${one/d/a}', f: '\${one/f}' }, run: [cp, '{a}', o], outputs: [o] } }\n`;
    const recipe = `{ shell: true, run: [${JSON.stringify(line)}], outputs: [./metrics.json, d//a, f/] }`;
    const done = await run(one(recipe) + read);
    assert.equal(done.code, 0, done.err);
    assert.deepEqual(await metrics(), { n: 3 });
    assert.deepEqual(['./a', 'a//b/', 'a/../b'].map(plainPath), ['a', 'a/b', 'b']);
  });

  it('keeps metrics of any name, from numbers and from items', async () => {
    const line = `printf '{{"__proto__": 0.5, "constructor": 2}}' > metrics.json; printf 'item,toString\\na,1\\nb,0\\n' > i.csv`;
    const recipe = `{ shell: true, run: [${JSON.stringify(line)}], outputs: [metrics.json, i.csv], outcomes: i.csv }`;
    const done = await run(one(recipe));
    assert.equal(done.code, 0, done.err);
    assert.deepEqual(Object.entries(await metrics()).sort(), [
      ['__proto__', 0.5],
      ['constructor', 2],
      ['toString', 0.5],
    ]);
  });

  it('is no property of JavaScript’s objects', () => {
    assert.deepEqual(declaredEnvironment(['constructor', 'toString', '__proto__'], {}), {
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
    });
  });

  it('has a version for each command, also where two read alike', async () => {
    const versions = await toolVersions([
      ['echo', 'a  b'],
      ['echo', 'a', '', 'b', 'c'],
      ['echo', 'a', '', 'b c'],
    ]);
    assert.equal(Object.keys(versions).length, 3);
    assert.equal(versions['echo a  b c'], 'a  b c');
  });
});

describe('metrics as a CSV file', () => {
  const read = (text: string) => {
    const found = readMetrics(text, 'm.csv');
    return found.ok ? found.value : assert.fail(found.error[0]!.message);
  };
  const refused = (text: string): string => {
    const found = readMetrics(text, 'm.csv');
    assert.ok(!found.ok);
    return found.error[0]!.message;
  };

  it('may have quotation marks, a byte order mark and a head, as spreadsheets and R write it', () => {
    assert.deepEqual(read('"metric","value"\r\n"acc",0.5\r\n"a, b",2\r\n'), { acc: 0.5, 'a, b': 2 });
    assert.deepEqual(read('\ufeffacc,0.5\n'), { acc: 0.5 });
    assert.deepEqual(read('\n'), {});
  });

  it('is refused where it is something else', () => {
    assert.match(refused('acc;0.5\n'), /`acc;0\.5` is no name and number/);
    assert.match(refused('acc,0.5\nb,1,2\n'), /`b,1,2` is no name and number/);
    assert.match(refused('"acc,0.5\n'), /m\.csv: line 1: a quotation mark is inside a cell, or is not closed/);
    assert.match(refused('acc,0x10\n'), /`acc` is not a finite number/);
    assert.match(refused('acc,0.5\nacc,0.6\n'), /`acc` stands twice/);
  });
});
