import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { experiment, FX, Project, Running } from '../cli/project.js';
import { artifactsIn } from './agreement.js';
import { missingSlurm, needsSlurm, RealSlurm } from './real-slurm.js';

const ACT = "act: '${act}'";
const STUDY = experiment(
  'study',
  `  first: { uses: ./stages/mine.ts#write, with: { text: one } }
  pieces: { uses: ./stages/mine.ts#shards, with: { count: 9, text: piece, ${ACT} } }
  links: { uses: ./stages/mine.ts#chain, with: { count: 4, text: link, ${ACT} } }
  last: { uses: ./stages/mine.ts#write, with: { text: end, inputs: ['\${first}', '\${pieces}', '\${links}'] } }
`,
  'parameters:\n  act: { value: "" }\nslurm: { time: 3 h, extra: [--comment=of-the-experiment] }\n',
);

const PIECES = Array.from({ length: 9 }, (_, i) => `piece piece-${i}`);
const LINKS = Array.from({ length: 4 }, (_, i) => `link link-${i}`);
const ALL = ['one', 'end', ...PIECES, ...LINKS, 'piece gather', 'link gather']
  .filter((label) => label.includes(' '))
  .sort();

interface Event {
  readonly event: string;
  readonly stage?: string;
  readonly key?: string;
  readonly status?: string;
  readonly node?: string;
}

