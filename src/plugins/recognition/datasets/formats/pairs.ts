import { err, ok, type Result } from '../../../../foundation/failures/result.js';
import { failureAtLine, type DatasetDiagnostic } from '../dataset-diagnostic.js';
import { parseCount, textLines, type TextLine } from './text-lines.js';

/**
 * Pairs of images to be called the same person or not, in folds: the protocol of LFW's view 2, for any data set.
 *
 * As text (ours, for lists that can be published): lines that start with `#` say what the list is; then
 * `folds<TAB>pairs`, and per fold that many lines `imageA<TAB>imageB` of one person and as many of two.
 */
export interface PairList {
  readonly folds: number;
  /** Genuine pairs of a fold, and impostor pairs of a fold. */
  readonly perFold: number;
  /** Fold by fold, genuine pairs first. */
  readonly pairs: readonly ImagePair[];
}

export interface ImagePair {
  /** From 0. */
  readonly fold: number;
  readonly genuine: boolean;
  /** Names of images, as in the data set's list. */
  readonly a: string;
  readonly b: string;
}

/** The text of a list; `notes` become its first lines. */
export function formatPairList(list: PairList, notes: readonly string[] = []): string {
  const lines = [...notes.map((note) => `# ${note}`), `${list.folds}\t${list.perFold}`];
  for (const { a, b } of list.pairs) lines.push(`${a}\t${b}`);
  return lines.join('\n') + '\n';
}

export function parsePairList(text: string, file: string): Result<PairList, readonly DatasetDiagnostic[]> {
  const lines = textLines(text).filter((line) => !line.text.startsWith('#'));
  return parseFolds(lines, file, (line, fold, genuine) => {
    const [a, b, ...rest] = line.text.split('\t');
    if (a === undefined || b === undefined || a === '' || b === '' || rest.length > 0) {
      return 'expected two names of images, a tab between them';
    }
    return { fold, genuine, a, b };
  });
}

/**
 * The frame that pairs.txt and our own lists share: a line with the number of folds (1 where it is left out) and of pairs,
 * then, fold by fold, genuine and impostor lines. All malformed lines are reported; a file that ends early, at its
 * last line.
 */
export function parseFolds(
  lines: readonly TextLine[],
  file: string,
  parseLine: (line: TextLine, fold: number, genuine: boolean) => ImagePair | string,
): Result<PairList, readonly DatasetDiagnostic[]> {
  const head = lines[0];
  if (head === undefined) return err([failureAtLine('datasets/truncated', file, 1, '', 'the list is empty')]);
  const counts = head.text.trim().split(/\s+/).map(parseCount);
  const [folds, perFold] = counts.length === 1 ? [1, counts[0]] : counts;
  if (counts.length > 2 || folds === undefined || perFold === undefined || folds < 1 || perFold < 1) {
    const message = `expected the number of folds and of pairs ("10<TAB>300"), found "${head.text}"`;
    return err([failureAtLine('datasets/malformed-line', file, head.number, head.text, message)]);
  }
  const pairs: ImagePair[] = [];
  const problems: DatasetDiagnostic[] = [];
  const expected = folds * perFold * 2;
  for (let i = 0; i < expected; i += 1) {
    const line = lines[1 + i];
    const fold = Math.floor(i / (2 * perFold));
    const genuine = i % (2 * perFold) < perFold;
    const where = `${genuine ? 'genuine' : 'impostor'} pair ${(i % perFold) + 1} of ${perFold} in fold ${fold + 1} of ${folds}`;
    if (line === undefined) {
      const last = lines.at(-1)!;
      const message = `the list ends here, before ${where}: ${expected - i} of ${expected} pairs are missing`;
      problems.push(failureAtLine('datasets/truncated', file, last.number, last.text, message));
      break;
    }
    const pair = parseLine(line, fold, genuine);
    if (typeof pair !== 'string') pairs.push(pair);
    else {
      const message = `${pair} (${where}), found "${line.text}"`;
      problems.push(failureAtLine('datasets/malformed-line', file, line.number, line.text, message));
    }
  }
  const extra = lines[1 + expected];
  if (extra !== undefined) {
    const message = `a line after the last of ${expected} pairs`;
    problems.push(failureAtLine('datasets/malformed-line', file, extra.number, extra.text, message));
  }
  return problems.length > 0 ? err(problems) : ok({ folds, perFold, pairs });
}
