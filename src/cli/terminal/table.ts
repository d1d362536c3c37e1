import { padded, widthOf } from '../../foundation/words/width.js';

/** Columns as wide as their widest entry, two spaces apart; `right` are the indices of columns of numbers. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => widthOf(row[i] ?? ''))));
  return rows.map((row) =>
    row
      .map((entry, i) => padded(entry, widths[i]!, right.includes(i) ? 'start' : 'end'))
      .join('  ')
      .trimEnd(),
  );
}
