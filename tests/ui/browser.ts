import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Page } from 'playwright-core';
import { readPageFile } from '../../src/ui/server/page-files.js';

/** Where Debian has it; elsewhere FX_CHROMIUM names it. */
const CHROMIUM = process.env.FX_CHROMIUM ?? '/usr/bin/chromium';

/** Undefined where there is none: tests of the page then skip, and say so. */
export async function openBrowser(): Promise<Browser | undefined> {
  if (!existsSync(CHROMIUM)) return undefined;
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

/** For a test of the page: without a browser, or a page, it skips and says so. */
export async function needsBrowser(test: Mocha.Context): Promise<Browser> {
  const browser = readPageFile('page.js') === undefined ? undefined : await openBrowser();
  if (browser !== undefined) return browser;
  console.log('        there is no Chromium here (FX_CHROMIUM may name one), or no page was built');
  return test.skip();
}

/** A page and what went wrong in it: errors of its console, requests to other hosts, dialogs that a script opened. */
export interface Watched {
  readonly page: Page;
  readonly wrong: string[];
}

export async function watchedPage(
  browser: Browser,
  own: string,
  options: { readonly width?: number; readonly dark?: boolean } = {},
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.dark === true ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const wrong: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') wrong.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(own) && !/^(data|blob):/.test(url)) wrong.push(`request: ${url}`);
  });
  return { page, wrong };
}

/** What axe has against a page that is serious, as JSON: `[]` where there is nothing. */
export async function accessibility(page: Page): Promise<() => Promise<string>> {
  // The page's policy lets no text be run; a debugger may.
  const session = await page.context().newCDPSession(page);
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await session.send('Runtime.evaluate', { expression: axe });
  return async () => {
    const { result } = await session.send('Runtime.evaluate', {
      expression:
        'axe.run().then(({violations}) => JSON.stringify(violations.filter(({impact}) => impact === "serious" || impact === "critical").map(({id, nodes}) => [id, nodes.slice(0, 3).map(({html}) => html.slice(0, 200))])))',
      awaitPromise: true,
    });
    return String(result.value);
  };
}
