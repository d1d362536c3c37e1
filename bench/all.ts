/**
 * All speeds in one table, beside their bars and their peers, in about a quarter of an hour on a quiet machine:
 *
 *     npm run bench [-- engine renderer …]
 *
 * Each bench is a process of its own, with settings that keep it short; what it prints goes to a file beside the others, named at the
 * end. A bench that fails is named with its reason, and the table holds what the others measured.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasonOf } from './child.js';
import { figureLines, gathering, readFigures } from './figure.js';

/** Minutes; a bench that has not ended by then is stopped. */
const LIMIT = 8;

const BENCHES: Readonly<Record<string, readonly string[]>> = {
  engine: ['--no-hashing', '--no-paper'],
  hashing: ['5000'],
  renderer: ['1'],
  import: ['2000'],
  report: [],
  ui: [],
  learner: ['--networks', 'nn4', '--batches', '60', '--seconds', '1', '--rounds', '3', '--no-load'],
  'learner of mini': ['--networks', 'mini-32', '--seconds', '1', '--rounds', '3'],
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`there is no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'fx-bench-'));
const figures = join(folder, 'figures.ndjson');
writeFileSync(figures, '');
const failures: string[] = [];
const began = performance.now();
console.log(`${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]!.toFixed(2)}`);
for (const name of asked.length === 0 ? Object.keys(BENCHES) : asked) await measure(name);

for (const line of figureLines(readFigures(figures))) console.log(line);
for (const failure of failures) console.log(failure);
console.log(`${((performance.now() - began) / 60_000).toFixed(1)} min; what each bench printed is in ${folder}`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function measure(name: string): Promise<void> {
  const script = fileURLToPath(new URL(`./${name.split(' ')[0]!}.js`, import.meta.url));
  const printed = join(folder, `${name}.txt`);
  const started = performance.now();
  process.stderr.write(`${name} …`);
  const child = spawn(process.execPath, [script, ...BENCHES[name]!], {
    env: gathering(figures),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT * 60_000,
  });
  const file = createWriteStream(printed);
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  file.end();
  await once(file, 'close');
  process.stderr.write(` ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  if (status === 0) return;
  const stderr = existsSync(printed) ? readFileSync(printed, 'utf8') : '';
  failures.push(reasonOf(name, { status, signal, stdout: null, stderr }));
}
