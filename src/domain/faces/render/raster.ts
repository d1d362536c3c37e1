import type { ImageSize } from '../pose/camera.js';

/** Screen positions are whole multiples of 1/256 of a sample, so that edge functions are exact and no crack opens. */
const SUBSAMPLE = 256;
/** Beyond this many samples from the origin a triangle is not drawn: products of coordinates stay exact. */
const GUARD = 1 << 16;

/**
 * The sample grid of one image: `scale` x `scale` samples a pixel, each with the reciprocal of its depth, its colour and
 * its face. A sample counts as covered on a triangle's edge too, and the nearer surface wins (the first one at equality).
 */
export class SampleGrid {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  /** Reciprocal distance along the viewing axis, 1/mm; 0 where nothing was drawn. */
  readonly inverseDepth: Float32Array;
  /** [height, width, 3], not clamped; means something where `inverseDepth` is positive. */
  readonly colour: Float32Array;
  /** Index of the triangle seen; means something where `inverseDepth` is positive. Absent where no map needs it. */
  readonly face: Int32Array | undefined;
  /** Rows that may hold something: [firstRow, endRow). */
  firstRow = 0;
  endRow = 0;

  constructor(size: ImageSize, scale: number, withFaces: boolean) {
    this.scale = scale;
    this.width = size.width * scale;
    this.height = size.height * scale;
    const samples = this.width * this.height;
    this.inverseDepth = new Float32Array(samples);
    this.colour = new Float32Array(samples * 3);
    this.face = withFaces ? new Int32Array(samples) : undefined;
  }

  clear(): void {
    this.inverseDepth.fill(0);
    this.firstRow = this.height;
    this.endRow = 0;
  }
}

/** Vertices on the sample grid. */
export interface ScreenVertices {
  /** [N, 2] in 1/256 samples, whole numbers, y down; NaN x where the vertex is nearer than the near plane. */
  readonly at: Float64Array;
  /** [N] reciprocal of the distance along the viewing axis, 1/mm. */
  readonly inverseDepth: Float64Array;
}

/**
 * Projects model-space positions to the sample grid.
 * @param linear row-major 3x3, `offset` [3]: model to eye space
 * @param columns pixel = columns[0] x/(-z) + columns[1]; rows likewise
 */
export function projectVertices(
  positions: Float32Array,
  linear: ArrayLike<number>,
  offset: ArrayLike<number>,
  columns: readonly [number, number],
  rows: readonly [number, number],
  near: number,
  scale: number,
  out: ScreenVertices,
): void {
  const m0 = linear[0]!;
  const m1 = linear[1]!;
  const m2 = linear[2]!;
  const m3 = linear[3]!;
  const m4 = linear[4]!;
  const m5 = linear[5]!;
  const m6 = linear[6]!;
  const m7 = linear[7]!;
  const m8 = linear[8]!;
  const t0 = offset[0]!;
  const t1 = offset[1]!;
  const t2 = offset[2]!;
  // Pixel p has its samples at p + (k + 1/2) / scale - 1/2, k = 0 ... scale - 1; so sample s = scale (p + 1/2) - 1/2.
  const sx = columns[0] * scale * SUBSAMPLE;
  const sy = rows[0] * scale * SUBSAMPLE;
  const cx = ((columns[1] + 0.5) * scale - 0.5) * SUBSAMPLE + 0.5;
  const cy = ((rows[1] + 0.5) * scale - 0.5) * SUBSAMPLE + 0.5;
  const { at, inverseDepth } = out;
  for (let i = 0, v = 0; i < positions.length; i += 3, v += 1) {
    const x = positions[i]!;
    const y = positions[i + 1]!;
    const z = positions[i + 2]!;
    const depth = -(m6 * x + m7 * y + m8 * z + t2);
    if (!(depth >= near)) {
      at[2 * v] = NaN;
      continue;
    }
    const w = 1 / depth;
    inverseDepth[v] = w;
    at[2 * v] = Math.floor((m0 * x + m1 * y + m2 * z + t0) * w * sx + cx);
    at[2 * v + 1] = Math.floor((m3 * x + m4 * y + m5 * z + t1) * w * sy + cy);
  }
}

