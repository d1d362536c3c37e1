import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { experiment, Project } from '../cli/project.js';

interface Shown {
  readonly reproducible: boolean;
  readonly outputs: readonly { readonly path: string }[];
}

/** Plain braces as a command writes them. */
const braces = (text: string): string => text.replaceAll(/[{}]/g, '$&$&');

describe('a command stage', function () {
  this.timeout(120_000);
  let project: Project;
  beforeEach(() => {
    project = new Project({
      'say.mjs':
        "import { writeFileSync } from 'node:fs';\nwriteFileSync('out.json', JSON.stringify(process.argv.slice(2)));\n",
    });
  });
  afterEach(() => project.remove());

  const stage = (lines: string): string => experiment('study', `  one:\n    uses: command\n    with: ${lines}\n`);
  const run = async (yaml: string, environment: Readonly<Record<string, string>> = {}, ...words: readonly string[]) => {
    project.write('study.yaml', yaml);
    return project.fxWith({ NO_COLOR: '1', ...environment }, 'run', 'study.yaml', ...words);
  };
  /** In a process of its own, where what the process hands on or is limited to is looked at. */
  const runApart = async (
    yaml: string,
    environment: Readonly<Record<string, string>> = {},
    ...words: readonly string[]
  ) => {
    project.write('study.yaml', yaml);
    return project.startWith({ NO_COLOR: '1', ...environment }, 'run', 'study.yaml', ...words).finished;
  };
  /** All files of the result, below `got/`. */
  const get = async (environment: Readonly<Record<string, string>> = {}): Promise<(file: string) => string> => {
    const got = await project.fxWith(environment, 'get', 'study.yaml', 'one', '--to', 'got');
    assert.equal(got.code, 0, got.err);
    return (file) => project.read(`got/${file}`);
  };

  it('gets its arguments word for word, without a shell', async () => {
    const words = `[node, '{script}', 'a b', '$HOME', '*', '; exit 3', '{{x}}', '{script}.bak']`;
    const done = await runApart(stage(`{ run: ${words}, sources: { script: ./say.mjs }, outputs: [out.json] }`));
    assert.equal(done.code, 0, done.err);
    const script = 'inputs/script/script.mjs';
    assert.deepEqual(JSON.parse((await get())('out.json')), ['a b', '$HOME', '*', '; exit 3', '{x}', `${script}.bak`]);
    const shown = await project.json<Shown>('show', 'study.yaml', 'one');
    assert.equal(shown.reproducible, false);
    assert.deepEqual(
      shown.outputs.map(({ path }) => path),
      ['out.json'],
      'inputs and what was not declared are no result',
    );
  });

  it('hands the numbers of metrics.json, or of the output that is named, to tables', async () => {
    const metrics = async (output: string, text: string, more = ''): Promise<Readonly<Record<string, number>>> => {
      const words = JSON.stringify(['-e', `require('fs').writeFileSync('${output}', ${braces(JSON.stringify(text))})`]);
      const done = await run(stage(`{ run: [node, ${words.slice(1, -1)}, 7], outputs: [${output}]${more} }`));
      assert.equal(done.code, 0, done.err);
      return (await project.json<{ metrics: Readonly<Record<string, number>> }>('show', 'study.yaml', 'one')).metrics;
    };
    assert.deepEqual(await metrics('metrics.json', '\ufeff{ "accuracy": 0.5, "n": 3 }'), { accuracy: 0.5, n: 3 });
    assert.deepEqual(await metrics('m.csv', 'metric,value\nf1,0.25\r\n\nloss,1e-3\n', ', metrics: m.csv'), {
      f1: 0.25,
      loss: 0.001,
    });
    assert.deepEqual(await metrics('metrics.json', '{ "a\\"b": 1, "c:": 2, "c": 3 }'), { 'a"b': 1, 'c:': 2, c: 3 });
    assert.deepEqual(await metrics('other.json', '[]'), {});
  });

  it('fails on metrics that are no numbers, and names them', async () => {
    const told = async (output: string, text: string): Promise<string> => {
      const words = JSON.stringify(['-e', `require('fs').writeFileSync('${output}', ${braces(JSON.stringify(text))})`]);
      const done = await run(stage(`{ run: [node, ${words.slice(1, -1)}], outputs: [${output}], metrics: ${output} }`));
      assert.equal(done.code, 1, done.err);
      return done.err;
    };
    assert.match(await told('metrics.json', '{"a": NaN}'), /metrics\.json is not JSON[^]*no NaN/);
    assert.match(await told('metrics.json', '[1]'), /metrics\.json is not an object of numbers/);
    assert.match(await told('metrics.json', '{"a": "x", "b": 1}'), /metrics\.json: `a` is not a finite number/);
    assert.match(await told('metrics.json', '{"a": 1, "b": 2, "\\u0061": 3}'), /metrics\.json: `a` stands twice/);
    assert.match(await told('m.csv', 'a,1,2\n'), /m\.csv: `a,1,2` is no name and number/);
    assert.match(await told('m.csv', 'a,\n'), /m\.csv: `a` is not a finite number/);
    assert.match(await told('m.csv', 'a,1\na,2\n'), /m\.csv: `a` stands twice/);
  });

  it('has replicates by the seed that its program is given, and none without', async () => {
    const replicated = (word: string): string =>
      experiment(
        'study',
        `  one:\n    uses: command\n    replicates: 3\n    with: { run: [node, '{script}'${word}], sources: { script: ./say.mjs }, outputs: [out.json] }\n`,
      );
    assert.equal((await run(replicated(", '{seed}'"))).code, 0);
    const seeds = new Set<string>();
    for (const replicate of [1, 2, 3]) {
      await project.fx('get', 'study.yaml', `one[replicate=${replicate}]`, '--to', `got-${replicate}`);
      seeds.add(project.read(`got-${replicate}/out.json`));
    }
    assert.equal(seeds.size, 3);
    assert.ok(seeds.has('["0"]'), 'the first has the seed as written');
    const done = await run(replicated(''));
    assert.notEqual(done.code, 0);
    assert.match(done.err, /the program does not get the seed[^]*write \{seed\}/);
  });

  it('gets a clean environment, a fresh directory and nothing on standard input', async () => {
    const listed = `{ run: ['env > env.txt; pwd > pwd.txt; ls -A > ls.txt; cat > stdin.txt'], shell: true,
      inherit: [WANTED], variables: { SET: 'a value' }, outputs: [env.txt, ls.txt, stdin.txt, pwd.txt] }`;
    const done = await runApart(stage(listed), { WANTED: 'yes', UNWANTED: 'no' });
    assert.equal(done.code, 0, done.err);
    const output = await get({ WANTED: 'yes' });
    const environment = new Map(
      output('env.txt')
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/=(.*)/s) as [string, string]),
    );
    const own = [...environment.keys()].filter(
      (name) => !['PATH', 'LD_LIBRARY_PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name),
    );
    assert.deepEqual(own.sort(), ['LC_ALL', 'SET', 'TZ', 'WANTED']);
    assert.equal(environment.get('SET'), 'a value');
    assert.equal(environment.get('WANTED'), 'yes');
    assert.deepEqual(output('ls.txt').trimEnd().split('\n').sort(), ['env.txt', 'inputs', 'ls.txt', 'pwd.txt']);
    assert.equal(output('stdin.txt'), '');
    assert.ok(output('pwd.txt').startsWith(join(project.directory, 'cache/tmp/')));
  });

  const failures: readonly (readonly [string, string, RegExp])[] = [
    [
      'leaves no declared output',
      '{ run: [touch, b], outputs: [a, b, c] }',
      /the command did not write a [^]*the command did not write c /,
    ],
    ['names no program', '{ run: [no-such-program], outputs: [a] }', /there is no program no-such-program on the PATH/],
    [
      'fails',
      "{ run: ['echo one; echo two >&2; touch a; exit 7'], shell: true, outputs: [a] }",
      /ended with exit code 7; its last words:\n\s+one\n\s+two/,
    ],
    ['is too slow', "{ run: [sleep, '60'], outputs: [a] }\n    timeout: 300 ms", /stopped after its timeout of 0\.3 s/],
    [
      'takes too much memory',
      "{ run: [node, -e, 'const a = []; setInterval(() => a.push(Buffer.alloc(5e7, 1)), 20)'], outputs: [a] }\n    resources: { memory: 400 MiB }",
      /above its limit of 400 MiB/,
    ],
  ];
  it('fails with a word and without a result where it does not do what it declares', async () => {
    const stages = failures.map(([what, recipe]) => {
      return `  ${what.replaceAll(' ', '-')}:\n    uses: command\n    with: ${recipe}\n`;
    });
    const { code, err } = await runApart(experiment('study', stages.join('')), {}, '--keep-going');
    assert.equal(code, 1, err);
    for (const [, , says] of failures) assert.match(err, says);
    const plan = await project.json<{ stages: { status: string }[] }>('plan', 'study.yaml');
    assert.ok(plan.stages.length === failures.length && plan.stages.every(({ status }) => status === 'run'));
  });

  it('is refused before anything runs where that can be seen by what is written', async () => {
    const first = '  first: { uses: command, with: { run: [touch, a], outputs: [a] } }\n';
    const later = (recipe: string): string =>
      `  later: { uses: command, matrix: { m: [x, y] }, with: { inputs: { images: '\${first}' }, ${recipe} } }\n`;
    for (const [recipe, says] of [
      ["run: [cat, '{imges}', '${matrix.m}'], outputs: [a]", /\{imges\} names no input; there are: seed, images/g],
      ["run: [touch, '${matrix.m}'], outputs: [../a]", /\.\.\/a is outside of the command’s working directory/g],
      ["run: [touch, '{{seed}}', '${matrix.m}'], seed: 3, outputs: [a]", /the program does not get the seed/g],
    ] as const) {
      const { code, err } = await run(experiment('study', first + later(recipe)));
      assert.equal(code, 2, err);
      assert.equal(err.match(says)?.length, 1, `once for both cells: ${err}`);
      assert.doesNotMatch(err, /done +first/);
    }
  });

  it('runs again where a declared variable, a version or a source changes, and for nothing else', async () => {
    project.write('bin/tool', '#!/bin/sh\necho tool 1\n');
    chmodSync(join(project.directory, 'bin/tool'), 0o755);
    const PATH = `${join(project.directory, 'bin')}:${process.env.PATH!}`;
    const yaml = stage(
      "{ run: [node, '{script}'], sources: { script: ./say.mjs }, inherit: [A], versions: [[tool, --version]], outputs: [out.json] }",
    );
    const executed = async (environment: Readonly<Record<string, string>>): Promise<number> => {
      const { out, err } = await run(yaml, { PATH, ...environment }, '--json');
      const last = JSON.parse(out.trimEnd().split('\n').at(-1)!) as { ok: boolean; stages: { executed: number } };
      assert.ok(last.ok, err);
      return last.stages.executed;
    };
    assert.equal(await executed({ A: '1' }), 1);
    utimesSync(join(project.directory, 'say.mjs'), new Date(), new Date());
    assert.equal(await executed({ A: '1', B: '2', HOME: '/nowhere', TZ: 'Asia/Tokyo' }), 0);
    assert.equal(await executed({ A: '2' }), 1);
    project.edit('bin/tool', 'tool 1', 'tool 2');
    const why = await project.fxWith({ PATH, A: '2', NO_COLOR: '1' }, 'why', 'study.yaml', 'one');
    assert.match(why.out, /tool --version "tool 1" -> "tool 2"/);
    assert.equal(await executed({ A: '2' }), 1);
    project.edit('say.mjs', 'slice(2)', 'slice(1)');
    assert.equal(await executed({ A: '2' }), 1);
  });
});

