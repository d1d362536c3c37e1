import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { RunEvent } from '../../src/engine/run/event.js';
import { readReport } from '../../src/report/read.js';
import type { Report } from '../../src/report/report.js';
import { refText } from '../../src/ui/model/address.js';
import { exportUi } from '../../src/ui/server/export.js';
import { serveUi, type UiServer } from '../../src/ui/server/server.js';
import { readFileSync } from 'node:fs';
import { accessibility, needsBrowser, watchedPage } from './browser.js';
import { FINISHED, graphOf, Study } from './study.js';

/** Twenty ways to have a script run, as names, lines and values that strangers choose. */
const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(2)>',
  '<svg onload=alert(3)>',
  '"><script>alert(4)</script>',
  "'-alert(5)-'",
  'javascript:alert(6)',
  '<iframe srcdoc="<script>alert(7)</script>">',
  '<a href="javascript:alert(8)">x</a>',
  '</title><script>alert(9)</script>',
  '</textarea><script>alert(10)</script>',
  '<style>@import "http://evil.example/11"</style>',
  '<link rel=stylesheet href=http://evil.example/12>',
  '<meta http-equiv=refresh content="0;url=http://evil.example/13">',
  '<base href=http://evil.example/14>',
  '{{constructor.constructor("alert(15)")()}}',
  '${alert(16)}',
  '<object data="data:text/html,<script>alert(17)</script>"></object>',
  '<math><mtext><img src=x onerror=alert(18)></mtext></math>',
  '\u001b]8;;http://evil.example/19\u0007x\u001b]8;;\u0007\u202e<img src=http://evil.example/19>',
  '__proto__',
] as const;

