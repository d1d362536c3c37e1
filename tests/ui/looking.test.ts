import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Browser, Locator, Page } from 'playwright-core';
import { openCache } from '../../src/engine/artifacts/cache.js';
import type { RunEvent } from '../../src/engine/run/event.js';
import type { KeptEvent } from '../../src/history/events.js';
import { runsFolder } from '../../src/history/history.js';
import { serveUi, type UiServer } from '../../src/ui/server/server.js';
import { Project } from '../cli/project.js';
import { accessibility, needsBrowser, watchedPage } from './browser.js';
import { graphOf, Study } from './study.js';

const STAGES = ['train[data=a]', 'train[data=b]'] as const;
const STEPS = Array.from({ length: 80 }, (_, i) => i + 1);

const FACES = `
fx: 1
name: faces
title: Faces
stages:
  faces: { uses: faces/generate, with: { identities: 3, samples: 5, size: 32 } }
report:
  figures:
    - { id: sheet, type: contact-sheet, title: Faces, of: faces }
`;

describe('looking at a run and a report', function () {
  this.timeout(120_000);
  let browser: Browser | undefined;
  let study: Study;
  let server: UiServer;
  const ends: (() => unknown)[] = [];

  before(async function () {
    browser = await needsBrowser(this);
    ends.push(() => browser?.close());
    study = new Study();
    ends.push(() => study.remove());
    server = await serveUi(study.project());
    ends.unshift(() => server.close());
  });
  after(async () => {
    for (const end of ends) await end();
  });

  async function open(place: string, of = server, width = 1280) {
    const { page, wrong } = await watchedPage(browser!, `http://127.0.0.1:${of.port}/`, { width });
    await page.goto(of.address);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
    return { page, wrong, end: () => page.context().close() };
  }

  /** Of the first curve of the plot of a measure: how straight it is drawn, 1 for a line. */
  async function straightness(page: Page, measure: string): Promise<number> {
    return page.evaluate<number>(`(() => {
      const figures = [...document.querySelectorAll('.curves figure')];
      const canvas = figures.find((figure) => figure.querySelector('b').textContent === '${measure}')?.querySelector('canvas');
      if (!canvas) return 0;
      // From a copy: a browser warns of a canvas of the page that is read again and again.
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      let [n, x, y, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] < 200 || Math.hypot(data[i], data[i + 1] - 114, data[i + 2] - 178) > 60) continue;
        const at = (i / 4) % canvas.width;
        const up = Math.floor(i / 4 / canvas.width);
        n += 1; x += at; y += up; xx += at * at; yy += up * up; xy += at * up;
      }
      return n < 50 ? 0 : Math.abs(xy - (x * y) / n) / Math.sqrt((xx - (x * x) / n) * (yy - (y * y) / n));
    })()`);
  }

  const becomes = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; !(await isSo()); tries += 1) {
      assert.ok(tries < 100, what);
      await new Promise((done) => setTimeout(done, 50));
    }
  };

  it('draws curves on logarithmic axes, smoothed, over each other, and those that are wanted', async () => {
    const points = STEPS.map((step): RunEvent => ({
      event: 'point',
      stage: STAGES[0],
      step,
      values: { decay: Math.exp(-step / 8), growth: Math.log(step), noise: step % 2 },
    }));
    const other: RunEvent = { event: 'point', stage: STAGES[1], step: 1, values: { noise: 0.5 } };
    // Of a step 0 a logarithmic axis has no place.
    const zeroth: RunEvent = { event: 'point', stage: STAGES[0], step: 0, values: { growth: -1 } };
    const id = study.record('curves', [zeroth, ...points, other], graphOf([STAGES[0]], [STAGES[1]]));
    const { page, wrong, end } = await open(`#/run/${id}`);
    const plot = (name: string): Locator => page.locator('.curves figure').filter({ hasText: name });
    await page.getByRole('heading', { name: 'Curves' }).scrollIntoViewIfNeeded();
    await plot('decay').locator('canvas').waitFor();
    const plain = await straightness(page, 'decay');
    assert.ok(plain > 0.5 && plain < 0.95, String(plain));
    await page.getByLabel('log y').check();
    await becomes('a decay is no line', async () => (await straightness(page, 'decay')) > 0.999);
    await page.getByRole('img', { name: /decay by step, from .*; y is logarithmic/ }).waitFor();
    await page.getByLabel('log y').uncheck();
    await page.getByLabel('log x').check();
    await becomes('a logarithm is no line', async () => (await straightness(page, 'growth')) > 0.999);
    await page.getByLabel('log x').uncheck();

    await page.getByRole('img', { name: 'noise by step: 2 curves' }).waitFor();
    const noise = plot('noise').locator('.legend');
    assert.match(await noise.innerText(), /train\[data=a\][^]*train\[data=b\]/);
    await page.getByLabel('Filter curves by stage').fill('data=a');
    await page.getByRole('img', { name: 'noise by step, from 1 to 0' }).waitFor();
    await page.getByLabel('smoothing').fill('0.98');
    // The mean of all that went before, of which the last weigh a little more.
    await page.getByRole('img', { name: /^noise by step, from 1 to 0\.49/ }).waitFor();
    assert.deepEqual(wrong, []);
    await end();
  });

  it('says of a run at work what is done, what is at work and how long that takes yet, and what it uses', async () => {
    const { id, recorder } = study.begin('busy', [], graphOf(['syn'], [STAGES[0], 'syn'], [STAGES[1], 'syn']));
    const resources = (at: number, share: number): KeptEvent => ({
      event: 'resources',
      at,
      cores: 1.5,
      memory: 2 ** 30,
      written: 2 ** 20,
      stages: { [STAGES[0]]: { cores: share, memory: 2 ** 29 } },
    });
    const events: readonly KeptEvent[] = [
      { event: 'started', at: 0, stages: 3, cores: 2 },
      { event: 'stage', at: 0, stage: 'syn', status: 'reused' },
      { event: 'stage', at: 0, stage: STAGES[0], status: 'running' },
      { event: 'progress', at: 100, stage: STAGES[0], done: 10, total: 100, unit: 'steps' },
      resources(98, 1),
      resources(99, 1.2),
      resources(100, 0.5),
    ];
    appendFileSync(
      join(runsFolder(study.root), id, 'events.ndjson'),
      events.map((event) => `${JSON.stringify(event)}\n`).join(''),
    );
    const { page, wrong, end } = await open(`#/run/${id}`);
    const box = (name: RegExp): Locator => page.getByRole('button', { name });
    assert.match((await box(/^syn .*: reused$/).getAttribute('class'))!, /is-reused/);
    assert.match((await box(/^train ×2 .*: 0 of 2 done, running$/).getAttribute('class'))!, /is-running/);
    // It began with the run, a tenth is done, and by its clock 100 seconds went by.
    await page.getByText('about 15 min left').waitFor();
    await page.getByRole('progressbar', { name: STAGES[0], exact: true }).waitFor();
    await page.getByRole('img', { name: 'Cores used over time, now 1.5' }).scrollIntoViewIfNeeded();
    await page.getByRole('img', { name: 'Memory held over time, at most 1.0 GiB' }).locator('canvas').waitFor();
    await page.getByRole('img', { name: 'Bytes written to disk over time' }).locator('canvas').waitFor();
    await page.getByLabel('by stage').check();
    await page.getByRole('region', { name: 'Resources' }).getByText(STAGES[0]).waitFor();
    assert.equal(await (await accessibility(page))(), '[]');
    recorder.end('done');
    assert.deepEqual(wrong, []);
    await end();
  });

  it('is possible without a mouse: Tab reaches all that can be used, on a run, its list and a comparison', async () => {
    const id = study.record('keys', [{ event: 'started', stages: 1, cores: 2 }, ...loss()], graphOf(['syn']));
    const { page, wrong, end } = await open('#/runs');
    for (const place of ['#/runs', `#/run/${id}`, '#/compare', '#/reports']) {
      await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
      await page.locator('.loading').waitFor({ state: 'detached' });
      await page.locator('h1').waitFor();
      assert.deepEqual(await beyondTab(page), [], place);
    }
    await page.evaluate(`location.hash = '#/run/${id}'`);
    const syn = page.getByRole('button', { name: /^syn / });
    await syn.focus();
    await page.keyboard.press('Enter');
    assert.equal(await syn.getAttribute('aria-pressed'), 'true');
    await page.keyboard.press('Space');
    assert.equal(await syn.getAttribute('aria-pressed'), 'false');
    assert.deepEqual(wrong, []);
    await end();
  });

  it('has sheets of images by pose, light and person, which enlarge', async () => {
    const project = new Project({ 'faces.yaml': FACES, 'package.json': '{}' });
    ends.push(() => project.remove());
    const run = await project.fx('run', 'faces.yaml');
    assert.equal(run.code, 0, run.err);
    const cache = openCache(join(project.directory, 'cache'));
    const of = await serveUi({ ...study.project(), root: project.directory, cache });
    ends.unshift(() => of.close());
    const { page, wrong, end } = await open(`#/report/${encodeURIComponent('now:faces/default')}`, of);
    const sheet = page.getByRole('region', { name: 'Results as pictures' });
    const picture = '[aria-labelledby="sheets-head"] .enlarge img';
    const shown: number[][] = [];
    for (const by of ['pose', 'light', 'person']) {
      await sheet.getByLabel('by').selectOption(by);
      const name = `by-${by}.png`;
      const drawn = await project.fx('show', 'faces.yaml', 'faces', '--sheet', name, '--with', `by=${by}`);
      assert.equal(drawn.code, 0, drawn.err);
      const { data, info } = await sharp(join(project.directory, name)).raw().toBuffer({ resolveWithObject: true });
      // Of what is transparent a browser keeps no colour.
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 0) data.fill(0, i, i + 4);
      await becomes(`the sheet by ${by} is not shown`, async () => {
        const pixels = await pixelsOf(page, picture);
        return pixels.width === info.width && Buffer.from(pixels.data).equals(data);
      });
      shown.push([...data]);
    }
    assert.notDeepEqual(shown[0], shown[1]);
    assert.notDeepEqual(shown[1], shown[2]);
    await sheet.getByRole('button', { name: 'Enlarge: faces' }).click();
    await page.getByRole('dialog').locator('img.whole-picture').waitFor();
    assert.deepEqual(await pixelsOf(page, 'img.whole-picture'), await pixelsOf(page, picture));
    const judge = await accessibility(page);
    assert.equal(await judge(), '[]');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await judge(), '[]');
    assert.deepEqual(wrong, []);
    await end();
  });
});

