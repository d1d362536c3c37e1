import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FX, Running, type Finished } from '../cli/project.js';
import type { RealSlurm } from './real-slurm.js';

export interface Agreement {
  /** Results: key and digest of the artifact. */
  readonly results: number;
  /** Keys whose result is in one cache alone, or another artifact. */
  readonly differing: readonly string[];
  /** Files of the report that are not equal, or in one report alone. */
  readonly reportDiffers: readonly string[];
  readonly reportFiles: number;
  /** Stages and parts that a second run on the cluster executed. */
  readonly again: number;
  readonly here: Timing;
  readonly there: Timing;
  /** Jobs that were used on the cluster. */
  readonly jobs: number;
}

interface Timing {
  readonly seconds: number;
  /** Tasks at work, as a mean over the run. */
  readonly atWork: number;
}

interface Kept {
  readonly event: string;
  readonly stage?: string;
  readonly part?: string;
  readonly status?: string;
  readonly phase?: string;
  readonly words?: string;
  readonly at: number;
}

/**
 * Runs an experiment of this project on this machine and on a cluster, in two folders of their own, and says in what the two differ.
 * @param experiment file in experiments/, without its ending
 */
export async function agreement(
  slurm: RealSlurm,
  experiment: string,
  { profile, jobs = 6 }: { readonly profile?: string; readonly jobs?: number } = {},
): Promise<Agreement> {
  const root = mkdtempSync(join(tmpdir(), 'fx-agreement-'));
  try {
    const words = [
      `experiments/${experiment}.yaml`,
      '--json',
      ...(profile === undefined ? [] : ['--profile', profile]),
    ];
    const start = async (place: 'here' | 'there'): Promise<Finished> => {
      const folder = join(root, place);
      if (!existsSync(folder)) {
        cpSync('experiments', join(folder, 'experiments'), { recursive: true });
        writeFileSync(join(folder, 'fx.local.yaml'), 'set: {}\n');
      }
      const on = place === 'here' ? [] : ['--on', 'slurm', '--jobs', String(jobs)];
      const pace = { FX_CLUSTER_ASK: '2', FX_CLUSTER_LATENCY: '5' };
      const env = { ...process.env, ...(place === 'here' ? {} : { ...slurm.environment, ...pace }) };
      const child = spawn(process.execPath, [FX, 'run', ...words, ...on], { cwd: folder, env });
      const finished = await new Running(child).finished;
      if (finished.code !== 0) throw new Error(`the run ${place} ended with ${finished.code}: ${finished.err}`);
      return finished;
    };
    await start('here');
    await start('there');
    const [here, there] = [eventsIn(join(root, 'here')), eventsIn(join(root, 'there'))];
    const again = await start('there');
    const [a, b] = [artifactsIn(join(root, 'here/cache')), artifactsIn(join(root, 'there/cache'))];
    const [p, q] = [filesIn(join(root, 'here/reports')), filesIn(join(root, 'there/reports'))];
    const finished = again.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Counts & Kept);
    const { stages, parts } = finished.find(({ event }) => event === 'finished')!;
    return {
      results: a.size,
      differing: unequal(a, b),
      reportFiles: p.size,
      reportDiffers: unequal(p, q),
      again: stages.executed + parts.executed,
      here: timing(here),
      there: timing(there),
      jobs: new Set(
        there.flatMap(({ event, phase, words: job }) => (event === 'place' && phase === 'running' ? [job] : [])),
      ).size,
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

interface Counts {
  readonly stages: { readonly executed: number };
  readonly parts: { readonly executed: number };
}

/** What the first run in the folder kept. */
function eventsIn(folder: string): readonly Kept[] {
  const runs = join(folder, '.fx/runs');
  const [first] = readdirSync(runs)
    .filter((name) => existsSync(join(runs, name, 'events.ndjson')))
    .sort();
  const text = readFileSync(join(runs, first!, 'events.ndjson'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Kept);
}

/** A task is at work from when it is placed on a node (here: begun) until it has ended. */
function timing(events: readonly Kept[]): Timing {
  const begun = new Map<string, number>();
  let busy = 0;
  for (const { event, stage, part, status, phase, at } of events) {
    const task = `${stage} ${part ?? ''}`;
    const isPlaced = event === 'place' && phase === 'running';
    const isBegun = (event === 'part' || event === 'stage') && status === 'running';
    if (isPlaced || isBegun) {
      begun.set(task, at);
      // While its parts are done the stage itself is not at work.
      if (part !== undefined) begun.delete(`${stage} `);
    } else if ((event === 'part' || event === 'stage') && status !== undefined && begun.has(task)) {
      busy += at - begun.get(task)!;
      begun.delete(task);
    }
  }
  const seconds = events.at(-1)!.at;
  return { seconds, atWork: busy / seconds };
}

/** The artifact of each key. */
export function artifactsIn(cache: string): ReadonlyMap<string, string> {
  const root = join(cache, 'results');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  return new Map(
    names.map((name) => {
      const { record } = JSON.parse(readFileSync(join(root, name), 'utf8')) as {
        readonly record: { artifact: string };
      };
      return [name.replace('/', '').replace(/\.json$/, ''), record.artifact];
    }),
  );
}

function filesIn(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return new Map(
    names.map((each) => {
      const path = join(each.parentPath, each.name);
      return [path.slice(folder.length + 1), readFileSync(path, 'latin1')];
    }),
  );
}

function unequal(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name)).sort();
}
