import { failure, type Diagnostic } from './diagnostic.js';
import { fail, ok, type Result } from './result.js';

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
  const records = recordsOf(text.replace(/^\ufeff/, ''));
  if (typeof records === 'string') return bad(records);
  const [head, ...rows] = records;
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

interface CsvRecord {
  /** From 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** One cell, quoted or plain, and what ends it. */
const CELL = /[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^",\r\n][^,\r\n]*|))(,|\r\n|\n|\r|$)/y;

function recordsOf(text: string): readonly CsvRecord[] | string {
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let line = 1;
  let begun = 1;
  for (let at = 0; at < text.length;) {
    CELL.lastIndex = at;
    const match = CELL.exec(text);
    if (match === null) return `line ${line}: a quotation mark is inside a cell, or is not closed`;
    const [all, quoted, plain, end] = match;
    cells.push(quoted === undefined ? plain!.trim() : quoted.replaceAll('""', '"'));
    at += all.length;
    line += all.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === ',' && at < text.length) continue;
    if (end === ',') cells.push('');
    if (cells.length > 1 || cells[0] !== '' || quoted !== undefined) records.push({ line: begun, cells });
    cells = [];
    begun = line;
  }
  return records;
}
