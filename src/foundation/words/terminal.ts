import { randomBytes } from 'node:crypto';

/**
 * Words on their way to a terminal. A stranger's title, path, metric or code frame may hold control characters: sequences
 * that clear the screen, move the cursor, set the title or a colour, or turn the order of letters. {@link printable} is the one
 * place through which every line goes; what it lets pass are the colours that {@link paints} gave, marked with a word
 * which is drawn for each process, so that no text of anybody else can hold it.
 */
const MARK = `\x1b${randomBytes(9).toString('base64url')}`;
const OWN = new RegExp(`${MARK}\\[([0-9;:]*)m`, 'g');

export interface Paints {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
}

export type Paint = (text: string) => string;

/** Colours that survive {@link printable}; without colour the text as it is. */
export function paints(colour: boolean): Paints {
  const paint =
    (on: number, off: number): Paint =>
    (text) =>
      colour ? `${MARK}[${on}m${text}${MARK}[${off}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    blue: paint(34, 39),
  };
}

/** One line for a terminal: our own colours, and every other control character as a picture of itself. */
export function printable(line: string): string {
  if (!UNSAFE.test(line)) return line;
  return withoutColours(line)
    .map(({ text, colour }) => text.replaceAll(EACH_UNSAFE, pictured) + (colour === undefined ? '' : `\x1b[${colour}m`))
    .join('');
}

/** The text without our colours: what takes room. Control characters count as the picture that is shown of them. */
export function uncoloured(text: string): string {
  return UNSAFE.test(text) ? text.replaceAll(OWN, '').replaceAll(EACH_UNSAFE, pictured) : text;
}

/** The text in pieces, each with what colour is set after it. */
export function withoutColours(
  text: string,
): readonly { readonly text: string; readonly colour: string | undefined }[] {
  const pieces = text.split(OWN);
  return Array.from({ length: (pieces.length + 1) / 2 }, (_, i) => ({
    text: pieces[2 * i]!,
    colour: pieces[2 * i + 1],
  }));
}

/** Our own sequence that sets a colour, as {@link withoutColours} took it out. */
export function colourSequence(colour: string): string {
  return `${MARK}[${colour}m`;
}

/**
 * A line that a command wrote: its colours are kept where colours are shown, and end with it; cursor movements, titles and
 * links are left out. Of a line that was written over (`10 %\r20 %`) the last state is shown.
 */
export function logLine(line: string, colour: boolean): string {
  const shown = line.replace(/\r+$/, '').split('\r').at(-1)!.replaceAll('\t', '    ').replaceAll('\n', ' ');
  if (!UNSAFE.test(shown)) return shown;
  const kept = shown.replaceAll(SEQUENCE, (sequence) => {
    const sgr = /^(?:\x1b\[|\x9b)([0-9;:]*)m$/.exec(sequence)?.[1];
    return sgr !== undefined && colour ? colourSequence(sgr) : '';
  });
  const text = kept
    .split(OWN)
    .map((piece, i) => (i % 2 === 0 ? piece.replaceAll(EACH_CONTROL, '') : colourSequence(piece)))
    .join('');
  return text.includes(MARK) ? `${text}${colourSequence('0')}` : text;
}

/** JSON on one line, in which no character controls a terminal: the same value for its parser. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(EACH_UNSAFE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** C0 but for the tab, DEL, C1, separators of lines and paragraphs, and what changes the direction of writing. */
const CONTROL = '\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f';
const UNSAFE = new RegExp(`[${CONTROL}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]`);
const EACH_UNSAFE = new RegExp(UNSAFE.source, 'g');
const EACH_CONTROL = new RegExp(`[${CONTROL}]`, 'g');

/** CSI, then OSC, DCS, SOS, PM and APC up to their end or that of the line, then the short ones (ECMA-48). */
const SEQUENCE =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?/g;

function pictured(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '␡' : '\ufffd';
}
