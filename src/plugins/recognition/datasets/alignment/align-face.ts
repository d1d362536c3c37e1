import { failure } from '../../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import { fitBox, fitFace, type Box, type FivePoints, type Similarity, type TemplateName } from './alignment.js';
import type { DatasetDiagnostic } from '../dataset-diagnostic.js';
import { decodeImage, readHeader, type Conversion, type ImageHeader } from '../images/decode.js';
import { chooseDetection, type FaceDetector } from './detector.js';
import type { ImageEntry } from '../sets/image-list.js';
import type { PixelBudget } from '../images/pixel-budget.js';
import { regionOfInterest, warp } from '../images/warp.js';

/**
 * By what a face was brought to the standard frame; the tensor `aligned_by` holds indices into this list.
 *
 * - `whole`: the image's central square, nothing being known of the face
 * - `box`: the data set's own crop, its longer side the image's
 * - `points`: points that came with the data set or as annotations
 * - `renderer`: points that the face generator projected
 * - `detector`: points of a face detector
 */
export const ALIGNED_BY = ['whole', 'box', 'points', 'renderer', 'detector'] as const;

export type AlignedBy = (typeof ALIGNED_BY)[number];

export interface AlignmentOptions {
  /** Side of the aligned images in pixels. */
  readonly size: number;
  readonly template: TemplateName;
  /**
   * Ways to try, in this order; the first that has what it needs is taken. The paper's is `detector`, then what the data
   * set supplies: `points` (its annotations of Multi-PIE) or `box` (LFW, IJB-A).
   */
  readonly ways: readonly Exclude<AlignedBy, 'renderer'>[];
  /** Side of the square that is cut out, over the longer side of the data set's box. */
  readonly boxScale: number;
}

export const DEFAULT_ALIGNMENT: AlignmentOptions = {
  size: 96,
  template: 'padded',
  ways: ['detector', 'points', 'box', 'whole'],
  boxScale: 1,
};

export interface AlignedFace {
  readonly alignedBy: AlignedBy;
  /** From the image's pixels as displayed to the aligned ones. */
  readonly transform: Similarity;
  /** In the image's pixels, where any are known. */
  readonly points?: FivePoints;
  readonly conversions: readonly Conversion[];
}

interface Placement {
  readonly alignedBy: AlignedBy;
  readonly transform: Similarity;
  readonly points?: FivePoints;
}

/** Decodes one face's image and writes its aligned pixels to `out` ([size, size, 3]). */
export async function alignFace(
  entry: ImageEntry,
  bytes: Uint8Array,
  options: AlignmentOptions,
  detector: FaceDetector | undefined,
  maxPixels: number,
  budget: PixelBudget,
  out: Uint8Array,
): Promise<Result<AlignedFace, readonly DatasetDiagnostic[]>> {
  const header = await readHeader(bytes, entry.file, maxPixels);
  if (!header.ok) return header;
  const { width, height, conversions } = header.value;
  const detecting = detector !== undefined && options.ways.includes('detector');
  const known = detecting ? undefined : placeFace(entry, header.value, options, undefined);
  const region = known === undefined ? undefined : regionOfInterest(known.transform, options.size, width, height);
  if (!detecting && region === undefined) return notAligned(entry, known);
  const pixels = region === undefined ? width * height : region.width * region.height;
  return budget.hold(pixels, async () => {
    const raster = await decodeImage(bytes, entry.file, region);
    if (!raster.ok) return raster;
    let placement = known;
    if (detecting) {
      const detected = await detector.detect(raster.value);
      if (!detected.ok) return detected;
      const found = chooseDetection(detected.value, header.value, boxOf(entry, header.value));
      placement = placeFace(entry, header.value, options, found?.points);
    }
    if (placement === undefined || regionOfInterest(placement.transform, options.size, width, height) === undefined) {
      return notAligned(entry, placement);
    }
    warp(raster.value, placement.transform, options.size, options.size, out);
    return ok({ ...placement, conversions });
  });
}

/** The first of the wanted ways that has what it needs. */
function placeFace(
  entry: ImageEntry,
  header: ImageHeader,
  options: AlignmentOptions,
  detected: FivePoints | undefined,
): Placement | undefined {
  for (const way of options.ways) {
    if (way === 'detector' || way === 'points') {
      const points = way === 'detector' ? detected : entry.points;
      if (points === undefined) continue;
      const transform = fitFace(points, options.template, options.size);
      if (transform !== undefined) return { alignedBy: way, transform, points };
    } else {
      const box = way === 'box' ? scaleBox(boxOf(entry, header), options.boxScale) : centralBox(header, 1);
      const transform = box === undefined ? undefined : fitBox(box, options.size);
      if (transform === undefined) continue;
      const { points } = entry;
      return { alignedBy: way, transform, ...(points === undefined ? {} : { points }) };
    }
  }
  return undefined;
}

function boxOf({ box }: ImageEntry, header: ImageHeader): Box | undefined {
  return box !== undefined && 'central' in box ? centralBox(header, box.central) : box;
}

function centralBox({ width, height }: ImageHeader, share: number): Box {
  const side = Math.min(width, height) * share;
  return { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side };
}

function scaleBox(box: Box | undefined, scale: number): Box | undefined {
  if (box === undefined) return undefined;
  const width = box.width * scale;
  const height = box.height * scale;
  return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height };
}

function notAligned(entry: ImageEntry, placement: Placement | undefined) {
  const reason =
    placement === undefined
      ? 'it has neither points nor a box that the wanted ways of alignment could use'
      : `its face, placed by ${placement.alignedBy}, lies outside the image`;
  return fail(failure('datasets/not-aligned', `${entry.name} cannot be aligned: ${reason}`));
}
