import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
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
import { sha256 } from '../../src/foundation/digest.js';
import { covers, readCovering, type Covering } from './covered.js';
import { mutantsOf, type Mutant } from './mutants.js';

/**
 * `npm run prove:mutations -- [--count 300] [--seed 1] [--jobs 2] [--keep FILE] [--tests PATTERN] [--seconds N] [ROOM...]`: single
 * changes to the compiled code of the rooms where results are decided, drawn by a seed. Each file of tests runs once on the code as it
 * is: which passes, how long it takes, what it executes. Then of each mutant the files that execute the changed place run until one
 * fails: those of the mutant's own room and the quick ones first, several in one process. What is known is a line of FILE (default:
 * mutations.ndjson in the system's folder for temporary files): a run that was stopped goes on from it, and of a survivor only the
 * files run that were not asked yet, or that have changed since.
 *
 * With `--seconds`, no file of tests that takes longer is looked at, and no mutant is given more of the tests' time than that: what
 * then survives is said with the number of files that were not asked, and the share of killed mutants is at least the one that is said.
 *
 * Processes that tests start run the compiled modules as well: the copies that are changed have no packed script. They have a home
 * and a cache of their own, which a mutant may spoil.
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
const LONGER = 4;
const LEAST_SECONDS = 30;
/** Files of tests share a process as long as they took less than this together. */
const TOGETHER_SECONDS = 12;
/** A failure of a test that takes longer counts only if it passes again without the change; of a quicker one, once is enough. */
const STEADY_SECONDS = 10;
/** A file of tests in the mutant's own folder goes before one that is so many times as quick. */
const NEARER = 3;

const { values, positionals: rooms } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    keep: { type: 'string', default: join(tmpdir(), 'mutations.ndjson') },
    /** Of the files of tests that are asked: all, where it is not said. */
    tests: { type: 'string', default: '' },
    seconds: { type: 'string', default: 'Infinity' },
  },
});

/** A copy of the compiled code, and which files of tests are known to pass on it. */
interface Lane {
  readonly home: string;
  readonly steady: Set<string>;
}

const lanes = Array.from({ length: Number(values.jobs) }, laneOf);
process.once('exit', () => {
  for (const { home } of lanes) rmSync(home, { recursive: true, force: true });
});

function laneOf(): Lane {
  const home = mkdtempSync(join(tmpdir(), 'fx-mutations-'));
  for (const name of readdirSync('.')) if (name !== 'dist') symlinkSync(resolve(name), join(home, name));
  cpSync('dist', join(home, 'dist'), { recursive: true });
  for (const name of ['fx.cjs', 'fx.cjs.v8', 'fx.cjs.map']) rmSync(join(home, 'dist', name), { force: true });
  mkdirSync(join(home, 'of-user'));
  return { home, steady: new Set() };
}

/** The lanes take one after another, each as it is free. */
async function inLanes<A>(all: readonly A[], work: (one: A, lane: Lane) => Promise<void>): Promise<void> {
  const open = [...all];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let one = open.shift(); one !== undefined; one = open.shift()) await work(one, lane);
    }),
  );
}

interface Tested {
  readonly test: string;
  /** Of the file of tests. */
  readonly digest: string;
  readonly passes: boolean;
  readonly seconds: number;
  readonly executes: Covering;
}