function loss(): readonly RunEvent[] {
  return STEPS.map((step) => ({ event: 'point', stage: 'syn', step, values: { loss: 1 / step } }));
}

/** What the first picture that a selector finds shows, as RGBA, decoded by the browser. */
function pixelsOf(page: Page, selector: string): Promise<{ readonly width: number; readonly data: readonly number[] }> {
  return page.evaluate(`(() => {
    const image = document.querySelector(${JSON.stringify(selector)});
    if (!(image instanceof HTMLImageElement) || !image.complete) return { width: 0, data: [] };
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return { width: canvas.width, data: [...data] };
  })()`);
}

/** What Tab does not reach from the top of the page to its end, of all that is there to be used. */
async function beyondTab(page: Page): Promise<readonly string[]> {
  await page.evaluate(`(() => {
    const all = 'a[href], button, input, select, summary, [tabindex="0"]';
    window.missed = new Set(
      [...document.querySelectorAll(all)].filter((one) => !one.disabled && one.getClientRects().length > 0),
    );
  })()`);
  const count = await page.evaluate<number>('window.missed.size');
  for (let i = 0; i < count + 5; i += 1) {
    await page.keyboard.press('Tab');
    await page.evaluate('window.missed.delete(document.activeElement)');
  }
  return page.evaluate('[...window.missed].filter((one) => one.isConnected).map((one) => one.outerHTML.slice(0, 200))');
}
