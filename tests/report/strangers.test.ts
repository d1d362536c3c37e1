import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RunRecord } from '../../src/engine/run/record.js';
import { safeSvg } from '../../src/foundation/words/html.js';
import { buildReport, type BuiltReport } from '../../src/report/build.js';
import { HOSTILE } from '../foundation/words/hostile.js';
import { CHROMIUM, QUIET } from './chromium.js';
import { sampleRun } from './sample-run.js';

const WORDS = Object.values(HOSTILE);

/** What is said in an experiment, in place of what ties it together. */
const SAID = new Set(['title', 'label', 'says', 'that', 'section', 'source']);

/** The value with a stranger's words wherever somebody may write what they like. */
function inHostileWords<T>(value: T): T {
  let next = 0;
  const walk = (each: unknown, key = ''): unknown => {
    if (typeof each === 'string' && SAID.has(key)) return WORDS[next++ % WORDS.length];
    if (Array.isArray(each)) return each.map((item) => walk(item));
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([name, inner]) => [name, walk(inner, name)]));
  };
  return walk(value) as T;
}

/** What stands in the values of attributes is no tag, however a browser writes it down. */
function withoutValues(page: string): string {
  return page.replaceAll(/="[^"]*"/g, '=""');
}

function hostileRun(run: RunRecord): RunRecord {
  const experiment = {
    ...run.experiment,
    title: WORDS.join(' '),
    parameters: Object.fromEntries(WORDS.map((words, i) => [`${words}${i}`, words])),
  };
  const warnings = WORDS.map((message) => ({ code: 'x/y', severity: 'warning' as const, message }));
  const stages = run.stages.map((stage) => ({
    ...stage,
    warnings,
    accepted: WORDS.join(' '),
    parameters: experiment.parameters,
  }));
  return { ...run, experiment, stages, report: inHostileWords(run.report) };
}

