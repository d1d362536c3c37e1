import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { experiment, FX, Project } from './project.js';

const STUDY = experiment(
  'study',
  `  first: { uses: ./stages/mine.ts#write, with: { text: one, act: '\${act}' } }
  links: { uses: ./stages/mine.ts#chain, with: { count: 3, text: link, act: '\${act}' } }
`,
  'parameters:\n  act: { value: "" }\n',
);

describe('fx run --detach and fx attach', function () {
  this.timeout(60_000);
  let project: Project;
  let gate: string;
  beforeEach(async () => {
    project = new Project({ 'study.yaml': STUDY });
    await project.translate('study.yaml');
    gate = join(project.directory, 'gate');
  });
  afterEach(async () => {
    // Whatever the test left at work ends by itself once it may.
    writeFileSync(gate, '');
    await project.start('attach').finished;
    project.remove();
  });

  it('leaves a run going, and shows it from its beginning until it ends', async () => {
    const detached = await project.start('run', 'study.yaml', '--detach', '--set', `act=until:${gate}`).finished;
    assert.equal(detached.code, 0, detached.err);
    const id = detached.out.trim();
    assert.match(id, /^\d{8}T\d{9}Z-\d+$/);
    const watching = project.start('attach', 'study.yaml');
    await watching.says('start');
    watching.signal('SIGINT');
    const left = await watching.finished;
    assert.equal(left.code, 0);
    assert.match(left.err, /the run goes on/);
    const again = project.start('attach', '--run', id);
    writeFileSync(gate, '');
    const { code, err } = await again.finished;
    assert.equal(code, 0, err);
    assert.match(err, /done {3}first/);
    assert.match(err, /study: 2 executed/);
    assert.match(project.read(`.fx/runs/${id}/output.log`), /study: 2 executed/);
  });

  it('says why a run was refused, with its exit code', async () => {
    project.edit('study.yaml', 'count: 3', 'counts: 3');
    const { code, err } = await project.start('run', 'study.yaml', '--detach').finished;
    assert.equal(code, 2);
    assert.match(err, /study\.yaml:\d+:\d+[\s\S]*counts/);
    const none = await project.start('attach').finished;
    assert.equal(none.code, 2);
    assert.match(none.err, /attach\/no-run/);
  });

  it('stops a run of another machine that shares the folder', async function () {
    // A machine of another name is another machine to all that looks for the run's process.
    const elsewhere = ['--uts', 'sh', '-c', 'hostname elsewhere && exec "$@"', 'sh', process.execPath, FX];
    const asked = (...words: readonly string[]): ReturnType<typeof spawnSync> =>
      spawnSync('unshare', [...elsewhere, ...words], {
        cwd: project.directory,
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1' },
      });
    if (asked('--version').status !== 0) this.skip();
    await project.start('run', 'study.yaml', '--detach', '--set', 'act=sleep:60000').finished;
    while (project.begun < 1) await sleep(20);
    const { status, stderr } = asked('attach', 'study.yaml', '--stop');
    assert.equal(status, 130, String(stderr));
    assert.match(String(stderr), /asked to stop[\s\S]*study: interrupted/);
  });

  it('tells a run that was killed from one at work', async () => {
    const detached = await project.start('run', 'study.yaml', '--detach', '--set', 'act=sleep:60000').finished;
    while (project.begun < 1) await sleep(20);
    process.kill(Number(detached.out.trim().split('-')[1]), 'SIGKILL');
    const { code, err } = await project.start('attach', 'study.yaml').finished;
    assert.equal(code, 1);
    assert.match(err, /killed.*takes up what it left/);
    assert.equal((await project.start('attach', '--stop').finished).code, 2);
  });
});
