import { failure } from '../../../../foundation/failures/diagnostic.js';
import { limit, raise } from '../../../../foundation/files/limits.js';
import { readPlain } from '../../../../foundation/files/opening.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import type { Box, FivePoints } from './alignment.js';
import type { DatasetDiagnostic } from '../dataset-diagnostic.js';
import { onnxProblem } from './onnx-guard.js';
import { warp, type Raster } from '../images/warp.js';
import { Watchdog } from './watchdog.js';

export interface Detection {
  /** In pixel edges. */
  readonly box: Box;
  readonly score: number;
  readonly points: FivePoints;
}

/** Finds faces and their five points. */
export interface FaceDetector {
  /** Fails where the detector does, which is no property of the image. */
  detect(image: Raster): Promise<Result<readonly Detection[], readonly DatasetDiagnostic[]>>;
  close(): Promise<void>;
}

export interface OnnxDetectorOptions {
  /** Detections with a lower score are dropped. */
  readonly minScore: number;
  /** Larger images are shrunk to this longer side before detection. */
  readonly longestSide: number;
}

const OUTPUTS = ['boxes', 'scores', 'points'] as const;

/**
 * A detector that the user names: one ONNX model, from image to faces, whatever happens inside (a cascade as MTCNN's must be
 * one graph, its thresholds and its suppression of double finds in it).
 *
 * | tensor            | type              | meaning                                                                |
 * | ----------------- | ----------------- | ---------------------------------------------------------------------- |
 * | the one input     | F32 [1, 3, h, w]  | RGB, 0 to 255, any h and w                                             |
 * | output `boxes`    | F32 [n, 4]        | x1, y1, x2, y2 in pixel edges                                          |
 * | output `scores`   | F32 [n]           | the greater the surer                                                  |
 * | output `points`   | F32 [n, 5, 2]     | x, y in pixel centres: right eye, left eye, nose, right and left mouth |
 */
export async function openOnnxDetector(
  model: string | Uint8Array,
  options: OnnxDetectorOptions = { minScore: 0.7, longestSide: 1024 },
): Promise<Result<FaceDetector, readonly DatasetDiagnostic[]>> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const seconds = limit('image-time');
  const dog = new Watchdog(seconds, `the face detector took more than ${seconds} s; ${raise('image-time')}`);
  const cannot = async (reason: string): Promise<Result<never, readonly DatasetDiagnostic[]>> => {
    await dog.close();
    return fail(failure('datasets/detector', `the face detector cannot be opened: ${reason}`));
  };
  let session;
  try {
    // One thread: images are independent, and sums do not depend on how work was divided.
    const settings = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 };
    const file = typeof model === 'string' ? readPlain(model, { most: limit('onnx-bytes') }) : model;
    const problem = onnxProblem(file);
    if (problem !== undefined) return await cannot(problem);
    session = await dog.watch(() => InferenceSession.create(file, settings));
  } catch (error) {
    return cannot(error instanceof Error ? error.message : String(error));
  }
  const missing = OUTPUTS.filter((name) => !session.outputNames.includes(name));
  if (session.inputNames.length !== 1 || missing.length > 0) {
    const found = `inputs ${session.inputNames.join(', ')}; outputs ${session.outputNames.join(', ')}`;
    await session.release();
    await dog.close();
    const message = `the face detector must have one input and outputs boxes, scores and points; it has ${found}`;
    return fail(failure('datasets/detector', message));
  }
  const input = session.inputNames[0]!;
  return ok({
    async detect(image) {
      const { planes, width, height, scale } = planesOf(image, options.longestSide);
      const feeds = { [input]: new Tensor('float32', planes, [1, 3, height, width]) };
      let outputs;
      try {
        outputs = await dog.watch(() => session.run(feeds));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return fail(failure('datasets/detector', `the face detector failed: ${reason}`));
      }
      const found = readDetections(outputs, scale, options.minScore);
      if (found !== undefined) return ok(found);
      const are = OUTPUTS.map((name) => `${name} ${outputs[name]!.type} [${outputs[name]!.dims.join(', ')}]`);
      const message = `the face detector gave ${are.join(', ')}; expected float32 [n, 4], [n] and [n, 5, 2]`;
      return fail(failure('datasets/detector', message));
    },
    close: async () => {
      await dog.close();
      await session.release();
    },
  });
}

/** [3, h, w] of an image, shrunk so that its longer side is at most `longest`; `scale` is the shrunk size over the whole. */
function planesOf(image: Raster, longest: number) {
  const scale = Math.min(1, longest / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  let pixels = image.data;
  if (scale < 1) {
    pixels = new Uint8Array(width * height * 3);
    const shift = (scale - 1) / 2; // keeps the image's corner: (x + 1/2) scale - 1/2
    warp({ ...image, left: 0, top: 0 }, { a: scale, b: 0, tx: shift, ty: shift }, width, height, pixels);
  }
  const planes = new Float32Array(3 * width * height);
  for (let i = 0; i < width * height; i += 1) {
    for (let c = 0; c < 3; c += 1) planes[c * width * height + i] = pixels[i * 3 + c]!;
  }
  return { planes, width, height, scale };
}

/** Undefined where the outputs are not of the type and number that the contract says. */
function readDetections(
  outputs: Readonly<Record<string, { readonly data: unknown }>>,
  scale: number,
  minScore: number,
): Detection[] | undefined {
  const [boxes, scores, points] = OUTPUTS.map((name) => outputs[name]!.data);
  if (!(boxes instanceof Float32Array && scores instanceof Float32Array && points instanceof Float32Array)) return;
  if (boxes.length !== 4 * scores.length || points.length !== 10 * scores.length) return;
  const found: Detection[] = [];
  for (let i = 0; i < scores.length; i += 1) {
    if (!(scores[i]! >= minScore)) continue;
    const [x1, y1, x2, y2] = Array.from(boxes.subarray(4 * i, 4 * i + 4), (v) => v / scale);
    found.push({
      box: { x: x1!, y: y1!, width: x2! - x1!, height: y2! - y1! },
      score: scores[i]!,
      points: Float64Array.from(points.subarray(10 * i, 10 * i + 10), (v) => (v + 0.5) / scale - 0.5),
    });
  }
  return found;
}

/** Least overlap (intersection over union) with the data set's own box at which a detection is taken for the same face. */
export const MIN_OVERLAP = 0.2;

/**
 * The face that is meant: where the data set tells its box, the detection that overlaps it most (at least
 * {@link MIN_OVERLAP}); otherwise the one whose middle is nearest to the image's, as is usual for LFW.
 */
export function chooseDetection(
  detections: readonly Detection[],
  image: { readonly width: number; readonly height: number },
  box: Box | undefined,
): Detection | undefined {
  let best: Detection | undefined;
  let bestValue = box === undefined ? -Infinity : MIN_OVERLAP;
  for (const detection of detections) {
    const value = box === undefined ? -offCentre(detection.box, image) : overlap(detection.box, box);
    if (value > bestValue || (best === undefined && value === bestValue)) {
      best = detection;
      bestValue = value;
    }
  }
  return best;
}

function offCentre(box: Box, image: { readonly width: number; readonly height: number }): number {
  const dx = box.x + box.width / 2 - image.width / 2;
  const dy = box.y + box.height / 2 - image.height / 2;
  return dx * dx + dy * dy;
}

/** Intersection over union of two boxes. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (!(width > 0 && height > 0)) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}
