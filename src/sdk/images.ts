/**
 * Sets of images as stages hand them to one another (`produces: 'images'`), for stage kinds outside of `fx`: each image with the
 * person or thing that it shows. The version of the package holds for what is exported here, as for `runpaper/stage`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact } from '../engine/stage.js';
import { encodeSafetensors } from '../foundation/safetensors.js';
import {
  openSet,
  readDatasetRecord,
  type DatasetRecord,
  type ImageSet,
  type ShardEntry,
} from '../plugins/recognition/datasets/sets/image-set.js';

export type { DatasetRecord, ImageSet, ShardEntry };

/**
 * Opens a stage's images; `close()` it in the end. Throws where they are no set of images, or damaged.
 *
 * @param artifact a parameter `artifact(['images'], …)`
 */
export function openImages({ files, locate }: Artifact): ImageSet {
  return openSet(readDatasetRecord(locate('dataset.json')), (file) =>
    files.find(file) === undefined ? undefined : locate(file),
  );
}

export interface Images {
  readonly height: number;
  readonly width: number;
  /** [n, height, width, 3], RGB as displayed. */
  readonly pixels: Uint8Array;
  /** [n]: what each image shows, from 0 without gaps. */
  readonly identity: Int32Array;
  /** Nobody but its user may see the images: reports and bundles leave them out. */
  readonly private?: true;
  /** What made them, in a word. */
  readonly source: string;
}

/** Writes images as the result of a stage. Throws where the sizes of what is given do not fit one another. */
export function writeImages(workspace: string, { height, width, pixels, identity, source, ...more }: Images): void {
  const images = identity.length;
  if (pixels.length !== images * height * width * 3)
    throw new RangeError(`${pixels.length} bytes are not ${images} images of ${height}x${width}x3`);
  const counts: (number | undefined)[] = [];
  const sample = identity.map((one) => {
    const count = counts[one] ?? 0;
    counts[one] = count + 1;
    return count;
  });
  const gap = Array.from(counts).findIndex((count) => count === undefined);
  if (gap >= 0 || identity.some((one) => one < 0))
    throw new RangeError('identities are not 0 to their number, each with an image');
  const file = 'shard-00000.safetensors';
  const tensors = {
    images: { shape: [images, height, width, 3], data: pixels },
    identity: { shape: [images], data: identity },
    sample: { shape: [images], data: sample },
  };
  writeFileSync(join(workspace, file), encodeSafetensors(tensors));
  const record: DatasetRecord = {
    schema: 'fx/dataset@1',
    images,
    identities: counts.length,
    height,
    width,
    shards: [{ file, images }],
    source,
    ...more,
  };
  writeFileSync(join(workspace, 'dataset.json'), `${JSON.stringify(record)}\n`);
}
