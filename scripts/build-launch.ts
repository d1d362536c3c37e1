/**
 * Last part of `npm run build`: packs what a run needs to find out that nothing is to be done into one script,
 * `dist/fx.cjs`, and keeps V8's compiled form of it beside it. A hundred small modules take Node longer to find, read and
 * compile than all of planning takes (docs/decisions/0061). Everything else is imported from `dist/src` when it is asked
 * for, by the same code.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Script } from 'node:vm';
import { experimentSchema, settingsSchema } from '../src/engine/schemas/experiment-schema.js';
import { fileOf } from '../src/engine/values/precompiled.js';
import { validatorName } from '../src/engine/values/validator-name.js';
import { builtInKinds } from '../src/plugins/registry.js';

const DIST = fileURLToPath(new URL('../', import.meta.url));
const BUNDLE = join(DIST, 'fx.cjs');
const LAUNCHER = join(DIST, '../bin/fx.js');

/** What is packed of that which is imported when it is asked for: a run that finds everything known asks for it. */
const PACKED = [
  'cli/commands/check-run.js',
  'cli/commands/plan-run.js',
  'cli/commands/run-run.js',
  'cli/commands/why-run.js',
  'cli/known/durations.js',
  'cli/known/kept.js',
  'cli/terminal/tree.js',
  'plugins/command/check.js',
  'plugins/command/environment.js',
  'plugins/command/versions.js',
  'engine/artifacts/upkeep/collect.js',
  'engine/run/worker/workers.js',
  'foundation/files/files.js',
].map((path) => join(DIST, 'src', path));
const PACKED_PACKAGES = ['commander', 'object-hash'];

/** Modules of Node that a run which finds everything known does not call, by what is used of them; loaded when it is called. */
const LATE: Readonly<Record<string, readonly string[]>> = {
  'node:child_process': ['fork', 'spawn', 'spawnSync'],
  'node:v8': ['setFlagsFromString'],
  'node:fs/promises': [
    'copyFile',
    'link',
    'lstat',
    'mkdir',
    'open',
    'readdir',
    'rename',
    'rm',
    'rmdir',
    'stat',
    'writeFile',
  ],
  'node:timers/promises': ['setImmediate', 'setTimeout'],
};

/** The module that names the validators which are packed: of an experiment, its settings and its commands. */
const PACKED_VALIDATORS = join(DIST, 'src/engine/values/packed-validators.js');

function packedValidators(): string {
  const command = builtInKinds.find(({ name }) => name === 'command')!;
  const schemas = [experimentSchema, settingsSchema, command.parameters];
  const entries = schemas.map(({ json }) => {
    const name = validatorName(json);
    return `[${JSON.stringify(name)}, () => require(${JSON.stringify(fileOf(join(DIST, 'validators'), name))})]`;
  });
  return `export const PACKED_VALIDATORS = new Map([${entries.join(', ')}]);`;
}

/** What of esbuild is used. Its types are not: it may be missing, on a platform that it does not run on. */
interface Bundler {
  build(options: object): Promise<unknown>;
}

interface Building {
  onResolve(what: { filter: RegExp }, how: (asked: { readonly path: string }) => object | undefined): void;
  onLoad(what: { filter: RegExp; namespace?: string }, how: (asked: { readonly path: string }) => object): void;
}

/** What stays outside is imported by the launcher, and each module's `import.meta.url` stays what it was. */
const places = {
  name: 'places',
  setup(building: Building): void {
    building.onResolve({ filter: /^[^./]/ }, ({ path }) => {
      if (Object.hasOwn(LATE, path)) return { path, namespace: 'late' };
      return PACKED_PACKAGES.includes(path) ? undefined : { path, external: true };
    });
    building.onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({ loader: 'js', contents: late(path) }));
    building.onLoad({ filter: /[/\\]dist[/\\]src[/\\].*\.js$/ }, ({ path }) => ({
      loader: 'js',
      resolveDir: dirname(path),
      contents: path === PACKED_VALIDATORS ? packedValidators() : placed(readFileSync(path, 'utf8'), path),
    }));
  },
};

/** A module whose functions load Node's own at their first call. */
function late(name: string): string {
  const functions = LATE[name]!.map((one) => `export const ${one} = (...given) => module__().${one}(...given);`);
  return [`const module__ = () => process.getBuiltinModule(${JSON.stringify(name)});`, ...functions].join('\n');
}

