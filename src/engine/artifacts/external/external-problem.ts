import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../../foundation/files/files.js';
import type { Result } from '../../../foundation/failures/result.js';

export type ExternalCode =
  | 'external/missing'
  | 'external/wrong-shape'
  | 'external/unreadable'
  | 'external/not-a-file'
  | 'external/link-loop'
  | 'external/bad-name'
  | 'external/changed'
  | 'external/holds-cache';

export type ExternalResult<T> = Result<T, readonly Diagnostic<ExternalCode>[]>;

/** What an error of the file system means for an input. Others are bugs and thrown on. */
export function problemOf(error: unknown, path: string, whenAbsent: ExternalCode): Diagnostic<ExternalCode> {
  if (!isSystemError(error)) throw error;
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return whenAbsent === 'external/missing'
        ? failure('external/missing', `there is no ${path}`)
        : failure(whenAbsent, `${path} disappeared while it was being read`, 'rerun when nothing writes there');
    case 'ELOOP':
      return failure('external/link-loop', `${path} is a link to itself`, 'remove the link');
    case 'EACCES':
    case 'EPERM':
      return failure('external/unreadable', `no permission to read ${path}`, 'check its owner and permissions');
    default:
      return failure('external/unreadable', `${path} cannot be read: ${error.message}`);
  }
}
