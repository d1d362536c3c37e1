import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPageFile } from '../../src/ui/server/page-files.js';
import type { ProjectView } from '../../src/ui/model/views.js';
import { Project, type Running } from '../cli/project.js';

describe('fx ui', function () {
  this.timeout(60_000);
  let project: Project;
  const started: Running[] = [];
  before(function () {
    if (readPageFile('page.js') === undefined) {
      console.log('      skipped: no page was built');
      this.skip();
    }
    project = new Project({ 'study.yaml': 'fx: 1\nname: my-study\nstages: {}\n', 'package.json': '{}' });
  });
  after(async () => {
    for (const running of started) {
      running.signal('SIGTERM');
      await running.finished;
    }
    if (readPageFile('page.js') !== undefined) project.remove();
  });

  it('prints an address with a token, begins with the experiment that is named, and ends with Ctrl-C', async () => {
    const running = project.start('ui', 'study.yaml');
    started.push(running);
    while (!running.text.includes('\n')) await sleep(50);
    const [, port, token] = /^http:\/\/127\.0\.0\.1:(\d+)\/#token=([\w-]{32})$/m.exec(running.text)!;
    const answer = await fetch(`http://127.0.0.1:${port}/api/project`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(((await answer.json()) as ProjectView).experiment, 'my-study');
    running.signal('SIGINT');
    assert.equal((await running.finished).code, 0);
  });

  it('listens on the port that is named, and says so where it cannot', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const refused = await project.fx('ui', '--port', String(port));
    assert.notEqual(refused.code, 0);
    assert.match(refused.err, new RegExp(`cannot listen on port ${port}`));
    assert.match(refused.err, /name another with --port/);
    other.close();
    await once(other, 'close');
    const running = project.start('ui', '--port', String(port), '--json');
    started.push(running);
    while (!running.text.includes('\n')) await sleep(50);
    assert.equal((JSON.parse(running.text.split('\n')[0]!) as { readonly port: number }).port, port);
  });
});
