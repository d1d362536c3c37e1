import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { experiment, Project, type Finished, type Running } from '../cli/project.js';
import { needsSlurm, RealSlurm } from './real-slurm.js';

/** Holds so many MiB for a moment. */
const HUNGRY = `
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export const hungry = {
  name: 'hungry', says: 'Holds memory.', produces: 'files',
  parameters: { json: { type: 'object', properties: { mebibytes: { type: ['number', 'string'], fx: { quantity: 'count' } } }, required: ['mebibytes'], additionalProperties: false } },
  run: async ({ parameters: { mebibytes } }: { parameters: { mebibytes: number } }) => {
    appendFileSync(process.env.FX_TEST_LEDGER!, 'holds ' + mebibytes + '\\n');
    const held = Buffer.alloc(mebibytes * 2 ** 20, 1);
    await sleep(1500);
    return { ok: true, value: { metrics: { last: held.at(-1) } } };
  },
};
`;

const EPOCHS = 13;

/** Epochs of a little over four seconds in jobs of a minute; and a stage that no such job has time for until a gate is opened. */
const LONG = experiment(
  'long',
  `  epochs: { uses: ./stages/mine.ts#chain, with: { count: ${EPOCHS}, text: epoch, act: 'hang:4500' } }
  slow: { uses: ./stages/mine.ts#write, with: { text: slow, act: '\${act}' } }
`,
  'parameters:\n  act: { value: "" }\nslurm: { time: 1 min, time-at-most: 2 min }\n',
);

const ENDLESS = experiment(
  'endless',
  "  slow: { uses: ./stages/mine.ts#write, with: { text: endless, act: 'hang:600000' } }\n",
  'slurm: { time: 1 min }\n',
);

const MEMORY = experiment(
  'memory',
  `  grows:
    uses: ./stages/hungry.ts#hungry
    with: { mebibytes: 350 }
    resources: { memory: 200 MiB, memory-at-most: 900 MiB }
  stays:
    uses: ./stages/hungry.ts#hungry
    with: { mebibytes: 351 }
    resources: { memory: 200 MiB }
`,
);

const FILLS = experiment(
  'fills',
  `  small: { uses: ./stages/mine.ts#write, with: { text: small } }
  large: { uses: ./stages/mine.ts#write, with: { text: large, act: 'bytes:40000000', inputs: ['\${small}'] } }
`,
);

const GATED = experiment(
  'gated',
  `  pieces: { uses: ./stages/mine.ts#shards, with: { count: 6, text: piece, act: '\${act}' } }
  links: { uses: ./stages/mine.ts#chain, with: { count: 3, text: link, act: '\${act}' } }
`,
  'parameters:\n  act: { value: "" }\n',
);
const GATED_ALL = [
  'link gather',
  ...Array.from({ length: 3 }, (_, i) => `link link-${i}`),
  'piece gather',
  ...Array.from({ length: 6 }, (_, i) => `piece piece-${i}`),
];

/**
 * Faults that take their time, each begun at once: Slurm looks at limits of time once a minute. What they wait for costs next to
 * nothing.
 */
