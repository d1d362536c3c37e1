import { err, ok, type Result } from '../../../../foundation/failures/result.js';
import { failureAtLine, type DatasetDiagnostic } from '../dataset-diagnostic.js';
import type { ImagePair, PairList } from './pairs.js';
import { csvFields, csvLine, parseCount, textLines } from './text-lines.js';

/**
 * Pairs of the user's own, over any data set: a CSV with the columns `a`, `b` (names of images, as in the data set's list), `same` (1 or 0, yes or
 * no, true or false, same or different) and `fold` (from 1; without it all pairs are one fold). Folds may differ in size.
 */
const COLUMNS = ['a', 'b', 'same', 'fold'] as const;

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 'yes', 'true', 'same'].map((word) => [word, true] as const),
  ...['0', 'no', 'false', 'different', 'diff'].map((word) => [word, false] as const),
]);

/** Sorted by fold, genuine pairs first; folds are numbered from 0 without gaps. All malformed lines are reported. */
export function parsePairTable(text: string, file: string): Result<PairList, readonly DatasetDiagnostic[]> {
  const [head, ...rows] = textLines(text).filter((line) => !line.text.startsWith('#'));
  const columns = csvFields(head?.text ?? '').map((column) => column.toLowerCase());
  const at = (column: (typeof COLUMNS)[number]): number => columns.indexOf(column);
  if (at('a') < 0 || at('b') < 0 || at('same') < 0) {
    const message = `expected a header with the columns a, b, same and, if there are folds, fold; found "${head?.text ?? ''}"`;
    return err([failureAtLine('datasets/malformed-line', file, head?.number ?? 1, head?.text ?? '', message)]);
  }
  const problems: DatasetDiagnostic[] = [];
  const found: (ImagePair & { readonly number: number })[] = [];
  for (const { number, text: line } of rows) {
    const fields = csvFields(line);
    const [a, b, word] = [fields[at('a')], fields[at('b')], fields[at('same')]];
    const genuine = WORDS.get((word ?? '').toLowerCase());
    const fold = at('fold') < 0 ? 1 : parseCount(fields[at('fold')] ?? '');
    const complaint =
      fields.length !== columns.length
        ? `expected ${columns.length} columns, found ${fields.length}`
        : a === '' || b === '' || a === b
          ? 'expected the names of two images'
          : genuine === undefined
            ? `expected 1 or 0 as same, found "${word!}"`
            : fold === undefined || fold < 1
              ? 'expected a whole number from 1 on as fold'
              : undefined;
    if (complaint === undefined) found.push({ number, fold: fold!, genuine: genuine!, a: a!, b: b! });
    else problems.push(failureAtLine('datasets/malformed-line', file, number, line, complaint));
  }
  if (problems.length === 0 && found.length === 0) {
    problems.push(failureAtLine('datasets/truncated', file, head!.number, head!.text, 'the list has no pair'));
  }
  if (problems.length > 0) return err(problems);
  const folds = [...new Set(found.map(({ fold }) => fold))].sort((x, y) => x - y);
  found.sort((x, y) => x.fold - y.fold || Number(y.genuine) - Number(x.genuine) || x.number - y.number);
  const pairs = found.map(({ fold, genuine, a, b }) => ({ fold: folds.indexOf(fold), genuine, a, b }));
  const sizes = folds.map((_, fold) => pairs.filter((pair) => pair.fold === fold).length);
  return ok({ folds: folds.length, perFold: Math.ceil(Math.max(...sizes) / 2), pairs });
}

export function formatPairTable({ pairs }: PairList): string {
  const rows = pairs.map(({ a, b, genuine, fold }) => csvLine([a, b, genuine ? '1' : '0', String(fold + 1)]));
  return [COLUMNS.join(','), ...rows].join('\n') + '\n';
}