/** A drawing that would act, if it could. */
const DRAWING = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40" onload="alert(21)">
<script>alert(22)</script><image href="http://evil.example/23" width="9" height="9"/>
<foreignObject width="9" height="9"><img xmlns="http://www.w3.org/1999/xhtml" src="x" onerror="alert(24)"/></foreignObject>
<style>@import "http://evil.example/25";</style><rect width="80" height="40" fill="#0072B2"/></svg>`;

describe('the page of fx ui', function () {
  this.timeout(120_000);
  let browser: Browser | undefined;
  let study: Study;
  let server: UiServer;
  let report: Report;
  let run: string;
  /** What was begun, to be ended in the end: nothing where the tests skip. */
  const ends: (() => unknown)[] = [];

  before(async function () {
    browser = await needsBrowser(this);
    ends.push(() => browser?.close());
    study = new Study();
    ends.push(() => study.remove());
    for (const name of ['quickstart/default', 'table2-frontal/mini']) study.takeReport(name);
    const text = readFileSync(resolve('reports/quickstart/default/report.json'), 'utf8');
    const read = readReport(text, 'the report');
    assert.ok(read.ok);
    // Of what the runs of this test wrote there are no pictures.
    report = { ...read.value, figures: [] };
    run = study.record(
      'quickstart',
      trained(),
      graphOf(['syn'], ['train[data=a]', 'syn'], ['train[data=b]', 'syn']),
      report,
    );
    server = await serveUi(study.project());
    ends.splice(1, 0, () => server.close());
  });
  after(async () => {
    for (const end of ends) await end();
  });

  async function open(place: string, options: Parameters<typeof watchedPage>[2] = {}) {
    const { page, wrong } = await watchedPage(browser!, `http://127.0.0.1:${server.port}/`, options);
    await page.goto(server.address);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await go(page, place);
    return { page, wrong, end: () => page.context().close() };
  }

  it('opens by the address alone, and keeps its token out of it', async () => {
    const { page, wrong, end } = await open('#/runs');
    await page.getByRole('link', { name: /quickstart/ }).waitFor();
    assert.doesNotMatch(page.url(), /token/);
    await page.reload();
    await page.getByRole('link', { name: /quickstart/ }).waitFor();
    assert.deepEqual(await page.context().cookies(), []);
    assert.deepEqual(wrong, []);
    await end();
    const stranger = await watchedPage(browser!, `http://127.0.0.1:${server.port}/`);
    await stranger.page.goto(`http://127.0.0.1:${server.port}/`);
    await stranger.page.getByText('open the address that fx ui printed').waitFor();
    assert.doesNotMatch(await stranger.page.locator('body').innerText(), /quickstart|study/);
    await stranger.page.context().close();
  });

  it('follows a run as it goes: bars, curves and log grow, and it ends', async () => {
    const { id, recorder } = study.begin('live', [{ event: 'started', stages: 1, cores: 2 }], graphOf(['train']));
    const { page, wrong, end } = await open(`#/run/${id}`);
    await page.getByText('0 of 1').waitFor();
    const hear = (...events: readonly RunEvent[]): void => events.forEach((event) => recorder.hear(event));
    hear(
      { event: 'stage', stage: 'train', status: 'running', parts: { known: 0, total: 4 } },
      { event: 'part', stage: 'train', part: 'one', status: 'running' },
      { event: 'progress', stage: 'train', part: 'one', done: 50, total: 100, unit: 'batches' },
      { event: 'log', stage: 'train', line: 'a line of the log' },
    );
    await page.getByText('50 of 100 batches').waitFor();
    await page.getByText('a line of the log').waitFor();
    assert.equal(
      await page.getByRole('progressbar', { name: 'train', exact: true }).getAttribute('aria-valuenow'),
      '13',
    );
    for (const step of [1, 2, 3]) hear({ event: 'point', stage: 'train', step, values: { loss: 1 / step } });
    await page.getByRole('img', { name: 'loss by step, from 1 to 0.33333' }).waitFor();
    await page.locator('.plot canvas').first().waitFor();
    hear({ event: 'stage', stage: 'train', status: 'executed', seconds: 3 }, FINISHED);
    recorder.end('done');
    await page.locator('.strip .state.is-done').waitFor();
    await page.getByText('1 of 1').waitFor();
    assert.deepEqual(wrong, []);
    await end();
  });

  it('goes on where it was after a sleep, when the connection has gone', async () => {
    const sockets = new Set<Socket>();
    const remember = (message: unknown): void => void sockets.add((message as { readonly socket: Socket }).socket);
    subscribe('http.server.request.start', remember);
    ends.unshift(() => unsubscribe('http.server.request.start', remember));
    const { id, recorder } = study.begin('asleep', [{ event: 'started', stages: 1, cores: 2 }], graphOf(['train']));
    const { page, wrong, end } = await open(`#/run/${id}`);
    const say = (line: string): void => recorder.hear({ event: 'log', stage: 'train', line });
    recorder.hear({ event: 'stage', stage: 'train', status: 'running' });
    say('before the sleep');
    await page.getByText('before the sleep').waitFor();
    await page.context().setOffline(true);
    for (const socket of sockets) socket.destroy();
    await page.getByText('The connection is lost').waitFor();
    say('during the sleep');
    recorder.hear({ event: 'point', stage: 'train', step: 1, values: { loss: 0.5 } });
    await page.context().setOffline(false);
    await page.getByText('during the sleep').waitFor();
    await page.getByText('The connection is lost').waitFor({ state: 'detached' });
    say('after the sleep');
    recorder.hear(FINISHED);
    recorder.end('done');
    await page.locator('.strip .state.is-done').waitFor();
    for (const when of ['before', 'during', 'after'])
      assert.equal(await page.getByText(`${when} the sleep`).count(), 1);
    // The browser itself tells of requests that found nobody.
    assert.deepEqual(
      wrong.filter((line) => !/net::ERR_|ERR_INTERNET_DISCONNECTED/.test(line)),
      [],
    );
    await end();
  });

  it('asks before it stops a run, and stops it', async () => {
    const child = spawn(process.execPath, [
      '-e',
      "process.on('SIGINT', () => process.exit(7)); setTimeout(() => 0, 60000); console.log('up')",
    ]);
    await once(child.stdout, 'data');
    const ended = once(child, 'exit');
    study.running(child.pid!, '20990101T000000000Z-1');
    const { page, wrong, end } = await open('#/run/20990101T000000000Z-1');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Let it run' }).click();
    assert.equal(child.exitCode, null);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Stop it' }).click();
    assert.deepEqual(await ended, [7, null]);
    assert.deepEqual(wrong, []);
    await end();
  });

  it('opens the way of a number, with the keyboard alone', async () => {
    const { page, wrong, end } = await open(`#/report/${encodeURIComponent('now:quickstart/default')}`);
    const cell = page.getByRole('link', { name: /Synthetic, accuracy/ });
    await cell.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('What it was computed from').waitFor();
    const verify = report.stages.find(({ id }) => id === 'verify')!;
    await dialog.getByText(verify.key.slice(0, 12), { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.match(page.url(), /report/);
    assert.deepEqual(wrong, []);
    await end();
  });

  function recordChanged(): string {
    const table = report.tables[0]!;
    const row = table.rows[0]!;
    const moved = { ...row.cells[0]!, value: row.cells[0]!.value! + 0.2 };
    const other: Report = {
      ...report,
      experiment: { ...report.experiment, parameters: { yaw: '[-10 deg, 10 deg]' } },
      tables: [{ ...table, rows: [{ ...row, cells: [moved, ...row.cells.slice(1)] }] }],
    };
    return study.record('quickstart', [], undefined, other);
  }

  it('shows what moved between two reports', async () => {
    const changed = recordChanged();
    const refs = [run, changed].map((id) => encodeURIComponent(refText({ from: 'run', id })));
    const { page, wrong, end } = await open(`#/compare/${refs.join('/')}`);
    await page.getByText('[-10 deg, 10 deg]').waitFor();
    await page.locator('.move.is-better').waitFor();
    assert.match(await page.locator('.move').innerText(), /\+0\.200/);
    assert.deepEqual(wrong, []);
    await end();
  });

  it('runs no script of a stranger, and asks nobody else for anything', async () => {
    const hostile: Report = {
      ...report,
      experiment: {
        name: ATTACKS[0],
        title: ATTACKS[1],
        profile: ATTACKS[2],
        parameters: Object.fromEntries(ATTACKS.map((text, i) => [`${text}${i}`, text])),
      },
      notices: ATTACKS,
      figures: [
        {
          id: 'drawn',
          title: ATTACKS[6],
          type: ATTACKS[7],
          shape: 'chart',
          panels: [{ label: ATTACKS[8], file: 'figures/evil.svg' }],
        },
        {
          id: 'lines',
          title: ATTACKS[9],
          type: 'roc',
          shape: 'curves',
          panels: [{ label: ATTACKS[12], file: 'figures/lines.svg', data: 'figures/lines.csv' }],
        },
      ],
      tables: report.tables.map((table) => ({
        ...table,
        title: ATTACKS[7],
        columns: table.columns.map((column, c) => ({ ...column, label: ATTACKS[c]!, metricLabel: ATTACKS[c + 4]! })),
        rows: ATTACKS.map((label) => ({
          ...table.rows[0]!,
          label,
          cells: table.rows[0]!.cells.map((cell) => ({ ...cell, method: label, notes: [label] })),
        })),
      })),
      stages: ATTACKS.map((id) => ({ ...report.stages[0]!, id, kind: id, parameters: { [id]: id }, warnings: [id] })),
    };
    const events = ATTACKS.flatMap((text): RunEvent[] => [
      { event: 'stage', stage: text, status: 'running' },
      { event: 'log', stage: text, part: text, line: text },
      { event: 'progress', stage: text, done: 1, total: 2, unit: text },
      { event: 'point', stage: text, step: 1, values: { [text]: 1, loss: 2 } },
      { event: 'point', stage: text, step: 2, values: { [text]: 2, loss: 1 } },
      { event: 'waiting', stage: text, pid: 1, host: text },
      { event: 'diagnostic', stage: text, diagnostic: { severity: 'error', code: text, message: text, help: text } },
    ]);
    const graph = graphOf(...ATTACKS.map((text): readonly [string] => [text]));
    const id = study.record(ATTACKS[3], events, { ...graph, title: ATTACKS[4] }, hostile);
    const lines = [
      'curve,false_accept_rate,true_accept_rate',
      ...ATTACKS.map((name) => `"${name.replaceAll('"', '""')}",0,1`),
    ];
    const files = {
      'report.json': JSON.stringify(hostile),
      'figures/evil.svg': DRAWING,
      'figures/lines.svg': DRAWING,
      'figures/lines.csv': [...lines, ''].join('\n'),
    };
    for (const [name, content] of Object.entries(files)) {
      study.write(`.fx/runs/${id}/report/${name}`, content);
      study.write(`reports/hostile/default/${name}`, content);
    }
    const ref = refText({ from: 'run', id });
    const { page, wrong, end } = await open('#/runs');
    await page.getByText(ATTACKS[3]).first().waitFor();
    for (const [place, text] of [
      [`#/run/${id}`, ATTACKS[4]],
      [`#/report/${encodeURIComponent(ref)}`, ATTACKS[1]],
      [`#/report/${encodeURIComponent(ref)}/cell/accuracy/3/0`, ATTACKS[3]],
      [`#/compare/${encodeURIComponent(refText({ from: 'run', id: run }))}/${encodeURIComponent(ref)}`, ATTACKS[5]],
    ] as const) {
      await go(page, place);
      await page.getByText(text).first().waitFor();
      await scrollThrough(page);
      if (place.startsWith('#/report') && !place.includes('cell')) {
        const picture = page.locator('figure.picture img').first();
        await picture.scrollIntoViewIfNeeded();
        await page.locator('.panels.curves canvas').first().waitFor();
      }
    }
    assert.deepEqual(wrong, []);
    assert.equal(await page.locator(ACTING).count(), 0);
    await end();

    const folder = join(study.root, 'exported-hostile');
    assert.ok((await exportUi(study.project(), folder)).ok);
    const exported = await watchedPage(browser!, pathToFileURL(folder).href);
    await exported.page.goto(pathToFileURL(join(folder, 'index.html')).href);
    const now = encodeURIComponent('now:hostile/default');
    for (const place of [`#/run/${id}`, `#/report/${now}`, `#/report/${now}/cell/accuracy/3/0`]) {
      await go(exported.page, place);
      await exported.page
        .getByText(place.startsWith('#/run') ? ATTACKS[4] : ATTACKS[1])
        .first()
        .waitFor();
      await scrollThrough(exported.page);
    }
    assert.deepEqual(exported.wrong, []);
    assert.equal(await exported.page.locator(ACTING).count(), 0);
    await exported.page.context().close();
    study.removeFile('reports/hostile');
  });

  it('has nothing serious against it by axe, on a phone, dark and light', async () => {
    const changed = refText({ from: 'run', id: recordChanged() });
    for (const options of [{ width: 390 }, { width: 1280, dark: true }]) {
      const { page, end } = await open('#/runs', options);
      const judge = await accessibility(page);
      for (const place of [
        '#/runs',
        `#/run/${run}`,
        '#/reports',
        `#/report/${encodeURIComponent('now:table2-frontal/mini')}`,
        `#/report/${encodeURIComponent('now:quickstart/default')}/cell/accuracy/0/0`,
        '#/compare',
        `#/compare/${['now:quickstart/default', changed].map(encodeURIComponent).join('/')}`,
      ]) {
        await go(page, place);
        await page.locator('h1').waitFor();
        await page.locator('.loading').waitFor({ state: 'detached' });
        assert.equal(await judge(), '[]', `${place} ${JSON.stringify(options)}`);
        const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
        assert.ok(overflow <= 0, `${place} is ${overflow} pixels too wide`);
      }
      await end();
    }
  });

  it('opens from an exported folder without a server', async () => {
    const folder = join(study.root, 'exported');
    const exported = await exportUi(study.project(), folder);
    assert.ok(exported.ok);
    assert.equal(exported.value.reports, 2);
    assert.ok(!(await exportUi(study.project(), study.root)).ok);
    const { page, wrong } = await watchedPage(browser!, pathToFileURL(folder).href);
    await page.goto(pathToFileURL(join(folder, 'index.html')).href);
    await page
      .getByRole('link', { name: /quickstart/ })
      .first()
      .waitFor();
    await go(page, `#/report/${encodeURIComponent('now:quickstart/default')}`);
    await page.locator('.plot canvas').first().waitFor();
    await page.getByRole('link', { name: /Synthetic, accuracy/ }).click();
    await page.getByRole('dialog').getByText('What it was computed from').waitFor();
    assert.deepEqual(wrong, []);
    await page.context().close();
  });
});

/** What would act, if it were in the page. */
const ACTING = 'main iframe, main object, main base, main script, main style, main link';

function trained(): readonly RunEvent[] {
  const stages = ['train[data=a]', 'train[data=b]'];
  return [
    { event: 'started', stages: 3, cores: 2 },
    { event: 'stage', stage: 'syn', status: 'executed', seconds: 4 },
    ...stages.flatMap((stage, s): RunEvent[] =>
      Array.from({ length: 10 }, (_, i): RunEvent => ({
        event: 'point',
        stage,
        step: i + 1,
        values: { loss: (s + 1) / (i + 1), epoch: i + 1 },
      })),
    ),
    ...stages.map((stage): RunEvent => ({ event: 'stage', stage, status: 'executed', seconds: 9 })),
  ];
}

function go(page: Page, place: string): Promise<unknown> {
  return page.evaluate(`location.hash = ${JSON.stringify(place)}`);
}

/** To the end and back: what is drawn when it comes into sight is drawn. */
async function scrollThrough(page: Page): Promise<void> {
  for (let i = 0; i < 6; i += 1) {
    await page.mouse.wheel(0, 900);
    await page.waitForTimeout(60);
  }
}
