import { err, ok, type Result } from '../../../../foundation/failures/result.js';
import { FIVE_POINTS, type Box, type FivePoints } from '../alignment/alignment.js';
import { failureAtLine, type DatasetDiagnostic } from '../dataset-diagnostic.js';
import { csvFields, csvLine, parseNumber, type TextLine } from './text-lines.js';

/** What is known of a face. Points that are not known are NaN; one at least is known. */
export interface Annotation {
  readonly box?: Box;
  readonly points?: FivePoints;
}

/** A row of a table of annotations, as it is written. */
export interface AnnotationRow {
  readonly name: string;
  /** Of the box and the points, in the order of {@link ANNOTATION_COLUMNS}; NaN where one is blank. */
  readonly numbers: Float64Array;
}

const BOX = ['box-x', 'box-y', 'box-width', 'box-height'] as const;
const POINTS = FIVE_POINTS.flatMap((point) => [`${point}-x`, `${point}-y`]);
const NUMBERS: readonly string[] = [...BOX, ...POINTS];

export const ANNOTATION_COLUMNS: readonly string[] = ['name', ...NUMBERS];

/** The columns of a table, as its header gives them. Of columns of one name the last counts. */
export class AnnotationColumns {
  readonly #count: number;
  readonly #name: number;
  /** Of each column of numbers: its field, and its place among {@link NUMBERS}. */
  readonly #numbers: readonly { readonly column: string; readonly field: number; readonly place: number }[];

  private constructor(columns: readonly string[]) {
    this.#count = columns.length;
    this.#name = columns.lastIndexOf('name');
    this.#numbers = [...new Set(columns)]
      .filter((column) => column !== 'name')
      .map((column) => ({ column, field: columns.lastIndexOf(column), place: NUMBERS.indexOf(column) }));
  }

  /** @param head the first line; undefined where there is none */
  static parse(head: TextLine | undefined, file: string): Result<AnnotationColumns, readonly DatasetDiagnostic[]> {
    const columns = head === undefined ? [] : csvFields(head.text);
    const unknown = columns.find((column) => !ANNOTATION_COLUMNS.includes(column));
    if (columns.includes('name') && unknown === undefined) return ok(new AnnotationColumns(columns));
    const found = unknown === undefined ? 'no column "name"' : `a column "${unknown}"`;
    const message = `expected a header of ${ANNOTATION_COLUMNS.join(', ')}, found ${found}`;
    return err([failureAtLine('datasets/malformed-line', file, head?.number ?? 1, head?.text ?? '', message)]);
  }

  /** The row that a line says, or what is wrong with it. */
  parseRow(line: string): Result<AnnotationRow, string> {
    const fields = csvFields(line);
    if (fields.length !== this.#count) return err(`expected ${this.#count} columns, found ${fields.length}`);
    const numbers = new Float64Array(NUMBERS.length).fill(NaN);
    for (const { column, field, place } of this.#numbers) {
      const text = fields[field]!;
      if (text === '') continue;
      const value = parseNumber(text);
      if (value === undefined) return err(`expected a number or a blank as ${column}, found "${text}"`);
      numbers[place] = value;
    }
    return ok({ name: fields[this.#name]!, numbers });
  }

  /** The name in a line that says a row. */
  nameIn(line: string): string {
    const end = line.indexOf(',');
    // Mostly the name stands first, and is all of the line that has to be looked at.
    const isFirst = this.#name === 0 && end >= 0 && !line.includes('"');
    return isFirst ? line.slice(0, end).trim() : csvFields(line)[this.#name]!;
  }
}

/** What a row says of its face: a box if all of it is given, and the points that are. */
export function annotationOf({ numbers }: AnnotationRow): Annotation {
  const [x, y, width, height] = numbers as unknown as [number, number, number, number];
  const hasBox = !(Number.isNaN(x) || Number.isNaN(y) || Number.isNaN(width) || Number.isNaN(height));
  const points = numbers.slice(BOX.length);
  return {
    ...(hasBox ? { box: { x, y, width, height } } : {}),
    ...(points.every(Number.isNaN) ? {} : { points }),
  };
}

/** The line of a row with all columns. */
export function formatRow(name: string, { box, points }: Annotation): string {
  const number = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? '' : String(value));
  const numbers = [box?.x, box?.y, box?.width, box?.height, ...POINTS.map((_, i) => points?.[i])];
  return csvLine([name, ...numbers.map(number)]);
}

/**
 * Goes through a table's lines. Complains of every line that says no row, and of one whose name was there before.
 *
 * @param add takes in a row; false if there was one of its name, and this one shall not count
 */
export function readRows<L extends TextLine>(
  lines: Iterable<L>,
  file: string,
  add: (row: AnnotationRow, line: L, columns: AnnotationColumns) => boolean,
): Result<AnnotationColumns, readonly DatasetDiagnostic[]> {
  let columns: AnnotationColumns | undefined;
  const problems: DatasetDiagnostic[] = [];
  for (const line of lines) {
    if (columns === undefined) {
      const head = AnnotationColumns.parse(line, file);
      if (!head.ok) return head;
      columns = head.value;
      continue;
    }
    const row = columns.parseRow(line.text);
    if (row.ok && add(row.value, line, columns)) continue;
    const problem = row.ok ? `${row.value.name} is annotated a second time` : row.error;
    problems.push(failureAtLine('datasets/malformed-line', file, line.number, line.text, problem));
  }
  if (columns === undefined) return AnnotationColumns.parse(undefined, file);
  return problems.length > 0 ? err(problems) : ok(columns);
}
