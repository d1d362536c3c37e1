import { numberIn, readCsvTable } from '../../foundation/formats/csv-table.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { err, fail, ok, type Result } from '../../foundation/failures/result.js';
import type { Point, Series } from '../../engine/presentation.js';

/**
 * What a program measured as it went on (a training curve), as a CSV file with a head: the first column is the step, each
 * other one a series of that name. A cell may be empty: there is no point then.
 *
 * @param name what to call the file
 */
export function readSeries(text: string, name: string): Result<Series> {
  const read = readCsvTable(text, name);
  if (!read.ok) return read;
  const { columns, rows } = read.value;
  const [step, ...names] = columns;
  const bad = (message: string, help?: string) => failure('command/bad-series', `${name}: ${message}`, help);
  if (names.length === 0)
    return fail(bad('it has one column alone', 'the first column is the step, the others are drawn'));
  const values = Object.fromEntries(names.map((each): [string, Point[]] => [each, []]));
  const wrong: Diagnostic[] = [];
  for (const row of rows) {
    const numbers = row.map((cell) => (cell === '' ? undefined : (numberIn(cell) ?? NaN)));
    const odd = numbers.findIndex((value) => Number.isNaN(value));
    if (odd >= 0) wrong.push(bad(`\`${row[odd]!}\` in column \`${columns[odd]!}\` is not a finite number`));
    const [x, ...ys] = numbers;
    if (x === undefined) wrong.push(bad(`a step of \`${step!}\` is missing`));
    else for (const [i, y] of ys.entries()) if (y !== undefined) values[names[i]!]!.push([x, y]);
  }
  return wrong.length > 0 ? err(wrong.slice(0, 5)) : ok({ step: step!, values });
}
