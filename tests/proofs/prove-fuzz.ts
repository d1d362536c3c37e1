/**
 * `npm run prove:fuzz [CASES] [SEED] [FROM]`: reads experiments, settings, lists and images that were changed at random, and
 * runs commands on some. Each must be accepted, or refused with words and a place, in less than five seconds; no command changes what lies
 * beside its project.
 */
import { fuzz } from './fuzzed.js';

const [cases = 20_000, seed = 1, from = 0] = process.argv.slice(2).map(Number);
const STEP = 500;

const start = performance.now();
let [accepted, refused, slowest] = [0, 0, 0];
for (let done = 0; done < cases; done += STEP) {
  const some = await fuzz(seed, from + done, Math.min(STEP, cases - done));
  accepted += some.accepted;
  refused += some.refused;
  slowest = Math.max(slowest, some.slowestMs);
  process.stderr.write(`\r${Math.min(done + STEP, cases)} of ${cases}`);
}
process.stderr.write('\r');
const hours = (performance.now() - start) / 3_600_000;
console.log(
  `${cases} cases: ${accepted} experiments accepted, ${refused} refused in words; the slowest took ${slowest.toFixed(0)} ms; ${Math.round(cases / hours)} an hour`,
);
