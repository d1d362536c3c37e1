import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { placesOf } from '../../src/ui/model/places.js';
import type { StageProgress } from '../../src/ui/model/run.js';
import type { RunsView, RunView } from '../../src/ui/model/views.js';
import { readPageFile } from '../../src/ui/server/page-files.js';
import { experiment, FX, Project, Running } from '../cli/project.js';
import { accessibility, openBrowser, watchedPage } from '../ui/browser.js';
import { missingSlurm, needsSlurm, RealSlurm } from './real-slurm.js';

const STUDY = experiment(
  'study',
  `  pieces: { uses: ./stages/mine.ts#shards, with: { count: 12, text: piece, act: '\${act}' } }
  alone: { uses: ./stages/mine.ts#write, with: { text: one, inputs: ['\${pieces}'] } }
`,
  'parameters:\n  act: { value: "" }\n',
);

/** Pictures of the page are kept in the folder that this names, to be looked at. */
const PICTURES = process.env.FX_PICTURES;

interface Served {
  readonly address: string;
  readonly port: number;
}

describe('a run on a real Slurm, in the page of fx ui', function () {
  this.timeout(300_000);
  // Daemons of a whole cluster share this machine with the run: one that answers late is no fault of ours.
  this.retries(1);
  let slurm: RealSlurm;
  let browser: Browser | undefined;
  let project: Project;
  let blockers: ReadonlyMap<string, string>;
  let served: Served;
  const started: Running[] = [];

  before(async function () {
    needsSlurm(this);
    slurm = await RealSlurm.start(3);
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    if (missingSlurm() === undefined) await slurm.stop();
  });
  beforeEach(async () => {
    project = new Project({ 'study.yaml': STUDY, 'package.json': '{}' });
    const held = (node: string): string =>
      slurm
        .call('sbatch', '--parsable', '--exclusive', `--nodelist=${node}`, '--output=/dev/null', '--wrap', 'sleep 600')
        .trim();
    blockers = new Map(['n1', 'n2', 'n3'].map((node) => [node, held(node)]));
    await until(() => slurm.call('squeue', '-h', '-t', 'RUNNING', '-o', '%i').trim().split('\n').length === 3);
  });
  afterEach(async () => {
    // One that was left alone, if a test failed before it had ended.
    await project.fx('attach', 'study.yaml', '--stop');
    for (const running of started.splice(0)) {
      running.signal('SIGINT');
      await running.finished;
    }
    slurm.call('scancel', '--quiet', '--user=root');
    await slurm.noJobs();
    await slurm.idle();
    project.remove();
  });

  function start(environment: Readonly<Record<string, string>>, ...words: readonly string[]): Running {
    const running = project.startWith({ NO_COLOR: '1', ...environment }, ...words);
    started.push(running);
    return running;
  }

  function run(...words: readonly string[]): Running {
    const pace = { FX_CLUSTER_ASK: '1', FX_CLUSTER_LATENCY: '3' };
    const given = ['--on', 'slurm', '--jobs', '4', '--set', `act=until:${join(project.directory, 'gate')}`];
    return start({ ...slurm.environment, ...pace }, 'run', 'study.yaml', ...given, ...words);
  }

  /** @param host another name makes another machine of it to all that looks for the run's process */
  async function serve(host?: string): Promise<void> {
    const words = ['--uts', 'sh', '-c', `hostname ${host} && exec "$@"`, 'sh', process.execPath, FX, 'ui', '--json'];
    const options = { cwd: project.directory, env: { ...process.env, NO_COLOR: '1' }, detached: true };
    const page = host === undefined ? start({}, 'ui', '--json') : new Running(spawn('unshare', words, options));
    if (host !== undefined) started.push(page);
    await until(() => page.text.includes('\n'));
    served = JSON.parse(page.text) as Served;
  }

  async function ask(path: string, method = 'GET'): Promise<Response> {
    const origin = `http://127.0.0.1:${served.port}`;
    const token = new URL(served.address).hash.replace('#token=', '');
    const headers = { authorization: `Bearer ${token}`, origin, 'content-type': 'application/json' };
    return fetch(`${origin}/api/${path}`, { method, headers, ...(method === 'POST' ? { body: '{}' } : {}) });
  }

  async function runId(): Promise<string> {
    let id: string | undefined;
    await until(async () => {
      const { runs } = (await (await ask('runs')).json()) as RunsView;
      id = runs.find(({ state }) => state === 'running')?.id;
      return id !== undefined;
    });
    return id!;
  }

  async function pieces(id: string): Promise<StageProgress> {
    const { progress } = (await (await ask(`runs/${id}`)).json()) as RunView;
    return progress.stages.pieces!;
  }

  /** Jobs of the run, as the scheduler has them: `7_0` -> `RUNNING n2`. */
  function queue(): ReadonlyMap<string, string> {
    const lines = slurm.call('squeue', '-h', '-r', '-o', '%F_%K|%T %N').trim().split('\n');
    return new Map(lines.map((line) => line.split('|') as [string, string]));
  }

  const others = (): readonly string[] =>
    slurm
      .jobs()
      .map((job) => job.split('_')[0]!)
      .filter((job) => ![...blockers.values()].includes(job));

  it('tells another login node of each part why it waits and where it runs, as the scheduler does, and is stopped from there', async () => {
    assert.equal((await run('--detach').finished).code, 0);
    await serve('elsewhere');
    const id = await runId();
    let stage = await pieces(id);
    await until(async () => {
      stage = await pieces(id);
      return (
        Object.values(stage.atWork).length === 8 &&
        Object.values(stage.atWork).every(({ place }) => place?.phase === 'queued')
      );
    });
    for (const { place } of Object.values(stage.atWork)) {
      assert.match(place!.words, /^PENDING \((Resources|Priority)\)$/);
      assert.equal(place!.node, '');
    }
    assert.match(placesOf(stage)!.summary, /^8 queued: PENDING \((Resources|Priority)\)$/);

    slurm.call('scancel', blockers.get('n2')!);
    const running = () =>
      Object.values(stage.atWork).flatMap(({ place }) => (place?.phase === 'running' ? [place] : []));
    await until(async () => {
      stage = await pieces(id);
      return running().length >= 2;
    });
    const jobs = queue();
    for (const { words, node } of running()) {
      assert.equal(node, 'n2');
      assert.equal(jobs.get(words), 'RUNNING n2');
    }
    const { summary, parts } = placesOf(stage)!;
    assert.match(summary, /^\d on n2 · \d queued: PENDING \((Resources|Priority)\)/);
    assert.match(parts[0]!.part, /^piece-\d+$/);
    assert.match(parts[0]!.says, /^on n2, job \d+_\d$/);
    assert.match(parts.at(-1)!.says, /^queued: PENDING/);

    assert.equal((await ask(`runs/${id}/stop`, 'POST')).status, 200);
    let ended: RunView | undefined;
    await until(async () => {
      ended = (await (await ask(`runs/${id}`)).json()) as RunView;
      return ended.run.state !== 'running';
    });
    assert.equal(ended!.run.state, 'interrupted');
    assert.deepEqual(ended!.progress.stages.pieces!.atWork, {});
    await until(() => others().length === 0);
    // What was there before is no business of the run.
    assert.equal(slurm.jobs().length, 2);
  });

  it('shows it to a reader, who stops it', async function () {
    if (browser === undefined || readPageFile('page.js') === undefined) {
      console.log('      skipped: there is no Chromium here (FX_CHROMIUM may name one), or no page was built');
      this.skip();
    }
    const running = run();
    await serve();
    const { page, wrong } = await watchedPage(browser, `http://127.0.0.1:${served.port}/`);
    await page.goto(served.address);
    await page.getByRole('link', { name: /study.*running/ }).click();
    const stage = page.locator('.stage', { hasText: /^pieces/ });
    await stage.getByText(/8 queued: PENDING \((Resources|Priority)\)/).waitFor();
    await look(page, 'queued');
    slurm.call('scancel', blockers.get('n2')!);
    await stage.getByText(/2 on n2 · 6 queued: PENDING/).waitFor();
    await stage.getByText('8 parts on the cluster').click();
    const list = stage.locator('.places li');
    await list.nth(7).waitFor();
    assert.equal(await list.count(), 8);
    assert.match(await list.first().innerText(), /^piece-\d+\s+on n2, job \d+_\d/);
    assert.match(await list.last().innerText(), /^piece-\d+\s+queued: PENDING \((Resources|Priority)\)/);
    await look(page, 'running');
    const judge = await accessibility(page);
    assert.equal(await judge(), '[]');

    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Stop it' }).click();
    await page.locator('.strip .state.is-interrupted').waitFor();
    assert.equal((await running.finished).code, 130);
    await until(() => others().length === 0);
    await look(page, 'stopped');
    assert.equal(await page.locator('.places').count(), 0);
    assert.deepEqual(wrong, []);
    await page.context().close();
  });
});

/** None has to scroll sideways. */
async function look(page: Page, name: string): Promise<void> {
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    const over = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    assert.ok(over <= 0, `${name} is ${over} pixels too wide at ${width}`);
    if (PICTURES === undefined) continue;
    mkdirSync(PICTURES, { recursive: true });
    await sleep(500);
    await page.screenshot({ path: join(PICTURES, `slurm-${name}-${width}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

async function until(holds: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('waited in vain');
    await sleep(100);
  }
}
