import { isJsonObject, type Json } from '../../../../foundation/values/json.js';
import { limit, raise } from '../../../../foundation/files/limits.js';
import { UnfitFile } from '../../../../foundation/files/opening.js';
import { openTensors, type SafetensorsFile } from '../../../../foundation/formats/safetensors.js';
import { isCount, isTexts, readJson } from '../../../../foundation/files/text-file.js';

/**
 * An image data set on disk, of any maker (the face generator, a reader of a real data set, the stand-in world):
 * `dataset.json` (this record) beside shards `shard-00000.safetensors`, each with
 *
 * | tensor       | dtype | shape        | required | meaning                                                        |
 * | ------------ | ----- | ------------ | -------- | -------------------------------------------------------------- |
 * | `images`     | U8    | [n, h, w, 3] | yes      | RGB as displayed                                               |
 * | `identity`   | I32   | [n]          | yes      | index of the person, 0-based, the same in all shards           |
 * | `sample`     | I32   | [n]          | yes      | index of the image among its person's                          |
 * | `landmarks`  | F32   | [n, L, 2]    | no       | pixels, x right and y down, (0, 0) the centre of the first one |
 * | `visible`    | U8    | [n, L]       | no       | 1 where the landmark is seen                                   |
 * | `pose`       | F32   | [n, 3]       | no       | yaw, pitch, roll in radians                                    |
 * | `light`      | F32   | [n, 9, 3]    | no       | spherical harmonics, RGB                                       |
 * | `aligned_by` | U8    | [n]          | no       | by what each face was aligned: index into `ALIGNED_BY`         |
 * | `file_names` | U8    | [bytes]      | no       | UTF-8: what protocols call each image, a line feed after each  |
 *
 * and whatever else its maker has to say. Images of one person need not be neighbours.
 */
export interface DatasetRecord {
  readonly schema: 'fx/dataset@1';
  readonly images: number;
  readonly identities: number;
  readonly height: number;
  readonly width: number;
  readonly shards: readonly ShardEntry[];
  /** Names of the L landmarks, where there are any. */
  readonly landmarks?: readonly string[];
  /** Names of the persons, in the order of their numbers, where they have any. */
  readonly identityNames?: readonly string[];
  /** Nobody but its user may see the images: reports and bundles leave them out. */
  readonly private?: true;
  /** What made it, in a word: `faces/generate`, `casia`, ... */
  readonly source: string;
}

export interface ShardEntry {
  readonly file: string;
  readonly images: number;
}

/** The record of a data set: it may be a stranger's. Throws {@link UnfitFile}. */
export function readDatasetRecord(path: string): DatasetRecord {
  return readJson(path, recordProblem) as unknown as DatasetRecord;
}

function recordProblem(value: Json): string | undefined {
  if (!isJsonObject(value) || value.schema !== 'fx/dataset@1') return 'no record of a data set, fx/dataset@1';
  const { images, identities, height, width, shards, landmarks, identityNames, source } = value;
  if (!isCount(images) || !isCount(identities) || !isCount(height) || !isCount(width))
    return 'a data set without numbers and sizes of its images';
  if (height * width > limit('image-pixels'))
    return `a data set of images of ${width}x${height}; ${raise('image-pixels')}`;
  if (!Array.isArray(shards) || !shards.every(isShard)) return 'a data set without a list of its shards';
  const sum = shards.reduce((total: number, shard) => total + (shard as unknown as ShardEntry).images, 0);
  if (sum !== images) return `a data set of ${images} images whose shards hold ${sum}`;
  if ([landmarks, identityNames].some((names) => names !== undefined && !isTexts(names)) || typeof source !== 'string')
    return 'a data set whose names are no texts';
  return undefined;
}

function isShard(value: Json): boolean {
  return isJsonObject(value) && typeof value.file === 'string' && isCount(value.images);
}

/** A data set opened for random access; holds labels and file handles in memory, never images. */
export class ImageSet {
  readonly record: DatasetRecord;
  /** Person of each image, in shard order. */
  readonly identity: Int32Array;
  readonly #shards: readonly SafetensorsFile[];
  readonly #firsts: readonly number[];

