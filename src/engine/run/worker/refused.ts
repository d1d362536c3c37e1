import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../../foundation/files/files.js';

/** What the system says, and what to do about it. A code that is none of these (ENOENT, EINVAL) is the mistake of who asked. */
const REASONS: Readonly<Record<string, readonly [says: string, help?: string]>> = {
  EPERM: ['operation not permitted', 'look at its owner and attributes (lsattr)'],
  EACCES: ['permission denied', 'look at its owner and permissions'],
  EROFS: ['the file system is read-only'],
  ENAMETOOLONG: ['its name is too long', 'use shorter names, or fewer folders one inside the other'],
  ELOOP: ['its path is a link to itself'],
  ENOTEMPTY: ['a folder is not empty', 'end what writes to it while the stage runs'],
  EBUSY: ['it is in use', 'end what holds it, or unmount it'],
  EXDEV: ['a part of it is on another file system', 'unmount it'],
  EMLINK: ['a file or folder has as many links as the file system can hold'],
  EFBIG: ['it is larger than the file system or a limit (ulimit -f) allows'],
  EIO: ['the disk or the network behind it fails'],
  ESTALE: ['the network file system lost it'],
  ETIMEDOUT: ['the network file system does not answer'],
  ENOMEM: ['no memory is left'],
  EMFILE: ['too many files are open', 'raise the limit (ulimit -n)'],
  ENFILE: ['too many files are open on this machine'],
};

/** Characters of a path that are shown. */
const SHOWN = 120;

/**
 * What the system refuses while a stage works, which is no bug of the stage.
 * @param workspace paths below it, and beside it under its name, are said as the stage knows them
 */
export function refused(error: unknown, workspace: string): Diagnostic<'run/refused'> | undefined {
  if (!isSystemError(error)) return undefined;
  const reason = REASONS[error.code ?? ''];
  if (reason === undefined) return undefined;
  const [says, help] = reason;
  const what = [error.syscall, error.path === undefined ? undefined : said(error.path, workspace)];
  const act = what.filter((word) => word !== undefined && word !== '').join(' ');
  return failure('run/refused', `the system refuses \`${act}\`: ${says} (${error.code!})`, help);
}

function said(path: string, workspace: string): string {
  const own = path.startsWith(workspace) ? path.slice(workspace.length).replace(/^[^/]*\//, '') : path;
  return own.length > SHOWN ? `${own.slice(0, SHOWN)}...` : own;
}
