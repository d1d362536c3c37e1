import { err, ok, type Result } from '../../foundation/result.js';
import { FIVE_POINTS, type Box, type FivePoints } from './alignment.js';
import { failureAtLine, warning, type DatasetDiagnostic } from './dataset-diagnostic.js';
import type { ImageEntry, ImageList } from './image-list.js';
import { csvFields, csvLine, parseNumber, textLines } from './text-lines.js';

/**
 * Our own annotations of faces, for whatever detector or hand made them: comma-separated values with the header
 *
 *     name,box-x,box-y,box-width,box-height,right-eye-x,right-eye-y,left-eye-x,...,left-mouth-x,left-mouth-y
 *
 * `name` is the image's name in its list (for most data sets its path). The box is in pixel edges, points in pixel
 * centres ((0, 0) is the middle of the first pixel); left and right are the subject's. Columns may come in any order,
 * all but `name` may be left out, and any field may be blank.
 */
export interface Annotation {
  readonly box?: Box;
  readonly points?: FivePoints;
}

export type Annotations = ReadonlyMap<string, Annotation>;

const BOX = ['box-x', 'box-y', 'box-width', 'box-height'] as const;
const POINTS = FIVE_POINTS.flatMap((point) => [`${point}-x`, `${point}-y`]);

export const ANNOTATION_COLUMNS: readonly string[] = ['name', ...BOX, ...POINTS];

export function parseAnnotations(text: string, file: string): Result<Annotations, readonly DatasetDiagnostic[]> {
  const [head, ...lines] = textLines(text);
  const columns = head === undefined ? [] : csvFields(head.text);
  const unknown = columns.find((column) => !ANNOTATION_COLUMNS.includes(column));
  if (head === undefined || !columns.includes('name') || unknown !== undefined) {
    const found = unknown === undefined ? 'no column "name"' : `a column "${unknown}"`;
    const message = `expected a header of ${ANNOTATION_COLUMNS.join(', ')}, found ${found}`;
    return err([failureAtLine('datasets/malformed-line', file, head?.number ?? 1, head?.text ?? '', message)]);
  }
  const annotations = new Map<string, Annotation>();
  const problems: DatasetDiagnostic[] = [];
  for (const line of lines) {
    const complain = (message: string) =>
      problems.push(failureAtLine('datasets/malformed-line', file, line.number, line.text, message));
    const fields = csvFields(line.text);
    if (fields.length !== columns.length) {
      complain(`expected ${columns.length} columns, found ${fields.length}`);
      continue;
    }
    const values = new Map(columns.map((column, i) => [column, fields[i]!]));
    const name = values.get('name')!;
    const bad = columns.find(
      (column) => column !== 'name' && values.get(column) !== '' && parseNumber(values.get(column)!) === undefined,
    );
    if (bad !== undefined) complain(`expected a number or a blank as ${bad}, found "${values.get(bad)!}"`);
    else if (annotations.has(name)) complain(`${name} is annotated a second time`);
    else annotations.set(name, annotationOf(values));
  }
  return problems.length > 0 ? err(problems) : ok(annotations);
}

function annotationOf(values: ReadonlyMap<string, string>): Annotation {
  const [x, y, width, height] = BOX.map((column) => parseNumber(values.get(column) ?? ''));
  const points = Float64Array.from(POINTS, (column) => parseNumber(values.get(column) ?? '') ?? NaN);
  const hasBox = x !== undefined && y !== undefined && width !== undefined && height !== undefined;
  return {
    ...(hasBox ? { box: { x, y, width, height } } : {}),
    ...(points.every(Number.isNaN) ? {} : { points }),
  };
}

export function formatAnnotations(annotations: Annotations): string {
  const number = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? '' : String(value));
  const lines = [...annotations].map(([name, { box, points }]) =>
    csvLine([
      name,
      ...[box?.x, box?.y, box?.width, box?.height].map(number),
      ...POINTS.map((_, i) => number(points?.[i])),
    ]),
  );
  return [ANNOTATION_COLUMNS.join(','), ...lines].join('\n') + '\n';
}

/** A list whose entries carry these annotations instead of what their format said. Names that match nothing are warned of. */
export function annotate(
  list: ImageList,
  annotations: Annotations,
): { readonly list: ImageList; readonly warnings: readonly DatasetDiagnostic[] } {
  const unused = new Set(annotations.keys());
  for (const { name } of list.entries) unused.delete(name);
  const entries: Iterable<ImageEntry> = {
    *[Symbol.iterator]() {
      for (const entry of list.entries) yield { ...entry, ...annotations.get(entry.name) };
    },
  };
  const warnings = [...unused].map((name) =>
    warning('datasets/missing-image', `${name} is annotated, but the data set has no such image`),
  );
  return { list: { ...list, entries }, warnings };
}
