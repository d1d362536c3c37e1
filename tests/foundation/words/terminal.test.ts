import assert from 'node:assert/strict';
import stringWidth from 'string-width';
import { renderDiagnostic } from '../../../src/foundation/failures/code-frame.js';
import { jsonLine, logLine, paints, printable, uncoloured } from '../../../src/foundation/words/terminal.js';
import { cut, padded, widthOf } from '../../../src/foundation/words/width.js';
import { HOSTILE } from './hostile.js';

/** Everything that is no letter to a terminal, but for the tab. */
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const COLOUR = /\x1b\[[0-9;:]*m/g;

describe('words for a terminal', () => {
  for (const [what, words] of Object.entries(HOSTILE)) {
    it(`hold no control character where a stranger ${what}`, () => {
      assert.doesNotMatch(printable(words), CONTROL);
      const { red, bold } = paints(true);
      const shown = printable(`${red(bold(words))}: ${words}`);
      // Our own colours, and nothing else.
      assert.deepEqual(shown.match(COLOUR), ['\x1b[31m', '\x1b[1m', '\x1b[22m', '\x1b[39m']);
      assert.doesNotMatch(shown.replaceAll(COLOUR, ''), CONTROL);
    });

    it(`keep only colours of a log that ${what}`, () => {
      assert.doesNotMatch(printable(logLine(words, true)).replaceAll(COLOUR, ''), CONTROL);
      assert.doesNotMatch(printable(logLine(words, false)), CONTROL);
    });

    it(`are the same value in JSON, with no control character, where one ${what}`, () => {
      const line = jsonLine({ [words]: [words] });
      assert.doesNotMatch(line, CONTROL);
      assert.deepEqual(JSON.parse(line), { [words]: [words] });
    });

    it(`stand in a diagnostic as lines of its own only under it where one ${what}`, () => {
      const place = { file: words, start: { line: 1, column: 2 }, end: { line: 1, column: 4 } };
      const diagnostic = { code: 'x/y', severity: 'error', message: words, help: words, place } as const;
      const lines = renderDiagnostic({ ...diagnostic, related: [{ message: words, place }] }, () => words).split('\n');
      for (const line of lines) assert.doesNotMatch(printable(line), CONTROL);
      for (const line of lines.slice(1)) assert.match(line, /^ *(-->|:::|=|\||\d+ \|) |^ {3}|^ *\|$/, line);
    });
  }

  it('show what stood there, so that nobody wonders', () => {
    assert.equal(printable('a\x1b[2Jb\x07'), 'a␛[2Jb␇');
    assert.equal(printable('plain — ünïcode 漢字 🙂\tend'), 'plain — ünïcode 漢字 🙂\tend');
  });

  it('cannot be coloured by who has seen a line of ours', () => {
    const seen = printable(paints(true).red('x'));
    assert.doesNotMatch(printable(seen), CONTROL);
  });

  it('keep the colours of a log where colours show, and end them with the line', () => {
    assert.equal(
      printable(logLine('\x1b[1;32mok\x1b[0m \x1b[38:5:196mred', true)),
      '\x1b[1;32mok\x1b[0m \x1b[38:5:196mred\x1b[0m',
    );
    assert.equal(logLine('\x1b[1;32mok\x1b[0m done', false), 'ok done');
    assert.equal(logLine('  5 %\r 50 %\r100 %\r', true), '100 %');
    assert.equal(logLine('\x1b[2K\x1b[1Gstep 3', true), 'step 3');
    assert.equal(logLine('\x1b]0;never ended', true), '');
  });
});

describe('the width of words', () => {
  it('is that on the screen: two columns for an ideograph, none for an accent or a colour', () => {
    const { red } = paints(true);
    assert.equal(widthOf('漢字'), 4);
    assert.equal(widthOf('e\u0301'), 1);
    assert.equal(widthOf('👩‍🔬'), 2);
    assert.equal(widthOf(red('abc')), 3);
    assert.equal(widthOf('a\x1b[31mb'), 'a␛[31mb'.length);
    assert.equal(padded('漢', 4), '漢  ');
    assert.equal(padded('漢', 4, 'start'), '  漢');
  });

  it('is that of string-width for every character of the Basic Multilingual Plane', () => {
    for (let code = 0x20; code < 0xd800; code += 1) {
      const character = String.fromCharCode(code);
      if (printable(character) === character)
        assert.equal(widthOf(character), stringWidth(character), code.toString(16));
    }
  });

  it('is never above what a line is cut to, and no letter is cut in two', () => {
    const { green } = paints(true);
    for (const text of [
      'plain words',
      '漢字漢字漢字',
      '👩‍🔬👩‍🔬👩‍🔬',
      'e\u0301e\u0301e\u0301e\u0301',
      green('coloured words'),
      ...Object.values(HOSTILE),
    ])
      for (let columns = 0; columns < 14; columns += 1) {
        const short = cut(text, columns);
        assert.ok(widthOf(short) <= columns, `${text} in ${columns}`);
        assert.ok(uncoloured(text).startsWith(uncoloured(short).replace(/…$/, '')));
      }
  });
});
