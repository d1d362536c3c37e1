import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findDevice, refusesHalf } from '../../src/compiler/devices/device.js';
import { recordedEngine } from '../../src/plugins/recognition/learning/engines/recorded/engine.js';
import { FIRST_SCALE } from '../../src/plugins/recognition/learning/step/loss-scale.js';
import { firstStep, type HalfStep } from '../recognition/learning/first-step.js';
import { ORACLES, type OracleName } from '../recognition/learning/oracle.js';
import { swiftshader } from '../recognition/learning/recorded/swiftshader.js';

/**
 *     npm run prove:gpu [-- mini kinds nn4.small2]
 *
 * The first training step of each network on the GPU there is, else on chromium's SwiftShader, and by `native`, both against
 * PyTorch in float64, within the bounds of docs/decisions/0023. A network that the engine refuses counts as out of bounds. In software nn4.small2 takes minutes, most of it to compile its shaders.
 */
const BOUNDS = { loss: 1e-4, worst: 1e-3, median: 1e-4 };
/** In half precision (docs/decisions/0275), with room for devices that add in half precision. */
const HALF_BOUNDS = { loss: 1e-2, worst: 2, median: 0.3 };
const names = process.argv.slice(2) as OracleName[];

if (process.env.FX_GPU_PROOF === undefined && (await findDevice()).found.length === 0) {
  const software = swiftshader();
  if ('missing' in software) throw new Error(`no device, and ${software.missing}`);
  const script = fileURLToPath(import.meta.url);
  const env = { ...software.env, FX_GPU_PROOF: 'software' };
  const { status } = spawnSync(process.execPath, [script, ...names], { env, stdio: 'inherit' });
  process.exit(status ?? 1);
}
const device = (await findDevice()).found[0];
if (device === undefined) throw new Error('there is no device');
console.log(`${device.provider}: ${device.driver}`);
const withoutHalf = await refusesHalf(device);
if (withoutHalf !== undefined) console.log(withoutHalf.message);
const RUNS: readonly (readonly ['native' | 'gpu', HalfStep?])[] = [
  ['native'],
  ['gpu'],
  ...(withoutHalf === undefined ? [['gpu', { precision: 'half', scale: FIRST_SCALE.scale }] as const] : []),
];
console.log(
  '| network | engine | loss | worst gradient | median gradient | seconds |\n| --- | --- | ---: | ---: | ---: | ---: |',
);
for (const name of names.length > 0 ? names : ORACLES) {
  for (const [engine, half] of RUNS) {
    const start = performance.now();
    const found = await firstStep(recordedEngine(engine), name, half);
    const bounds = half === undefined ? BOUNDS : HALF_BOUNDS;
    const errors = (['loss', 'worst', 'median'] as const).map((key) => {
      if (!(found[key] < bounds[key])) process.exitCode = 1;
      return found[key].toExponential(1);
    });
    if (found.selected !== found.fixture.selected[0]) process.exitCode = 1;
    console.log(
      `| ${name} | ${engine}${half === undefined ? '' : ', half'} | ${errors.join(' | ')} | ${((performance.now() - start) / 1000).toFixed(0)} |`,
    );
  }
}
console.log(process.exitCode === 1 ? 'out of bounds' : 'within the bounds');
