/**
 * The engine beside its neighbours, on the same graphs, in one run: how long a run takes that has nothing to do, a first run of
 * trivial stages, and planning as graphs grow; then the speed of hashing.
 *
 *     npm run bench:engine [-- --no-cold] [--no-hashing] [--no-paper]
 *
 * turbo and wireit are used where `FX_BENCH_TOOLS` names a folder in which they are installed (`npm install turbo wireit`),
 * snakemake where it is on the PATH. A figure is the median of several rounds, each tool in turn.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasonOf } from './child.js';
import { median, noteFigure, type Bar } from './figure.js';
import { forFx, forSnakemake, forTurbo, forWireit, type Write } from './engine/graphs.js';

interface Tool {
  readonly name: string;
  readonly write: Write;
  readonly command: readonly string[];
  readonly environment?: (folder: string) => Readonly<Record<string, string>>;
  /** What it keeps and writes: without these the next run is a first one. */
  readonly kept: readonly string[];
}

const FX = fileURLToPath(new URL('../../bin/fx.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fx-bench-engine-'));
const words = process.argv.slice(2);

function tools(): readonly Tool[] {
  const found: Tool[] = [
    {
      name: 'fx',
      write: forFx,
      command: [process.execPath, FX, 'run', 'graph.yaml'],
      kept: ['cache', 'reports'],
    },
  ];
  const installed = process.env.FX_BENCH_TOOLS === undefined ? undefined : resolve(process.env.FX_BENCH_TOOLS);
  const binary = (name: string): string | undefined => {
    const path = installed === undefined ? '' : join(installed, 'node_modules/.bin', name);
    return existsSync(path) ? path : undefined;
  };
  const turbo = binary('turbo');
  if (turbo !== undefined)
    found.push({
      name: 'turbo',
      write: forTurbo,
      command: [turbo, 'run', 'build', '--output-logs=none'],
      environment: () => ({ TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }),
      kept: ['.turbo', 'node_modules', 'packages/*/.turbo', 'packages/*/out'],
    });
  const wireit = binary('wireit');
  if (wireit !== undefined)
    found.push({
      name: 'wireit',
      write: forWireit,
      command: [process.execPath, wireit],
      // As npm would start it, without npm's own time.
      environment: (at) => ({
        npm_lifecycle_event: 'all',
        npm_package_json: join(at, 'package.json'),
        npm_config_user_agent: 'npm/10.0.0',
        npm_execpath: 'npm',
        WIREIT_LOGGER: 'quiet',
      }),
      kept: ['.wireit', 'out-*'],
    });
  if (spawnSync('snakemake', ['--version']).status === 0)
    found.push({
      name: 'snakemake',
      write: forSnakemake,
      command: ['snakemake', '--cores', 'all', '--quiet', 'all'],
      kept: ['.snakemake', 'out'],
    });
  return found;
}

/** Seconds of the whole process. */
function timed(command: readonly string[], at: string, environment: Readonly<Record<string, string>> = {}): number {
  const start = performance.now();
  const ended = spawnSync(command[0]!, command.slice(1), {
    cwd: at,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    maxBuffer: 2 ** 28,
  });
  const seconds = (performance.now() - start) / 1000;
  if (ended.status !== 0) throw new Error(reasonOf(command.join(' '), ended));
  return seconds;
}

function run(tool: Tool, at: string): number {
  return timed(tool.command, at, tool.environment?.(at));
}

/** The median of several, each tool in turn, so that what else runs on the machine slows all. */
function medianOf(times: number, works: ReadonlyMap<string, () => number>): ReadonlyMap<string, number> {
  const found = new Map([...works.keys()].map((name) => [name, [] as number[]]));
  for (let i = 0; i < times; i += 1) for (const [name, work] of works) found.get(name)!.push(work());
  return new Map([...found].map(([name, seconds]) => [name, median(seconds)]));
}

function row(what: string, cells: readonly string[]): void {
  console.log(what.padEnd(40) + cells.map((cell) => cell.padStart(18)).join(''));
}

/** Seconds, and how many times as long as fx. */
function compare(what: string, found: ReadonlyMap<string, number>, names: readonly string[], bar?: Bar): void {
  const own = found.get('fx')!;
  const [peer] = [...found].filter(([name]) => name !== 'fx').sort(([, a], [, b]) => a - b);
  noteFigure({
    work: what,
    value: own,
    unit: 's',
    ...(peer === undefined ? {} : { peer: { name: peer[0], value: peer[1] } }),
    ...(bar === undefined ? {} : { bar }),
  });
  const cells = names.map((name) => {
    const seconds = found.get(name);
    if (seconds === undefined) return '';
    return name === 'fx' ? `${seconds.toFixed(3)} s` : `${seconds.toFixed(3)} s ${(seconds / own).toFixed(1)}x`;
  });
  row(what, cells);
}

