import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { experiment, Project } from '../cli/project.js';

describe('what a command leaves', function () {
  this.timeout(240_000);
  let project: Project;
  beforeEach(() => {
    project = new Project({ 'mine.txt': 'mine\n', 'helper.mjs': 'export const word = "helped";\n' });
    project.write(
      'script.mjs',
      "import { writeFileSync } from 'node:fs';\nimport { word } from './helper.mjs';\nwriteFileSync('o', word);\n",
    );
  });
  afterEach(() => project.remove());
  const stage = (name: string, lines: string): string => `  ${name}:\n    uses: command\n    with: ${lines}\n`;
  const shell = (line: string, outputs = 'o'): string =>
    `{ shell: true, run: [${JSON.stringify(line)}], outputs: [${outputs}] }`;
  const run = async (stages: string, ...words: readonly string[]) => {
    project.write('study.yaml', experiment('study', stages));
    return project.fxWith({ NO_COLOR: '1' }, 'run', 'study.yaml', ...words);
  };

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['pipe', shell('mkdir o; echo 1 > o/w; mkfifo o/p'), /the output o\/p is a pipe, which cannot be kept/],
    ['pipe-alone', shell('mkfifo o'), /the output o is a pipe/],
    [
      'folder-of-items',
      '{ shell: true, run: [mkdir o], outputs: [o], outcomes: o }',
      /o is a folder, where a file belongs/,
    ],
    ['pipe-of-items', '{ shell: true, run: [mkfifo o], outputs: [o], outcomes: o }', /o is a named pipe, where a file/],
    [
      'items-no-text',
      `{ shell: true, run: ["printf 'item,a\\\\n\\\\377,1\\\\n\\\\376,2\\\\n' > items"], outputs: [items], outcomes: items }`,
      /items is not UTF-8 text/,
    ],
    ['dangling', shell('mkdir o; ln -s nowhere o/l'), /the output o\/l is a link that leads to nothing/],
    ['outside', shell('ln -s /etc/passwd o'), /the output o is a link that leads outside, to \/etc\/passwd/],
    ['loop', shell('mkdir o; ln -s . o/self'), /the output o\/self is a link that leads to a folder that it lies in/],
    ['itself', shell('ln -s o o'), /the output o is a link that leads to nothing/],
    ['control', shell('mkdir o; touch "o/$(printf \'a\\nb\')"'), /the output "o\/a\\nb" has a control character/],
    ['no-text', shell('mkdir o; touch "$(printf \'o/a\\377b\')"'), /the output "o\/a.b" is not well-formed Unicode/],
    [
      'no-text-behind',
      shell('mkdir x; touch "$(printf \'x/\\377\')"; ln -s x o'),
      /the output o is a link that leads to a folder whose . is no name in UTF-8/,
    ],
    [
      'rights',
      '{ run: [/etc/passwd], outputs: [o] }',
      /\/etc\/passwd cannot be started: no permission to execute it \(EACCES\)/,
    ],
    ['nobody', '{ run: [./not-there], outputs: [o] }', /there is no program \.\/not-there/],
    [
      'interpreter',
      "{ sources: { p: ./returns.sh }, run: ['{p}'], outputs: [o] }",
      /inputs\/p\/p\.sh is there, but not the interpreter that its first line names/,
    ],
    [
      'replaced',
      shell('mkdir ../kept; echo 1 > ../kept/o; d=$PWD; cd ..; rm -rf "$d"; ln -s kept "$d"'),
      /the command removed its working folder, or put something else in its place/,
    ],
    ['gone', shell('rm -rf "$PWD"'), /the command removed its working folder/],
    [
      'long',
      `{ run: [echo, "${'x'.repeat(200_000)}"], outputs: [o] }`,
      /cannot be started: its arguments .* \(E2BIG\)/,
    ],
  ];
  it('is refused by name where it can be no artifact, and a program that cannot start is told with the system’s reason', async () => {
    project.write('returns.sh', '#!/bin/sh\r\necho 1 > o\r\n');
    chmodSync(join(project.directory, 'returns.sh'), 0o755);
    const { code, err } = await run(refused.map(([name, recipe]) => stage(name, recipe)).join(''), '--keep-going');
    assert.equal(code, 1, err);
    for (const [, , says] of refused) assert.match(err, says);
    assert.doesNotMatch(err, /undefined|owner and rights|a bug in/);
    assert.equal(project.read('cache/tmp/kept/o'), '1\n', 'what the link led to is as it was');
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['within', shell('mkdir a; echo > a/b', 'a, a/b'), /one of the outputs a and a\/b lies inside the other/],
    ['twice', shell('echo > o', 'o, ./o'), /the output \.\/o is named twice/],
    ['empty', "{ run: [''], outputs: [o] }", /the first word of `run` is empty[^]*study\.yaml:\d+:\d+/],
    ['above', shell('echo > ../o', '../o'), /the output \.\.\/o is outside of the command’s working directory/],
    ['all', shell('echo > o', '.'), /the output "\." is the working directory itself/],
    ['inputs', shell('echo > inputs/o', 'inputs/o'), /the output "inputs\/o" is among the inputs/],
  ];
  it('is checked before anything runs, by fx check and by a run', async () => {
    const stages = wrong.map(([name, recipe]) => stage(name, recipe)).join('');
    const { code, err } = await run(stages, '--keep-going');
    assert.equal(code, 2, err);
    for (const [, , says] of wrong) assert.match(err, says);
    const checked = await project.fxWith({ NO_COLOR: '1' }, 'check', 'study.yaml');
    assert.notEqual(checked.code, 0);
    for (const [, , says] of wrong) assert.match(checked.err + checked.out, says);
    assert.deepEqual(existsSync(join(project.directory, 'cache/blobs')), false, 'nothing was made');
  });

  it('cannot be reached by a word with a NUL character, which is refused at its place', async () => {
    const { code, err } = await run(stage('nul', '{ run: [echo, "a\\0b"], outputs: [o] }'));
    assert.equal(code, 2, err);
    assert.match(err, /text cannot hold a NUL character[^]*study\.yaml:\d+:\d+/);
  });

  it('are files, empty folders and executable files, for the next stage and for fx get; links are what they lead to', async () => {
    const stages = [
      stage(
        'made',
        shell(
          `mkdir -p o/empty/deep d; echo named > o/linked.resolving; echo 2 > epoch-2; ln -s epoch-2 best; ln -s $PWD/epoch-2 absolute; echo in > d/f; ln -s ../d o/linked;
        printf '#!/bin/sh\\necho ran > o\\n' > tool; chmod +x tool; ln epoch-2 hard`.replaceAll('\n', ' '),
          'o, best, absolute, tool, hard',
        ),
      ),
      stage('runs', `{ inputs: { m: '\${made}' }, run: ['{m}/tool'], outputs: [o] }`),
      stage('alone', `{ inputs: { t: '\${made/tool}' }, run: ['{t}'], outputs: [o] }`),
      stage(
        'counts',
        `{ inputs: { m: '\${made}' }, shell: true, run: ['(cd {m} && find . | sort) > o'], outputs: [o] }`,
      ),
    ];
    const { code, err } = await run(stages.join(''));
    assert.equal(code, 0, err);
    for (const name of ['made', 'runs', 'alone', 'counts']) {
      const got = await project.fx('get', 'study.yaml', name, '--to', `got-${name}`);
      assert.equal(got.code, 0, got.err);
    }
    for (const name of ['best', 'absolute', 'hard']) assert.equal(project.read(`got-made/${name}`), '2\n');
    assert.deepEqual(readdirSync(join(project.directory, 'got-made/o/empty/deep')), []);
    assert.equal(project.read('got-made/o/linked/f'), 'in\n');
    assert.equal(project.read('got-made/o/linked.resolving'), 'named\n');
    assert.ok((statSync(join(project.directory, 'got-made/tool')).mode & 0o111) !== 0);
    assert.ok((statSync(join(project.directory, 'got-made/best')).mode & 0o111) === 0);
    assert.equal(project.read('got-runs/o'), 'ran\n');
    assert.equal(project.read('got-alone/o'), 'ran\n');
    const listed = [
      '.',
      './absolute',
      './best',
      './hard',
      './o',
      './o/empty',
      './o/empty/deep',
      './o/linked',
      './o/linked.resolving',
      './o/linked/f',
      './tool',
    ];
    assert.deepEqual(project.read('got-counts/o').trimEnd().split('\n'), listed);
    // Known again: nothing runs.
    const again = await run(stages.join(''), '--json');
    assert.match(again.out, /"executed":0/);
  });

  it('its inputs are as they were, whatever it writes to them; sources lie beside each other', async () => {
    const stages = [
      stage(
        'own',
        `{ sources: { f: ./mine.txt }, shell: true, run: ['chmod u+w {f}; echo changed > {f}; cat {f} > o'], outputs: [o] }`,
      ),
      stage('a', shell('echo original > x; mkdir y; echo original > y/z', 'x, y')),
      stage(
        'b',
        `{ inputs: { a: '\${a}' }, shell: true, run: ['chmod u+w {a}/x; echo changed > {a}/x; rm {a}/y/z; echo more > {a}/y/q; cat {a}/x > o'], outputs: [o] }`,
      ),
      stage(
        'c',
        `{ inputs: { a: '\${a}', b: '\${b}' }, shell: true, run: ['cat {a}/x {a}/y/z > o; ls {a}/y >> o'], outputs: [o] }`,
      ),
      stage(
        'script',
        `{ sources: { script: ./script.mjs, helper: ./helper.mjs }, run: [node, '{script}'], outputs: [o] }`,
      ),
    ];
    const { code, err } = await run(stages.join(''));
    assert.equal(code, 0, err);
    assert.equal(project.read('mine.txt'), 'mine\n');
    await project.fx('get', 'study.yaml', 'c', '--to', 'got');
    assert.equal(project.read('got/o'), 'original\noriginal\nz\n');
    await project.fx('get', 'study.yaml', 'script', '--to', 'helped');
    assert.equal(project.read('helped/o'), 'helped');
  });

  it('ends with it: what it left in the background holds nothing up; a log without line ends and one of many lines are bounded', async () => {
    const stages = [
      stage('background', shell('sleep 100 & echo 1 > o')),
      stage('elsewhere', shell('cd / && (setsid sleep 100 &) ; cd - > /dev/null; echo 1 > o')),
      stage('zeros', shell('head -c 40000000 /dev/zero; echo 1 > o')),
      stage('lines', shell('yes a line that says nothing | head -n 1000000; echo 1 > o')),
    ];
    const started = performance.now();
    const { code, err, out } = await run(stages.join(''), '--json');
    assert.equal(code, 0, err);
    assert.ok(performance.now() - started < 90_000, 'no stage waits for what sleeps');
    assert.ok(out.length < 30_000_000);
    const whole = readdirSync(join(project.directory, 'cache/logs')).filter((name) => name.endsWith('.whole.log'));
    const sizes = whole.map((name) => readFileSync(join(project.directory, 'cache/logs', name)).length);
    assert.equal(sizes.length, 2);
    assert.ok(
      sizes.every((size) => size >= 25_000_000),
      String(sizes),
    );
  });
});
