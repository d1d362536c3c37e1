/**
 * Runs the tests of operations that ship in @tensorflow/tfjs-core on the kernels that we lower:
 *
 *     node dist/tests/recognition/learning/recorded/conformance/run.js [--positions-first] [word in the file's name ...]
 *
 * A test that calls a kernel without a lowering counts as uncovered; one with a reason in `skips.ts` as skipped. Prints
 * the counts as JSON, failures before them, and exits with 1 where there are any.
 */
import { readdirSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { TensorFlow } from '../../../../../src/compiler/tensorflow.js';
import { useConformanceBackend } from './backend.js';
import { Uncovered } from './uncovered.js';
import { reasonToSkip } from './skips.js';
import { install, specs } from './suite.js';

register(new URL('hooks.js', import.meta.url));
const require = createRequire(import.meta.url);
const dist = dirname(require.resolve('@tensorflow/tfjs-core'));
// Some of its modules expect the `require` of CommonJS.
Object.assign(globalThis, { require });
const load = (file: string): Promise<unknown> => import(pathToFileURL(join(dist, file)).href);
const tf = (await load('index.js')) as TensorFlow;
await load('register_all_gradients.js');
await load('public/chained_ops/register_all_chained_ops.js');
tf.env().set('IS_TEST', true);
const { values: options, positionals: words } = parseArgs({
  options: { 'positions-first': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const layout = { kind: options['positions-first'] ? 'positions-first' : 'channels-first' } as const;
await useConformanceBackend(tf, layout);
install(tf.engine());

const files = readdirSync(join(dist, 'ops')).filter((file) => file.endsWith('_test.js'));
const counts = { passed: 0, skipped: 0, uncovered: 0, failed: 0 };
for (const file of files.sort()) {
  if (words.length > 0 && !words.includes(file.slice(0, -'_test.js'.length))) continue;
  specs.length = 0;
  await load(join('ops', file));
  for (const { name, run } of specs) {
    if (reasonToSkip(file, name, layout.kind) !== undefined) {
      counts.skipped += 1;
      continue;
    }
    try {
      await run();
      counts.passed += 1;
    } catch (error) {
      if (error instanceof Uncovered) counts.uncovered += 1;
      else {
        counts.failed += 1;
        console.log(`${file}: ${name}\n    ${String(error).split('\n')[0]!.slice(0, 200)}`);
      }
    }
  }
}
console.log(JSON.stringify(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
