/**
 * The compiler's part of `npm ci` in a clone: JavaScript of `src` and of the build's own scripts, without looking at types, which takes
 * esbuild a second and the compiler ten. What else `npm run build` makes (declarations, tests, benches) nobody who installs runs. Where
 * esbuild does not run, the compiler does it.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

/** The page of `fx ui` is bundled by a script of its own. */
const PAGE = join('src', 'ui', 'page');

function sources() {
  const all = readdirSync(join(root, 'src'), { recursive: true }).map((path) => join('src', path));
  const own = all.filter((path) => path.endsWith('.ts') && !path.startsWith(PAGE));
  const builders = readdirSync(join(root, 'scripts')).filter((file) => /^build-.*\.ts$/.test(file));
  return [...own, ...builders.map((file) => join('scripts', file))];
}

let esbuild;
try {
  esbuild = require('esbuild');
} catch {
  // Left out, or not of this platform.
}
if (esbuild === undefined) {
  const compiler = require.resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.install.json'], {
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
}
