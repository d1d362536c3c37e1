import { availableParallelism } from 'node:os';
import { failure } from '../../../foundation/failures/diagnostic.js';
import { sayBytes } from '../../../foundation/files/files.js';
import { limit, raise } from '../../../foundation/files/limits.js';
import { UnfitFile } from '../../../foundation/files/opening.js';
import { err, ok, type Result } from '../../../foundation/failures/result.js';
import { FIVE_POINTS } from './alignment/alignment.js';
import { ALIGNED_BY, alignFace, type AlignedFace, type AlignmentOptions } from './alignment/align-face.js';
import { warning, type DatasetDiagnostic } from './dataset-diagnostic.js';
import type { Conversion } from './images/decode.js';
import { readImageFile } from './images/image-file.js';
import type { FaceDetector } from './alignment/detector.js';
import type { ImageEntry, ImageList } from './sets/image-list.js';
import type { DatasetRecord, ShardEntry } from './sets/image-set.js';
import { PixelBudget } from './images/pixel-budget.js';
import { ShardWriter } from './sets/shard-writer.js';

export interface ImportOptions {
  readonly alignment: AlignmentOptions;
  /** What becomes of a set with images that cannot be read or aligned: they are left out and said, or nothing is made. */
  readonly onBadImage: 'skip' | 'fatal';
  /** The path of a file of the list; throws where the list has no such file. */
  readonly locate: (file: string) => string;
  readonly detector?: FaceDetector;
  /** Images of more pixels are bad images. */
  readonly maxPixels?: number;
  /** Images in work at the same time; by default two for each core. No result depends on it. */
  readonly concurrency?: number;
  /** Stops the import, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each image, with how many of the range are done. */
  readonly onProgress?: (done: number) => void;
}

export interface ImportedShard {
  readonly images: number;
  /** How many were aligned by each means. */
  readonly alignedBy: Readonly<Record<string, number>>;
  /** Images left out, each by name, and conversions, by kind with some names. */
  readonly warnings: readonly DatasetDiagnostic[];
}

/** Decoded pixels that may be in memory at the same time; a larger image is decoded alone. */
const PIXELS_IN_FLIGHT = 50_000_000;

/**
 * Reads, aligns and packs some images of a list, those of one shard, into a safetensors file at `path` (see
 * `image-set.ts` for its tensors), where none may be. The pixels in memory are those of the images in work, whatever the
 * shard's size and the list's length. The bytes depend on the entries, the files and the options that are not about
 * speed. Where it fails, throws or is stopped, no file is left.
 */
export async function importShard(
  entries: readonly ImageEntry[],
  path: string,
  options: ImportOptions,
): Promise<Result<ImportedShard, readonly DatasetDiagnostic[]>> {
  const shard = new ShardWriter(path, entries, options.alignment.size);
  try {
    const images = await importImages(entries, options, shard);
    const faces = images.map((image) => (image.ok ? image.value : undefined));
    const bad = images.flatMap((image) => (image.ok ? [] : image.error));
    const whole = bad.filter(({ code }) => NEVER_SKIPPED.has(code));
    if (whole.length > 0) return err(whole);
    if (bad.length > 0 && options.onBadImage === 'fatal') return err(bad);
    shard.finish(faces);
    return ok(describeShard(entries, faces, bad));
  } finally {
    shard.close();
  }
}

/** What says nothing of the image itself: leaving the image out for it would make the result one of the machine. */
const NEVER_SKIPPED: ReadonlySet<DatasetDiagnostic['code']> = new Set(['datasets/image-too-slow', 'datasets/detector']);

type ImportedImage = Result<AlignedFace, readonly DatasetDiagnostic[]>;

