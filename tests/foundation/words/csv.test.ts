import assert from 'node:assert/strict';
import { csvRows } from '../../../src/foundation/words/csv.js';
import { HOSTILE } from './hostile.js';

/** As a spreadsheet reads cells: RFC 4180 with a separator of its country. */
function cells(text: string, separator: string): readonly string[] {
  const found: string[] = [];
  let [cell, quoted] = ['', false];
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === separator || c === '\n') {
      found.push(cell);
      cell = '';
    } else cell += c;
  }
  return found;
}

const RUNS = /^[\p{Zs}\p{Cf}]*[=+\-@＝＋－＠\t\r]/u;

describe('cells of CSV', () => {
  for (const [what, words] of Object.entries(HOSTILE)) {
    it(`are run by no spreadsheet where a stranger ${what}`, () => {
      const text = csvRows([
        [words, 1, -2.5],
        ['x', words, words],
      ]);
      for (const separator of [',', ';', '\t'])
        for (const cell of cells(text, separator))
          if (!/^-?\d+(\.\d+)?$/.test(cell)) assert.doesNotMatch(cell, RUNS, JSON.stringify(cell));
      assert.doesNotMatch(text, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/);
      // A quote that is not closed would swallow the cells after it.
      assert.equal(cells(text, ',').length, 6);
    });
  }

  it('keep numbers, also negative ones and those in words, and say the rest as it is', () => {
    assert.equal(csvRows([[-1.5, 0.25, null, undefined, 1e-9]]), '-1.5,0.25,,,1e-9\n');
    assert.equal(csvRows([['-5', '-0.5e-3', '12', 'SYN-1M', 'tar@far=0.1']]), '-5,-0.5e-3,12,SYN-1M,tar@far=0.1\n');
    assert.equal(csvRows([['-5 deg', '+5', '@x', '=1']]), "'-5 deg,'+5,'@x,'=1\n");
    assert.equal(csvRows([['say "x"', 'a,b', 'two\nlines']]), '"say ""x""","a,b","two\nlines"\n');
  });
});
