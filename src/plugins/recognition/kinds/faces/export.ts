import { openSet, readDatasetRecord } from '../../datasets/sets/image-set.js';
import { missingTensors } from '../../faces/export/annotated-image.js';
import { exportScalaFolders } from '../../faces/export/scala-folders.js';
import { exportWebDataset } from '../../faces/export/webdataset.js';
import type { ResultFiles } from '../../../../engine/presentation.js';
import { failure } from '../../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';

export type ExportFormat = 'scala' | 'webdataset';

/**
 * Writes the images of a result of `faces/generate`, each map, and what is known of each image as files that other
 * programs read: the folders of the Scala generator, or WebDataset tars. Files of those names are replaced.
 *
 * @param folder exists
 * @returns the number of images; fails where the result holds none, or not what an export needs
 */
export async function exportFaces(
  locate: ResultFiles['locate'],
  format: ExportFormat,
  folder: string,
  onProgress?: (done: number, total: number) => void,
): Promise<Result<number>> {
  const described = locate('dataset.json');
  if (described === undefined)
    return fail(failure('export/no-images', 'this result holds no images', 'name a stage that makes a set of images'));
  const record = readDatasetRecord(described);
  const set = openSet(record, locate);
  try {
    const missing = missingTensors(set);
    if (missing.length > 0) {
      const message = `this set of images lacks ${missing.join(', ')}, which the export needs`;
      return fail(failure('export/lacks', message, 'sets made by faces/generate have them'));
    }
    const options = onProgress === undefined ? {} : { onProgress };
    if (format === 'scala') await exportScalaFolders(set, folder, options);
    else await exportWebDataset(set, folder, options);
    return ok(set.count);
  } finally {
    set.close();
  }
}
