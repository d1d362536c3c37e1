import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { EXIT } from '../../src/cli/program/exit.js';
import { describeCommands } from '../../src/cli/program.js';
import { experiment, FX, Project } from './project.js';

const STUDY = experiment(
  'study',
  '  first:\n    uses: ./stages/mine.ts#write\n    with: { text: one }\n  many:\n    uses: ./stages/mine.ts#write\n    matrix: { text: [a, b] }\n',
);

describe('the command line', function () {
  this.timeout(120_000);
  let project: Project;
  before(async () => {
    // Every command holds its lease until the process ends.
    process.setMaxListeners(100);
    project = new Project({ 'study.yaml': STUDY, 'a-file': '' });
    assert.equal((await project.fx('run', 'study.yaml')).code, 0);
  });
  after(() => project.remove());

  /** In this process: what only reads and prints needs none of its own. */
  const here = async (...words: readonly string[]): Promise<{ code: number; out: string; err: string }> => {
    const said = { out: '', err: '' };
    let code = 0;
    const program = new Command('fx');
    describeCommands(program, (exit) => (code = exit));
    const folder = process.cwd();
    const streams = [process.stdout, process.stderr].map((to) => ({ to, write: to.write.bind(to) }));
    process.stdout.write = (text) => ((said.out += String(text)), true);
    process.stderr.write = (text) => ((said.err += String(text)), true);
    process.chdir(project.directory);
    try {
      await program.parseAsync(words, { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      code = error.exitCode === 0 ? EXIT.done : EXIT.wrong;
    } finally {
      process.chdir(folder);
      for (const { to, write } of streams) to.write = write;
    }
    return { code, ...said };
  };

  it('has for every command what it does, its options and an example', () => {
    const program = new Command('fx');
    describeCommands(program, () => undefined);
    const all = program.commands.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));
    const names = all.map((command) => fullName(command)).sort();
    for (const name of ['run', 'plan', 'why', 'check', 'graph', 'show', 'get', 'kinds', 'init', 'doctor'])
      assert.ok(names.includes(`fx ${name}`), name);
    for (const name of ['ls', 'verify', 'gc']) assert.ok(names.includes(`fx cache ${name}`), name);
    for (const command of all) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      const name = fullName(command);
      assert.ok(help.includes(`\nExample:\n  ${name} `) || help.includes(`\nExample:\n  ${name}\n`), help);
      assert.ok(command.description().length > 10, name);
    }
  });

  it('declares the command alone that is asked for, unless it tells of the others', () => {
    const declared = (word?: string): string[] => {
      const program = new Command('fx');
      describeCommands(program, () => undefined, word);
      return program.commands.map((command) => command.name());
    };
    const all = declared();
    for (const name of all) assert.deepEqual(declared(name), name === 'completion' ? all : [name]);
    for (const word of ['pln', '', '--help', 'help', 'constructor', 'study.yaml'])
      assert.deepEqual(declared(word), all);
  });

  const cases: readonly (readonly [string, number, RegExp])[] = [
    ['', 2, /^Usage: fx/],
    ['pln study.yaml', 2, /unknown command 'pln'\n\(Did you mean plan\?\)\n.*fx --help/],
    ['run', 2, /missing required argument 'experiment'/],
    ['run study.yaml --corse 2', 2, /unknown option '--corse'\n\(Did you mean --cores\?\)/],
    ['run study.yaml --cores none', 2, /whole number above 0/],
    ['run nofile.yaml', 2, /there is no file nofile\.yaml/],
    ['run .', 2, /\. is a folder, not an experiment file/],
    ['run study.yaml --only secnd', 2, /there is no stage `secnd` in study\.yaml/],
    ['run study.yaml --from frist', 2, /did you mean `first`\?/],
    ['run study.yaml --profile large', 2, /there is no profile `large`/],
    ['run study.yaml --set yaw=1', 2, /there is no parameter `yaw`/],
    ['run study.yaml --cache a-file', 2, /a-file is not a folder/],
    ['cache verify --cache a-file', 2, /a-file is not a folder/],
    ['cache gc --max-size much', 2, /--max-size is `much`, which is no size/],
    ['cache gc --max-size=-1GiB', 2, /--max-size is `-1GiB`, which is no size/],
    ['cache gc --max-age=-1d', 2, /--max-age is `-1d`, which is no duration/],
    ['cache gc nofile.yaml', 2, /there is no file nofile\.yaml/],
    ['graph study.yaml --format png', 2, /Allowed choices are text, mermaid, dot, svg/],
    ['kinds faces/generat', 2, /did you mean `faces\/generate`\?/],
    ['show study.yaml many', 2, /`many` is 2 stages[^]*help: name one of `many\[text=a\]`/],
    ['show study.yaml first --log', 1, /has no log: it printed nothing/],
    ['show study.yaml --cell table/row/column', 2, /there is no table `table`/],
    ['get study.yaml first --cache empty', 1, /first has no result yet[^]*fx run study\.yaml --only first/],
    ['get study.yaml first no.txt', 1, /there is no file no\.txt[^]*it has out\.txt/],
    ['init a-file', 2, /a-file is not a folder/],
    ['init .', 2, /\. has fx\.local\.yaml already/],
  ];

  it('answers what cannot be done with a word on standard error and the right exit code', async () => {
    project.executed();
    for (const [words, code, says] of cases) {
      const finished = await here(...words.split(' ').filter((word) => word !== ''));
      assert.equal(finished.code, code, `fx ${words}: ${finished.err}`);
      assert.match(finished.err, says, `fx ${words}`);
      assert.doesNotMatch(finished.err, /\n\s+at /, `fx ${words}: a stack trace`);
      assert.equal(finished.out, '', `fx ${words}`);
      assert.ok(finished.err.trimEnd().split('\n').length < 12 || words === '', `fx ${words}: many words`);
    }
    assert.deepEqual(project.executed(), []);
  });

  it('finds nothing wrong with an empty cache', async () => {
    const empty = ['--cache', 'empty'];
    assert.match((await here('cache', 'ls', ...empty)).out, /^0 results in 0 blobs, 0 bytes, at /);
    assert.match((await here('cache', 'verify', ...empty)).out, /: all sound$/m);
    assert.match((await here('cache', 'gc', ...empty)).out, /^removed 0 results/);
    const shown = await here('show', 'study.yaml', ...empty);
    assert.equal(shown.code, 0);
    assert.match(shown.out, /^first\s.*not known/);
  });

  it('writes results to standard output and all else to standard error, in colour only where asked for', async () => {
    const plan = await project.fx('plan', 'study.yaml');
    assert.match(plan.out, /^known {4}first/);
    assert.equal(plan.err, '');
    const run = await project.fx('run', 'study.yaml');
    assert.equal(run.out, '');
    assert.match(run.err, /^study: 3 reused in /);
    assert.doesNotMatch(plan.out + run.err, /\x1b/);
    const coloured = await project.fxWith({ FORCE_COLOR: '1' }, 'plan', 'study.yaml');
    assert.match(coloured.out, /\x1b\[32m/);
    const plain = await project.fxWith({ FORCE_COLOR: '1', NO_COLOR: '1' }, 'plan', 'study.yaml');
    assert.equal(plain.out, plan.out);
  });

  it('says nothing where its reader has gone', () => {
    const script = 'node "$1" kinds faces/generate | head -n 1; node "$1" plan study.yaml | true';
    const piped = spawnSync('sh', ['-c', script, 'sh', FX], { cwd: project.directory, encoding: 'utf8' });
    assert.match(piped.stdout, /^faces\/generate .*\n$/);
    assert.equal(piped.stderr, '');
  });

  it('reads a cache that may only be read, and says where it must write', function () {
    const cache = join(project.directory, 'cache');
    const mounts = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"';
    const inside = (...words: readonly string[]) =>
      spawnSync('unshare', ['-rm', 'sh', '-c', mounts, 'sh', cache, ...words], {
        cwd: project.directory,
        encoding: 'utf8',
        env: { ...process.env, FX_TEST_LEDGER: join(project.directory, 'other-ledger'), NO_COLOR: '1' },
      });
    if (inside('true').status !== 0) {
      console.log('      (skipped: nothing can be mounted here)');
      this.skip();
    }
    const fx = (...words: readonly string[]) => inside(process.execPath, FX, ...words);
    assert.equal(fx('plan', 'study.yaml').status, 0);
    assert.match(fx('run', 'study.yaml').stderr, /^study: 3 reused in /);
    assert.match(fx('cache', 'verify').stdout, /all sound/);
    const refused = fx('run', 'study.yaml', '--force', '--only', 'first');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /cannot write to the cache at .*: EROFS: read-only file system/);
    const collected = fx('cache', 'gc');
    assert.equal(collected.status, 1);
    assert.match(collected.stderr, /^error: EROFS: read-only file system/);
  });

  it('tells where a report cannot be written, after results that are kept', async () => {
    const table = 'report:\n  tables:\n    - { id: t, title: T, rows: { R: first }, columns: { Length: length } }\n';
    project.write('reported.yaml', `${STUDY.replace('name: study', 'name: reported')}${table}`);
    project.write('reports/reported/default', 'a file in the place of a folder');
    const { code, out } = await project.fx('run', 'reported.yaml', '--json', '--no-lock');
    assert.equal(code, 1);
    const events = out.trimEnd().split('\n');
    assert.match(events.at(-1)!, /^\{"event":"finished","ok":true/);
    assert.match(out, /"code":"report\/unwritable".*the report cannot be written: E(NOTDIR|EXIST)/);
  });

  it('tells where a lock cannot be written, and does not end well', async () => {
    project.write('locked.yaml', STUDY.replace('name: study', 'name: locked'));
    project.write('reports/locked/default', 'a file in the place of a folder');
    const { code, err } = await project.fx('run', 'locked.yaml', '--no-report');
    assert.equal(code, 1, err);
    assert.match(err, /error: cannot write the lock .*: E(NOTDIR|EXIST)/);
  });

  it('draws the stages as text, Mermaid, DOT and SVG', async () => {
    const draw = async (format: string): Promise<string> => (await here('graph', 'study.yaml', '--format', format)).out;
    assert.match(await draw('text'), /^first/m);
    assert.match(await draw('mermaid'), /^flowchart LR\n/);
    assert.match(await draw('dot'), /^digraph \{\n/);
    assert.match(await draw('svg'), /^<svg [^]*<\/svg>\n$/);
  });

  it('gives the files of a result to keep', async () => {
    mkdirSync(join(project.directory, 'taken'));
    assert.equal((await here('get', 'study.yaml', 'many[text=b]', '--to', 'taken/all')).code, 0);
    const taken = join(project.directory, 'taken/all/out.txt');
    assert.equal(readFileSync(taken, 'utf8'), 'B');
    // One may write to it, and the cache is none the worse.
    writeFileSync(taken, 'mine');
    assert.match((await here('cache', 'verify')).out, /all sound/);
    const again = await here('get', 'study.yaml', 'many[text=b]', '--to', 'taken/all');
    assert.equal(again.code, 1);
    assert.match(again.err, /is there already/);
    assert.equal(readFileSync(taken, 'utf8'), 'mine');
  });
});

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
