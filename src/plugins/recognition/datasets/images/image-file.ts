import { limit } from '../../../../foundation/files/limits.js';
import { openPlainHandle } from '../../../../foundation/files/opening.js';

/** The bytes of an image's file. Throws the system's error, or `UnfitFile` of what is no plain file or has too many bytes. */
export async function readImageFile(path: string): Promise<Uint8Array> {
  const file = await openPlainHandle(path, { most: limit('image-bytes') });
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}
