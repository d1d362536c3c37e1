/**
 * JavaScript without a look at types, which takes esbuild a second or two and the compiler twenty: for `npm ci` in a clone that of
 * `src` and of the build's own scripts, which is all that one who installs runs; with the word `all` for `npm test` that of tests, benches
 * and scripts besides. There a test has the compiler check the types and make the declarations
 * (tests/sdk/public-face.test.ts), beside the others. Where esbuild does not run, the compiler does it all.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

/** The page of `fx ui` is bundled by a script of its own. */
const PAGE = join('src', 'ui', 'page');

const ALL = process.argv[2] === 'all';

function below(folder) {
  const paths = readdirSync(join(root, folder), { recursive: true }).map((path) => join(folder, path));
  return paths.filter((path) => path.endsWith('.ts') && !path.startsWith(PAGE));
}

function sources() {
  if (ALL) return ['src', 'tests', 'bench', 'scripts'].flatMap(below);
  const builders = readdirSync(join(root, 'scripts')).filter((file) => /^build-.*\.ts$/.test(file));
  return [...below('src'), ...builders.map((file) => join('scripts', file))];
}

let esbuild;
try {
  esbuild = require('esbuild');
} catch {
  // Left out, or not of this platform.
}
if (esbuild === undefined) {
  const compiler = require.resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', ALL ? 'tsconfig.json' : 'tsconfig.install.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} else {
  const entryPoints = sources();
  await esbuild.build({
    entryPoints,
    outbase: '.',
    outdir: 'dist',
    absWorkingDir: root,
    format: 'esm',
    sourcemap: true,
  });
  // By its time all see that what was made of compiled modules is older than they (src/engine/plan/identity/built-in.ts). What the
  // compiler remembers of its own output no longer holds: it begins anew.
  const mark = join(root, 'dist/.tsbuildinfo');
  if (existsSync(mark)) writeFileSync(mark, '{}');
}
