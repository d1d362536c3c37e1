import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImageSet } from '../../datasets/sets/image-set.js';
import { writeRps } from '../scene/rps.js';
import { annotatedImage, encodePng, writeCsv, writeTlms } from './annotated-image.js';

/**
 * Writes images of a generated set as the folders of the parametric-face-image-generator:
 * `img/<id>/<id>_<n><suffix>.png` (suffix '' or `_<map>`), `rps/<id>/<id>_<n>.rps`, `tlms/<id>/<id>_<n>.tlms` and
 * `csv/<id>/<id>_<n>.csv`. The same set gives the same bytes. The .rps files hold the camera with its turn about the axis
 * as a view, so that scalismo-faces sees the same crop.
 *
 * @param set that lacks nothing of `missingTensors`
 */
export async function exportScalaFolders(
  set: ImageSet,
  folder: string,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (done: number, total: number) => void } = {},
): Promise<void> {
  const { width, height } = set.record;
  for (let index = 0; index < set.count; index += 1) {
    options.signal?.throwIfAborted();
    const image = annotatedImage(set, index);
    const name = `${image.identity}_${image.sample}`;
    const write = (kind: string, suffix: string, content: string | Uint8Array): void => {
      const path = join(folder, kind, String(image.identity), `${name}${suffix}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    };
    for (const picture of image.pictures) {
      write('img', `${picture.name === '' ? '' : `_${picture.name}`}.png`, await encodePng(picture, width, height));
    }
    write('rps', '.rps', writeRps(image.parameters));
    write('csv', '.csv', writeCsv(image));
    if (image.landmarks.length > 0) write('tlms', '.tlms', writeTlms(image));
    options.onProgress?.(index + 1, set.count);
  }
}
