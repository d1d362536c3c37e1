import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { code, codeBlock, image, mermaidLabel, table, text } from '../../../src/foundation/words/markdown.js';
import { HOSTILE } from './hostile.js';

/** More that only Markdown does. */
const MORE: Readonly<Record<string, string>> = {
  'mentions a team': '@everyone and @org/team, see #1 and owner/repo#2',
  'hides behind a backslash': '\\` \\\\` `` \\@everyone',
  'closes a fence': '```\n~~~\n@everyone',
  'draws a picture': '![x](http://attacker.example/p.png) ![y][z]',
  'links without brackets': 'http://attacker.example www.attacker.example <http://attacker.example>',
  'uses entities': '&lt;b&gt; &#64;everyone &commat;everyone',
  'defines a reference': '[x]: http://attacker.example',
  'begins a list': '- x',
  'numbers a list': '1. x',
  'is a rule': '---',
  'writes a comment': '<!-- -->@everyone<!-- -->',
  'strikes out': '~~x~~ **b** _i_ $x$',
  'is a backtick alone': '`',
  'is nothing': '',
  'is spaces': '   ',
  'is half a character': 'a\ud800b\udc00',
};

const ALL = { ...HOSTILE, ...MORE };

/** The documents in which a stranger's text is looked at, by what is asked of it there. */
const documentsOf = (given: string) => ({
  inText: `before ${text(given)} after`,
  alone: text(given),
  inList: `- ${text(given)}`,
  inHeading: `# ${text(given)}`,
  inCode: `before ${code(given)} after`,
  inTable: table(
    ['', text(given)],
    [
      [code(given), text(given)],
      [text(given), '1'],
    ],
  ),
  inBlock: codeBlock(given),
  inImage: image(given, 'figures/x y<z>.svg'),
});

type Documents = ReturnType<typeof documentsOf>;

/**
 * GitHub's own renderer, which lets raw HTML through as it is asked here: a run for each document, so that none has a part in
 * another's page. One shell starts them all, which takes a tenth of what a large process takes for each.
 */
function rendered(all: readonly Documents[]): readonly Documents[] {
  const folder = mkdtempSync(join(tmpdir(), 'fx-markdown-'));
  try {
    all.forEach((documents, i) => {
      for (const [place, markdown] of Object.entries(documents))
        writeFileSync(join(folder, `${i}-${place}.md`), markdown);
    });
    const extensions = ['table', 'autolink', 'strikethrough', 'tagfilter'].map((name) => `-e ${name}`).join(' ');
    const script = `set -e; for f in *.md; do cmark-gfm --unsafe ${extensions} < "$f" > "\${f%.md}.html"; done`;
    const { status, stderr } = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return all.map((documents, i) => {
      const page = (place: string): string => readFileSync(join(folder, `${i}-${place}.html`), 'utf8');
      return Object.fromEntries(Object.keys(documents).map((place) => [place, page(place)])) as Documents;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function tags(page: string): readonly string[] {
  return [...page.matchAll(/<(\/?[a-z][a-z0-9]*)/g)].map((match) => match[1]!);
}

function unescaped(page: string): string {
  const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', amp: '&' };
  return page.replaceAll(/&(lt|gt|quot|amp);/g, (_, name: string) => entities[name]!);
}

/** As a file in UTF-8 has them: half a character is none. */
const words = (given: string): string =>
  Buffer.from(given)
    .toString()
    .replaceAll(/[\t\r\n\u0085\u2028\u2029]+/g, ' ')
    .replaceAll(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
    .trim();

describe('a table in Markdown', () => {
  it('has a line of dashes that puts numbers to the right, and bars escaped', () => {
    // The Tables extension of GitHub Flavored Markdown 0.29: `---:` is to the right; `\\|` is a bar inside of a cell.
    assert.equal(
      table(['name', 'a', 'b'], [['x|y', '1', '2']]),
      ['| name | a | b |', '| --- | ---: | ---: |', '| x\\|y | 1 | 2 |'].join('\n'),
    );
    assert.equal(table(['name', 'a'], [['x\ny', 'z']], 'left'), '| name | a |\n| --- | --- |\n| x y | z |');
  });

  it('has an odd number of backslashes before a bar, so that the bar is text', () => {
    for (const [written, cell] of [
      ['|', '\\|'],
      ['\\|', '\\\\\\|'],
      ['\\\\|', '\\\\\\|'],
      ['a|b|c', 'a\\|b\\|c'],
    ] as const) {
      const found = table([written], []).split('\n')[0]!.slice(2, -2);
      for (const [, slashes] of found.matchAll(/(\\*)\|/g)) assert.equal(slashes!.length % 2, 1, found);
      assert.equal(found, cell);
    }
  });
});

describe('words in Markdown', () => {
  let pages: readonly Documents[];
  before(function () {
    if (spawnSync('cmark-gfm', ['--version']).error !== undefined) {
      console.log('      skipped: cmark-gfm is not installed');
      this.skip();
    }
    pages = rendered(Object.values(ALL).map(documentsOf));
  });

  for (const [i, [what, given]] of Object.entries(ALL).entries()) {
    it(`are text to a reader where a stranger ${what}`, () => {
      const page = pages[i]!.inText;
      assert.deepEqual(tags(page), ['p', '/p']);
      assert.equal(unescaped(page).replaceAll('\u2060', ''), `<p>before ${words(given)} after</p>\n`);
      assert.doesNotMatch(unescaped(page), /(?<![A-Za-z0-9_])@[A-Za-z0-9]|(?<![A-Za-z0-9])#\d/);
    });

    it(`begin no block where a stranger ${what}`, () => {
      assert.ok(tags(pages[i]!.alone).every((tag) => /^\/?p$/.test(tag)));
      assert.ok(tags(pages[i]!.inList).every((tag) => /^\/?(ul|li)$/.test(tag)));
      assert.ok(tags(pages[i]!.inHeading).every((tag) => /^\/?h1$/.test(tag)));
    });

    it(`stay in a code span where a stranger ${what}`, () => {
      const page = pages[i]!.inCode;
      assert.deepEqual(tags(page), ['p', 'code', '/code', '/p']);
      assert.equal(unescaped(page), `<p>before <code>${words(given) || ' '}</code> after</p>\n`);
    });

    it(`stay in their cell and their block where a stranger ${what}`, () => {
      const page = pages[i]!.inTable;
      assert.equal(tags(page).filter((tag) => tag === 'td').length, 4);
      const known = /^\/?(table|thead|tbody|tr|th|td|code)$/;
      assert.deepEqual(
        tags(page).filter((tag) => !known.test(tag)),
        [],
      );
      assert.deepEqual(tags(pages[i]!.inBlock), ['pre', 'code', '/code', '/pre']);
      assert.deepEqual(tags(pages[i]!.inImage), ['p', 'img', '/p']);
      assert.doesNotMatch(mermaidLabel(given), /["<>`[\]{}|\x00-\x1f]/);
    });
  }

  it('leave plain words alone', () => {
    assert.equal(
      text('Casia + SYN-1M, ±35° (Table II), tar@far=0.1: 95 %'),
      'Casia + SYN-1M, ±35° (Table II), tar@far=0.1: 95 %',
    );
    assert.equal(code('sh -c "a | b"'), '`sh -c "a | b"`');
  });
});