describe('the example experiment of commands', function () {
  this.timeout(120_000);

  it('does what it says: mean colours by yaw and the mean face, as computed here from the shards', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'fx-example-'));
    const file = resolve('experiments/examples/command.yaml');
    const project = new Project();
    const options = ['--cache', cache, '--set', 'identities=2'];
    try {
      const done = await project.fx('run', file, ...options, '--no-report', '--no-lock');
      assert.equal(done.code, 0, done.err);
      for (const stage of ['faces', 'statistics', 'table'])
        await project.fx('get', file, stage, '--to', stage, ...options);
      assert.equal(project.read('table/yaw-bins.txt'), '6\n');
      const { shards, width, height } = JSON.parse(project.read('faces/dataset.json')) as {
        shards: { file: string }[];
        width: number;
        height: number;
      };
      const sums = new Float64Array(width * height * 3);
      let images = 0;
      for (const shard of shards) {
        const bytes = readFileSync(join(project.directory, 'faces', shard.file));
        const length = Number(bytes.readBigUInt64LE(0));
        const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as {
          images: { shape: number[]; data_offsets: [number, number] };
        };
        const pixels = bytes.subarray(8 + length + header.images.data_offsets[0]);
        for (let i = 0; i < header.images.shape[0]! * sums.length; i += 1) sums[i % sums.length]! += pixels[i]!;
        images += header.images.shape[0]!;
      }
      assert.equal(images, 10);
      const face = readFileSync(join(project.directory, 'statistics/mean-face.ppm'));
      const head = `P6\n${width} ${height}\n255\n`;
      assert.equal(face.toString('latin1', 0, head.length), head);
      assert.deepEqual(
        [...face.subarray(head.length)],
        Array.from(sums, (sum) => Math.round(sum / images)),
      );
      const { rows } = JSON.parse(project.read('statistics/statistics.json')) as { rows: { images: number }[] };
      assert.equal(
        rows.reduce((sum, row) => sum + row.images, 0),
        images,
      );
    } finally {
      project.remove();
      rmSync(cache, { recursive: true });
    }
  });
});
