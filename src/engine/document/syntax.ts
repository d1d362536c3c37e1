import type { YAMLError } from 'yaml';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { problem, type DocumentCode } from './codes.js';
import type { Located, Source } from './source.js';

/** Deeper than any experiment, and far from the end of the stack. */
export const DEEPEST = 64;

type Wrong = Diagnostic<DocumentCode>;

/** What the YAML package finds wrong, in words; what only follows from another mistake is left out. */
export function syntaxProblems(source: Source, errors: readonly YAMLError[]): Wrong[] {
  if (errors.some((error) => error.code === 'RESOURCE_EXHAUSTION')) return [tooDeep(source)];
  const bare = errors.filter(({ pos: [start] }) => start > 0 && source.text.startsWith('${', start - 1));
  if (bare.length > 0) return bare.map((error) => bareReference(source, error.pos[0] - 1));
  return leading(source, errors).map((error) => {
    const [start, end] = whereabouts(source, error);
    return problem('document/syntax', { source, start, end }, sentence(error), { help: advice(error) });
  });
}

/** `{ data: ${syn} }`: YAML ends the value at the second brace. */
function bareReference(source: Source, start: number): Wrong {
  const close = source.text.indexOf('}', start);
  const end = close < 0 ? start + 2 : close + 1;
  const written = source.text.slice(start, end);
  return problem('document/syntax', { source, start, end }, 'inside `{ }` and `[ ]` a reference needs quotes', {
    help: `write "${written}"`,
  });
}

/** One mistake often upsets what follows: the first on a line says it, and the first token that does not fit. */
function leading(source: Source, errors: readonly YAMLError[]): YAMLError[] {
  const lines = new Set<number>();
  let unexpected = false;
  return errors.filter((error) => {
    const line = source.text.lastIndexOf('\n', error.pos[0] - 1);
    const follows = lines.has(line) || (unexpected && error.code === 'UNEXPECTED_TOKEN');
    lines.add(line);
    unexpected ||= error.code === 'UNEXPECTED_TOKEN';
    return !follows;
  });
}

/** On something visible where there is something: an open quote at the quote, not at the end of the file. */
function whereabouts(source: Source, error: YAMLError): [number, number] {
  const quote = /^Missing closing (["'])/.exec(error.message)?.[1];
  if (quote === undefined) return stretch(source, error.pos);
  const open = source.text.lastIndexOf(quote, error.pos[0]);
  const line = source.text.indexOf('\n', open);
  return [open, line < 0 ? source.text.length : line];
}

export function stretch(source: Source, [start, end]: [number, number]): [number, number] {
  const last = source.text.length;
  return [Math.min(start, last), Math.min(Math.max(end, start + 1), last)];
}

/** The package's words, plainer where they speak of its insides. */
export function sentence(error: YAMLError): string {
  const { message } = error;
  const unclosed = /^Flow (sequence|map) .*end with a (.)$/.exec(message);
  if (unclosed !== null)
    return `a ${unclosed[1] === 'map' ? '`{`' : '`[`'} is not closed: \`${unclosed[2]!}\` is expected here`;
  if (message.startsWith('Missing closing')) return 'this quote is not closed';
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY') return 'there is a second `key: ` on this line';
  if (message.startsWith('All mapping items must start'))
    return 'this key is indented neither like its neighbours nor below them';
  return message.replace(/^[A-Z](?=[a-z ])/, (c) => c.toLowerCase());
}

function advice(error: YAMLError): string | undefined {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'BAD_INDENT':
    case 'MULTILINE_IMPLICIT_KEY':
      return 'check the indentation, and that each bracket and quote opened above is closed';
    case 'BAD_SCALAR_START':
      return 'put the value in quotes';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'put text with `: ` in it in quotes';
    default:
      return undefined;
  }
}

export function tooDeep(source: Source, at?: Located): Wrong {
  const where = at ?? { source, start: 0, end: Math.min(source.text.length, 1) };
  return problem('document/too-deep', where, `values are nested more than ${DEEPEST} deep`);
}
