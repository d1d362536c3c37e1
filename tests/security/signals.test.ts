import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { experiment, Project } from '../cli/project.js';

/** A stage that runs a shell's script. */
const shell = (name: string, script: string): string =>
  experiment(
    name,
    `  ${name}: { uses: command, with: { run: [${JSON.stringify(script)}], shell: true, outputs: [o] } }\n`,
  );

const EXPERIMENTS = {
  'deaf.yaml': shell('deaf', "trap '' TERM INT HUP; echo started; while :; do sleep 1; done"),
  'pipe.yaml': shell('pipe', 'mkfifo p; echo started; cat p > o'),
  'spinning.yaml': experiment('spinning', '  spinning: { uses: ./stages/spin.ts#spin, with: {} }\n'),
  'waiting.yaml': experiment('waiting', '  waiting: { uses: ./stages/mine.ts#write, with: { text: w } }\n'),
};

/** Holds its thread: no message, no signal and no timer gets through to it. */
const SPIN = `export const spin = {
  name: 'spin', says: 'Never ends.', produces: 'files',
  parameters: { json: { type: 'object', properties: {}, additionalProperties: false } },
  run: ({ log }) => { log('started'); const begun = Date.now(); while (Date.now() - begun < 600) ; for (;;) ; },
};
`;

describe('two SIGTERMs end a run', function () {
  this.timeout(120_000);
  let project: Project;
  let server: Server;
  before(async function () {
    if (process.platform !== 'linux') this.skip();
    project = new Project({ ...EXPERIMENTS, 'stages/spin.ts': SPIN });
    for (const file of Object.keys(EXPERIMENTS)) await project.translate(file);
    // Takes every request and never answers.
    server = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    project.remove();
  });

  /** @param endsAtOnce by the first signal: the second may come when the process no longer hears any */
  async function twice(words: readonly string[], begun: string, endsAtOnce = false): Promise<void> {
    const run = project.start('run', ...words);
    await run.says(begun);
    await sleep(300);
    process.kill(run.child.pid!, 'SIGTERM');
    await run.says('stopping');
    const since = performance.now();
    process.kill(run.child.pid!, 'SIGTERM');
    const { code, signal } = await run.finished;
    assert.ok(code === 130 || (endsAtOnce && signal === 'SIGTERM'), `${String(code)} ${String(signal)}`);
    assert.ok(performance.now() - since < 10_000);
    assert.deepEqual(await run.gone(10_000), []);
  }

  it('whose command hears no signal', () => twice(['deaf.yaml'], 'deaf | started'));
  it('whose command waits for a pipe that nobody writes to', () => twice(['pipe.yaml'], 'pipe | started', true));
  it('whose stage holds its thread', () => twice(['spinning.yaml'], 'start  spinning'));

  it('which waits for a remote that does not answer', async () => {
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const asked = new Promise((resolve) => server.once('request', resolve));
    const run = project.start('run', 'waiting.yaml', '--remote', address);
    await asked;
    run.signal('SIGTERM');
    await sleep(200);
    // It may have ended by the first.
    run.signal('SIGTERM');
    const since = performance.now();
    const { code, signal } = await run.finished;
    // Asked before the run began, the remote is given up as any program gives up.
    assert.ok(code === 130 || signal === 'SIGTERM', `${String(code)} ${String(signal)}`);
    assert.ok(performance.now() - since < 10_000);
    assert.deepEqual(await run.gone(10_000), []);
  });

  it('and one does, with its workers, where the cache is deleted under it', async () => {
    const run = project.start('run', 'deaf.yaml');
    await run.says('deaf | started');
    rmSync(join(project.directory, 'cache'), { recursive: true, force: true });
    process.kill(run.child.pid!, 'SIGTERM');
    assert.equal((await run.finished).code, 130);
    assert.deepEqual(await run.gone(10_000), []);
  });
});
