import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { failure, type Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { isSystemError } from '../../../foundation/files/files.js';
import { byCodeUnit } from '../../../foundation/values/json.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import { ownedName } from '../../artifacts/store/owner.js';
import type { SharingCode } from '../codes.js';

/** A file of a bundle: its bytes, or where they are. */
export type PackedFile =
  { readonly path: string; readonly bytes: Uint8Array } | { readonly path: string; readonly at: string };

/**
 * Writes a zip by a temporary file and a rename: whole or not at all. Entries are sorted and carry no time, so that equal
 * files make equal zips. yazl is loaded by the first call.
 */
export async function pack(
  files: readonly PackedFile[],
  target: string,
): Promise<Result<void, readonly Diagnostic<SharingCode>[]>> {
  const { ZipFile } = await import('yazl');
  const temporary = join(dirname(target), `.${basename(target)}.${ownedName()}`);
  const zip = new ZipFile();
  const options = { mtime: NO_TIME, mode: 0o100644, forceDosTimestamp: true };
  try {
    // The crate's metadata first, as readers of crates like it.
    for (const file of [...files].sort((a, b) => rank(a.path) - rank(b.path) || byCodeUnit(a.path, b.path))) {
      if ('at' in file) zip.addFile(file.at, file.path, options);
      else zip.addBuffer(Buffer.from(file.bytes), file.path, options);
    }
    const failed = new Promise<never>((_, reject) => zip.once('error', reject));
    zip.end();
    await Promise.race([pipeline(zip.outputStream, createWriteStream(temporary, { flags: 'wx' })), failed]);
    renameSync(temporary, target);
    return ok(undefined);
  } catch (error) {
    rmSync(temporary, { force: true });
    if (!isSystemError(error)) throw error;
    return fail(failure('bundle/unwritable', `cannot write ${target}: ${error.message}`));
  }
}

function rank(path: string): number {
  return path === 'ro-crate-metadata.json' ? 0 : 1;
}

/** The first moment that zip knows. */
const NO_TIME = new Date(1980, 0, 1);