describe('what goes wrong on a real Slurm', function () {
  this.timeout(300_000);
  const clusters: RealSlurm[] = [];
  const projects: Project[] = [];
  const mounted: string[] = [];
  let long: Begun;
  let endless: Begun;
  let away: Begun;
  let restarted: Promise<void>;

  before(async function () {
    needsSlurm(this);
    clusters.push(...(await Promise.all([RealSlurm.start(3), RealSlurm.start(2)])));
    const [steady, shaky] = clusters as [RealSlurm, RealSlurm];
    const gate = join(projectOf(LONG).directory, 'gate');
    long = begin(steady, projects.at(-1)!, '--json', '--set', `act=until:${gate}`);
    endless = begin(steady, projectOf(ENDLESS));
    away = begin(shaky, projectOf(GATED), '--set', `act=until:${join(projects.at(-1)!.directory, 'gate')}`);
    restarted = killController(shaky, away);
  });
  after(async () => {
    for (const project of projects) writeFileSync(join(project.directory, 'gate'), '');
    await Promise.all(clusters.map((slurm) => slurm.stop()));
    for (const folder of mounted) execFileSync('umount', ['--lazy', folder]);
    for (const project of projects) project.remove();
  });

  function projectOf(text: string): Project {
    const project = new Project({ 'study.yaml': text, 'stages/hungry.ts': HUNGRY });
    projects.push(project);
    return project;
  }

  function begin(slurm: RealSlurm, project: Project, ...words: readonly string[]): Begun {
    const pace = { FX_CLUSTER_ASK: '1', FX_CLUSTER_LATENCY: '3' };
    const environment = { NO_COLOR: '1', ...slurm.environment, ...pace };
    const run = project.startWith(environment, 'run', 'study.yaml', '--on', 'slurm', '--jobs', '4', ...words);
    return { project, run, slurm };
  }

  it('a stage that needs more memory is tried again with more where that is declared, and fails with a word where not', async () => {
    const { project, run } = begin(clusters[0]!, projectOf(MEMORY), '--keep-going');
    const { code, err } = await run.finished;
    assert.equal(code, 1);
    const held = project.executed();
    assert.equal(held.filter((label) => label === 'holds 351').length, 1, held.join());
    assert.ok(held.filter((label) => label === 'holds 350').length >= 2, held.join());
    assert.match(err, /done {3}grows/);
    assert.match(err, /above its limit of 200 MiB.*run\/out-of-memory/);
    assert.match(err, /memory-at-most/);
  });

  it('a full cache is told as such, and all goes on once there is room', async function () {
    const project = projectOf(FILLS);
    const cache = join(project.directory, 'cache');
    if (!mountMemory(cache, mounted, '24m')) this.skip();
    const full = await begin(clusters[0]!, project).run.finished;
    assert.equal(full.code, 1);
    assert.match(full.err, /cache\/disk-full/);
    assert.deepEqual(new Set(project.executed()), new Set(['small', 'large']));
    execFileSync('mount', ['-o', 'remount,size=200m', cache]);
    const again = await begin(clusters[0]!, project).run.finished;
    assert.equal(again.code, 0, again.err);
    assert.deepEqual(project.executed(), ['large']);
  });

  it('a cache that fills up in the middle of parts, and one that is read-only, are told as such, and nothing is lost', async function () {
    const project = projectOf(GATED);
    const [cache, gate] = [join(project.directory, 'cache'), join(project.directory, 'gate')];
    if (!mountMemory(cache, mounted, '200m')) this.skip();
    const { run } = begin(clusters[0]!, project, '--set', `act=until:${gate}`);
    await until(() => project.begun >= 3);
    // Not a byte more than there is.
    const used = execFileSync('df', ['--output=used', '-B1', cache], { encoding: 'utf8' }).split('\n')[1]!.trim();
    execFileSync('mount', ['-o', `remount,size=${used}`, cache]);
    writeFileSync(gate, '');
    const full = await run.finished;
    assert.equal(full.code, 1, full.err);
    assert.match(full.err, /cache\/disk-full/);
    assert.doesNotMatch(full.err, /a bug in/);
    await clusters[0]!.noJobs(10_000);
    execFileSync('mount', ['-o', 'remount,size=200m,ro', cache]);
    const readOnly = await begin(clusters[0]!, project, '--set', `act=until:${gate}`).run.finished;
    assert.equal(readOnly.code, 2, readOnly.err);
    assert.match(readOnly.err, /cache\/unwritable|cluster\/bad-folder/);
    execFileSync('mount', ['-o', 'remount,rw', cache]);
    const again = await begin(clusters[0]!, project, '--set', `act=until:${gate}`).run.finished;
    assert.equal(again.code, 0, again.err);
  });

  it('a controller that is killed, and away for half a minute, is waited for', async () => {
    await restarted;
    const { code, err } = await away.run.finished;
    assert.equal(code, 0, err);
    const done = away.project.executed();
    assert.deepEqual([...new Set(done)].sort(), GATED_ALL);
    // Jobs that a killed controller has forgotten are lost, and nothing else is done twice.
    const lost = err.match(/is lost/g)?.length ?? 0;
    assert.ok(done.length <= GATED_ALL.length + lost, `${done.join(', ')}: ${err}`);
  });

  it('a task that had the whole time of a job says so', async () => {
    const { code, err } = await endless.run.finished;
    assert.equal(code, 1);
    assert.match(err, /reached its time limit \(TIMEOUT.*\) before the task was done.*cluster\/time-limit/);
    assert.match(err, /time-at-most/);
    // Twice if the first job had been up for a while: only a task that had the whole time of one is given up.
    const done = endless.project.executed();
    assert.ok(done.length >= 1 && done.length <= 2 && done.every((label) => label === 'endless'), done.join(', '));
  });

  it('a chain goes on in another job when the time of one is up, with no link done twice; a task gets more time where declared', async () => {
    const { code, out, err } = await opened(long);
    assert.equal(code, 0, err);
    const done = long.project.executed();
    const epochs = done.filter((label) => label.startsWith('epoch link-'));
    assert.equal(epochs.length, EPOCHS, done.join(', '));
    assert.equal(new Set(epochs).size, EPOCHS);
    const places = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; stage?: string; phase?: string; words?: string })
      .filter(({ event, stage, phase }) => event === 'place' && stage === 'epochs' && phase === 'running');
    assert.ok(new Set(places.map(({ words }) => words)).size >= 2, 'one job did all');
    assert.equal(done.filter((label) => label === 'slow').length, 2);
    assert.match(out, /job's time of 60.0 s was not enough; the task is sent to one of 2 min 0 s/);
  });

  it('leaves no job in any queue', async () => {
    for (const slurm of clusters) assert.deepEqual(await slurm.noJobs(), []);
  });
});

interface Begun {
  readonly project: Project;
  readonly run: Running;
  readonly slurm: RealSlurm;
}

/** The gate of the slow stage is opened when its first job's time was up. */
async function opened({ project, run }: Begun): Promise<Finished> {
  await Promise.race([run.says('was not enough'), run.finished]);
  writeFileSync(join(project.directory, 'gate'), '');
  return run.finished;
}

/** Its work ends while the controller is away, so that jobs end and others are wanted in that time. */
async function killController(slurm: RealSlurm, { project }: Begun): Promise<void> {
  await until(() => project.begun >= 4);
  slurm.kill('slurmctld');
  await sleep(5000);
  writeFileSync(join(project.directory, 'gate'), '');
  await sleep(25_000);
  slurm.startController();
  await slurm.idle();
}

/** A file system in memory, of which the size is known; false where this process may not mount one. */
function mountMemory(folder: string, mounted: string[], size: string): boolean {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', folder], { stdio: 'ignore' });
  } catch {
    console.log('      skipped: a file system in memory cannot be mounted here');
    return false;
  }
  mounted.push(folder);
  return true;
}

async function until(holds: () => boolean, withinMs = 120_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error('waited in vain');
    await sleep(100);
  }
}
