import { ImageSet, readDatasetRecord, type DatasetRecord } from '../../datasets/sets/image-set.js';
import type { Artifact } from '../../../../engine/stage.js';

/** Opens an artifact of images for reading. Close it when done. */
export function openImages(artifact: Artifact): ImageSet {
  return ImageSet.open(datasetRecordOf(artifact), artifact.locate);
}

export function datasetRecordOf(artifact: Artifact): DatasetRecord {
  return readDatasetRecord(artifact.locate('dataset.json'));
}