/** Draws the faces that are seen from outside. `colours` is [N, 3]. */
export function rasterise(
  triangles: Uint32Array,
  vertices: ScreenVertices,
  colours: Float32Array,
  grid: SampleGrid,
): void {
  const { at, inverseDepth } = vertices;
  const { inverseDepth: buffer, colour, face, width, height } = grid;
  const limit = GUARD * SUBSAMPLE;
  let firstRow = grid.firstRow;
  let endRow = grid.endRow;
  for (let t = 0, f = 0; t < triangles.length; t += 3, f += 1) {
    const v0 = triangles[t]!;
    // Rows run down, so that a face counter-clockwise in space is clockwise here; the exchange makes its area positive.
    const v1 = triangles[t + 2]!;
    const v2 = triangles[t + 1]!;
    const x0 = at[2 * v0]!;
    const y0 = at[2 * v0 + 1]!;
    const x1 = at[2 * v1]!;
    const y1 = at[2 * v1 + 1]!;
    const x2 = at[2 * v2]!;
    const y2 = at[2 * v2 + 1]!;
    const area = (x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0);
    // Also false for NaN: a face that crosses the near plane is not drawn.
    if (!(area > 0)) continue;
    const lowX = x0 < x1 ? (x0 < x2 ? x0 : x2) : x1 < x2 ? x1 : x2;
    const highX = x0 > x1 ? (x0 > x2 ? x0 : x2) : x1 > x2 ? x1 : x2;
    const lowY = y0 < y1 ? (y0 < y2 ? y0 : y2) : y1 < y2 ? y1 : y2;
    const highY = y0 > y1 ? (y0 > y2 ? y0 : y2) : y1 > y2 ? y1 : y2;
    if (lowX < -limit || lowY < -limit || highX > limit || highY > limit) continue;
    const left = Math.max((lowX + (SUBSAMPLE - 1)) >> 8, 0);
    const right = Math.min(highX >> 8, width - 1);
    const top = Math.max((lowY + (SUBSAMPLE - 1)) >> 8, 0);
    const bottom = Math.min(highY >> 8, height - 1);
    if (left > right || top > bottom) continue;
    if (top < firstRow) firstRow = top;
    if (bottom >= endRow) endRow = bottom + 1;

    // Twice the signed areas opposite each vertex; exact whole numbers throughout.
    const px = left * SUBSAMPLE;
    const py = top * SUBSAMPLE;
    let row0 = (x2 - x1) * (py - y1) - (y2 - y1) * (px - x1);
    let row1 = (x0 - x2) * (py - y2) - (y0 - y2) * (px - x2);
    let row2 = (x1 - x0) * (py - y0) - (y1 - y0) * (px - x0);
    const right0 = (y1 - y2) * SUBSAMPLE;
    const right1 = (y2 - y0) * SUBSAMPLE;
    const right2 = (y0 - y1) * SUBSAMPLE;
    const down0 = (x2 - x1) * SUBSAMPLE;
    const down1 = (x0 - x2) * SUBSAMPLE;
    const down2 = (x1 - x0) * SUBSAMPLE;
    const perArea = 1 / area;
    const w0 = inverseDepth[v0]! * perArea;
    const w1 = inverseDepth[v1]! * perArea;
    const w2 = inverseDepth[v2]! * perArea;
    const red0 = colours[3 * v0]!;
    const green0 = colours[3 * v0 + 1]!;
    const blue0 = colours[3 * v0 + 2]!;
    const red1 = colours[3 * v1]!;
    const green1 = colours[3 * v1 + 1]!;
    const blue1 = colours[3 * v1 + 2]!;
    const red2 = colours[3 * v2]!;
    const green2 = colours[3 * v2 + 1]!;
    const blue2 = colours[3 * v2 + 2]!;
    for (let y = top; y <= bottom; y += 1) {
      let e0 = row0;
      let e1 = row1;
      let e2 = row2;
      let at1 = y * width + left;
      // A row meets a triangle in one run of samples.
      let inside = false;
      for (let x = left; x <= right; x += 1) {
        if (e0 >= 0 && e1 >= 0 && e2 >= 0) {
          inside = true;
          const b0 = e0 * w0;
          const b1 = e1 * w1;
          const b2 = e2 * w2;
          const q = b0 + b1 + b2;
          if (q > buffer[at1]!) {
            buffer[at1] = q;
            if (face !== undefined) face[at1] = f;
            const perQ = 1 / q;
            const a = b0 * perQ;
            const b = b1 * perQ;
            const c = b2 * perQ;
            const k = 3 * at1;
            colour[k] = a * red0 + b * red1 + c * red2;
            colour[k + 1] = a * green0 + b * green1 + c * green2;
            colour[k + 2] = a * blue0 + b * blue1 + c * blue2;
          }
        } else if (inside) break;
        e0 += right0;
        e1 += right1;
        e2 += right2;
        at1 += 1;
      }
      row0 += down0;
      row1 += down1;
      row2 += down2;
    }
  }
  grid.firstRow = firstRow;
  grid.endRow = endRow;
}

/**
 * The image of a sample grid over a background: each pixel `floor(255 mean)` over its samples, each clamped to [0, 1], a
 * sample that nothing covers showing `image`'s own pixel.
 */
export function resolve(grid: SampleGrid, image: Uint8Array): void {
  const { inverseDepth, colour, width, scale } = grid;
  const columns = width / scale;
  const samples = scale * scale;
  const perSample = 255 / samples;
  const firstRow = Math.floor(grid.firstRow / scale);
  const endRow = Math.ceil(grid.endRow / scale);
  for (let row = firstRow; row < endRow; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      let covered = 0;
      let red = 0;
      let green = 0;
      let blue = 0;
      const corner = row * scale * width + column * scale;
      for (let line = corner; line < corner + scale * width; line += width) {
        for (let at = line; at < line + scale; at += 1) {
          if (inverseDepth[at]! > 0) {
            covered += 1;
            red += clamp(colour[3 * at]!);
            green += clamp(colour[3 * at + 1]!);
            blue += clamp(colour[3 * at + 2]!);
          }
        }
      }
      if (covered === 0) continue;
      const k = 3 * (row * columns + column);
      const background = (samples - covered) / samples;
      image[k] = red * perSample + background * image[k]!;
      image[k + 1] = green * perSample + background * image[k + 1]!;
      image[k + 2] = blue * perSample + background * image[k + 2]!;
    }
  }
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
