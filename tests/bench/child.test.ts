import assert from 'node:assert/strict';
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, reasonOf } from '../../bench/child.js';

describe('a process that is measured and dies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fx-child-'));
  after(() => rmSync(folder, { recursive: true }));
  const started = (text: string): ReturnType<typeof fork> => {
    const path = join(folder, 'child.cjs');
    writeFileSync(path, text);
    return fork(path, { stdio: 'ignore' });
  };

  for (const [script, words] of [
    ["console.error('no such weights'); process.exit(3)", /^it ended with exit code 3:\nno such weights$/],
    ["console.log('half way'); process.exit(1)", /^it ended with exit code 1:\nhalf way$/],
    ['process.exit(9)', /^it ended with exit code 9, without a word$/],
    ["process.kill(process.pid, 'SIGSEGV')", /^it was ended by SIGSEGV, without a word$/],
    ["process.kill(process.pid, 'SIGKILL')", /^it was ended by SIGKILL \(.*memory runs out\), without a word$/],
    ["throw new Error('of its own')", /ended with exit code 1:\n(.|\n)*Error: of its own/],
  ] as const)
    it(`is told with why: ${script}`, () => {
      assert.match(reasonOf('it', spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })), words);
    });

  it('is told where it cannot start', () => {
    assert.match(reasonOf('it', spawnSync('/no/such/program', { encoding: 'utf8' })), /could not be run: .*ENOENT/);
  });

  it('ends the wait for its message', async () => {
    const wait = (text: string): Promise<unknown> => messageOf('the server', started(text));
    assert.deepEqual(await wait('process.send({ port: 1 }, () => process.exit())'), { port: 1 });
    await assert.rejects(wait('process.exit(4)'), /^Error: the server ended with exit code 4/);
    await assert.rejects(wait("process.kill(process.pid, 'SIGKILL')"), /the server was ended by SIGKILL/);
    const dead = started('process.exit(5)');
    await once(dead, 'exit');
    await assert.rejects(messageOf('the server', dead), /exit code 5/);
  });
});
