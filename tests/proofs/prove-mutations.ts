import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
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
import { sha256 } from '../../src/foundation/files/digest.js';
import { covers, readCovering, type Covering } from './covered.js';
import { apart, mutantsOf, mutated, type Mutant } from './mutants.js';

/**
 * `npm run prove:mutations -- [--count 300] [--seed 1] [--jobs 2] [--keep FILE] [--tests PATTERN] [--seconds 30] [ROOM...]`: single
 * changes to the compiled code of the rooms where results are decided, drawn by a seed. Each file of tests runs once on the code as it
 * is: which passes, how long it takes, what it executes. Then of each mutant the files that execute the changed place run until one
 * fails: those of the mutant's own room and the quick ones first, several in one process, for so many seconds of the tests' time.
 * The other files then run once with all survivors that they execute in place at once. A file that passes tells of none of them; where
 * one fails, halves of the survivors are tried until each that fails by itself is found. (That two changes together pass a test that
 * each fails by itself is possible, and is not looked for.)
 *
 * What is known is a line of FILE (default: mutations.ndjson in the system's folder for temporary files): a run that was stopped goes
 * on from it, and of a survivor only the files run that were not asked yet, or that have changed since.
 *
 * Processes that tests start run the compiled modules as well: the copies that are changed have no packed script. They have a home
 * and a cache of their own, which a mutant may spoil. A mutant may do worse: run this where all but the system's folder for temporary
 * files is read-only, and processes and network are of its own (`unshare --mount --pid --net`).
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
/** For which a file of tests is looked at. */
const LOOK_SECONDS = 600;
/** How often a file of tests is asked of a survivor if it fails without the change as well. */
const TRIES = 3;
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
    seconds: { type: 'string', default: '30' },
  },
});

/** A copy of the project, and which files of tests are known to pass on it. */
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
  // No links but to the packages: tests copy folders of the project, and write into the copies.
  for (const name of readdirSync('.')) {
    if (name === 'node_modules') symlinkSync(resolve(name), join(home, name));
    else cpSync(name, join(home, name), { recursive: true });
  }
  for (const name of ['fx.cjs', 'fx.cjs.v8', 'fx.cjs.map']) rmSync(join(home, 'dist', name), { force: true });
  // Some tests run commands as another user.
  chmodSync(home, 0o755);
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
  const words = ['node_modules/mocha/bin/mocha.js', '--no-config', '--exit', '--timeout', '60000'];
  if (environment.NODE_V8_COVERAGE === undefined) words.push('--bail');
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
  if (found !== undefined && 'passes' in found && found.passes) return found;
  const folder = mkdtempSync(join(tmpdir(), 'fx-covered-'));
  const begun = performance.now();
  const failed = await failing(lane, [test], LOOK_SECONDS, { NODE_V8_COVERAGE: folder });
  const seconds = (performance.now() - begun) / 1000;
  const executes = readCovering(folder, `${pathToFileURL(join(lane.home, 'dist/src')).href}/`);
  rmSync(folder, { recursive: true, force: true });
  // What looks on is seen by tests of what a process is given and leaves.
  const passes = failed === undefined || (await failing(lane, [test], LOOK_SECONDS)) === undefined;
  const tested = { test, digest, passes, seconds, executes };
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
const fates = new Map<Mutant, Fate>();
await inLanes(chosen, askNearest);
const survivors = chosen.filter((one) => fates.get(one)!.by === undefined);
console.log(`${survivors.length} survive the nearest tests`);
// First those that are among few of which a survivor is still to be asked, and are quick: they decide most.
const worth = new Map(asking.map((one) => [one, worthOf(one)] as const));
await inLanes(
  [...asking].sort((a, b) => worth.get(b)! - worth.get(a)!),
  async (one, lane) => {
    const open = survivors.filter((mutant) => isOpen(mutant, one));
    for (const some of apart(open)) await askTogether(one, some, lane);
  },
);
for (const mutant of survivors) {
  const { by, asked, unasked } = fates.get(mutant)!;
  if (by !== undefined) continue;
  console.log(`${nameOf(mutant)}  SURVIVES ${asked.length} files${unasked > 0 ? `, ${unasked} not asked` : ''}`);
}
const killed = chosen.filter((one) => fates.get(one)!.by !== undefined).length;
console.log(`${killed} of ${chosen.length} killed (${((100 * killed) / chosen.length).toFixed(1)} %)`);

function moduleOf({ path }: Mutant): string {
  return path.replace('dist/src/', '');
}

function nameOf(mutant: Mutant): string {
  return `${moduleOf(mutant)}:${mutant.line}  ${mutant.what} @${mutant.at}`;
}

function coveringOf(mutant: Mutant): readonly Tested[] {
  return asking.filter(({ executes }) => covers(executes, moduleOf(mutant), mutant.executed));
}