function forget(tool: Tool, at: string): void {
  for (const path of tool.kept) {
    const [parent, rest] = path.split('/*/');
    const places =
      rest === undefined ? [path] : readdirSync(join(at, parent!)).map((name) => join(parent!, name, rest));
    for (const place of places) {
      const named = place.endsWith('*')
        ? readdirSync(at).filter((name) => name.startsWith(place.slice(0, -1)))
        : [place];
      for (const name of named) rmSync(join(at, name), { recursive: true, force: true });
    }
  }
}

function runs(stages: number, all: readonly Tool[], times: number, bars: { noop: number; cold?: number }): void {
  const names = all.map(({ name }) => name);
  const places = new Map(all.map((tool) => [tool, join(folder, `${tool.name}-${stages}`)]));
  for (const [tool, at] of places) {
    mkdirSync(at, { recursive: true });
    tool.write(at, stages);
  }
  const cold = medianOf(
    1,
    new Map(
      [...places].map(([tool, at]) => [
        tool.name,
        () => {
          forget(tool, at);
          return run(tool, at);
        },
      ]),
    ),
  );
  const noop = medianOf(times, new Map([...places].map(([tool, at]) => [tool.name, () => run(tool, at)])));
  compare(`${stages} stages, nothing to do`, noop, names, { of: 'value', atMost: bars.noop });
  compare(
    `${stages} stages, first run`,
    cold,
    names,
    bars.cold === undefined ? undefined : { of: 'value', atMost: bars.cold },
  );
}

function planning(): void {
  console.log('\nfx plan of a graph of which nothing is known');
  let before: { readonly stages: number; readonly seconds: number } | undefined;
  for (const stages of [1250, 2500, 5000, 10_000]) {
    const at = join(folder, `plan-${stages}`);
    mkdirSync(at);
    forFx(at, stages);
    const plan = (): number => timed([process.execPath, FX, 'plan', 'graph.yaml'], at);
    const seconds = medianOf(3, new Map([['fx', plan]])).get('fx')!;
    const more =
      before === undefined
        ? ''
        : `${(((seconds - before.seconds) * 1e6) / (stages - before.stages)).toFixed(0)} µs for one more`;
    row(`${stages} stages`, [`${seconds.toFixed(3)} s`, more]);
    if (stages === 10_000)
      noteFigure({ work: 'plan 10000 unknown stages', value: seconds, unit: 's', bar: { of: 'value', atMost: 3 } });
    before = { stages, seconds };
  }
}

/** The paper's own table, where the project's cache knows all of it. */
function paper(): void {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const file = 'experiments/table2-frontal.yaml';
  const plan = spawnSync(process.execPath, [FX, 'plan', file], { cwd: root, encoding: 'utf8' });
  if (plan.status !== 0) console.error(reasonOf(`fx plan ${file}`, plan));
  const known = /^nothing to run: .*$/m.exec(plan.stdout)?.[0];
  if (known === undefined) return;
  const seconds = medianOf(10, new Map([['fx', () => timed([process.execPath, FX, 'run', file], root)]])).get('fx')!;
  row(`${file} again`, [`${seconds.toFixed(3)} s`]);
  console.log(`  ${known}`);
}

try {
  const all = tools();
  row(
    '',
    all.map(({ name }) => name),
  );
  const alone = medianOf(10, new Map([['node', () => timed([process.execPath, '-e', '0'], folder)]])).get('node')!;
  row('node alone', [`${alone.toFixed(3)} s`]);
  noteFigure({ work: 'node alone (the floor of any command)', value: alone, unit: 's' });
  runs(12, all, 9, { noop: 0.085 });
  runs(41, all, 9, { noop: 0.12 });
  if (!words.includes('--no-cold')) runs(1000, all, 3, { noop: 0.25, cold: 5 });
  if (!words.includes('--no-paper')) paper();
  planning();
  if (!words.includes('--no-hashing')) {
    console.log('\nhashing [90% of node:crypto; 20,000 small files in 0.6 s]');
    const hashing = [fileURLToPath(new URL('./hashing.js', import.meta.url))];
    const ended = spawnSync(process.execPath, hashing, { stdio: 'inherit' });
    if (ended.status !== 0)
      throw new Error(reasonOf('the measurement of hashing', { ...ended, stdout: null, stderr: null }));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
