import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { err, ok, type Result } from '../../foundation/result.js';
import { encodeSafetensors } from '../../foundation/safetensors.js';
import { failure } from '../../foundation/diagnostic.js';
import { applySimilarity, FIVE_POINTS } from './alignment.js';
import { ALIGNED_BY, alignFace, type AlignedFace, type AlignmentOptions } from './align-face.js';
import { warning, type DatasetDiagnostic } from './dataset-diagnostic.js';
import { MAX_PIXELS, type Conversion } from './decode.js';
import type { FaceDetector } from './detector.js';
import type { ImageEntry, ImageList } from './image-list.js';
import type { DatasetRecord, ShardEntry } from './image-set.js';
import { PixelBudget } from './pixel-budget.js';

/** Entries `begin` to `end` (exclusive) of a list: what one shard holds. */
export interface ShardRange {
  readonly begin: number;
  readonly end: number;
}

/** Divides a list into shards. */
export function planShards(images: number, shardSize: number): ShardRange[] {
  const ranges: ShardRange[] = [];
  for (let begin = 0; begin < images; begin += shardSize) {
    ranges.push({ begin, end: Math.min(images, begin + shardSize) });
  }
  return ranges;
}

/**
 * All that a shard's bytes depend on besides files and options, as one text: what a key may digest. Unknown points are
 * null.
 */
export function describeEntries(entries: readonly ImageEntry[]): string {
  const rows = entries.map(({ name, file, person, sample, box, points }) => {
    const place = box === undefined ? null : 'central' in box ? [box.central] : [box.x, box.y, box.width, box.height];
    return [name, file, person, sample, place, points === undefined ? null : Array.from(points)];
  });
  return JSON.stringify(rows);
}

/** `shard-00000.safetensors` */
export function shardFile(index: number): string {
  return `shard-${String(index).padStart(5, '0')}.safetensors`;
}

export interface ImportOptions {
  readonly alignment: AlignmentOptions;
  /** What becomes of a set with images that cannot be read or aligned: they are left out and said, or nothing is made. */
  readonly onBadImage: 'skip' | 'fatal';
  /** The path of a file of the list. */
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
  /** The safetensors file; see `image-set.ts` for its tensors. */
  readonly bytes: Uint8Array;
  readonly images: number;
  /** How many were aligned by each means. */
  readonly alignedBy: Readonly<Record<string, number>>;
  /** Images left out, each by name, and conversions, by kind with some names. */
  readonly warnings: readonly DatasetDiagnostic[];
}

/** Decoded pixels that may be in memory at the same time; a larger image is decoded alone. */
const PIXELS_IN_FLIGHT = 50_000_000;

/**
 * Reads, aligns and packs some images of a list: those of a range of {@link planShards}. Memory is that of the shard and of
 * the images in work, whatever the list's length. The bytes depend on the entries, the files and the options that are
 * not about speed.
 */
export async function importShard(
  entries: readonly ImageEntry[],
  options: ImportOptions,
): Promise<Result<ImportedShard, readonly DatasetDiagnostic[]>> {
  const { size } = options.alignment;
  const count = entries.length;
  const imageBytes = size * size * 3;
  const images = new Uint8Array(count * imageBytes);
  const faces = new Array<AlignedFace | undefined>(count);
  const problems = new Array<readonly DatasetDiagnostic[] | undefined>(count);
  const budget = new PixelBudget(PIXELS_IN_FLIGHT);
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let row = next++; row < count; row = next++) {
      options.signal?.throwIfAborted();
      const entry = entries[row]!;
      const out = images.subarray(row * imageBytes, (row + 1) * imageBytes);
      const face = await importImage(entry, options, budget, out);
      if (face.ok) faces[row] = face.value;
      else problems[row] = face.error;
      done += 1;
      options.onProgress?.(done);
    }
  };
  const workers = options.concurrency ?? 2 * availableParallelism();
  await Promise.all(Array.from({ length: Math.min(workers, count) }, work));

  const bad = problems.flatMap((found) => found ?? []);
  if (bad.length > 0 && options.onBadImage === 'fatal') return err(bad);
  const leftOut = bad.map((problem) => ({
    ...problem,
    severity: 'warning' as const,
    message: `${problem.message}; it is left out`,
  }));
  return ok(packShard(entries, size, images, faces, leftOut));
}

async function importImage(
  entry: ImageEntry,
  options: ImportOptions,
  budget: PixelBudget,
  out: Uint8Array,
): Promise<Result<AlignedFace, readonly DatasetDiagnostic[]>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(options.locate(entry.file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err([failure('datasets/missing-image', `${entry.file} cannot be opened: ${reason}`)]);
  }
  return alignFace(entry, bytes, options.alignment, options.detector, options.maxPixels ?? MAX_PIXELS, budget, out);
}

function packShard(
  entries: readonly ImageEntry[],
  size: number,
  images: Uint8Array,
  faces: readonly (AlignedFace | undefined)[],
  bad: readonly DatasetDiagnostic[],
): ImportedShard {
  const rows = [...faces.keys()].filter((row) => faces[row] !== undefined);
  const n = rows.length;
  const imageBytes = size * size * 3;
  const identity = new Int32Array(n);
  const sample = new Int32Array(n);
  const alignedBy = new Uint8Array(n);
  const landmarks = new Float32Array(n * 10).fill(NaN);
  const visible = new Uint8Array(n * 5);
  const names: string[] = [];
  const counts = Object.fromEntries(ALIGNED_BY.map((means) => [means, 0]));
  let kept = 0;
  for (let row = 0; row < faces.length; row += 1) {
    const entry = entries[row]!;
    const face = faces[row];
    if (face === undefined) continue;
    images.copyWithin(kept * imageBytes, row * imageBytes, (row + 1) * imageBytes);
    identity[kept] = entry.person;
    sample[kept] = entry.sample;
    alignedBy[kept] = ALIGNED_BY.indexOf(face.alignedBy);
    counts[face.alignedBy]! += 1;
    if (face.points !== undefined) {
      const points = applySimilarity(face.transform, face.points);
      landmarks.set(points, kept * 10);
      for (let k = 0; k < 5; k += 1) visible[kept * 5 + k] = Number.isNaN(points[2 * k]!) ? 0 : 1;
    }
    names.push(entry.name);
    kept += 1;
  }
  const fileNames = new Uint8Array(Buffer.from(names.map((name) => `${name}\n`).join('')));
  const bytes = encodeSafetensors({
    images: { shape: [n, size, size, 3], data: images.subarray(0, n * imageBytes) },
    identity: { shape: [n], data: identity },
    sample: { shape: [n], data: sample },
    landmarks: { shape: [n, 5, 2], data: landmarks },
    visible: { shape: [n, 5], data: visible },
    aligned_by: { shape: [n], data: alignedBy },
    file_names: { shape: [fileNames.length], data: fileNames },
  });
  return { bytes, images: n, alignedBy: counts, warnings: [...bad, ...conversionWarnings(entries, faces)] };
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