/** Whether it survives so far, and a file of tests that executes it was not asked. */
function isOpen(mutant: Mutant, one: Tested): boolean {
  const { by, asked } = fates.get(mutant)!;
  return by === undefined && !asked.includes(named(one)) && covers(one.executes, moduleOf(mutant), mutant.executed);
}

/** How much a second of a file of tests tells of the survivors. */
function worthOf(one: Tested): number {
  const open = survivors.filter((mutant) => isOpen(mutant, one));
  return open.reduce((total, mutant) => total + 1 / Math.max(1, fates.get(mutant)!.unasked), 0) / one.seconds;
}

function settle(mutant: Mutant, asked: readonly string[], by?: string): void {
  const unasked = coveringOf(mutant).filter((one) => !asked.includes(named(one))).length;
  const fate = { mutant: nameOf(mutant), asked, unasked, ...(by === undefined ? {} : { by }) };
  fates.set(mutant, fate);
  keep(fate);
  if (by !== undefined) console.log(`${fate.mutant}  killed by ${relative('dist/tests', by)}`);
}

/** Which of some files of tests fails first where some mutants are in place, and does not without them. */
async function failingWith(
  some: readonly Mutant[],
  tests: readonly Tested[],
  lane: Lane,
): Promise<{ readonly failed?: Tested; readonly isSteady: boolean }> {
  const limit = Math.max(LEAST_SECONDS, LONGER * sum(tests));
  const paths = [...new Set(some.map(({ path }) => path))];
  for (const path of paths) {
    const here = some.filter((one) => one.path === path);
    writeFileSync(join(lane.home, path), mutated(readFileSync(path, 'utf8'), here));
  }
  const name = await failing(
    lane,
    tests.map(({ test }) => test),
    limit,
  );
  for (const path of paths) writeFileSync(join(lane.home, path), readFileSync(path));
  if (name === undefined) return { isSteady: true };
  const failed = tests.find(({ test }) => test === name) ?? tests[0]!;
  if (some.length > 1) return { failed, isSteady: false };
  // A test that waits for processes may fail for the machine's load.
  const isKnown = lane.steady.has(failed.test) && failed.seconds < STEADY_SECONDS;
  const isSteady = isKnown || (await failing(lane, [failed.test], limit)) === undefined;
  if (isSteady) lane.steady.add(failed.test);
  else console.log(`${nameOf(some[0]!)}: ${failed.test} fails without the change as well`);
  return { failed, isSteady };
}

/** Asks the nearest and quickest files of tests of one mutant. */
async function askNearest(mutant: Mutant, lane: Lane): Promise<void> {
  const name = nameOf(mutant);
  const before = known.findLast((one): one is Fate => 'mutant' in one && one.mutant === name);
  if (before !== undefined) fates.set(mutant, before);
  if (before?.by !== undefined) return;
  const module = moduleOf(mutant);
  const covering = coveringOf(mutant);
  const asked = [...(before?.asked ?? [])];
  const order = new Map(covering.map((one) => [one, one.seconds / NEARER ** sharedFolders(one.test, module)] as const));
  let left = Number(values.seconds) - sum(covering.filter((one) => asked.includes(named(one))));
  const open = covering
    .filter((one) => !asked.includes(named(one)))
    .sort((a, b) => order.get(a)! - order.get(b)!)
    .filter(({ seconds }) => {
      const fits = seconds <= left;
      if (fits) left -= seconds;
      return fits;
    });
  for (const group of groupsOf(open)) {
    const { failed, isSteady } = await failingWith([mutant], group, lane);
    // What failed for another reason kept those after it from running.
    if (failed === undefined || isSteady) asked.push(...group.map(named));
    if (failed === undefined || !isSteady) continue;
    settle(mutant, asked, failed.test);
    return;
  }
  settle(mutant, asked);
}

/** Asks one file of tests of several mutants: of all at once, and where it fails, of halves. */
async function askTogether(one: Tested, some: readonly Mutant[], lane: Lane, tries = TRIES): Promise<void> {
  // Another lane may have killed some meanwhile.
  const open = some.filter((mutant) => isOpen(mutant, one));
  if (open.length === 0) return;
  const { failed, isSteady } = await failingWith(open, [one], lane);
  if (failed === undefined || (open.length === 1 && isSteady)) {
    for (const mutant of open) settle(mutant, [...fates.get(mutant)!.asked, named(one)], failed?.test);
    return;
  }
  if (open.length === 1) {
    if (tries > 1) await askTogether(one, open, lane, tries - 1);
    return;
  }
  const half = Math.ceil(open.length / 2);
  await askTogether(one, open.slice(0, half), lane);
  await askTogether(one, open.slice(half), lane);
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
