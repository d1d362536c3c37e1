/**
 * Alignment: a face is brought to a standard frame by the similarity transform (rotation, one scale, shift) that carries
 * its five points nearest to a template's.
 *
 * Coordinates are pixels, x right and y down, (0, 0) the centre of the first pixel. *Left* and *right* are the
 * subject's, so that the right eye stands on the left of a frontal image.
 */

/** The order of five points everywhere in `fx`; MTCNN's "image left first" for a frontal face. */
export const FIVE_POINTS = ['right-eye', 'left-eye', 'nose', 'right-mouth', 'left-mouth'] as const;

/** Five points as x, y, x, y, ... in the order of {@link FIVE_POINTS}; NaN for a point that is not known. */
export type FivePoints = ArrayLike<number>;

/** x' = a x - b y + tx, y' = b x + a y + ty: scale sqrt(a² + b²), turned by atan2(b, a). */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/**
 * The least-squares similarity from points to points (Umeyama, "Least-squares estimation of transformation parameters
 * between two point patterns", PAMI 1991; in the plane, with points as complex numbers, w = Σ conj(p) q / Σ |p|² of the
 * centred points). Reflections are excluded.
 *
 * @param from, to flat [k, 2] coordinates; a pair with a NaN in it is left out
 * @returns undefined where fewer than two points remain or all of `from` coincide: the scale is undetermined
 */
export function fitSimilarity(from: ArrayLike<number>, to: ArrayLike<number>): Similarity | undefined {
  let count = 0;
  let fx = 0;
  let fy = 0;
  let gx = 0;
  let gy = 0;
  for (let i = 0; i + 1 < from.length; i += 2) {
    if (!isPair(from, to, i)) continue;
    count += 1;
    fx += from[i]!;
    fy += from[i + 1]!;
    gx += to[i]!;
    gy += to[i + 1]!;
  }
  if (count < 2) return undefined;
  fx /= count;
  fy /= count;
  gx /= count;
  gy /= count;
  let energy = 0;
  let real = 0;
  let imaginary = 0;
  for (let i = 0; i + 1 < from.length; i += 2) {
    if (!isPair(from, to, i)) continue;
    const px = from[i]! - fx;
    const py = from[i + 1]! - fy;
    const qx = to[i]! - gx;
    const qy = to[i + 1]! - gy;
    energy += px * px + py * py;
    real += px * qx + py * qy;
    imaginary += px * qy - py * qx;
  }
  const a = real / energy;
  const b = imaginary / energy;
  if (!(energy > 0) || !(a * a + b * b > 0)) return undefined;
  return { a, b, tx: gx - (a * fx - b * fy), ty: gy - (b * fx + a * fy) };
}

function isPair(from: ArrayLike<number>, to: ArrayLike<number>, i: number): boolean {
  return !Number.isNaN(from[i]! + from[i + 1]! + to[i]! + to[i + 1]!);
}

export function invertSimilarity({ a, b, tx, ty }: Similarity): Similarity {
  const square = a * a + b * b;
  const ia = a / square;
  const ib = -b / square;
  return { a: ia, b: ib, tx: -(ia * tx - ib * ty), ty: -(ib * tx + ia * ty) };
}

/** Points carried by a transform; flat [k, 2] in and out. */
export function applySimilarity({ a, b, tx, ty }: Similarity, points: ArrayLike<number>): Float64Array {
  const out = new Float64Array(points.length);
  for (let i = 0; i + 1 < points.length; i += 2) {
    const x = points[i]!;
    const y = points[i + 1]!;
    out[i] = a * x - b * y + tx;
    out[i + 1] = b * x + a * y + ty;
  }
  return out;
}

/**
 * Where the five points go in a square image.
 *
 * The paper names MTCNN for alignment and gives no template; both of these derive from the 96x112 (width x height) one
 * in common use with it. `padded` keeps the whole of that crop: 8 columns are added on each side and the square is
 * scaled, which leaves room for the chin and for heads in profile. `cropped` keeps its scale and drops 8 rows at the
 * top and at the bottom: larger faces, less context. `eyes-and-mouth` is `padded` with a fit that leaves the nose out
 * ({@link fitFace}).
 */
export const TEMPLATES = ['padded', 'cropped', 'eyes-and-mouth'] as const;

export type TemplateName = (typeof TEMPLATES)[number];

/** The 96x112 template: x, y of {@link FIVE_POINTS}. */
const PORTRAIT = [30.2946, 51.6963, 65.5318, 51.5014, 48.0252, 71.7366, 33.5493, 92.3655, 62.7299, 92.2041];

/**
 * The template's five points in an image of `size` x `size` pixels, flat [5, 2]. Sizes scale about the image's corner,
 * not about the first pixel's centre: (p + 1/2) s - 1/2.
 */
export function template(name: TemplateName, size: number): Float64Array {
  const out = new Float64Array(10);
  const [dx, dy, side] = name === 'cropped' ? [0, -8, 96] : [8, 0, 112];
  for (let i = 0; i < 10; i += 1) {
    const shifted = PORTRAIT[i]! + (i % 2 === 0 ? dx : dy);
    out[i] = ((shifted + 0.5) * size) / side - 0.5;
  }
  return out;
}

/**
 * The similarity that brings a face to a template's frame.
 *
 * With `eyes-and-mouth` the nose counts only where no corner of the mouth is known. Eyes and mouth lie near one plane, so
 * that a head which turns keeps its height in the frame; the tip of the nose stands off from it, and shrinks an annotated
 * profile by a quarter (docs/decisions/0030).
 *
 * @param points of one face, in pixels or in other units, y downwards; NaN for a point that is not known
 * @param size side of the aligned image in pixels
 * @returns undefined where fewer than two points are known, or where all coincide
 */
export function fitFace(points: FivePoints, name: TemplateName, size: number): Similarity | undefined {
  const to = template(name, size);
  if (name === 'eyes-and-mouth' && knowsMouth(points)) to.fill(NaN, 4, 6);
  return fitSimilarity(points, to);
}

function knowsMouth(points: FivePoints): boolean {
  return !Number.isNaN(points[6]! + points[7]!) || !Number.isNaN(points[8]! + points[9]!);
}

/** A rectangle in pixel edges: the first pixel is { x: 0, y: 0, width: 1, height: 1 }. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Carries the square about a box's centre, with the longer side as its own, onto an image of `size` x `size`. */
export function fitBox(box: Box, size: number): Similarity | undefined {
  const side = Math.max(box.width, box.height);
  if (!(side > 0) || !Number.isFinite(side + box.x + box.y)) return undefined;
  const a = size / side;
  const left = box.x + box.width / 2 - side / 2;
  const top = box.y + box.height / 2 - side / 2;
  // From pixel edges to pixel edges, said in pixel centres.
  return { a, b: 0, tx: a * (0.5 - left) - 0.5, ty: a * (0.5 - top) - 0.5 };
}
