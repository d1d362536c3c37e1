import { err, ok, type Result } from '../../../../foundation/failures/result.js';
import { present } from '../../../../foundation/values/present.js';
import type { Box } from '../alignment/alignment.js';
import { failureAtLine, warning, type DatasetDiagnostic } from '../dataset-diagnostic.js';
import { imageList, isImageName, type FoundImage, type ImageList, type Listing } from '../sets/image-list.js';
import { csvFields, csvLine, parseCount, parseNumber, textLines } from './text-lines.js';

/**
 * IARPA Janus Benchmark A, 1:1 (Klare et al. 2015): in `IJB-A_11_sets/split1/` ... `split10/` the tables
 * `verify_metadata_1.csv` (a row per image of a template) and `verify_comparisons_1.csv` (pairs of templates, no header;
 * genuine where the subjects are one).
 */
export const IJBA_SPLITS = 10;

/** Columns of a metadata table, in the order of the published ones. */
export const IJBA_COLUMNS = (
  'TEMPLATE_ID SUBJECT_ID FILE MEDIA_ID SIGHTING_ID FRAME FACE_X FACE_Y FACE_WIDTH FACE_HEIGHT ' +
  'RIGHT_EYE_X RIGHT_EYE_Y LEFT_EYE_X LEFT_EYE_Y NOSE_BASE_X NOSE_BASE_Y FACE_YAW FOREHEAD_VISIBLE EYES_VISIBLE ' +
  'NOSE_MOUTH_VISIBLE INDOOR GENDER SKIN_TONE AGE FACIAL_HAIR'
).split(' ');

/** A row: an image or a video's frame as a member of a template. */
export interface IjbaRow {
  readonly template: number;
  readonly subject: number;
  /** `img/533.JPG`, `frame/29013_00087.png` */
  readonly file: string;
  /** Of the columns from MEDIA_ID on, those that are not blank, as written. */
  readonly fields: ReadonlyMap<string, string>;
}

export type IjbaTable = 'train' | 'verify_metadata' | 'verify_comparisons';

/** `IJB-A_11_sets/split1/verify_metadata_1.csv` */
export function ijbaTableFile(table: IjbaTable, split: number): string {
  return `IJB-A_11_sets/split${split}/${table}_${split}.csv`;
}

export function parseIjbaMetadata(
  text: string,
  file: string,
): Result<readonly IjbaRow[], readonly DatasetDiagnostic[]> {
  const lines = textLines(text);
  const head = lines[0] === undefined ? [] : csvFields(lines[0].text).map((name) => name.toUpperCase());
  const hasHeader = head.includes('TEMPLATE_ID');
  const columns = hasHeader ? head : IJBA_COLUMNS;
  const template = columns.indexOf('TEMPLATE_ID');
  const subject = columns.indexOf('SUBJECT_ID');
  const path = columns.indexOf('FILE');
  if (lines.length === 0 || subject === -1 || path === -1) {
    const message = 'expected a header with the columns TEMPLATE_ID, SUBJECT_ID and FILE';
    return err([failureAtLine('datasets/malformed-line', file, lines[0]?.number ?? 1, lines[0]?.text ?? '', message)]);
  }
  const rows: IjbaRow[] = [];
  const problems: DatasetDiagnostic[] = [];
  const complain = (line: { number: number; text: string }, message: string) =>
    problems.push(failureAtLine('datasets/malformed-line', file, line.number, line.text, message));
  for (const line of hasHeader ? lines.slice(1) : lines) {
    const values = csvFields(line.text);
    if (values.length !== columns.length) {
      complain(line, `expected ${columns.length} columns, found ${values.length}`);
      continue;
    }
    const ids = [parseCount(values[template]!), parseCount(values[subject]!)];
    if (ids[0] === undefined || ids[1] === undefined || values[path] === '') {
      complain(line, 'expected a template, a subject and a file');
      continue;
    }
    const fields = new Map<string, string>();
    columns.forEach((name, i) => {
      if (i !== template && i !== subject && i !== path && values[i] !== '') fields.set(name, values[i]!);
    });
    const bad = MEASURES.find((name) => fields.has(name) && parseNumber(present(fields, name)) === undefined);
    if (bad !== undefined) complain(line, `expected a number or a blank as ${bad}, found "${present(fields, bad)}"`);
    else rows.push({ template: ids[0], subject: ids[1], file: values[path]!, fields });
  }
  return problems.length > 0 ? err(problems) : ok(rows);
}

