import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { mutantsOf, type Mutant } from './mutants.js';

/**
 * `npm run prove:mutations [COUNT] [SEED] [ROOM...]`: single changes to the compiled code of the rooms where results are decided, drawn by a seed; for each
 * the test files that load the changed module run, those that load least first, until one fails. Prints each mutant's fate and, in
 * the end, how many were killed. What only a whole `fx` could notice is not asked: commands run from one packed file, which
 * is not changed. So a survivor is a question, not yet a fault.
 */
const ROOMS = [
  'engine',
  'plugins/recognition/benchmarks',
  'plugins/recognition/learning/loss',
  'plugins/recognition/learning/batches',
  'plugins/recognition/learning/checkpoint',
  'foundation',
];
/** Seconds that the tests of one mutant may take: what takes longer hangs by it, and counts as killed. */
const LONGEST = 300;

const [count = '300', seed = '1', ...rooms] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), 'fx-mutations-'));
process.once('exit', () => rmSync(home, { recursive: true, force: true }));
for (const name of readdirSync('.')) if (name !== 'dist') symlinkSync(resolve(name), join(home, name));
cpSync('dist', join(home, 'dist'), { recursive: true });

function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

/** What a compiled module imports of ours, in whatever way. */
const imports = new Map<string, readonly string[]>();
function importsOf(path: string): readonly string[] {
  let found = imports.get(path);
  if (found === undefined) {
    let text = '';
    try {
      text = readFileSync(path, 'utf8');
    } catch {
      // A name in a text that looks like an import.
    }
    const names = text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+\.js)'/g);
    found = [...names].map(([, name]) => join(dirname(path), name!));
    imports.set(path, found);
  }
  return found;
}

function closure(path: string): ReadonlySet<string> {
  const seen = new Set([path]);
  for (const at of seen) for (const next of importsOf(at)) seen.add(next);
  return seen;
}

const tests = filesBelow('dist/tests', '.test.js')
  .filter((path) => !/dist\/tests\/(cli|slurm|experiments|proofs)\//.test(path))
  .map((path) => ({ path, loads: closure(path) }))
  .sort((a, b) => a.loads.size - b.loads.size);

const targets = (rooms.length > 0 ? rooms : ROOMS).flatMap((room) => filesBelow(join('dist/src', room), '.js'));
const mutants: Mutant[] = targets.flatMap((path) => mutantsOf(ts, path, readFileSync(path, 'utf8')));

let state = Number(seed);
function draw(below: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
}

const chosen = Array.from(
  { length: Math.min(Number(count), mutants.length) },
  () => mutants.splice(draw(mutants.length), 1)[0]!,
);
console.log(`${chosen.length} of ${mutants.length + chosen.length} mutants, seed ${seed}`);
let killed = 0;
let done = 0;
for (const { path, line, what, text } of chosen) {
  const whole = readFileSync(path, 'utf8');
  writeFileSync(join(home, path), text);
  const begun = performance.now();
  let by: string | undefined;
  const asked = tests.filter(({ loads }) => loads.has(path));
  for (const { path: test } of asked) {
    const left = LONGEST * 1000 - (performance.now() - begun);
    const words = ['node_modules/mocha/bin/mocha.js', '--no-config', '--bail', '--timeout', '60000', test];
    const ran = spawnSync(process.execPath, words, {
      cwd: home,
      timeout: Math.max(Math.ceil(left), 1000),
      stdio: 'ignore',
    });
    if (ran.status === 0) continue;
    by = test;
    break;
  }
  writeFileSync(join(home, path), whole);
  done += 1;
  if (by !== undefined) killed += 1;
  const fate = by === undefined ? `SURVIVES ${asked.length} files` : `killed by ${relative('dist/tests', by)}`;
  console.log(`${path.replace('dist/src/', '')}:${line}  ${what}  ${fate}`);
}
console.log(`${killed} of ${done} killed (${((100 * killed) / done).toFixed(1)} %)`);
