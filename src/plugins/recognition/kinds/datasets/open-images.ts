import { ImageSet, type DatasetRecord } from '../../datasets/sets/image-set.js';
import type { Artifact } from '../../../../engine/stage.js';
import { readText } from '../../../../foundation/text-file.js';

/** Opens an artifact of images for reading. Close it when done. */
export function openImages(artifact: Artifact): ImageSet {
  return ImageSet.open(datasetRecordOf(artifact), artifact.locate);
}

export function datasetRecordOf(artifact: Artifact): DatasetRecord {
  return JSON.parse(readText(artifact.locate('dataset.json'))) as DatasetRecord;
}
