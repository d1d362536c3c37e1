import stringWidth from 'string-width';
import { colourSequence, uncoloured, withoutColours } from './terminal.js';

/** Columns that a line takes on a screen: colours take none, ideographs and most pictures two. */
export function widthOf(line: string): number {
  const text = uncoloured(line);
  return PLAIN.test(text) ? text.length : stringWidth(text);
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
    for (const { segment } of GRAPHEMES.segment(piece.text)) {
      room -= widthOf(segment);
      if (room < 0) break;
      text += segment;
    }
    if (piece.colour !== undefined) text += colourSequence(piece.colour);
  }
  return columns < 1 ? '' : `${text}…`;
}

const PLAIN = /^[\x20-\x7e]*$/;
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
