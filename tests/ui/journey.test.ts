import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { Project, type Running } from '../cli/project.js';
import { needsBrowser, watchedPage } from './browser.js';

/** Pictures of each step are kept in the folder that this names, to be looked at. */
const PICTURES = process.env.FX_PICTURES;

const APPEARANCES = [
  ['desktop', 1280, 'light'],
  ['phone', 390, 'light'],
  ['dark', 1280, 'dark'],
] as const;

/** Shows the page as each kind of reader has it: none has to scroll sideways. */
async function look(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) mkdirSync(PICTURES, { recursive: true });
  for (const [appearance, width, colorScheme] of APPEARANCES) {
    await page.setViewportSize({ width, height: width < 500 ? 844 : 900 });
    await page.emulateMedia({ colorScheme });
    const over = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    assert.ok(over <= 0, `${name} is ${over} pixels too wide for ${appearance}`);
    if (PICTURES === undefined) continue;
    // What is drawn when it comes into sight is drawn.
    await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
    await sleep(700);
    await page.evaluate('window.scrollTo(0, 0)');
    await sleep(300);
    const fullPage = (await page.getByRole('dialog').count()) === 0;
    await page.screenshot({ path: join(PICTURES, `${name}-${appearance}.png`), fullPage });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
}

describe('a first hour with fx ui', function () {
  this.timeout(600_000);
  let browser: Browser | undefined;
  let project: Project;
  const started: Running[] = [];

  before(async function () {
    browser = await needsBrowser(this);
    const quickstart = readFileSync(resolve('experiments/quickstart.yaml'), 'utf8');
    project = new Project({ 'experiments/quickstart.yaml': quickstart, 'package.json': '{}' });
  });
  after(async () => {
    if (browser === undefined) return;
    await browser.close();
    for (const running of started) {
      running.signal('SIGTERM');
      await running.finished;
    }
    project.remove();
  });

  function start(...words: readonly string[]): Running {
    const running = project.start(...words);
    started.push(running);
    return running;
  }

  it('starts from nothing, sees a run finish as it goes, opens a number, and compares with a changed yaw', async () => {
    const served = start('ui', '--json');
    while (!served.text.includes('\n')) await sleep(50);
    const { address, port } = JSON.parse(served.text) as { readonly address: string; readonly port: number };
    const { page, wrong } = await watchedPage(browser!, `http://127.0.0.1:${port}/`);
    page.setDefaultTimeout(180_000);
    await page.goto(address);
    await page.getByText('Nothing has run in this project yet.').waitFor();
    await look(page, '1-nothing');

    // A run of a terminal shows up by itself.
    const first = start('run', 'experiments/quickstart.yaml');
    await page.getByRole('link', { name: /quickstart.*running/ }).click();
    // The first stages take a second or two: some may be done before the page of the run is there.
    await page.getByText(/^[0-6] of 7$/).waitFor();
    await page.locator('.stage.is-running').first().waitFor();
    await page
      .getByRole('img', { name: /by step/ })
      .first()
      .scrollIntoViewIfNeeded();
    await page.locator('.curves canvas').first().waitFor({ timeout: 30_000 });
    assert.equal(await page.locator('.strip .state.is-running').count(), 1, 'the first curve came after the end');
    await look(page, '2-at-work');
    await page.locator('.strip .state.is-done').waitFor();
    await page.getByText('7 of 7').waitFor();
    assert.equal((await first.finished).code, 0);
    await page.getByRole('button', { name: /more measure/ }).click();
    const measures = await page.locator('.curves figcaption b').allInnerTexts();
    for (const name of ['loss', 'active', 'spread', 'rate', 'imagesPerSecond'])
      assert.ok(measures.includes(name), `no curve of ${name} among ${measures.join(', ')}`);
    await look(page, '3-done');

    await page.getByRole('link', { name: 'Its report' }).click();
    const number = page.getByRole('link', { name: /Synthetic, accuracy/ });
    await number.waitFor();
    await page.locator('.plot').first().scrollIntoViewIfNeeded();
    await page.locator('.plot canvas').first().waitFor({ timeout: 30_000 });
    await look(page, '4-report');
    await number.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('What it was computed from').waitFor();
    await dialog.locator('canvas').nth(1).waitFor({ timeout: 30_000 });
    await dialog.getByText('Shaded: 95 % about the curve.').waitFor({ timeout: 30_000 });
    await look(page, '5-number');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    const second = start('run', 'experiments/quickstart.yaml', '--set', 'yaw=[-10 deg, 10 deg]');
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.getByRole('link', { name: /yaw=.*done/ }).waitFor();
    assert.equal((await second.finished).code, 0);
    for (const box of await page.getByRole('checkbox').all()) await box.check();
    await look(page, '6-runs');
    await page.getByRole('link', { name: 'Compare the two' }).click();
    await page.locator('ins', { hasText: '[-10 deg, 10 deg]' }).first().waitFor();
    await page.locator('.move').first().waitFor();
    await page.locator('.plot').first().scrollIntoViewIfNeeded();
    await page.locator('.plot canvas').first().waitFor({ timeout: 30_000 });
    // The ROC and the loss of both, over each other.
    for (const what of [/rate by .*: 2 lines/, /loss by .*: 2 lines/]) {
      const plot = page.getByRole('img', { name: what });
      await plot.locator('canvas').waitFor({ timeout: 30_000 });
      assert.match((await plot.getAttribute('aria-label'))!, /, before; .*, after/);
    }
    await look(page, '7-compared');
    assert.deepEqual(wrong, []);
  });
});
