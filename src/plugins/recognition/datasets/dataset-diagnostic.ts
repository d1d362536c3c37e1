import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';

export type DatasetCode =
  /** A line of a list, table or annotation that says something else than its format allows. */
  | 'datasets/malformed-line'
  /** A file that ends before it has said all that its beginning promised. */
  | 'datasets/truncated'
  /** Two entries that contradict each other. */
  | 'datasets/contradiction'
  | 'datasets/no-images'
  /** A name that a list, a protocol or an annotation gives and the folder has not. */
  | 'datasets/missing-image'
  /** A file that does not follow the data set's naming, and was left out. */
  | 'datasets/unknown-name'
  /** A list of names most of which the data set has not. */
  | 'datasets/list-of-another-set'
  | 'datasets/empty-file'
  | 'datasets/unreadable-image'
  | 'datasets/image-too-large'
  /** Decoding it took longer than allowed: no property of the image, so never a reason to leave it out. */
  | 'datasets/image-too-slow'
  /** An image that was turned, or brought from another colour space. */
  | 'datasets/image-converted'
  /** A face for which none of the wanted ways of alignment had what it needs. */
  | 'datasets/not-aligned'
  /** A subset larger than the data set. */
  | 'datasets/too-few-images'
  /** A detector that does not fulfil the contract of `detector.ts`. */
  | 'datasets/detector';

export type DatasetDiagnostic = Diagnostic<DatasetCode>;

/** A failure at a line of a text file; lines count from 1. */
export function failureAtLine(
  code: DatasetCode,
  file: string,
  line: number,
  text: string,
  message: string,
): DatasetDiagnostic {
  return {
    code,
    severity: 'error',
    message: `${file}:${line}: ${message}`,
    place: { file, start: { line, column: 1 }, end: { line, column: text.length + 1 } },
  };
}

export function warning(code: DatasetCode, message: string, help?: string): DatasetDiagnostic {
  return { code, severity: 'warning', message, ...(help === undefined ? {} : { help }) };
}
