import { failure, type Diagnostic } from '../failures/diagnostic.js';
import { fail, ok, type Result } from '../failures/result.js';

/** A CSV file with a head (RFC 4180; line ends of any system): every row has a cell for each column. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export type CsvCode = 'csv/malformed';

/**
 * Reads CSV text. Blanks around cells are not part of them unless quoted; empty lines are passed over.
 *
 * @param name what to call the file in messages
 */
export function readCsvTable(text: string, name: string): Result<CsvTable, readonly [Diagnostic<CsvCode>]> {
  const bad = (message: string, help?: string) => fail(failure<CsvCode>('csv/malformed', `${name}: ${message}`, help));
  const records = readCsvRecords(text, name);
  if (!records.ok) return records;
  const [head, ...rows] = records.value;
  if (head === undefined) return bad('it is empty', 'the first line names the columns');
  const columns = head.cells;
  const twice = columns.find((column, i) => columns.indexOf(column) < i);
  if (twice !== undefined) return bad(`two columns are called \`${twice}\``);
  if (columns.includes('')) return bad('a column has no name', 'the first line names the columns');
  const odd = rows.find(({ cells }) => cells.length !== columns.length);
  if (odd !== undefined)
    return bad(`line ${odd.line} has ${odd.cells.length} cells for ${columns.length} columns (${columns.join(', ')})`);
  return ok({ columns, rows: rows.map(({ cells }) => cells) });
}

/** The same without a head, and with as many cells in a row as there are. */
export function readCsvRecords(
  text: string,
  name: string,
): Result<readonly CsvRecord[], readonly [Diagnostic<CsvCode>]> {
  const records = recordsOf(text.replace(/^\ufeff/, ''));
  return typeof records === 'string' ? fail(failure('csv/malformed', `${name}: ${records}`)) : ok(records);
}

/** The cells of a column. */
export function columnOf({ columns, rows }: CsvTable, name: string): readonly string[] | undefined {
  const at = columns.indexOf(name);
  return at < 0 ? undefined : rows.map((row) => row[at]!);
}

/** The number that a cell holds, as programs print them; undefined where it holds none. */
export function numberIn(cell: string): number | undefined {
  if (!/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(cell)) return undefined;
  const value = Number(cell);
  return Number.isFinite(value) ? value : undefined;
}

export interface CsvRecord {
  /** From 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

function recordsOf(text: string): readonly CsvRecord[] | string {
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let line = 1;
  let begun = 1;
  let isQuoted = false;
  for (let at = 0; at < text.length;) {
    const cell = cellAt(text, at);
    if (cell === undefined) return `line ${line}: a quotation mark is inside a cell, or is not closed`;
    cells.push(cell.text);
    isQuoted = cell.isQuoted;
    if (isQuoted) line += cell.text.match(/\r\n|\n|\r/g)?.length ?? 0;
    at = cell.end;
    if (text[at] === ',') {
      at += 1;
      if (at < text.length) continue;
      cells.push('');
      isQuoted = false;
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line += 1;
    if (cells.length > 1 || cells[0] !== '' || isQuoted) records.push({ line: begun, cells });
    cells = [];
    begun = line;
  }
  return records;
}

/** The cell that begins at a place, and where the comma or the line end lies that ends it; undefined where its quotation marks are wrong. */
function cellAt(
  text: string,
  from: number,
): { readonly text: string; readonly isQuoted: boolean; readonly end: number } | undefined {
  const begin = pastBlanks(text, from);
  if (text[begin] !== '"') {
    END_OF_PLAIN.lastIndex = begin;
    const end = END_OF_PLAIN.exec(text)?.index ?? text.length;
    return { text: text.slice(begin, end).trim(), isQuoted: false, end };
  }
  let close = text.indexOf('"', begin + 1);
  let hasQuotes = false;
  for (; close >= 0 && text[close + 1] === '"'; close = text.indexOf('"', close + 2)) hasQuotes = true;
  if (close < 0) return undefined;
  const end = pastBlanks(text, close + 1);
  if (end < text.length && !END_OF_CELL.has(text[end]!)) return undefined;
  const inner = text.slice(begin + 1, close);
  return { text: hasQuotes ? inner.replaceAll('""', '"') : inner, isQuoted: true, end };
}

function pastBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}

const END_OF_PLAIN = /[,\r\n]/g;
const END_OF_CELL = new Set([',', '\r', '\n']);
