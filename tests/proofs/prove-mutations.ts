import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { covers, readCovering, type Covering } from './covered.js';
import { mutantsOf, type Mutant } from './mutants.js';

/**
 * `npm run prove:mutations -- [--count 300] [--seed 1] [--keep FILE] [--tests PATTERN] [--seconds N] [ROOM...]`: single changes to the
 * compiled code of the rooms where results are decided, drawn by a seed. Each file of tests runs once on the code as it is: which
 * passes, how long it takes, what it executes. Then of each mutant the files that execute the changed place run until one fails: those
 * of the mutant's own room first, the quickest first. What is known is a line of FILE (default: mutations.ndjson in the system's
 * folder for temporary files): a run that was stopped goes on from it, and of a survivor only the files run that were not asked yet.
 *
 * With `--seconds`, no mutant is given more of the tests' time than that: what then survives is said with the number of files that
 * were not asked, and the share of killed mutants is at least the one that is said.
 *
 * Processes that tests start run the compiled modules as well: the copy that is changed has no packed script.
 */
const ROOMS = [
  'engine',
  'plugins/recognition/benchmarks',
  'plugins/recognition/learning/loss',
  'plugins/recognition/learning/batches',
  'plugins/recognition/learning/checkpoint',
  'foundation',
];
/** What takes so many times longer than without the change hangs by it, and counts as killed. */
const LONGER = 6;
const LEAST_SECONDS = 30;
/** A failure of a test that takes longer counts only if it passes again without the change. */
const STEADY_SECONDS = 10;

const { values, positionals: rooms } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'string', default: join(tmpdir(), 'mutations.ndjson') },
    /** Of the files of tests that are asked: all, where it is not said. */
    tests: { type: 'string', default: '' },
    seconds: { type: 'string', default: 'Infinity' },
  },
});
const home = mkdtempSync(join(tmpdir(), 'fx-mutations-'));
process.once('exit', () => rmSync(home, { recursive: true, force: true }));
for (const name of readdirSync('.')) if (name !== 'dist') symlinkSync(resolve(name), join(home, name));
cpSync('dist', join(home, 'dist'), { recursive: true });
for (const name of ['fx.cjs', 'fx.cjs.v8', 'fx.cjs.map']) rmSync(join(home, 'dist', name), { force: true });

interface Tested {
  readonly test: string;
  readonly passes: boolean;
  readonly seconds: number;
  readonly executes: Covering;
}

interface Fate {
  readonly mutant: string;
  /** Absent where it survives. */
  readonly by?: string;
  /** Files of tests that ran. */
  readonly asked: readonly string[];
  /** How many more execute the place. */
  readonly unasked: number;
}

const known = existsSync(values.keep)
  ? readFileSync(values.keep, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Tested | Fate)
  : [];
function keep(one: Tested | Fate): void {
  appendFileSync(values.keep, `${JSON.stringify(one)}\n`);
}

function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

function mocha(test: string, seconds: number, environment: Readonly<Record<string, string>> = {}): boolean {
  const words = ['node_modules/mocha/bin/mocha.js', '--no-config', '--bail', '--exit', '--timeout', '60000', test];
  const env = { ...process.env, ...environment };
  return (
    spawnSync(process.execPath, words, { cwd: home, env, timeout: Math.ceil(seconds * 1000), stdio: 'ignore' })
      .status === 0
  );
}

/** Runs each file of tests once on the code as it is. */
function look(test: string): Tested {
  const found = known.find((one) => 'test' in one && one.test === test);
  if (found !== undefined) return found as Tested;
  const folder = mkdtempSync(join(tmpdir(), 'fx-covered-'));
  const begun = performance.now();
  const passes = mocha(test, 600, { NODE_V8_COVERAGE: folder });
  const seconds = (performance.now() - begun) / 1000;
  const executes = readCovering(folder, `${pathToFileURL(join(home, 'dist/src')).href}/`);
  rmSync(folder, { recursive: true, force: true });
  const tested = { test, passes, seconds, executes };
  keep(tested);
  return tested;
}

let state = Number(values.seed);
function draw(below: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
}

const tests = filesBelow('dist/tests', '.test.js')
  .filter((path) => !/dist\/tests\/(slurm|proofs)\/|tutorial\.test/.test(path) && new RegExp(values.tests).test(path))
  .map(look);
for (const { test, passes } of tests) if (!passes) console.log(`passed over, since it fails as it is: ${test}`);
const asking = tests.filter(({ passes }) => passes).sort((a, b) => a.seconds - b.seconds);

const targets = (rooms.length > 0 ? rooms : ROOMS).flatMap((room) => filesBelow(join('dist/src', room), '.js'));
const mutants: Mutant[] = targets.flatMap((path) => mutantsOf(ts, path, readFileSync(path, 'utf8')));
const chosen = Array.from(
  { length: Math.min(Number(values.count), mutants.length) },
  () => mutants.splice(draw(mutants.length), 1)[0]!,
);
console.log(`${chosen.length} of ${mutants.length + chosen.length} mutants, seed ${values.seed}`);
let killed = 0;
for (const mutant of chosen) {
  const fate = fateOf(mutant);
  if (fate.by !== undefined) killed += 1;
  const said =
    fate.by === undefined
      ? `SURVIVES ${fate.asked.length} files${fate.unasked > 0 ? `, ${fate.unasked} not asked` : ''}`
      : `killed by ${relative('dist/tests', fate.by)}`;
  console.log(`${fate.mutant}  ${said}`);
}
console.log(`${killed} of ${chosen.length} killed (${((100 * killed) / chosen.length).toFixed(1)} %)`);

function fateOf({ path, line, at, executed, what, text }: Mutant): Fate {
  const module = path.replace('dist/src/', '');
  const name = `${module}:${line}  ${what} @${at}`;
  const before = known.findLast((one): one is Fate => 'mutant' in one && one.mutant === name);
  if (before?.by !== undefined) return before;
  const covering = asking
    .filter(({ executes }) => covers(executes, module, executed))
    .sort((a, b) => sharedFolders(b.test, module) - sharedFolders(a.test, module));
  const asked = [...(before?.asked ?? [])];
  const open = covering.filter(({ test }) => !asked.includes(test));
  if (before !== undefined && open.length === 0) return before;
  const whole = readFileSync(path, 'utf8');
  writeFileSync(join(home, path), text);
  let by: string | undefined;
  let left = Number(values.seconds);
  for (const { test, seconds } of open) {
    if (seconds > left) continue;
    left -= seconds;
    asked.push(test);
    if (mocha(test, Math.max(LEAST_SECONDS, LONGER * seconds))) continue;
    writeFileSync(join(home, path), whole);
    // A test that waits for processes may fail for the machine's load.
    if (seconds < STEADY_SECONDS || mocha(test, 2 * LONGER * seconds)) {
      by = test;
      break;
    }
    writeFileSync(join(home, path), text);
  }
  writeFileSync(join(home, path), whole);
  const unasked = covering.filter(({ test }) => !asked.includes(test)).length;
  const fate = { mutant: name, asked, unasked, ...(by === undefined ? {} : { by }) };
  keep(fate);
  return fate;
}

/** How many folders from the root on a file of tests has in common with a module. */
function sharedFolders(test: string, module: string): number {
  const [folders, others] = [relative('dist/tests', test), module].map((path) => path.split('/').slice(0, -1));
  const differs = folders!.findIndex((folder, i) => folder !== others![i]);
  return differs < 0 ? folders!.length : differs;
}