function placed(code: string, path: string): string {
  return code
    .replaceAll('import.meta.url', `urlOfSource__(${JSON.stringify(relative(DIST, path))})`)
    .replaceAll(/\bimport\((?:["']([^"']+)["']\)|(?!\)))/g, (written, specifier: string | undefined) => {
      if (specifier === undefined) return 'importOf(';
      if (!specifier.startsWith('.')) return `importOf('${specifier}')`;
      const target = join(dirname(path), specifier);
      return PACKED.includes(target) ? written : `importOf('./${relative(DIST, target)}')`;
    });
}

/**
 * ASCII alone, which the launcher reads several times as fast as UTF-8. The bundler writes escapes in text itself, and leaves what
 * stands in regular expressions, where an escape of four digits means the same.
 */
function plainLetters(code: string): string {
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function pack(esbuild: Bundler): Promise<void> {
  await esbuild.build({
    entryPoints: [join(DIST, 'src/cli/main.js')],
    outfile: `${BUNDLE}.new`,
    bundle: true,
    platform: 'node',
    target: 'node20',
    // Node reads a CommonJS script sooner than modules.
    format: 'cjs',
    sourcemap: 'external',
    logLevel: 'warning',
    plugins: [places],
    banner: {
      js: "const urlOfSource__ = (path) => new URL(path, require('node:url').pathToFileURL(__filename)).href;",
    },
  });
  const code = plainLetters(readFileSync(`${BUNDLE}.new`, 'utf8'));
  const digest = createHash('sha256').update(code).digest('hex');
  writeFileSync(`${BUNDLE}.new`, `${code}// sha256 ${digest}\n`, 'latin1');
  renameSync(`${BUNDLE}.new.map`, `${BUNDLE}.map`);
  renameSync(`${BUNDLE}.new`, BUNDLE);
}

/** An experiment whose second run is what the compiled form should make quick. */
const EXPERIMENT = `fx: 1
name: warm
title: A run that finds everything known
parameters:
  angle: { value: [-35 deg, 35 deg], within: [-90 deg, 90 deg], says: a range }
profiles:
  mini: { values: { words: two words } }
stages:
  first:
    uses: command
    with: { run: [touch, out], outputs: [out], variables: { A: "\${profile.words}" } }
  second:
    uses: command
    matrix: { n: [one, two] }
    with:
      run: [touch, out]
      outputs: [out]
      variables: { N: "\${matrix.n}" }
      inputs: { before: '\${first}' }
report:
  tables: []
`;

/**
 * Runs the experiment until everything is known, in processes of its own, and keeps what V8 compiled in the last: with
 * functions that are compiled only when they are called.
 */
function compile(): void {
  const folder = mkdtempSync(join(tmpdir(), 'fx-launch-'));
  const compiled = `${BUNDLE}.v8`;
  rmSync(compiled, { force: true });
  try {
    writeFileSync(join(folder, 'package.json'), '{}');
    writeFileSync(join(folder, 'warm.yaml'), EXPERIMENT);
    for (const last of [false, true]) {
      const { status, stderr } = spawnSync(
        process.execPath,
        [fileURLToPath(import.meta.url), last ? compiled : '', 'run', 'warm.yaml'],
        { cwd: folder, env: { PATH: process.env.PATH }, encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(`fx does not start from its bundle: ${stderr}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In such a process: what the launcher does, and at the end the compiled form into a file. */
function runAndKeep(file: string, words: readonly string[]): void {
  process.argv.splice(2, Infinity, ...words);
  const launcher = createRequire(import.meta.url)(LAUNCHER) as {
    read(bundle: string): string;
    digestOf(source: string): Buffer;
    compile(bundle: string, source: string): Script;
    start(bundle: string, script: Script): void;
  };
  const source = launcher.read(BUNDLE);
  const script = launcher.compile(BUNDLE, source);
  if (file !== '')
    process.on('exit', () => {
      writeFileSync(`${file}.new`, Buffer.concat([launcher.digestOf(source), script.createCachedData()]));
      renameSync(`${file}.new`, file);
    });
  launcher.start(BUNDLE, script);
}

function bundler(): Bundler | undefined {
  try {
    return createRequire(import.meta.url)('esbuild') as Bundler;
  } catch {
    return undefined;
  }
}

const [, script, file, ...words] = process.argv;
if (script === fileURLToPath(import.meta.url) && file !== undefined) runAndKeep(file, words);
else {
  const esbuild = bundler();
  for (const old of [BUNDLE, `${BUNDLE}.v8`]) rmSync(old, { force: true });
  if (esbuild === undefined) process.stderr.write('no esbuild here: fx starts from its modules, which takes longer\n');
  else {
    await pack(esbuild);
    compile();
  }
}