/** What became of each entry, in their order; the pixels of those that are well are written. */
async function importImages(
  entries: readonly ImageEntry[],
  options: ImportOptions,
  shard: ShardWriter,
): Promise<readonly ImportedImage[]> {
  const { size } = options.alignment;
  const count = entries.length;
  const images = new Array<ImportedImage>(count);
  const budget = new PixelBudget(PIXELS_IN_FLIGHT);
  let next = 0;
  let done = 0;
  const work = async () => {
    const pixels = new Uint8Array(size * size * 3);
    for (let index = next++; index < count; index = next++) {
      options.signal?.throwIfAborted();
      const image = await importImage(entries[index]!, options, budget, pixels);
      if (image.ok) shard.writeImage(index, pixels);
      images[index] = image;
      done += 1;
      options.onProgress?.(done);
    }
  };
  const atOnce = Math.min(count, options.concurrency ?? 2 * availableParallelism());
  const workers = Array.from({ length: atOnce }, async () => {
    try {
      await work();
    } finally {
      next = count;
    }
  });
  // All have ended before the file is closed: a late one would write to whatever has its descriptor by then.
  for (const ended of await Promise.allSettled(workers)) if (ended.status === 'rejected') throw ended.reason;
  return images;
}

async function importImage(
  entry: ImageEntry,
  options: ImportOptions,
  budget: PixelBudget,
  out: Uint8Array,
): Promise<ImportedImage> {
  const path = options.locate(entry.file);
  let bytes: Uint8Array;
  try {
    bytes = await readImageFile(path);
  } catch (error) {
    if (error instanceof UnfitFile && error.code === 'EFBIG') {
      const message = `${entry.file} has more bytes than the ${sayBytes(limit('image-bytes'))} that are read of an image`;
      return err([failure('datasets/image-too-large', message, `shrink it; ${raise('image-bytes')}`)]);
    }
    const reason = error instanceof Error ? error.message : String(error);
    return err([failure('datasets/missing-image', `${entry.file} cannot be opened: ${reason}`)]);
  }
  return alignFace(
    entry,
    bytes,
    options.alignment,
    options.detector,
    options.maxPixels ?? limit('image-pixels'),
    budget,
    out,
  );
}

function describeShard(
  entries: readonly ImageEntry[],
  faces: readonly (AlignedFace | undefined)[],
  bad: readonly DatasetDiagnostic[],
): ImportedShard {
  const alignedBy = Object.fromEntries(ALIGNED_BY.map((means) => [means, 0]));
  let images = 0;
  for (const face of faces) {
    if (face === undefined) continue;
    alignedBy[face.alignedBy]! += 1;
    images += 1;
  }
  const leftOut = bad.map((problem) => ({
    ...problem,
    severity: 'warning' as const,
    message: `${problem.message}; it is left out`,
  }));
  return { images, alignedBy, warnings: [...leftOut, ...conversionWarnings(entries, faces)] };
}

function conversionWarnings(
  entries: readonly ImageEntry[],
  faces: readonly (AlignedFace | undefined)[],
): DatasetDiagnostic[] {
  const byKind = new Map<Conversion, string[]>();
  faces.forEach((face, row) => {
    for (const kind of face?.conversions ?? []) {
      const names = byKind.get(kind) ?? [];
      names.push(entries[row]!.file);
      byKind.set(kind, names);
    }
  });
  return [...byKind]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, names]) => {
      const some = names.slice(0, 3).join(', ') + (names.length > 3 ? `, and ${names.length - 3} more` : '');
      const count = `${names.length} ${names.length === 1 ? 'image was' : 'images were'}`;
      return warning('datasets/image-converted', `${count} converted (${kind}): ${some}`);
    });
}

/** The record beside the shards, `dataset.json`. */
export function gatherDataset(list: ImageList, size: number, shards: readonly ShardEntry[]): DatasetRecord {
  return {
    schema: 'fx/dataset@1',
    images: shards.reduce((sum, shard) => sum + shard.images, 0),
    identities: list.identities.length,
    height: size,
    width: size,
    shards,
    landmarks: FIVE_POINTS,
    identityNames: list.identities,
    source: list.source,
  };
}
