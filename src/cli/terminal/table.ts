/** Columns as wide as their widest entry, two spaces apart; `right` are the indices of columns of numbers. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => visible(row[i] ?? ''))));
  return rows.map((row) =>
    row
      .map((entry, i) => {
        const gap = ' '.repeat(widths[i]! - visible(entry));
        return right.includes(i) ? gap + entry : entry + gap;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Length on the screen: colours take no room. */
export function visible(text: string): number {
  return text.replaceAll(/\x1b\[[0-9;]*m/g, '').length;
}
