import { posix } from 'node:path';

/**
 * Why a path may not stand in a manifest, or undefined. It must be relative, with `/` between non-empty segments, none
 * of them `.` or `..`; without control characters and backslashes, so that it names one file below the destination on
 * every system.
 */
export function pathProblem(path: string): string | undefined {
  if (PLAIN.test(path) && path.length <= 4096) return undefined;
  if (path === '') return 'is empty';
  if (path.length > 4096) return 'is too long';
  if (path.startsWith('/')) return 'is absolute';
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'has a control character';
  if (path.includes('\\')) return 'has a backslash';
  if (/\p{Surrogate}/u.test(path) || path.includes('\ufffd')) return 'is not well-formed Unicode';
  if (/^[A-Za-z]:/.test(path)) return 'begins with a drive letter';
  for (const segment of path.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment === '.' || segment === '..') return `has the segment "${segment}"`;
  }
  return undefined;
}

/** The form of nearly all paths, recognised by one expression: no segment begins with a dot. */
const PLAIN = /^\w[\w.-]*(?:\/\w[\w.-]*)*$/;

/** Why no file can be written at a path, though a manifest may have it: a system takes names of 255 bytes. */
export function unwritable(path: string): string | undefined {
  const long = path.split('/').some((segment) => Buffer.byteLength(segment) > 255);
  return long ? 'has a name of more than 255 bytes' : undefined;
}

/** A path as a manifest has it: without `./`, doubled slashes and a slash at its end. */
export function plainPath(path: string): string {
  return PLAIN.test(path) ? path : posix.normalize(path).replace(/\/+$/, '');
}
