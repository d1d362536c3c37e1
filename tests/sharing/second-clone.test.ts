import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { recordText, type ResultRecord } from '../../src/engine/artifacts/content/result-record.js';
import { filesBelow } from '../../src/foundation/files/files.js';
import { Project } from './project.js';

const STUDY = 'experiments/study.yaml';

describe('a second clone with an empty cache and a warm remote', function () {
  this.timeout(60_000);
  let first: Project;
  let second: Project;
  let remote: string;

  before(async () => {
    first = Project.example();
    remote = `${first.folder}.remote`;
    const ran = await first.fx(['run', STUDY, '--remote', remote]);
    assert.equal(ran.code, 0, ran.err);
    second = first.clone();
  });
  after(() => {
    first.remove();
    second.remove();
    rmSync(remote, { recursive: true, force: true });
  });

  it('verifies everything without fetching anything, and without the data', async () => {
    rmSync(join(second.folder, 'data'), { recursive: true });
    const { code, out, err } = await second.fx(['verify', STUDY, '--frozen'], { FX_REMOTE: remote });
    assert.equal(code, 0, out + err);
    assert.equal(second.executions(), 0);
    second.write('data/text.txt', first.read('data/text.txt'));
  });

  it('executes nothing and writes the same bits', async () => {
    rmSync(join(second.folder, 'reports'), { recursive: true });
    const { code, err } = await second.fx(['run', STUDY], { FX_REMOTE: remote, FX_REMOTE_MODE: 'read' });
    assert.equal(code, 0, err);
    assert.equal(second.executions(), 0);
    assert.match(err, /3 reused/);
    const files = await filesBelow(join(first.folder, 'reports'));
    assert.ok(files.includes('study/default/lock.yaml'));
    assert.deepEqual(await filesBelow(join(second.folder, 'reports')), files);
    for (const file of files) assert.equal(second.read(`reports/${file}`), first.read(`reports/${file}`), file);
  });

  it('is refuted where a number of the report was edited', async () => {
    const report = 'reports/study/default/report.md';
    const honest = second.read(report);
    second.write(report, honest.replace(/\d+/, '99'));
    const { code, out } = await second.fx(['verify', STUDY]);
    second.write(report, honest);
    assert.equal(code, 3);
    assert.match(out, /report\.md differs from what the results give/);
  });

  it('pulls what it needs, and pushes nothing that is there', async () => {
    rmSync(join(second.folder, 'cache'), { recursive: true });
    const pulled = await second.fx(['cache', 'pull', STUDY, '--remote', remote]);
    assert.match(pulled.err, /3 results moved .*, 0 were there, 0 failed/);
    const again = await second.fx(['cache', 'pull', STUDY, '--remote', remote]);
    assert.match(again.err, /0 results moved, 3 were there/);
    const pushed = await second.fx(['cache', 'push', STUDY, '--remote', remote]);
    assert.match(pushed.err, /0 results moved, 3 were there/);
    const none = await second.fx(['cache', 'push', STUDY]);
    assert.match(none.err, /no remote is named/);
    const refused = await second.fx(['cache', 'push', STUDY, '--remote', remote], {
      GITHUB_EVENT_NAME: 'pull_request',
    });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /is read-only here/);
  });

  it('takes no result with other metrics than its lock', async () => {
    rmSync(join(second.folder, 'cache'), { recursive: true });
    const lied = `${remote}.lied`;
    cpSync(remote, lied, { recursive: true });
    for (const name of await filesBelow(join(lied, 'ac'))) {
      const path = join(lied, 'ac', name);
      const [line = '', ...rest] = readFileSync(path, 'utf8').split('\n');
      const { record } = JSON.parse(line) as { record: ResultRecord };
      if (record.stage !== 'joined') continue;
      const forged = recordText({ ...record, metrics: { ...record.metrics, half: 0.99 } });
      chmodSync(path, 0o644);
      writeFileSync(path, forged + rest.join('\n'));
    }
    const { code, err } = await second.fx(['cache', 'pull', STUDY, '--remote', lied]);
    rmSync(lied, { recursive: true });
    assert.equal(code, 1, err);
    assert.match(err, /the result of joined at .* has other metrics than the lock: it is not taken/);
    assert.match(err, /2 results moved .*, 1 failed/);
  });

  it('says why the remote was no help', async () => {
    rmSync(join(second.folder, 'cache'), { recursive: true });
    const { code, out } = await second.fx(['verify', STUDY, '--remote', 'http://127.0.0.1:9/']);
    assert.equal(code, 3);
    assert.match(out, /> Not all of the remote could be used: .*ECONNREFUSED/);
    assert.match(out, /complete and undamaged\. Push it from/);
  });

  it('takes empty variables, as workflows pass what is not set, for none', async () => {
    const none = { FX_REMOTE_MODE: '', FX_REMOTE_SIGNED_BY: '', FX_REMOTE_SIGN_WITH: '', FX_REMOTE_TOKEN: '' };
    const { code, out, err } = await second.fx(['verify', STUDY], { FX_REMOTE: remote, ...none });
    assert.equal(code, 0, out + err);
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await second.fx(['verify', STUDY], { ...none, FX_REMOTE: `http://127.0.0.1:${port}/` });
    server.closeAllConnections();
    server.close();
    assert.deepEqual(new Set(asked), new Set([undefined]));
  });

  it('is no folder where the address is empty', async () => {
    const { code, err } = await second.fx(['run', STUDY, '--remote', '']);
    assert.equal(code, 2);
    assert.match(err, /the address of the remote is empty/);
    assert.ok(!existsSync(join(second.folder, 'ac')));
  });
});
