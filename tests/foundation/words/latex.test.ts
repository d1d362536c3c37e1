import assert from 'node:assert/strict';
import { latexComment, latexText } from '../../../src/foundation/words/latex.js';
import { HOSTILE } from './hostile.js';

/** The commands that a text may consist of: each makes a sign. */
const SIGNS =
  /\\(?:textbackslash|textasciitilde|textasciicircum|textasciigrave|textless|textgreater|textbar)\{\}|\\[&%$#_{}]|\{[[*]\}|-\{\}|\$(?:-|\^\{\\circ\}|\\[A-Za-z]+)\$/g;

describe('words for LaTeX', () => {
  for (const [what, words] of Object.entries(HOSTILE)) {
    it(`are text and nothing else where a stranger ${what}`, () => {
      assert.doesNotMatch(latexText(words).replaceAll(SIGNS, ''), /[\\{}$&#%_^~\x00-\x1f\x7f-\x9f\u2028\u2029]/);
    });

    it(`stay in a comment where a stranger ${what}`, () => {
      assert.doesNotMatch(latexComment(words), /[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
    });
  }

  it('read as they were written', () => {
    assert.equal(latexText('SYN-1M & 50 %'), 'SYN-1M \\& 50 \\%');
    assert.equal(latexText('±20°'), '$\\pm$20$^{\\circ}$');
  });
});
