import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildReport } from '../../src/report/build.js';
import { openBrowser } from '../ui/browser.js';
import { CHROMIUM, QUIET } from './chromium.js';
import { sampleRun } from './sample-run.js';

describe('the page of a report', function () {
  it('opens in Chromium without an error and without asking for anything', async function () {
    if (CHROMIUM === undefined) {
      console.log('      skipped: Chromium is not installed');
      this.skip();
    }
    this.timeout(60_000);
    const sample = sampleRun(undefined, { pairs: 100 });
    const folder = mkdtempSync(join(tmpdir(), 'fx-page-'));
    try {
      const { files } = await buildReport(sample.run, sample);
      const page = join(folder, 'report.html');
      writeFileSync(page, files.get('report.html') as string);
      const log = join(folder, 'net.json');
      const { status, stdout, stderr } = spawnSync(
        CHROMIUM,
        [
          ...QUIET,
          `--user-data-dir=${join(folder, 'profile')}`,
          `--log-net-log=${log}`,
          '--enable-logging=stderr',
          '--dump-dom',
          pathToFileURL(page).href,
        ],
        { encoding: 'utf8', timeout: 50_000 },
      );
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stderr, /CONSOLE/);
      // The page as the browser has it: every picture and every section is there.
      assert.match(stdout, /<h1>A sample &lt;study&gt;<\/h1>/);
      assert.equal(stdout.match(/<svg [^>]*role="img"/g)!.length, 4);
      const asked = existsSync(log)
        ? [...(await import('node:fs')).readFileSync(log, 'utf8').matchAll(/"url":"([^"]+)"/g)]
        : [];
      const ofThePage = asked
        .map((match) => match[1]!)
        .filter((url) => /^(https?|file):/.test(url) && !isBrowsers(url));
      assert.deepEqual(
        ofThePage.filter((url) => url !== pathToFileURL(page).href),
        [],
      );
    } finally {
      sample.remove();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  });

  it('fits a phone, its verdicts in sight, and a wide screen, its pictures over most of the column', async function () {
    const browser = await openBrowser();
    if (browser === undefined) {
      console.log('      skipped: Chromium is not installed');
      this.skip();
    }
    this.timeout(60_000);
    try {
      for (const width of [390, 1920]) {
        const page = await browser.newPage({ viewport: { width, height: 900 } });
        await page.goto(pathToFileURL(resolve('reports/table2-frontal/mini/report.html')).href);
        const seen = await page.evaluate<{ readonly over: number; readonly chips: number[]; readonly share: number }>(
          `(() => {
            const chips = [...document.querySelectorAll('#claims .chip')].map((chip) => chip.getBoundingClientRect().right);
            const wide = (all) => Math.max(...[...document.querySelectorAll(all)].map((one) => one.getBoundingClientRect().width));
            return { over: document.documentElement.scrollWidth - innerWidth, chips, share: wide('figure img, figure svg') / wide('h2') };
          })()`,
        );
        assert.ok(seen.over <= 0, `${seen.over} pixels too wide for ${width}`);
        assert.ok(seen.chips.length > 2 && seen.chips.every((right) => right <= width), seen.chips.join());
        assert.ok(seen.share > 0.9, `pictures take ${seen.share} of the column at ${width}`);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });

  it('holds every id once and no link that leads nowhere', async () => {
    const sample = sampleRun(undefined, { pairs: 100 });
    const { files } = await buildReport(sample.run, sample);
    sample.remove();
    const html = files.get('report.html') as string;
    const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]!);
    assert.equal(new Set(ids).size, ids.length);
    for (const [, target] of html.matchAll(/(?:href="|url\()#([^")]+)/g)) assert.ok(ids.includes(target!), target);
    assert.doesNotMatch(html, /<script|<link [^>]*href="(?!data:)|src="(?!data:)|NaN|undefined/);
  });
});

/** What the browser itself asks its maker for at its start. */
function isBrowsers(url: string): boolean {
  return /^https?:\/\/[^/]*\.(google|googleapis|gstatic|gvt1)\.com/.test(url);
}
