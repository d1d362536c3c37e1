import { sep } from 'node:path';
import { isDigest, type Digest } from '../../../foundation/files/digest.js';

/** `folder/ab/cdef...`: two levels, so that no folder grows without bound. Throws where the digest is none. */
export function pathByDigest(folder: string, digest: Digest, extension = ''): string {
  const value: unknown = digest;
  if (!isDigest(value)) throw new TypeError(`not a sha256 digest: ${String(value)}`);
  // Not `join`: this is asked for every file of every result, and the folder is in its normal form.
  return `${folder}${sep}${value.slice(0, 2)}${sep}${value.slice(2)}${extension}`;
}

/** What the name of a log that is kept whole beside its result ends with; before it, 32 digits of the key. */
export const WHOLE_LOG = '.whole.log';
