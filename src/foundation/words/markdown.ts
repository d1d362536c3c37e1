/**
 * Words in Markdown (CommonMark with GitHub's additions). What a stranger wrote goes through {@link text} or {@link code} on its way
 * into a document: no word becomes raw HTML, a link, emphasis, a block, a mention or a reference to an issue, and nothing leaves a
 * code span or a cell of a table.
 */
export function text(words: string): string {
  return (
    oneLine(words)
      .replaceAll(/[\\`*_[\]<>~$]/g, '\\$&')
      .replaceAll(/&(?=#?\w)/g, '\\&')
      // `!` before a link would make a picture of it.
      .replaceAll(/!(?=\\\[)/g, '\\!')
      // What begins a block: a heading, a list, a rule, a quote.
      .replace(/^([-+=#:]|\d+(?=[.)]))/, (mark) => (/\d/.test(mark) ? `${mark}\\` : `\\${mark}`))
      // GitHub looks for mentions and issues in what was rendered: an escape would not hide them, a joiner without width does.
      .replaceAll(/(?<![A-Za-z0-9])([@#])(?=[A-Za-z0-9])/g, `$1${JOINER}`)
      // So with what it takes for the address of a page or of mail.
      .replaceAll(/:(?=\/\/)|\bwww(?=\.)|@(?=[\w-]+\.)/gi, `$&${JOINER}`)
  );
}

/** Words as code: no mark of Markdown counts in them. The fence is longer than any run of backticks inside. */
export function code(words: string): string {
  const line = oneLine(words) || ' ';
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  // One space at either end is taken off again.
  const gap = /^`|`$/.test(line) ? ' ' : '';
  return `${fence}${gap}${line}${gap}${fence}`;
}

/** A message of ours sets what it quotes between backticks: that is code here, too, and the rest is text. */
export function message(words: string): string {
  return words
    .split(/(`[^`]+`)/)
    .map((piece, i) => (i % 2 === 1 ? code(piece.slice(1, -1)) : kept(piece)))
    .join('');
}

/** Text with the spaces at its ends, which stand before and after code. */
function kept(piece: string): string {
  const [, before, after] = /^(\s*)[^]*?(\s*)$/.exec(piece)!;
  const inner = text(piece);
  return inner === '' ? (piece === '' ? '' : ' ') : `${before === '' ? '' : ' '}${inner}${after === '' ? '' : ' '}`;
}

/** Lines as a block of code, whatever fences they hold. */
export function codeBlock(words: string, language = ''): string {
  const longest = Math.max(2, ...(words.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${words.replaceAll(CONTROL, '\ufffd').replace(/\n?$/, '\n')}${fence}`;
}

/** A picture that lies beside the document. */
export function image(label: string, path: string): string {
  return `![${text(label)}](<${path.replaceAll(/[<>\\\x00-\x20\x7f]/g, (c) => encodeURIComponent(c))}>)`;
}

/** A label between double quotes in a Mermaid diagram: what its own marks and those of HTML are, by number. */
export function mermaidLabel(words: string): string {
  return oneLine(words).replaceAll(/["#&;<>`\\[\]{}|@]/g, (c) => `#${c.charCodeAt(0)};`);
}

/** @param rows of Markdown: words of a stranger are made safe before */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: 'left' | 'right' = 'right',
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [
    line(head),
    line(head.map((_, i) => (i === 0 || numbers === 'left' ? '---' : '---:'))),
    ...rows.map(line),
  ].join('\n');
}

/** A bar with an odd number of backslashes before it would be taken for escaped already, and end the cell. */
function cell(words: string): string {
  return words
    .replaceAll('\n', ' ')
    .replaceAll(/(\\*)\|/g, (_, slashes: string) => `${slashes}${slashes.length % 2 === 0 ? '\\' : '\\\\'}|`);
}

/** U+2060, the word joiner: nothing to see, and no letter. */
const JOINER = '\u2060';

const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function oneLine(words: string): string {
  return words
    .replaceAll(/[\t\r\n\u0085\u2028\u2029]+/g, ' ')
    .replaceAll(CONTROL, '\ufffd')
    .trim();
}