describe('a run on a real Slurm of three nodes', function () {
  // Of a machine that has much else to do: it takes a minute of a quiet one.
  this.timeout(300_000);
  // Daemons of a whole cluster share this machine with the run: one that answers late is no fault of ours.
  this.retries(1);
  let slurm: RealSlurm;
  let project: Project;

  before(async function () {
    needsSlurm(this);
    slurm = await RealSlurm.start(3);
  });
  after(async () => {
    if (missingSlurm() === undefined) await slurm.stop();
  });
  beforeEach(() => {
    project = new Project({ 'study.yaml': STUDY });
  });
  afterEach(async () => {
    slurm.call('scancel', '--quiet', '--user=root');
    await slurm.noJobs();
    project.remove();
  });

  function start(...words: readonly string[]): Running {
    const pace = { FX_CLUSTER_ASK: '1', FX_CLUSTER_LATENCY: '3' };
    const environment = { NO_COLOR: '1', ...slurm.environment, ...pace };
    return project.startWith(environment, 'run', 'study.yaml', '--on', 'slurm', '--jobs', '4', ...words);
  }

  const act = (what: string): readonly string[] => ['--set', `act=${what}`];

  function eventsIn(out: string): readonly Event[] {
    return out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
  }

  function keys(events: readonly Event[]): Readonly<Record<string, string>> {
    const ended = events.filter(
      ({ event, status }) => event === 'stage' && (status === 'executed' || status === 'reused'),
    );
    return Object.fromEntries(ended.map(({ stage, key }) => [stage!, key!]));
  }

  it('has the keys and the bits of a run on this machine, on several nodes, and leaves no job', async () => {
    const here = await project.startWith(
      { NO_COLOR: '1' },
      'run',
      'study.yaml',
      '--json',
      '--cache',
      'here',
      ...act('sleep:300'),
    ).finished;
    assert.equal(here.code, 0, here.err);
    const local = project.executed();
    const there = await start('--json', ...act('sleep:300')).finished;
    assert.equal(there.code, 0, there.err);
    assert.deepEqual(project.executed(), local);
    const events = eventsIn(there.out);
    assert.deepEqual(keys(events), keys(eventsIn(here.out)));
    const made = artifactsIn(join(project.directory, 'cache'));
    assert.ok(made.size > ALL.length);
    assert.deepEqual(made, artifactsIn(join(project.directory, 'here')));
    const nodes = new Set(events.flatMap(({ event, node }) => (event === 'place' && node !== '' ? [node] : [])));
    assert.ok(nodes.size >= 1, 'no task was placed');
    assert.deepEqual(await slurm.noJobs(), []);
    const again = await start('--json', ...act('sleep:300')).finished;
    assert.equal(again.code, 0, again.err);
    assert.deepEqual(project.executed(), []);
    assert.ok(!existsSync(join(project.directory, 'cache/clusters-0', 'left')));
  });

  it('that was killed outright is taken up by the next, which submits nothing twice', async () => {
    const gate = join(project.directory, 'gate');
    const first = start(...act(`until:${gate}`));
    await until(() => project.begun >= 4);
    const before = slurm.jobs();
    first.signal('SIGKILL');
    await first.finished;
    const second = start(...act(`until:${gate}`));
    await second.says('start');
    writeFileSync(gate, '');
    const { code, err } = await second.finished;
    assert.equal(code, 0, err);
    assert.deepEqual(
      project.executed().filter((label) => ALL.includes(label)),
      ALL,
    );
    assert.ok(before.length > 0);
    assert.deepEqual(await slurm.noJobs(), []);
  });

  it('goes on where the daemon of a node is killed in the middle of a part', async () => {
    const gate = join(project.directory, 'gate');
    const run = start(...act(`until:${gate}`));
    await until(() => project.begun >= 4);
    slurm.kill('slurmd.n1');
    // What the daemon started goes on without it: end it, as the node's failure would.
    for (const pid of pilotsOn('n1')) process.kill(pid, 'SIGKILL');
    await sleep(500);
    writeFileSync(gate, '');
    const { code, err } = await run.finished;
    slurm.startNode('n1');
    await slurm.idle();
    assert.equal(code, 0, err);
    assert.deepEqual(await slurm.noJobs(), []);
  });

  it('says so where a job is cancelled from outside', async () => {
    const run = start(...act('sleep:60000'));
    await until(() => project.begun > 0);
    // Whatever is submitted meanwhile is cancelled as well: else its minute of sleep would be waited for.
    const cancelling = setInterval(() => slurm.call('scancel', '--quiet', '--user=root'), 500);
    const { code, err } = await run.finished.finally(() => clearInterval(cancelling));
    assert.equal(code, 1);
    assert.match(err, /cancelled by somebody/);
    assert.deepEqual(await slurm.noJobs(), []);
  });

  it('is left alone, and seen from another login node', async () => {
    const gate = join(project.directory, 'gate');
    const detached = await start('--detach', ...act(`until:${gate}`)).finished;
    assert.equal(detached.code, 0, detached.err);
    await until(() => project.begun >= 4);
    // A machine of another name is another machine to all that looks for the run's process.
    const words = ['--uts', 'sh', '-c', 'hostname elsewhere && exec "$@"', 'sh', process.execPath, FX, 'attach'];
    const options = { cwd: project.directory, env: { ...process.env, NO_COLOR: '1' } };
    const attached = new Running(spawn('unshare', words, options));
    await attached.says('start  pieces');
    writeFileSync(gate, '');
    const { code, err } = await attached.finished;
    assert.equal(code, 0, err);
    assert.match(err, /study: 4 executed/);
    assert.deepEqual(
      project.executed().filter((label) => ALL.includes(label)),
      ALL,
    );
    assert.deepEqual(await slurm.noJobs(), []);
  });

  it('cancels what it submitted at Ctrl-C, and nothing else', async () => {
    const other = slurm.call('sbatch', '--parsable', '--mem=10M', '--wrap', 'sleep 30').trim();
    const run = start(...act('sleep:20000'));
    await until(() => slurm.jobs().length >= 5);
    // What the experiment asks for.
    assert.match(slurm.call('squeue', '-h', '-o', '%k|%l'), /^of-the-experiment\|3:00:00$/m);
    run.signal('SIGINT');
    const { code } = await run.finished;
    assert.equal(code, 130);
    await until(() => slurm.jobs().length <= 1);
    assert.match(slurm.jobs().join(' '), new RegExp(other));
  });

  it('takes a job that starts twice for one', async () => {
    const gate = join(project.directory, 'gate');
    const run = start(...act(`until:${gate}`));
    await until(() => project.begun >= 4);
    const folder = join(project.directory, 'cache/clusters-0');
    const mail = join(folder, readdirSync(folder)[0]!);
    const [pilot] = readdirSync(join(mail, 'hello'));
    const words = [resolve('dist/src/cli/pilot.js'), project.directory, join(project.directory, 'cache'), mail, pilot!];
    const twin = spawn(process.execPath, words, {
      stdio: 'ignore',
      env: { ...process.env, FX_TEST_LEDGER: join(project.directory, 'ledger') },
    });
    await sleep(1000);
    writeFileSync(gate, '');
    const { code, err } = await run.finished;
    twin.kill('SIGKILL');
    assert.equal(code, 0, err);
    const counts = project.executed().filter((label) => ALL.includes(label));
    // The two may both have been at the one task that was in hand.
    assert.ok(counts.length <= ALL.length + 1, counts.join(', '));
  });

  it('is not refused for what the login node lacks: the node that does the work says what it lacks', async () => {
    const faces = '  faces: { uses: faces/generate, with: { identities: 1, size: 24, renderer: gl } }\n';
    project.write('faces.yaml', experiment('faces', faces));
    const environment = { NO_COLOR: '1', DISPLAY: '', ...slurm.environment, FX_CLUSTER_ASK: '1' };
    const there = await project.startWith(environment, 'run', 'faces.yaml', '--on', 'slurm').finished;
    assert.equal(there.code, 1);
    assert.match(
      there.err,
      new RegExp(`on ${hostname()}, the renderer \`gl\` cannot be used: the (optional )?package`),
    );
    assert.match(there.err, /faces\.yaml:\d+:\d+/);
    assert.match(there.err, /start +faces/);
    const here = await project.startWith(environment, 'run', 'faces.yaml').finished;
    assert.equal(here.code, 1);
    assert.match(here.err, /the renderer `gl` cannot be used/);
    assert.doesNotMatch(here.err, /start +faces/);
  });

  it('is found to be possible by fx doctor, which says what a cluster lacks', async () => {
    const doctor = (environment: Readonly<Record<string, string>>): Running =>
      project.startWith({ NO_COLOR: '1', ...environment }, 'doctor', '--on', 'slurm');
    const good = await doctor(slurm.environment).finished;
    assert.equal(good.code, 0, good.out);
    assert.match(
      good.out,
      /ok {4}controller of Slurm: answers\nok {4}a job on a node: ran Node\.js v\d+\.\d+\.\d+ on .+ and wrote into the cache/,
    );
    const refused = await doctor({ ...slurm.environment, SBATCH_PARTITION: 'nowhere' }).finished;
    assert.equal(refused.code, 1);
    assert.match(refused.out, /bad {3}a job on a node: is refused: .*Invalid partition name/);
  });

  /** Processes of pilots whose job runs on the node. */
  function pilotsOn(node: string): readonly number[] {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
        return command.includes('pilot.js') && environment.includes(`SLURMD_NODENAME=${node}\0`) ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
  }
});

async function until(holds: () => boolean, withinMs = 120_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error('waited in vain');
    await sleep(100);
  }
}
