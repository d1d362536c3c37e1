import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Script } from 'node:vm';
import { FX, Project, experiment } from './project.js';

describe('what fx loads', () => {
  const project = new Project({
    'own.yaml': experiment('own', '  one:\n    uses: ./stages/mine.ts#write\n    with: { text: a }\n'),
    'command.yaml': experiment(
      'command',
      '  one:\n    uses: command\n    with: { run: [touch, out], outputs: [out] }\n',
    ),
  });
  // Everything that Node loads leaves a line: scripts at the end, modules by a hook, native code by the process's own map.
  const record = join(project.directory, 'loaded');
  project.write(
    'spy.mjs',
    `import { appendFileSync, readFileSync } from 'node:fs';
     import { createRequire, register } from 'node:module';
     register('./spy-hook.mjs', import.meta.url);
     process.on('exit', () => {
       const scripts = Object.keys(createRequire(import.meta.url).cache);
       const native = readFileSync('/proc/self/maps', 'utf8').match(/\\S+\\.node$/gm) ?? [];
       appendFileSync(${JSON.stringify(record)}, [...scripts, ...native].join('\\n') + '\\n');
     });`,
  );
  project.write(
    'spy-hook.mjs',
    `import { appendFileSync } from 'node:fs';
     export function load(url, context, next) { appendFileSync(${JSON.stringify(record)}, url + '\\n'); return next(url, context); }`,
  );
  const HEAVY = [
    'ts-morph',
    'typescript',
    '@tensorflow',
    'onnxruntime',
    'vega',
    'sharp',
    '@img',
    'h5wasm',
    'protobufjs',
  ];
  const SLOW = ['ajv', 'yaml', 'execa'];

  function packagesLoadedBy(...words: readonly string[]): readonly string[] {
    rmSync(record, { force: true });
    const spy = pathToFileURL(join(project.directory, 'spy.mjs')).href;
    const { status, stderr } = spawnSync(process.execPath, ['--import', spy, ...words], {
      cwd: project.directory,
      env: { ...process.env, FX_TEST_LEDGER: join(project.directory, 'ledger') },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    const names = [...readFileSync(record, 'utf8').matchAll(/node_modules\/((?:@[^/]+\/)?[^/\s]+)/g)];
    const all = [...HEAVY, ...SLOW];
    return [...new Set(names.map(([, name]) => all.find((each) => name!.startsWith(each)) ?? ''))].filter(
      (name) => name !== '',
    );
  }

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  after(() => project.remove());

  it('is seen by the test where something heavy is loaded', () => {
    project.write('load.mjs', "await import(process.argv[2] + '/index.mjs');");
    const sharp = dirname(createRequire(import.meta.url).resolve('sharp'));
    assert.ok(packagesLoadedBy('load.mjs', sharp).includes('@img'));
    // The first look at a user's own module does load the compiler.
    assert.ok(packagesLoadedBy(FX, 'run', 'own.yaml').includes('ts-morph'));
  });

  it('is no compiler, no engine and no drawing for a run that has nothing to do', () => {
    assert.deepEqual(packagesLoadedBy(FX, 'run', 'own.yaml'), []);
    packagesLoadedBy(FX, 'run', 'command.yaml');
    assert.deepEqual(packagesLoadedBy(FX, 'run', 'command.yaml'), []);
  });

  // The first module that is imported costs the loader of modules, 20 ms of a run of 60.
  it('is the packed script alone for a run of known commands', function () {
    if (!existsSync('dist/fx.cjs')) this.skip();
    packagesLoadedBy(FX, 'run', 'command.yaml');
    packagesLoadedBy(FX, 'run', 'command.yaml');
    assert.deepEqual(readFileSync(record, 'utf8').match(/^.*dist\/src\/.*$/gm) ?? [], []);
  });

  it('is none of them for a plan of the paper’s own experiments, with every built-in kind', () => {
    const cache = join(project.directory, 'empty');
    for (const name of ['table2-frontal', 'table1-real-data'])
      assert.deepEqual(packagesLoadedBy(FX, 'plan', resolve(`experiments/${name}.yaml`), '--cache', cache), []);
  });
});

describe('the launcher', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fx-launcher-'));
  const at = (path: string): string => join(folder, path);
  const launcher = (): {
    read(at: string): string;
    digestOf(source: string): Buffer;
    compile(at: string, source: string): Script;
  } => createRequire(import.meta.url)(FX) as never;
  /** As the build writes it. */
  const sealed = (code: string): string =>
    `${code}\n// sha256 ${createHash('sha256').update(`${code}\n`).digest('hex')}\n`;

  before(() => {
    for (const path of ['bin', 'dist/src/cli']) mkdirSync(at(path), { recursive: true });
    copyFileSync(FX, at('bin/fx.js'));
    copyFileSync(join(dirname(FX), 'package.json'), at('bin/package.json'));
    writeFileSync(at('package.json'), '{ "type": "module" }');
    writeFileSync(at('dist/src/cli/main.js'), "console.log('modules');");
    writeFileSync(at('dist/src/cli/more.js'), "console.log('more');");
  });
  after(() => rmSync(folder, { recursive: true }));

  /** `compiled`, `packed`: seconds since 1970 at which the compiler and the packing ran. */
  function started(compiled: number, packed: number | undefined, bundle = "console.log('packed');"): string {
    rmSync(at('dist/fx.cjs'), { force: true });
    writeFileSync(at('dist/.tsbuildinfo'), '');
    utimesSync(at('dist/.tsbuildinfo'), compiled, compiled);
    if (packed !== undefined) {
      writeFileSync(at('dist/fx.cjs'), sealed(bundle));
      utimesSync(at('dist/fx.cjs'), packed, packed);
    }
    const { stdout, stderr } = spawnSync(process.execPath, [at('bin/fx.js')], { encoding: 'utf8' });
    return `${stdout}${stderr}`.trim();
  }

  it('starts from the packed script, unless the compiler ran since or there is none', () => {
    assert.equal(started(1000, 1001), 'packed');
    assert.equal(started(1001, 1000), 'modules');
    assert.equal(started(1000, undefined), 'modules');
    assert.equal(started(1000, 1001, "void importOf('./src/cli/more.js');"), 'more');
  });

  it('has the digest of its text in its last line', function () {
    if (!existsSync('dist/fx.cjs')) this.skip();
    const text = readFileSync('dist/fx.cjs', 'utf8');
    const lines = text.split('\n');
    assert.equal(text, sealed(lines.slice(0, -2).join('\n')));
    assert.equal(lines.at(-2), `// sha256 ${launcher().digestOf(launcher().read('dist/fx.cjs')).toString('hex')}`);
    assert.equal(launcher().digestOf("(function () {console.log('none');\n})").length, 0);
  });

  it('is packed in ASCII, which it reads faster', function () {
    if (!existsSync('dist/fx.cjs')) this.skip();
    assert.doesNotMatch(readFileSync('dist/fx.cjs', 'utf8'), /[^\0-\x7f]/);
    // Two expressions of the sources hold other characters; what they match is the same.
    assert.match(launcher().read('dist/fx.cjs'), /\[-\+\\u2212\]/);
  });

  it('takes the compiled form for that of its own text only', () => {
    const [one, two] = ["console.log('one');", "console.log('two');"];
    assert.equal(started(1000, 1001, one), 'one');
    const source = launcher().read(at('dist/fx.cjs'));
    const form = launcher().compile(at('dist/fx.cjs'), source).createCachedData();
    const keep = (of: string): void =>
      writeFileSync(at('dist/fx.cjs.v8'), Buffer.concat([launcher().digestOf(of), form]));
    keep(source);
    assert.equal(started(1000, 1001, one), 'one');
    assert.equal(started(1000, 1001, two), 'two');
    // With a wrong digest V8 itself would believe it: the texts are of one length.
    keep(launcher().read(at('dist/fx.cjs')));
    assert.equal(started(1000, 1001, two), 'one');
    writeFileSync(at('dist/fx.cjs.v8'), 'torn');
    assert.equal(started(1000, 1001, two), 'two');
    rmSync(at('dist/fx.cjs.v8'));
  });

  it('keeps the compiled form of an installed package after a run, for this user alone', function () {
    if (process.getuid === undefined) this.skip();
    const home = at('home');
    const kept = join(home, '.cache/fx/launch');
    const [one, two] = ["console.log('one');", "console.log('two');"];
    const run = (words: readonly string[]): string => {
      const env = { PATH: process.env.PATH, HOME: home };
      return spawnSync(process.execPath, [at('bin/fx.js'), ...words], { encoding: 'utf8', env }).stdout.trim();
    };
    started(1000, 1001, one);
    assert.equal(run(['list']), 'one');
    assert.ok(!existsSync(kept));
    assert.equal(run(['run']), 'one');
    const [name, ...others] = readdirSync(kept);
    assert.deepEqual(others, []);
    const file = join(kept, name!);
    assert.equal(statSync(file).mode & 0o777, 0o600);

    started(1000, 1001, two);
    assert.equal(run(['run']), 'two');
    const other = join(
      kept,
      readdirSync(kept).find((each) => each !== name)!,
    );
    // The form of another text under this text's digest is taken, which shows that it is read at all.
    writeFileSync(other, Buffer.concat([readFileSync(other).subarray(0, 32), readFileSync(file).subarray(32)]));
    assert.equal(run(['list']), 'one');
    for (const path of [other, kept, dirname(kept)]) {
      chmodSync(path, 0o770);
      assert.equal(run(['list']), 'two', path);
      chmodSync(path, 0o700);
      assert.equal(run(['list']), 'one', path);
    }
    rmSync(other);
    chmodSync(kept, 0o770);
    assert.equal(run(['run']), 'two');
    assert.deepEqual(readdirSync(kept), [name]);
    chmodSync(kept, 0o700);
    assert.equal(run(['run']), 'two');
    assert.equal(readdirSync(kept).length, 2);
    renameSync(other, join(home, 'another'));
    symlinkSync(join(home, 'another'), other);
    assert.equal(run(['list']), 'two');
  });

  it('starts where it can keep nothing', () => {
    started(1000, 1001, "console.log('packed');");
    const place = at('no-folder');
    writeFileSync(place, '');
    const env = { PATH: process.env.PATH, HOME: at('home'), XDG_CACHE_HOME: place };
    const { stdout, stderr } = spawnSync(process.execPath, [at('bin/fx.js'), 'run'], { encoding: 'utf8', env });
    assert.deepEqual([stdout, stderr], ['packed\n', '']);
  });
});

describe('the stack of a bug', () => {
  it('names lines of the sources', async function () {
    if (!existsSync('dist/fx.cjs')) this.skip();
    const { readableStack } = await import('../../src/cli/program/stack.js');
    const bundle = readFileSync('dist/fx.cjs', 'utf8').split('\n');
    const line = bundle.findIndex((text) => text.includes('async function runGraph(')) + 1;
    const bug = new Error('a bug');
    bug.stack = `Error: a bug\n    at runGraph (${resolve('dist/fx.cjs')}:${line}:1)\n    at node:internal:1:2`;
    const [, place] = /\((.*):\d+:\d+\)/.exec(readableStack(bug))!;
    assert.ok(place!.endsWith('src/engine/run/run.ts'), place);
    assert.ok(readableStack(bug).includes('node:internal:1:2'));
    assert.equal(readableStack('text'), 'text');
  });
});
