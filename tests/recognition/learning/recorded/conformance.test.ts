import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a network of ours is made of. All 178 files: `node dist/tests/recognition/learning/recorded/conformance/run.js`. */
const OPERATIONS =
  'conv2d conv2d_transpose max_pool avg_pool mat_mul batchnorm relu step sqrt square add sub arithmetic ' +
  'concat split pad slice reshape transpose cumsum sum mean max equal less where cast fill';

describe('the tests that ship with TensorFlow.js', function () {
  this.timeout(120000);

  for (const [maps, options] of [
    ['as ONNX has them', []],
    ['positions first', ['--positions-first']],
  ] as const) {
    it(`pass on the kernels that are lowered, maps lying ${maps}`, async () => {
      const script = fileURLToPath(new URL('conformance/run.js', import.meta.url));
      const words = [...options, ...OPERATIONS.split(' ')];
      const { stdout } = await promisify(execFile)(process.execPath, [script, ...words]);
      const counts = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<'passed' | 'failed' | 'skipped', number>;
      assert.equal(counts.failed, 0);
      assert.ok(counts.passed > 600, JSON.stringify(counts));
      assert.ok(counts.skipped < 30, JSON.stringify(counts));
    });
  }
});
