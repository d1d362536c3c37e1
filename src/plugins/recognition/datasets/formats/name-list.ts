import { failure } from '../../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { warning, type DatasetDiagnostic } from '../dataset-diagnostic.js';
import { filterList, noImages, type ImageList } from '../sets/image-list.js';
import { csvFields, textLines, type TextLine } from './text-lines.js';

/**
 * A list of persons or images, one on a line: which to leave out (persons that a benchmark shows), or which to keep (a
 * cleaned list). Such lists come in many forms: `0166921 Some_Name`, `0000045\001.jpg 0`, `0000513, Adam Brody, Adam_Brody`
 * below a header, `"Adam Brody";3`. A remark begins with `#`.
 */
export interface NameList {
  /** What to call it in diagnostics. */
  readonly file: string;
  readonly lines: readonly TextLine[];
}

const LONE_LINE_ENDS = /\r(?!\n)|[\u0085\u2028\u2029]/g;

export function parseNameList(text: string, file = 'the list'): NameList {
  // Some programs end lines by CR alone, or by Unicode's separators: two names would be one.
  const lines = textLines(text.replaceAll(LONE_LINE_ENDS, '\n')).flatMap(({ number, text: line }) => {
    const said = line
      .replace(/(?:^|\s)#.*$/, '')
      // Of a list in JSON.
      .replaceAll(/^\s*\[|\],?\s*$/g, '')
      .trim();
    return said === '' ? [] : [{ number, text: said }];
  });
  return { file, lines };
}

/**
 * A list without what another names. One of which less than half names anything here would leave in what it is to keep out, and so
 * would a line that names several persons.
 */
export function exclude(list: ImageList, names: NameList): Result<Chosen, readonly DatasetDiagnostic[]> {
  const { found, known, missing, read, crowded } = match(list, names);
  if (names.lines.length === 0) {
    const empty = warning('datasets/missing-image', `${names.file} names no one, so nothing is excluded`);
    return ok({ list, warnings: [empty] });
  }
  if (2 * known < known + missing.length) {
    const example = missing[0]!;
    return fail(
      failure(
        'datasets/list-of-another-set',
        `${names.file} is to be left out, but ${known === 0 ? 'none' : `only ${known}`} of its ${known + missing.length} ` +
          `lines ${known === 1 ? 'names' : 'name'} a person or an image of this data set (${read}); line ${example.number} says "${example.text}"`,
        'give one person or image a line, as the data set calls it, in the first column or below a header',
      ),
    );
  }
  if (crowded !== undefined) {
    return fail(
      failure(
        'datasets/list-of-another-set',
        `line ${crowded.number} of ${names.file} names several persons of this data set, of whom one would be left out: "${crowded.text}"`,
        'give one person or image a line',
      ),
    );
  }
  const kept = filterList(list, ({ identity, name }) => !found.has(identity) && !found.has(name));
  return ok({ list: kept, warnings: missing.map((line) => notThere(line, names, 'to be left out')) });
}

/** A list of nothing but what another names. */
export function keepOnly(list: ImageList, names: NameList): Result<Chosen, readonly DatasetDiagnostic[]> {
  const { found, missing } = match(list, names);
  const kept = filterList(list, ({ identity, name }) => found.has(identity) || found.has(name));
  if (kept.count === 0) return noImages(list.source);
  return ok({ list: kept, warnings: missing.map((line) => notThere(line, names, 'to be kept')) });
}

export interface Chosen {
  readonly list: ImageList;
  readonly warnings: readonly DatasetDiagnostic[];
}

interface Matched {
  /** Persons and images of the data set that the list names. */
  readonly found: ReadonlySet<string>;
  /** Lines that name something. */
  readonly known: number;
  /** Lines that name nothing here, without a header. */
  readonly missing: readonly TextLine[];
  /** How the list was read, in words. */
  readonly read: string;
  /** The first line that names several persons, however it is divided. */
  readonly crowded: TextLine | undefined;
}

interface Division {
  readonly says: string;
  readonly divide: (line: string) => readonly string[];
  /** What it divides by. Where persons' names hold that, it divides nothing, unless names stand in quotation marks. */
  readonly by?: RegExp;
}

/** How a list's lines may be divided. Of two that fit alike the earlier is taken. */
const DIVISIONS: readonly Division[] = [
  { says: 'a name a line', divide: (line) => [unquoted(line)] },
  { says: 'columns divided by tabs', divide: (line) => line.split('\t').map(unquoted), by: /\t/ },
  { says: 'columns divided by commas', divide: csvFields, by: /,/ },
  { says: 'columns divided by semicolons', divide: (line) => line.split(';').map(unquoted), by: /;/ },
  { says: 'columns divided by bars', divide: (line) => line.split('|').map(unquoted), by: /\|/ },
  {
    says: 'columns divided by spaces',
    divide: (line) => (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map(unquoted),
    by: /\s/,
  },
];

/**
 * Finds out how the list is to be read by what the data set has: the division by which most lines name something, in the first
 * column, or where that fails in less than half of them, in another.
 */
function match(list: ImageList, { lines }: NameList): Matched {
  const isQuoted = lines.some(({ text }) => /"[^"]*"|^'[^']*'/.test(text));
  // What persons' names hold divides no line of theirs, unless names stand in quotation marks.
  const sure = DIVISIONS.filter(({ by }) => by === undefined || !list.identities.some((person) => by.test(person)));
  const divisions = isQuoted ? DIVISIONS : sure;
  const personOf = personsNamed(list, lines, divisions);
  const best = bestReading(lines, divisions, (field) => personOf(field) !== undefined);
  const fields = lines.map(({ text }) => best.division.divide(text));
  const found = new Set<string>();
  const missing: TextLine[] = [];
  lines.forEach((line, i) => {
    const named = personOf(fields[i]![best.column]);
    if (named !== undefined) found.add(named.name);
    else if (i > 0 || !isHeader(fields[i]!)) missing.push(line);
  });
  const column = best.column === 0 ? '' : `, the names in column ${best.column + 1}`;
  const personsOn = ({ text }: TextLine): ReadonlySet<string> =>
    new Set(sure.flatMap(({ divide }) => divide(text)).flatMap((field) => personOf(field)?.person ?? []));
  const crowded = lines.find((line) => personsOn(line).size > 1);
  return { found, known: best.known, missing, read: `read as ${best.division.says}${column}`, crowded };
}

/** A name as the data set has it, of a person or an image, and the person. */
interface Named {
  readonly name: string;
  readonly person: string;
}

/** Whom a field of the list names: a person, or the person of an image; undefined if the data set has no such name. */
function personsNamed(
  list: ImageList,
  lines: readonly TextLine[],
  divisions: readonly Division[],
): (field: string | undefined) => Named | undefined {
  // A data set may have millions of images: what the list may mean is gathered first, and of the set nothing else is kept.
  const asked = new Set<string>();
  for (const { text } of lines)
    for (const { divide } of divisions)
      for (const field of divide(text)) for (const form of forms(field)) asked.add(form);
  const there = new Map<string, string>();
  for (const { identity, name } of list.entries) {
    if (asked.has(identity)) there.set(identity, identity);
    if (asked.has(name)) there.set(name, identity);
  }
  return (field) => {
    if (field === undefined) return undefined;
    for (const name of forms(field)) {
      const person = there.get(name);
      if (person !== undefined) return { name, person };
    }
    return undefined;
  };
}

interface Reading {
  readonly division: Division;
  readonly column: number;
  readonly known: number;
}

function bestReading(
  lines: readonly TextLine[],
  divisions: readonly Division[],
  isKnown: (field: string) => boolean,
): Reading {
  const readings = divisions.flatMap((division) => {
    const counts: number[] = [0];
    for (const { text } of lines) {
      division
        .divide(text)
        .forEach((field, column) => (counts[column] = (counts[column] ?? 0) + (isKnown(field) ? 1 : 0)));
    }
    return counts.map((known, column): Reading => ({ division, column, known }));
  });
  const most = (some: readonly Reading[]): Reading => some.reduce((a, b) => (b.known > a.known ? b : a));
  const first = most(readings.filter(({ column }) => column === 0));
  if (2 * first.known >= lines.length) return first;
  const any = most(readings);
  return 2 * any.known >= lines.length - 1 ? any : first;
}

/** What the data set may call it: with `/` for `\`, without the folders above it, with `_` for spaces. */
function forms(field: string): string[] {
  const path = field.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '').replace(/\/+$/, ''); // prettier-ignore
  if (path === '') return [];
  const all = [path];
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1))
    all.push(path.slice(slash + 1));
  return /\s/.test(path) ? [...all, ...all.map((form) => form.replaceAll(/\s+/g, '_'))] : all;
}

/** Words without a digit or a slash, one of which says what the column holds. */
function isHeader(fields: readonly string[]): boolean {
  return (
    fields.every((field) => /^[A-Za-z][A-Za-z _.-]*$|^$/.test(field)) &&
    fields.some((field) => /(?:^|[_ .-])(?:ids?|names?|identit(?:y|ies)|persons?|subjects?|class|label|images?|files?|paths?|folder)$/i.test(field)) // prettier-ignore
  );
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  const inside = /^"((?:[^"]|"")*)"$|^'([^']*)'$/.exec(trimmed);
  return inside === null ? trimmed : (inside[1]?.replaceAll('""', '"') ?? inside[2]!).trim();
}

function notThere({ number, text }: TextLine, { file }: NameList, wish: string): DatasetDiagnostic {
  return warning(
    'datasets/missing-image',
    `${text} is listed ${wish}, but the data set has no such ${text.includes('/') ? 'image' : 'person or image'} (${file}:${number})`,
    'check its spelling',
  );
}
