import type { Result } from '../../../../foundation/failures/result.js';
import type { DatasetDiagnostic } from '../dataset-diagnostic.js';
import { imageList, isImageName, type FoundImage, type ImageList, type Listing } from '../sets/image-list.js';

/**
 * CASIA-WebFace (Yi, Lei, Liao, Li 2014): images `0000045/001.jpg`, a folder of seven digits per person.
 */

/**
 * The published images are square crops with the face in the middle, about as LFW's; the margin is not documented, so
 * this is LFW's.
 */
export const CASIA_CROP = { central: 1 / 2.2 } as const;

/** `0000045/001.jpg` */
export function casiaFile(person: string, number: number): string {
  return `${person}/${String(number).padStart(3, '0')}.jpg`;
}

/** `0000045/001.jpg` of a path below whatever folder; undefined for other names. */
export function parseCasiaFile(path: string): string | undefined {
  return isImageName(path) ? /(?:^|\/)(\d{7}\/[^/]+)$/.exec(path)?.[1] : undefined;
}

/** Images below a folder of seven digits, under whatever folder that lies; other files are left out. */
export function readCasia(listing: Listing): Result<ImageList, readonly DatasetDiagnostic[]> {
  return imageList('casia', {
    *[Symbol.iterator](): Generator<FoundImage> {
      for (const { path } of listing) {
        const name = parseCasiaFile(path);
        if (name === undefined) continue;
        yield { name, file: path, identity: name.slice(0, 7), box: CASIA_CROP };
      }
    },
  });
}