describe('a report in a stranger’s words', function () {
  this.timeout(120_000);
  let built: BuiltReport;
  before(async () => {
    const sample = sampleRun(undefined, { pairs: 100 });
    built = await buildReport(hostileRun(sample.run), sample);
    sample.remove();
  });

  const file = (path: string): string => built.files.get(path) as string;

  it('has no element, attribute or link in its page that the same report in plain words has not', async () => {
    const sample = sampleRun(undefined, { pairs: 100 });
    const plain = await buildReport(sample.run, sample);
    sample.remove();
    const shapes = (page: string): ReadonlySet<string> =>
      new Set(
        [...page.matchAll(/<(\/?[A-Za-z][\w-]*)((?:[^<>"]|"[^"]*")*)>/g)].map(
          ([, name, given]) =>
            `${name!} ${[...withoutValues(given!).matchAll(/([\w:-]+)=/g)].map((match) => match[1]!).join(' ')}`,
        ),
      );
    const known = shapes(plain.files.get('report.html') as string);
    // The plain report has no warnings, nothing accepted, and figures of other labels.
    const more = [...shapes(file('report.html').replaceAll(/<svg[^]*?<\/svg>/g, ''))].filter(
      (shape) => !known.has(shape),
    );
    assert.deepEqual(more, []);
    assert.doesNotMatch(file('report.html'), /<script|<img src=x|\x1b|\x9b/);
  });

  it('does nothing in Chromium but show itself, by its policy even where a tag came through', function () {
    if (CHROMIUM === undefined) {
      console.log('      skipped: Chromium is not installed');
      this.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), 'fx-strangers-'));
    const opened = (name: string, page: string): { dom: string; log: string } => {
      const path = join(folder, name);
      writeFileSync(path, page);
      const { status, stdout, stderr } = spawnSync(
        CHROMIUM!,
        [
          ...QUIET,
          `--user-data-dir=${join(folder, 'profile')}`,
          '--enable-logging=stderr',
          '--virtual-time-budget=2000',
          '--dump-dom',
          pathToFileURL(path).href,
        ],
        { encoding: 'utf8', timeout: 100_000 },
      );
      assert.equal(status, 0, stderr);
      return { dom: stdout, log: stderr };
    };
    try {
      const { dom, log } = opened('report.html', file('report.html'));
      assert.doesNotMatch(log, /CONSOLE/);
      assert.doesNotMatch(withoutValues(dom), /<script|<img [^>]*src=x|<[^<>]* on[a-z]+=/i);
      assert.match(dom, /<title>a\ufffd\]0;owned/);
      const attack =
        '<script>document.title="ran"</script><img src="x" onerror="document.title=\'ran\'"><a href="javascript:document.title=\'ran\'" id="a">x</a>' +
        '<iframe srcdoc="<script>parent.document.title=\'ran\'</script>"></iframe><style>body{display:none}</style>';
      const through = opened('through.html', file('report.html').replace('<main>', `${attack}<main>`));
      assert.match(through.dom, /<title>a\ufffd\]0;owned/);
      assert.match(through.log, /Content Security Policy/);
      // Without the policy the same attack runs: the test can fail.
      const open = opened(
        'open.html',
        file('report.html')
          .replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
          .replace('<main>', `${attack}<main>`),
      );
      assert.match(open.dom, /<title>ran<\/title>/);
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  });

  it('is Markdown without raw HTML, mentions or marks of theirs, to GitHub’s renderer', function () {
    if (spawnSync('cmark-gfm', ['--version']).error !== undefined) {
      console.log('      skipped: cmark-gfm is not installed');
      this.skip();
    }
    const { stdout } = spawnSync('cmark-gfm', ['--unsafe', '-e', 'table', '-e', 'autolink', '-e', 'strikethrough'], {
      input: file('report.md'),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const names = new Set([...stdout.matchAll(/<([a-z][a-z0-9]*)/g)].map((match) => match[1]!));
    const known = new Set('h1 h2 h3 p code table thead tbody tr th td strong em blockquote img pre'.split(' '));
    assert.deepEqual(
      [...names].filter((name) => !known.has(name)),
      [],
    );
    assert.doesNotMatch(stdout.replaceAll(/<code[^>]*>[^]*?<\/code>/g, ''), /(?<![A-Za-z0-9_])@[A-Za-z0-9]/);
    for (const [, source] of stdout.matchAll(/<img src="([^"]*)"/g)) assert.match(source!, /^figures\//);
    // As many cells in each row as the head has.
    for (const [rows] of stdout.matchAll(/<table>[^]*?<\/table>/g)) {
      const counts = [...rows.matchAll(/<tr>[^]*?<\/tr>/g)].map(([row]) => row.match(/<t[hd][ >]/g)!.length);
      assert.equal(new Set(counts).size, 1);
    }
  });

  it('holds pictures that are sound XML, and run nothing', () => {
    for (const [path, content] of built.files) {
      if (!path.endsWith('.svg')) continue;
      assert.doesNotMatch(content as string, /<script|[\s"']on[a-z]+=|javascript:|[\x00-\x08\x0b\x0c\x0e-\x1f]/i, path);
      if (!existsSync('/usr/bin/xmllint')) continue;
      assert.equal(spawnSync('xmllint', ['--noout', '-'], { input: content }).status, 0, path);
    }
  });
});

describe('an SVG made safe', () => {
  const ROOT = (inner: string): string =>
    safeSvg(`<svg xmlns="http://www.w3.org/2000/svg">${inner}</svg>`).slice(40, -6);

  it('keeps what is drawn', () => {
    const drawn =
      '<g fill="none"><path d="M0 0L1 1" clip-path="url(#clip0)"/><text x="1">a &lt; b</text><use xlink:href="#a"/></g>';
    assert.equal(ROOT(drawn), drawn);
    assert.equal(ROOT('<image href="data:image/png;base64,AAAA"/>'), '<image href="data:image/png;base64,AAAA"/>');
  });

  for (const [attack, left] of [
    ['<script>alert(1)</script>', ''],
    ['<SCRIPT>alert(1)</SCRIPT>x', 'x'],
    ['<g onload="alert(1)" onclick=\'x\'>x</g>', '<g>x</g>'],
    ['<a href="javascript:alert(1)"><text>x</text></a>', ''],
    ['<use href="http://attacker.example/x.svg#a"/>', '<use/>'],
    ['<image href="data:image/svg+xml,<svg onload=alert(1)>"/>', '<image/>'],
    ['<image href=" javascript:alert(1)"/>', '<image/>'],
    ['<foreignObject><body onload="x">y</body></foreignObject>z', 'z'],
    ['<style>@import url(http://attacker.example)</style>', ''],
    ['<rect style="background:url(http://attacker.example)"/>', '<rect/>'],
    ['<rect fill="url(http://attacker.example/#x)"/>', '<rect/>'],
    ['<animate attributeName="href" to="javascript:x"/><set onbegin="x"/>', ''],
    ['<!DOCTYPE x [<!ENTITY y "z">]><!-- <g> -->', ']>'],
    ['<?xml-stylesheet href="x"?>', ''],
    ['<g a="<script>">x</g>', '<g a="&lt;script&gt;">x</g>'],
    ['<svg><script>x</script></svg', '<svg>&lt;/svg'],
  ] as const)
    it(`lets nothing act in ${attack}`, () => {
      assert.equal(ROOT(attack), left);
    });
});
