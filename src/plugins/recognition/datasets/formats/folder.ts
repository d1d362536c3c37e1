import type { Result } from '../../../../foundation/failures/result.js';
import type { DatasetDiagnostic } from '../dataset-diagnostic.js';
import { imageList, isImageName, type FoundImage, type ImageList, type Listing } from '../sets/image-list.js';

/** A plain folder: `person/any/depth/image.png`. An image's person is its first folder; images without one are left out. */
export function readFolder(listing: Listing): Result<ImageList, readonly DatasetDiagnostic[]> {
  return imageList('folder', {
    *[Symbol.iterator](): Generator<FoundImage> {
      for (const { path } of listing) {
        const slash = path.indexOf('/');
        if (slash <= 0 || !isImageName(path)) continue;
        yield { name: path, file: path, identity: path.slice(0, slash) };
      }
    },
  });
}
