import { dirname, join } from 'node:path';
import { ORIGIN } from '../../engine/sharing/bundle/layout.js';
import { isSystemError } from '../../foundation/files/files.js';
import { readText } from '../../foundation/files/text-file.js';

/** Where an unpacked project came from. */
export interface Origin {
  readonly schema: 'fx/bundle-origin@1';
  /** Of the bundle. */
  readonly sha256: string;
  /** The experiment's file. */
  readonly experiment: string;
  /** Whether `fx import --trust` said that its commands and modules may run. */
  readonly trusted: boolean;
}

/**
 * Undefined for the user's own projects. Whatever lies below an unpacked folder came with it. A mark that cannot be read is
 * believed to be a stranger's.
 */
export function originOf(project: string): Origin | undefined {
  for (let folder = project; ; folder = dirname(folder)) {
    const origin = markIn(folder);
    if (origin !== undefined || folder === dirname(folder)) return origin;
  }
}

function markIn(project: string): Origin | undefined {
  let text: string;
  try {
    text = readText(join(project, ORIGIN));
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Origin;
  } catch {
    return { schema: 'fx/bundle-origin@1', sha256: '', experiment: '', trusted: false };
  }
}
