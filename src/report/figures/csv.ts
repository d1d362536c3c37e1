import { csvRows } from '../../foundation/words/csv.js';
import type { Line } from './chart.js';
import type { Table } from '../report.js';

/**
 * One line a row; for each column the value in full, its interval, the published number (marked where not comparable), what
 * the interval holds, and notes.
 */
export function tableCsv(table: Table): string {
  const published = table.measuredOn === undefined ? 'published' : 'published (not comparable)';
  const head = table.columns.flatMap(({ label }) => [
    label,
    `${label} low`,
    `${label} high`,
    `${label} ${published}`,
    `${label} interval`,
    `${label} notes`,
  ]);
  const rows = table.rows.map(({ label, cells }) => [
    label,
    ...cells.flatMap(({ value, interval, published, method, notes }) => [
      value,
      interval?.low,
      interval?.high,
      published,
      method,
      notes.join('; '),
    ]),
  ]);
  return csvRows([['', ...head], ...rows]);
}

/** The points of lines: series, x, y. */
export function linesCsv(lines: readonly Line[], x: string, y: string): string {
  const rows = lines.flatMap(({ name, points }) => points.map(([a, b]) => [name, a, b]));
  return csvRows([['series', x, y], ...rows]);
}
