import { createRequire } from 'node:module';
import type stringWidth from 'string-width';
import { colourSequence, uncoloured, withoutColours } from './terminal.js';

/** Columns that a line takes on a screen: colours take none, ideographs and most pictures two. */
export function widthOf(line: string): number {
  const text = uncoloured(line);
  return ONE_EACH.test(text) ? text.length : measured()(text);
}

/** The line filled with spaces to a width. */
export function padded(line: string, width: number, side: 'end' | 'start' = 'end'): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(line)));
  return side === 'end' ? line + gap : gap + line;
}

/** The first columns of a line, its last one an ellipsis where something is cut off; colours are kept whole. */
export function cut(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  let room = columns - 1;
  let text = '';
  for (const piece of withoutColours(line)) {
    for (const letter of lettersOf(piece.text)) {
      room -= widthOf(letter);
      if (room < 0) break;
      text += letter;
    }
    if (piece.colour !== undefined) text += colourSequence(piece.colour);
  }
  return columns < 1 ? '' : `${text}…`;
}

function lettersOf(text: string): readonly string[] {
  if (ONE_EACH.test(text)) return text.split('');
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

let segmenter: Intl.Segmenter | undefined;

/**
 * The package is loaded for the first line that needs it: rules for dividing words into letters take as long to load as the rest of a
 * run that has nothing to do.
 */
function measured(): typeof stringWidth {
  width ??= (createRequire(import.meta.url)('string-width') as { readonly default: typeof stringWidth }).default;
  return width;
}

let width: typeof stringWidth | undefined;

/** Characters that take one column wherever they stand: ASCII, letters of Europe, signs, arrows, mathematics, boxes, Braille. */
const ONE_EACH =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u0482\u2010-\u2027\u2030-\u205e\u2190-\u2199\u2200-\u22ff\u2400-\u2426\u2500-\u259f\u2800-\u28ff]*$/;
