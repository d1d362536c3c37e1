import type { Diagnostic, RelatedPlace } from '../../foundation/failures/diagnostic.js';
import type { Result } from '../../foundation/failures/result.js';
import { placeOf, type Located, type Via } from './source.js';

export type DocumentCode =
  | 'document/not-found'
  | 'document/too-large'
  | 'document/not-utf8'
  | 'document/syntax'
  | 'document/several-documents'
  | 'document/empty'
  | 'document/not-a-map'
  | 'document/duplicate-key'
  | 'document/bad-key'
  | 'document/unknown-alias'
  | 'document/alias-bomb'
  | 'document/bad-merge'
  | 'document/unknown-tag'
  | 'document/bad-number'
  | 'document/bad-text'
  | 'document/dropped'
  | 'document/too-deep'
  | 'document/extends-missing'
  | 'document/extends-outside'
  | 'document/extends-loop'
  | 'document/bad-setting';

/** What came of reading a text, or all that is wrong with it. */
export type Read<T> = Result<T, readonly Diagnostic<DocumentCode>[]>;

/** An error at a stretch of a source, with the way the value took from there to where it counts. */
export function problem<Code extends string>(
  code: Code,
  at: Located,
  message: string,
  more: { readonly help?: string | undefined; readonly related?: readonly RelatedPlace[] } = {},
): Diagnostic<Code> {
  const related = [...way(at.via), ...(more.related ?? [])];
  return {
    code,
    severity: 'error',
    message,
    place: placeOf(at),
    ...(related.length === 0 ? {} : { related }),
    ...(more.help === undefined ? {} : { help: more.help }),
  };
}

function way(via: Via | undefined): RelatedPlace[] {
  const steps: RelatedPlace[] = [];
  for (let step = via; step !== undefined; step = step.next)
    steps.push({ message: step.message, place: placeOf(step.at) });
  return steps;
}

export function related(message: string, at: Located): RelatedPlace {
  return { message, place: placeOf(at) };
}