interface Fate {
  readonly mutant: string;
  /** Absent where it survives. */
  readonly by?: string;
  /** Files of tests that ran, with their digests. */
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

/** Runs files of tests in one process until one fails: which, or undefined where all pass. */
function failing(
  { home }: Lane,
  tests: readonly string[],
  seconds: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  const words = ['node_modules/mocha/bin/mocha.js', '--no-config', '--bail', '--exit', '--timeout', '60000'];
  const ofUser = join(home, 'of-user');
  const child = spawn(process.execPath, [...words, '--reporter', 'json', ...tests], {
    cwd: home,
    env: {
      ...process.env,
      HOME: ofUser,
      XDG_CACHE_HOME: join(ofUser, '.cache'),
      ...environment,
    },
    // A group of its own, so that what it started ends with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const timer = setTimeout(() => end(), seconds * 1000);
  function end(): void {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((done) => {
    child.once('exit', (code) => {
      clearTimeout(timer);
      end();
      // The report follows what tests print.
      const file = /"file": "([^"]*)"/.exec(said.slice(said.lastIndexOf('"failures": [')))?.[1];
      done(code === 0 ? undefined : file === undefined ? tests[0] : relative(home, file));
    });
  });
}

/** Runs a file of tests once on the code as it is. */
async function look(test: string, lane: Lane): Promise<Tested> {
  const digest = sha256(readFileSync(test)).slice(0, 8);
  const found = known.findLast((one) => 'test' in one && one.test === test && one.digest === digest);
  if (found !== undefined) return found as Tested;
  const folder = mkdtempSync(join(tmpdir(), 'fx-covered-'));
  const begun = performance.now();
  const failed = await failing(lane, [test], Math.min(Number(values.seconds), 600), { NODE_V8_COVERAGE: folder });
  const seconds = (performance.now() - begun) / 1000;
  const executes = readCovering(folder, `${pathToFileURL(join(lane.home, 'dist/src')).href}/`);
  rmSync(folder, { recursive: true, force: true });
  const tested = { test, digest, passes: failed === undefined, seconds, executes };
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

const asking: Tested[] = [];
const tests = filesBelow('dist/tests', '.test.js').filter(
  (path) =>
    !/dist\/tests\/(slurm|proofs)\/|tutorial\.test|journey\.test/.test(path) && new RegExp(values.tests).test(path),
);
await inLanes(tests, async (test, lane) => {
  const tested = await look(test, lane);
  if (tested.passes) asking.push(tested);
  else console.log(`passed over, since it fails as it is or takes too long: ${test}`);
});

const targets = (rooms.length > 0 ? rooms : ROOMS).flatMap((room) => filesBelow(join('dist/src', room), '.js'));
const mutants: Mutant[] = targets.flatMap((path) => mutantsOf(ts, path, readFileSync(path, 'utf8')));
const chosen = Array.from(
  { length: Math.min(Number(values.count), mutants.length) },
  () => mutants.splice(draw(mutants.length), 1)[0]!,
);
console.log(`${chosen.length} of ${mutants.length + chosen.length} mutants, seed ${values.seed}`);
let killed = 0;
await inLanes(chosen, async (mutant, lane) => {
  const fate = await fateOf(mutant, lane);
  if (fate.by !== undefined) killed += 1;
  const said =
    fate.by === undefined
      ? `SURVIVES ${fate.asked.length} files${fate.unasked > 0 ? `, ${fate.unasked} not asked` : ''}`
      : `killed by ${relative('dist/tests', fate.by)}`;
  console.log(`${fate.mutant}  ${said}`);
});
console.log(`${killed} of ${chosen.length} killed (${((100 * killed) / chosen.length).toFixed(1)} %)`);

async function fateOf({ path, line, at, executed, what, text }: Mutant, lane: Lane): Promise<Fate> {
  const module = path.replace('dist/src/', '');
  const name = `${module}:${line}  ${what} @${at}`;
  const before = known.findLast((one): one is Fate => 'mutant' in one && one.mutant === name);
  if (before?.by !== undefined) return before;
  const covering = asking.filter(({ executes }) => covers(executes, module, executed));
  const order = new Map(covering.map((one) => [one, one.seconds / NEARER ** sharedFolders(one.test, module)] as const));
  const asked = [...(before?.asked ?? [])];
  const open = covering.filter((one) => !asked.includes(named(one))).sort((a, b) => order.get(a)! - order.get(b)!);
  if (before !== undefined && open.length === 0) return before;
  const changed = join(lane.home, path);
  const whole = readFileSync(path, 'utf8');
  let by: string | undefined;
  let left = Number(values.seconds);
  for (const group of groupsOf(open)) {
    const some = group.filter(({ seconds }) => {
      const fits = seconds <= left;
      if (fits) left -= seconds;
      return fits;
    });
    if (some.length === 0) continue;
    const limit = Math.max(LEAST_SECONDS, LONGER * sum(some));
    writeFileSync(changed, text);
    const failed = await failing(
      lane,
      some.map(({ test }) => test),
      limit,
    );
    writeFileSync(changed, whole);
    asked.push(...some.map(named));
    if (failed === undefined) continue;
    // A test that waits for processes may fail for the machine's load.
    const one = some.find(({ test }) => test === failed);
    const isSteady = lane.steady.has(failed) && one !== undefined && one.seconds < STEADY_SECONDS;
    if (isSteady || (await failing(lane, [failed], limit)) === undefined) {
      lane.steady.add(failed);
      by = failed;
      break;
    }
    console.log(`${name}: ${failed} fails without the change as well`);
  }
  const unasked = covering.filter((one) => !asked.includes(named(one))).length;
  const fate = { mutant: name, asked, unasked, ...(by === undefined ? {} : { by }) };
  keep(fate);
  return fate;
}

function named({ test, digest }: Tested): string {
  return `${test}@${digest}`;
}

function sum(tests: readonly Tested[]): number {
  return tests.reduce((total, { seconds }) => total + seconds, 0);
}

/** In their order, as many as may share a process. */
function groupsOf(tests: readonly Tested[]): readonly (readonly Tested[])[] {
  const groups: Tested[][] = [];
  for (const test of tests) {
    const last = groups.at(-1);
    if (last !== undefined && sum([...last, test]) < TOGETHER_SECONDS) last.push(test);
    else groups.push([test]);
  }
  return groups;
}

/** How many folders from the root on a file of tests has in common with a module. */
function sharedFolders(test: string, module: string): number {
  const [folders, others] = [relative('dist/tests', test), module].map((path) => path.split('/').slice(0, -1));
  const differs = folders!.findIndex((folder, i) => folder !== others![i]);
  return differs < 0 ? folders!.length : differs;
}
