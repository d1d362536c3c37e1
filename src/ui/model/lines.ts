import type { LinesView } from './views.js';

/** The numbers of a figure's panel, of the CSV that a report keeps beside its picture: series, x, y. */
export function linesOf(csv: string): LinesView {
  const [head, ...rows] = csvCells(csv);
  const lines = new Map<string, [number, number][]>();
  for (const [name = '', x = '', y = ''] of rows) {
    const point: [number, number] = [Number(x), Number(y)];
    if (!point.every(Number.isFinite) || x === '' || y === '') continue;
    const points = lines.get(name);
    if (points === undefined) lines.set(name, [point]);
    else points.push(point);
  }
  return {
    x: head?.[1] ?? '',
    y: head?.[2] ?? '',
    lines: [...lines].map(([name, points]) => ({ name, points })),
  };
}

/** RFC 4180; a quote before what a table program would take for a formula is no part of the text. */
function csvCells(csv: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    const cell = quoted?.replaceAll('""', '"') ?? plain ?? '';
    row.push(cell.replace(/^'(?=[=+\-@\t\r])/, ''));
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
