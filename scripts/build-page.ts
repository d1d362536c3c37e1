/**
 * Part of `npm run build`: bundles the page of `fx ui` into `dist/ui/`, where the server (src/ui/server/page-files.ts) and an
 * export take it from. `page.js` is the page; `plot.js` is Vega-Lite and how plots are drawn with it, loaded when the first plot
 * is looked at. Both are scripts and not modules, so that an exported page opens from a folder as well.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const SOURCE = fileURLToPath(new URL('../../src/ui/page/', import.meta.url));
const TARGET = fileURLToPath(new URL('../ui/', import.meta.url));

/** Bytes of the page, compressed, without Vega. */
const MOST = 400 * 1024;

/** What of esbuild is used. Its types are not: it may be missing, on a platform that it does not run on. */
interface Bundler {
  build(options: object): Promise<unknown>;
}

const esbuild = bundler();
if (esbuild === undefined) process.stderr.write('no esbuild here: fx ui has no page\n');
else {
  mkdirSync(TARGET, { recursive: true });
  await esbuild.build({
    entryPoints: { page: join(SOURCE, 'page.tsx'), plot: join(SOURCE, 'plot.ts') },
    outdir: TARGET,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome111', 'firefox115', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'eof',
    logLevel: 'warning',
    tsconfigRaw: {},
  });
  await esbuild.build({
    entryPoints: [join(SOURCE, 'page.css')],
    outdir: TARGET,
    minify: true,
    logLevel: 'warning',
  });
  copyFileSync(join(SOURCE, 'index.html'), join(TARGET, 'index.html'));
  const bytes = ['page.js', 'page.css'].reduce(
    (sum, name) => sum + gzipSync(readFileSync(join(TARGET, name))).length,
    0,
  );
  writeFileSync(join(TARGET, 'size.json'), `${JSON.stringify({ gzipped: bytes })}\n`);
  if (bytes > MOST) throw new Error(`the page takes ${bytes} bytes compressed, more than ${MOST}`);
}

function bundler(): Bundler | undefined {
  try {
    return createRequire(import.meta.url)('esbuild') as Bundler;
  } catch {
    return undefined;
  }
}
