/**
 * Module hooks that let Node load the tests which ship in @tensorflow/tfjs-core: they are ES modules without extensions in
 * their imports, in a package that does not say so, and they want Jasmine, of which `suite.ts` has the part that they use.
 */
import type { LoadHook, ResolveHook } from 'node:module';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const RANDOM = 'data:text/javascript,export const { alea, xor128, tychei } = globalThis.require("seedrandom");';
const DIST = '/@tensorflow/tfjs-core/dist/';

export const resolve: ResolveHook = (specifier, context, next) => {
  const { parentURL } = context;
  if (specifier.startsWith('.') && parentURL?.includes(DIST) === true) {
    const base = new URL(specifier, parentURL).href;
    const found = [`${base}.js`, `${base}/index.js`].find((url) => existsSync(fileURLToPath(url)));
    if (found !== undefined) return { url: found, shortCircuit: true };
  }
  // A CommonJS package whose functions are to be found on the namespace.
  if (specifier === 'seedrandom' && parentURL?.includes(DIST) === true) return { url: RANDOM, shortCircuit: true };
  return next(specifier, context);
};

export const load: LoadHook = async (url, context, next) => {
  if (!url.includes(DIST) || url.endsWith('.node.js')) return next(url, context);
  if (url.endsWith('/jasmine_util.js')) {
    const names = [
      'ALL_ENVS',
      'NODE_ENVS',
      'BROWSER_ENVS',
      'CHROME_ENVS',
      'SYNC_BACKEND_ENVS',
      'HAS_WORKER',
      'describeWithFlags',
    ];
    const source = `export const { ${names.join(', ')} } = globalThis.jasmineUtil;`;
    return { format: 'module', source, shortCircuit: true };
  }
  return next(url, { ...context, format: 'module' });
};
