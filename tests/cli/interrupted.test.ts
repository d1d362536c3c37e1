import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { experiment, Project, type Running } from './project.js';

const EXPERIMENTS = {
  'pieces.yaml': experiment(
    'pieces',
    "  pieces:\n    uses: ./stages/mine.ts#shards\n    with: { text: p, count: 6, act: 'sleep:300' }\n",
  ),
  'stubborn.yaml': experiment(
    'stubborn',
    "  stubborn:\n    uses: ./stages/mine.ts#write\n    with: { text: s, act: 'hang:60000' }\n",
  ),
  // A shell that has children of its own, one of them in a pipe and one that nobody waits for.
  'command.yaml': experiment(
    'command',
    `  server:
    uses: command
    with: { run: ['(sleep 600 > /dev/null 2>&1 &) ; echo started ; sleep 600 | cat > out.txt'], shell: true, outputs: [out.txt] }
`,
  ),
};

describe('a run that is interrupted', function () {
  this.timeout(120_000);
  let project: Project;
  before(async function () {
    if (process.platform !== 'linux') this.skip();
    project = new Project(EXPERIMENTS);
    for (const file of Object.keys(EXPERIMENTS)) await project.translate(file);
  });
  after(() => project.remove());

  const startCommand = async (): Promise<Running> => {
    const run = project.start('run', 'command.yaml');
    await run.says('server | started');
    assert.ok(run.alive().length >= 5, 'fx, a worker, a shell and its children');
    // The engine looks for descendants four times a second.
    await sleep(400);
    return run;
  };

  it('by one Ctrl-C keeps every finished part, ends with 130, and is continued by the next', async () => {
    const run = project.start('run', 'pieces.yaml');
    await run.says('pieces piece-');
    run.signal('SIGINT');
    const { code, err } = await run.finished;
    assert.equal(code, 130);
    assert.match(err, /stopping; finished work is kept\. Press again to stop at once/);
    assert.match(err, /^pieces: interrupted, 1 not finished, [1-5] parts executed, 0 reused in /m);
    assert.deepEqual(run.alive(), []);
    const kept = [...err.matchAll(/pieces (piece-\d)/g)].map(([, part]) => `p ${part!}`);
    project.executed();
    const next = await project.fx('run', 'pieces.yaml');
    assert.equal(next.code, 0);
    const executed = project.executed();
    assert.ok(kept.length >= 1 && kept.every((part) => !executed.includes(part)));
    assert.equal(kept.length + executed.length, 7, 'six pieces and their gathering');
  });

  it('by a second Ctrl-C is over at once, whatever its stages do', async () => {
    const run = project.start('run', 'stubborn.yaml');
    await run.says('start  stubborn');
    await sleep(300);
    run.signal('SIGINT');
    await run.says('stopping');
    const since = performance.now();
    run.signal('SIGINT');
    assert.equal((await run.finished).code, 130);
    assert.ok(performance.now() - since < 10_000);
    assert.deepEqual(await run.gone(10_000), []);
  });

  it('leaves no child of a command, also where fx alone hears the signal', async () => {
    const run = await startCommand();
    process.kill(run.child.pid!, 'SIGTERM');
    assert.equal((await run.finished).code, 130);
    assert.deepEqual(await run.gone(10_000), []);
  });

  it('leaves no child where fx itself is killed outright', async () => {
    const run = await startCommand();
    process.kill(run.child.pid!, 'SIGKILL');
    assert.deepEqual(await run.gone(10_000), []);
  });

  it('leaves no child of a worker that is killed outright, and says that it crashed', async () => {
    const run = await startCommand();
    const { pid } = run.child;
    const [worker] = readFileSync(`/proc/${pid!}/task/${pid!}/children`, 'utf8').split(' ');
    process.kill(Number(worker), 'SIGKILL');
    const { code, err } = await run.finished;
    assert.equal(code, 1);
    assert.match(err, /the process ended with signal SIGKILL; its last words:\s+started/);
    assert.deepEqual(await run.gone(10_000), []);
  });

  it('ends where nobody reads its events any more, and does not say that all went well', async () => {
    const run = project.start('run', 'command.yaml', '--json');
    await run.says('"started"');
    run.child.stdout!.destroy();
    // It hears of it at the next event.
    assert.equal((await run.finished).code, 130);
    assert.deepEqual(await run.gone(10_000), []);
  });
});
