import { readCsvTable } from '../../foundation/formats/csv-table.js';

/** Rows of a table of a stage's own that a report shows. */
const SHOWN = 200;

/** A table as a report shows it: its head, its first rows, and how many are left out. */
export function shownRows(content: Uint8Array | string): {
  readonly head: readonly string[];
  readonly body: readonly (readonly string[])[];
  readonly left: number;
} {
  const read = readCsvTable(typeof content === 'string' ? content : Buffer.from(content).toString('utf8'), 'the table');
  if (!read.ok) return { head: [], body: [], left: 0 };
  const { columns, rows } = read.value;
  return { head: columns, body: rows.slice(0, SHOWN), left: Math.max(0, rows.length - SHOWN) };
}
