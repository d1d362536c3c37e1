import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ExternalCode } from '../../engine/artifacts/external/external-problem.js';
import { failure, type Diagnostic } from '../../foundation/failures/diagnostic.js';
import { isInside, isSystemError } from '../../foundation/files/files.js';

/** What is wrong with a folder as an input if every run writes to it. */
export function heldByInput(folder: string, cache: string, project: string): Diagnostic<ExternalCode> | undefined {
  const input = realOf(folder);
  const kept = join(project, '.fx');
  // Where nothing can be kept of runs, nothing writes there.
  const isHeld = (place: string): boolean => (place === cache || existsSync(place)) && isInside(realOf(place), input);
  const what = isHeld(cache) ? `the cache ${cache}` : isHeld(kept) ? `what is kept of runs (${kept})` : undefined;
  if (what === undefined) return undefined;
  const message = `${folder} holds ${what}, to which every run writes, so it is never the same`;
  return failure('external/holds-cache', message, 'put what the stage reads into a folder of its own, and name that');
}

/** A path without links, as far as it exists. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const above = dirname(path);
    return above === path ? path : join(realOf(above), basename(path));
  }
}