  private constructor(record: DatasetRecord, identity: Int32Array, shards: readonly SafetensorsFile[]) {
    this.record = record;
    this.identity = identity;
    this.#shards = shards;
    const firsts: number[] = [];
    let first = 0;
    for (const shard of record.shards) {
      firsts.push(first);
      first += shard.images;
    }
    this.#firsts = firsts;
  }

  /**
   * Throws {@link UnfitFile} where the shards are not what the record says.
   *
   * @param locate gives the path of a file of the data set by its name
   */
  static open(record: DatasetRecord, locate: (file: string) => string): ImageSet {
    const identity = new Int32Array(record.images);
    const shards: SafetensorsFile[] = [];
    let at = 0;
    try {
      for (const { file, images } of record.shards) {
        const path = locate(file);
        const shard = openTensors(path);
        shards.push(shard);
        const problem = shardProblem(shard, record, images);
        if (problem !== undefined) throw new UnfitFile('EBADMSG', path, `a shard ${problem}`);
        identity.set(shard.read('identity'), at);
        at += images;
      }
    } catch (error) {
      for (const shard of shards) shard.close();
      throw error;
    }
    return new ImageSet(record, identity, shards);
  }

  get count(): number {
    return this.record.images;
  }

  get imageBytes(): number {
    return this.record.height * this.record.width * 3;
  }

  /** Pixels of the images at `indices`, in that order, into `out` ([indices.length, h, w, 3]). */
  readImages(indices: ArrayLike<number>, out: Uint8Array): void {
    const size = this.imageBytes;
    for (let k = 0; k < indices.length; k += 1) {
      const { shard, row } = this.#find(indices[k]!);
      shard.read('images', row, row + 1, out.subarray(k * size, (k + 1) * size));
    }
  }

  /** One row of any other tensor of the image's shard. */
  readRow(index: number, tensor: string): ArrayLike<number> {
    const { shard, row } = this.#find(index);
    return shard.read(tensor, row, row + 1);
  }

  /** What protocols call the images, in shard order; undefined where the data set's maker gave no names. */
  names(): readonly string[] | undefined {
    if (!this.has('file_names')) return undefined;
    return this.#shards.flatMap((shard, i) => {
      const text = Buffer.from(shard.read('file_names') as Uint8Array).toString('utf8');
      const names = text === '' ? [] : text.slice(0, -1).split('\n');
      if (names.length === this.record.shards[i]!.images) return names;
      throw new UnfitFile(
        'EBADMSG',
        shard.path,
        `a shard of ${this.record.shards[i]!.images} images and ${names.length} names`,
      );
    });
  }

  has(tensor: string): boolean {
    return this.#shards.every((shard) => shard.tensors.has(tensor));
  }

  close(): void {
    for (const shard of this.#shards) shard.close();
  }

  #find(index: number): { shard: SafetensorsFile; row: number } {
    let low = 0;
    let high = this.#firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#firsts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return { shard: this.#shards[low]!, row: index - this.#firsts[low]! };
  }
}

/** Opens a set of whose files not all need be there. Whatever path a stranger's record names, no file but the result's own is opened. */
export function openSet(record: DatasetRecord, locate: (file: string) => string | undefined): ImageSet {
  return ImageSet.open(record, (file) => {
    const path = locate(file);
    if (path === undefined) throw new UnfitFile('EBADMSG', file, 'a shard that the result does not hold');
    return path;
  });
}

/** What a shard lacks of what its data set's record says of it. */
function shardProblem(
  { tensors }: SafetensorsFile,
  { height, width }: DatasetRecord,
  images: number,
): string | undefined {
  const [pixels, persons] = [tensors.get('images'), tensors.get('identity')];
  if (pixels === undefined || persons === undefined) return 'without images or whom they show';
  if (pixels.dtype !== 'U8' || pixels.shape.join() !== [images, height, width, 3].join())
    return `whose images are ${pixels.dtype} [${pixels.shape.join(', ')}], where U8 [${images}, ${height}, ${width}, 3] is said`;
  if (persons.dtype !== 'I32') return `whose persons are ${persons.dtype}`;
  for (const [name, { shape }] of tensors)
    if (name !== 'file_names' && shape[0] !== images)
      return `whose ${name} are of ${String(shape[0])} images, not ${images}`;
  return undefined;
}
