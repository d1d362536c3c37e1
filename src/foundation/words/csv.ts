/**
 * Rows of a CSV file as RFC 4180 has them, but for the line ends. A cell of words that a spreadsheet would run as a formula gets an
 * apostrophe before it (OWASP, "CSV Injection"), also where it would begin only in a spreadsheet that separates cells by
 * semicolons or tabs. Numbers stay as they are: those given as numbers, and words that are plain numbers.
 */
export function csvRows(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(',')}\n`).join('');
}

export type CsvCell = string | number | null | undefined;

function cellText(cell: CsvCell): string {
  if (typeof cell !== 'string') return String(cell ?? '');
  const text = PLAIN_NUMBER.test(cell) ? cell : cell.replaceAll(CONTROL, '\ufffd').replaceAll(FORMULA, `$1'`);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const PLAIN_NUMBER = /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/;

/** What begins a formula, also in its full-width form, with what of spaces and marks without width may be skipped before it. */
const FORMULA = /(^|[;,\t\r\n])(?=[\p{Zs}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n])/gu;

const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;