export function formatIjbaMetadata(rows: readonly IjbaRow[]): string {
  const lines = rows.map((row) =>
    csvLine([
      String(row.template),
      String(row.subject),
      row.file,
      ...IJBA_COLUMNS.slice(3).map((name) => row.fields.get(name) ?? ''),
    ]),
  );
  return [IJBA_COLUMNS.join(','), ...lines].join('\n') + '\n';
}

/** Pairs of template numbers. */
export function parseIjbaComparisons(
  text: string,
  file: string,
): Result<readonly (readonly [number, number])[], readonly DatasetDiagnostic[]> {
  const pairs: [number, number][] = [];
  const problems: DatasetDiagnostic[] = [];
  for (const line of textLines(text)) {
    const [a, b, ...rest] = csvFields(line.text).map(parseCount);
    if (a !== undefined && b !== undefined && rest.length === 0) pairs.push([a, b]);
    else {
      const message = `expected two templates, found "${line.text}"`;
      problems.push(failureAtLine('datasets/malformed-line', file, line.number, line.text, message));
    }
  }
  return problems.length > 0 ? err(problems) : ok(pairs);
}

export function formatIjbaComparisons(pairs: readonly (readonly [number, number])[]): string {
  return pairs.map(([a, b]) => `${a},${b}\n`).join('');
}

const BOX = ['FACE_X', 'FACE_Y', 'FACE_WIDTH', 'FACE_HEIGHT'];
const POINTS = ['RIGHT_EYE', 'LEFT_EYE', 'NOSE_BASE'];
const MEASURES = [...BOX, ...POINTS.flatMap((point) => [`${point}_X`, `${point}_Y`]), 'FACE_YAW'];

/** The face's box in pixel edges; undefined where one of its columns is blank or it has no area. */
export function ijbaBox(row: IjbaRow): Box | undefined {
  const [x, y, width, height] = BOX.map((name) => parseNumber(row.fields.get(name) ?? ''));
  if (x === undefined || y === undefined || width === undefined || height === undefined) return undefined;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** Eyes and the base of the nose, the mouth unknown; undefined where fewer than two points are given. */
export function ijbaPoints(row: IjbaRow): Float64Array | undefined {
  const points = new Float64Array(10).fill(NaN);
  let known = 0;
  POINTS.forEach((point, k) => {
    const x = parseNumber(row.fields.get(`${point}_X`) ?? '');
    const y = parseNumber(row.fields.get(`${point}_Y`) ?? '');
    if (x === undefined || y === undefined) return;
    points[2 * k] = x;
    points[2 * k + 1] = y;
    known += 1;
  });
  return known < 2 ? undefined : points;
}

/**
 * What a face is called in lists and protocols: its file, its subject and its box, since a file may show several
 * subjects. The same face in several templates or splits has one name.
 */
export function ijbaName(row: IjbaRow): string {
  return `${row.file}#${row.subject}@${BOX.map((name) => row.fields.get(name) ?? '').join(',')}`;
}

/**
 * The faces of some tables. A file may lie below `images/`, in `frames/` instead of `frame/`, and under another case of
 * letters; one that is nowhere is a warning with the first template that has it, and its face is left out.
 */
export function readIjba(
  listing: Listing,
  tables: Iterable<readonly IjbaRow[]>,
): Result<{ readonly list: ImageList; readonly warnings: readonly DatasetDiagnostic[] }, readonly DatasetDiagnostic[]> {
  const files = new Map<string, string>();
  for (const { path } of listing) {
    if (!isImageName(path)) continue;
    const match = /(?:^|\/)((?:img|frames?)\/[^/]+)$/i.exec(path);
    files.set((match?.[1] ?? path).toLowerCase().replace(/^frames\//, 'frame/'), path);
  }
  const entries = new Map<string, FoundImage>();
  const missing = new Map<string, IjbaRow>();
  for (const rows of tables) {
    for (const row of rows) {
      const name = ijbaName(row);
      if (entries.has(name)) continue;
      const file = files.get(row.file.toLowerCase().replace(/^frames\//, 'frame/'));
      if (file === undefined) {
        if (!missing.has(row.file)) missing.set(row.file, row);
        continue;
      }
      const box = ijbaBox(row);
      const points = ijbaPoints(row);
      entries.set(name, {
        name,
        file,
        identity: String(row.subject),
        ...(box === undefined ? {} : { box }),
        ...(points === undefined ? {} : { points }),
      });
    }
  }
  const list = imageList('ijba', [...entries.values()]);
  if (!list.ok) return list;
  const warnings = [...missing.values()].map(({ file, template, subject }) =>
    warning('datasets/missing-image', `${file}, of template ${template} (subject ${subject}), is not in the folder`),
  );
  return ok({ list: list.value, warnings });
}
