/**
 * Sets of images as stages hand them to one another (`produces: 'images'`), for stage kinds outside of `fx`: each image with the
 * person or thing that it shows. Semantic versioning holds for what is exported here, as for `runpaper/stage`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact } from '../engine/stage.js';
import { encodeSafetensors } from '../foundation/formats/safetensors.js';
import {
  openSet,
  readDatasetRecord,
  type DatasetRecord,
  type ImageSet,
  type ShardEntry,
} from '../plugins/recognition/datasets/sets/image-set.js';

export type { DatasetRecord, ImageSet, ShardEntry };

/**
 * Opens the images that a stage made. The caller closes the set (`close()`). Throws if the artifact is no set of images, or is
 * damaged.
 *
 * @param artifact the value of a parameter that was declared as `artifact(['images'], …)`
 */
export function openImages({ files, locate }: Artifact): ImageSet {
  return openSet(readDatasetRecord(locate('dataset.json')), (file) =>
    files.find(file) === undefined ? undefined : locate(file),
  );
}

/** n images of one size, in memory. */
export interface Images {
  /** Pixels. */
  readonly height: number;
  /** Pixels. */
  readonly width: number;
  /** [n, height, width, 3]: RGB as displayed (gamma-encoded), 0 to 255, rows from the top. */
  readonly pixels: Uint8Array;
  /** [n]: the person or thing that each image shows, numbered from 0 without gaps. Its images need not be neighbours. */
  readonly identity: Int32Array;
  /** Only the user who runs the stage may see the images: reports and bundles leave them out. */
  readonly private?: true;
  /** What made the images, in a word: the name of the kind, say. */
  readonly source: string;
}

/**
 * Writes images as the result of a stage: `dataset.json` and one shard. Throws a RangeError if `pixels` has another size than
 * `height`, `width` and the number of images say, or if the numbers of `identity` have gaps.
 *
 * @param workspace that of the stage's context
 */
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
