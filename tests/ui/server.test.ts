import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ReportsView, RunView } from '../../src/ui/model/views.js';
import { serveUi, type UiServer } from '../../src/ui/server/server.js';
import { FINISHED, graphOf, Study } from './study.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

describe('the server of fx ui', function () {
  this.timeout(30_000);
  let study: Study;
  let server: UiServer;
  let run: string;

  before(async () => {
    study = new Study();
    study.takeReport('quickstart/default');
    run = study.record(
      'quickstart',
      [
        { event: 'started', stages: 2, cores: 2 },
        { event: 'stage', stage: 'a', status: 'executed', seconds: 2 },
        { event: 'point', stage: 'train', step: 1, values: { loss: 0.5, epoch: 1 } },
        { event: 'point', stage: 'train', step: 2, values: { loss: 0.25, epoch: 2 } },
        { event: 'stage', stage: 'train', status: 'executed', seconds: 3 },
      ],
      graphOf(['a'], ['train', 'a']),
    );
    server = await serveUi(study.project());
  });
  after(async () => {
    await server.close();
    study.remove();
  });

  /** As it is written: nothing is normalised on the way. */
  function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return new Promise((done, fail) => {
      const asked = request({ host: '127.0.0.1', port: server.port, path, method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        response.on('end', () => done({ status: response.statusCode!, headers: response.headers, text }));
      });
      asked.on('error', fail);
      asked.end(method === 'POST' ? '{}' : undefined);
    });
  }
  const mine = (): Record<string, string> => ({ authorization: `Bearer ${server.token}` });
  const get = async <T>(path: string): Promise<T> => {
    const { status, text } = await ask(`/${path}`, mine());
    assert.equal(status, 200, text);
    return JSON.parse(text) as T;
  };

  it('tells nothing of the project without the token, to other users of the machine', async () => {
    for (const path of [
      'project',
      'runs',
      `runs/${run}`,
      `runs/${run}/stream`,
      'reports',
      'report?of=now:quickstart/default',
    ]) {
      assert.equal((await ask(`/api/${path}`)).status, 401, path);
      assert.equal((await ask(`/api/${path}`, { authorization: `Bearer ${server.token.slice(0, -1)}x` })).status, 401);
      assert.equal((await ask(`/api/${path}`, { cookie: `token=${server.token}` })).status, 401);
      assert.equal((await ask(`/api/${path}${path.includes('?') ? '&' : '?'}token=${server.token}`)).status, 401);
    }
    assert.equal((await ask('/api/runs', mine())).status, 200);
    assert.match(server.address, /^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{32}$/);
  });

  it('answers to names of loopback alone: a stranger’s name made to lead here is none', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${server.port}`,
      `127.0.0.1.evil.example:${server.port}`,
      'localhost:1',
    ]) {
      assert.equal((await ask('/api/runs', { ...mine(), host })).status, 403, host);
      assert.equal((await ask('/', { host })).status, 403, host);
    }
    assert.equal((await ask('/api/runs', { ...mine(), host: `localhost:${server.port}` })).status, 200);
  });

  it('answers no other origin, and says so to none', async () => {
    for (const origin of [
      'http://evil.example',
      'null',
      `http://127.0.0.1:${server.port + 1}`,
      `https://127.0.0.1:${server.port}`,
    ]) {
      assert.equal((await ask('/api/runs', { ...mine(), origin })).status, 403, origin);
    }
    for (const site of ['cross-site', 'same-site', 'none'])
      assert.equal((await ask('/api/runs', { ...mine(), 'sec-fetch-site': site })).status, 403, site);
    const { headers } = await ask('/api/runs', mine());
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.match(headers['content-security-policy'] as string, /default-src 'none'; script-src 'self'/);
    assert.doesNotMatch(headers['content-security-policy'] as string, /unsafe/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
  });

  it('is reached on loopback alone', async () => {
    const socket = connect(server.port, '127.0.0.2');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
  });

  it('serves the files of the page and nothing outside of reports', async () => {
    study.write('secret.txt', 'hush-hush');
    study.write('reports/quickstart/default/figures/other.png', 'hush-hush');
    mkdirSync(join(study.root, 'reports/linked'), { recursive: true });
    symlinkSync('/etc', join(study.root, 'reports/linked/default'));
    writeFileSync(join(study.root, 'reports/outside.json'), 'hush-hush');
    for (const path of [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/secret.txt',
      '/package.json',
      '/page.js/../../secret.txt',
      '//evil.example/page.js',
      '/size.json',
      '/api/report?of=now:../..',
      '/api/report?of=now:linked/default',
      '/api/report?of=now:quickstart/..',
      '/api/report?of=run:../../reports/quickstart/default',
      '/api/report?of=commit:HEAD:quickstart/default',
      '/api/report?of=commit:--output=x:quickstart/default',
      '/api/picture?of=now:quickstart/default&file=../../../../secret.txt',
      '/api/picture?of=now:quickstart/default&file=figures/other.png',
      '/api/picture?of=now:quickstart/default&file=report.json',
      '/api/picture?of=now:quickstart/default&file=figures/..%2f..%2f..%2f..%2fsecret.txt',
      '/api/lines?of=now:quickstart/default&file=/etc/passwd',
      '/api/runs/..%2f..%2fsecret',
      '/api/runs/__proto__',
      '/api/__proto__',
    ]) {
      const { status, text } = await ask(path, mine());
      assert.ok(status === 404 || (status === 200 && text.startsWith('<!doctype html>')), `${path}: ${status}`);
      assert.doesNotMatch(text, /hush-hush|root:/, path);
    }
    assert.equal((await ask('/')).headers['content-type'], 'text/html; charset=utf-8');
  });

  it('reads, and nothing else', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'POST'])
      assert.equal(
        (await ask('/api/runs', { ...mine(), origin: `http://127.0.0.1:${server.port}` }, method)).status,
        405,
        method,
      );
  });

  it('says what a run came to, with its graph and its curves', async () => {
    const view = await get<RunView>(`api/runs/${run}`);
    assert.equal(view.run.state, 'done');
    assert.equal(view.progress.title, 'A study');
    assert.deepEqual(
      view.progress.order.map((id) => view.progress.stages[id]!.status),
      ['executed', 'executed'],
    );
    assert.deepEqual(
      view.graph!.boxes.map(({ name }) => name),
      ['a', 'train'],
    );
    assert.deepEqual(view.measures, ['loss']);
    assert.deepEqual(await get(`api/runs/${run}/curves?of=loss`), {
      measure: 'loss',
      curves: [{ stage: 'train', x: [1, 2], y: [0.5, 0.25] }],
    });
  });

  it('lists reports as they are, and reads one with the numbers of its figures', async () => {
    const { reports } = await get<ReportsView>('api/reports');
    assert.deepEqual(
      reports.map(({ ref }) => ref),
      ['now:quickstart/default'],
    );
    const lines = await get<{ lines: { name: string; points: unknown[] }[] }>(
      'api/lines?of=now:quickstart/default&file=figures/roc.csv',
    );
    assert.equal(lines.lines[0]!.name, 'Synthetic');
    assert.ok(lines.lines[0]!.points.length > 20);
  });

  it('sends what happens in a run as it happens, and goes on where a reader was', async () => {
    const { id, recorder } = study.begin('live', [{ event: 'started', stages: 1, cores: 2 }], graphOf(['train']));
    // What happens in one turn of the event loop is kept at its end.
    await new Promise((kept) => setImmediate(kept));
    const { next } = await get<RunView>(`api/runs/${id}`);
    const heard = new Promise<string>((done, fail) => {
      const path = `/api/runs/${id}/stream?events=${next.events}&series=${next.series}`;
      const asked = request({ host: '127.0.0.1', port: server.port, path, headers: mine() }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        response.on('end', () => done(text));
      });
      asked.on('error', fail);
      asked.end();
    });
    recorder.hear({ event: 'stage', stage: 'train', status: 'running' });
    recorder.hear({ event: 'point', stage: 'train', step: 1, values: { loss: 0.5 } });
    recorder.hear(FINISHED);
    recorder.end('done');
    const text = await heard;
    assert.doesNotMatch(text, /"event":"started"/);
    assert.match(text, /event: events\nid: \d+-\d+\ndata: \[\{"event":"stage","stage":"train","status":"running"/);
    assert.match(text, /event: points\n.*\ndata: \[\{"stage":"train","step":1,"values":\{"loss":0.5\}\}\]/);
    assert.match(text, /"state":"done"[^\n]*\n\n$/);
  });

  it('stops a run that its page asks to stop, and no other process', async () => {
    study.write(
      'run.mjs',
      "process.on('message', () => undefined); process.on('SIGINT', () => process.exit(3)); setTimeout(() => undefined, 60000); process.send('up');",
    );
    const child = fork(join(study.root, 'run.mjs'));
    await once(child, 'message');
    const ended = once(child, 'exit');
    study.running(child.pid!, '20990101T000000000Z-1');
    study.running(child.pid!, '20990101T000000001Z-1', 'another');
    const origin = `http://127.0.0.1:${server.port}`;
    const json = { 'content-type': 'application/json' };
    const stop = (id: string, headers: Record<string, string>) => ask(`/api/runs/${id}/stop`, headers, 'POST');
    assert.equal((await stop('20990101T000000000Z-1', { origin, ...json })).status, 401);
    assert.equal((await stop('20990101T000000000Z-1', { ...mine(), ...json })).status, 403);
    assert.equal((await stop('20990101T000000000Z-1', { ...mine(), origin })).status, 403);
    assert.equal((await ask('/api/runs/20990101T000000000Z-1/stop', { ...mine(), origin, ...json })).status, 405);
    // The process of this id is another one than the entry speaks of.
    assert.equal((await stop('20990101T000000001Z-1', { ...mine(), origin, ...json })).status, 404);
    assert.equal((await stop(run, { ...mine(), origin, ...json })).status, 404);
    assert.equal(child.exitCode, null);
    assert.equal((await stop('20990101T000000000Z-1', { ...mine(), origin, ...json })).status, 200);
    assert.deepEqual(await ended, [3, null]);
  });
});
