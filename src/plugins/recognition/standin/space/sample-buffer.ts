import { MOST_VERTICES, type Composite } from './composite.js';
import type { Places } from './places.js';

/** Positions on the screen: x right, y down, in samples; `inverse` is the reciprocal depth (1 for parallel rays less depth). */
export interface Projection {
  /** Row-major 3x3 and offset: the head's frame to the viewer's, z towards the viewer. */
  readonly linear: Float64Array;
  readonly offset: readonly [number, number, number];
  /** Sample = centre + scale (x, -y) / depth for a pinhole. */
  readonly scale: number;
  readonly centre: readonly [number, number];
}

/**
 * What is seen at each sample: its reciprocal depth and its face. Edges are inclusive, the nearer surface wins and, at
 * equality, the first.
 */
export class SampleBuffer {
  readonly width: number;
  readonly height: number;
  readonly inverse: Float32Array;
  readonly face: Int32Array;
  /** Of the vertices drawn last: places on the screen and reciprocal depths. */
  readonly #x: Float64Array = new Float64Array(MOST_VERTICES);
  readonly #y: Float64Array = new Float64Array(MOST_VERTICES);
  readonly #w: Float64Array = new Float64Array(MOST_VERTICES);

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.inverse = new Float32Array(width * height);
    this.face = new Int32Array(width * height);
  }

  draw(mesh: Composite, { linear: m, offset, scale, centre }: Projection): void {
    const { positions, triangles, vertices, faces } = mesh;
    const [xs, ys, ws] = [this.#x, this.#y, this.#w];
    const [m0, m1, m2] = [m[0]!, m[1]!, m[2]!];
    const [m3, m4, m5] = [m[3]!, m[4]!, m[5]!];
    const [m6, m7, m8] = [m[6]!, m[7]!, m[8]!];
    const [ox, oy, oz] = offset;
    const [cx, cy] = centre;
    for (let v = 0, i = 0; v < vertices; v += 1, i += 3) {
      const x = positions[i]!;
      const y = positions[i + 1]!;
      const z = positions[i + 2]!;
      const w = -1 / (m6 * x + m7 * y + m8 * z + oz);
      ws[v] = w;
      xs[v] = cx + scale * (m0 * x + m1 * y + m2 * z + ox) * w;
      ys[v] = cy - scale * (m3 * x + m4 * y + m5 * z + oy) * w;
    }
    this.inverse.fill(0);
    const { width, height, inverse, face } = this;
    for (let f = 0, t = 0; f < faces; f += 1, t += 3) {
      const a = triangles[t]!;
      const b = triangles[t + 1]!;
      const c = triangles[t + 2]!;
      const x0 = xs[a]!;
      const y0 = ys[a]!;
      const ux = xs[b]! - x0;
      const uy = ys[b]! - y0;
      const vx = xs[c]! - x0;
      const vy = ys[c]! - y0;
      // Rows run down: seen from outside, the area is negative.
      const area = ux * vy - uy * vx;
      if (!(area < 0)) continue;
      // Whole numbers by `| 0`: indices that the compiler knows to be such.
      const left = Math.max(Math.ceil(x0 + (ux < vx ? (ux < 0 ? ux : 0) : vx < 0 ? vx : 0)) | 0, 0);
      const right = Math.min(Math.floor(x0 + (ux > vx ? (ux > 0 ? ux : 0) : vx > 0 ? vx : 0)) | 0, width - 1);
      if (left > right) continue;
      const top = Math.max(Math.ceil(y0 + (uy < vy ? (uy < 0 ? uy : 0) : vy < 0 ? vy : 0)) | 0, 0);
      const bottom = Math.min(Math.floor(y0 + (uy > vy ? (uy > 0 ? uy : 0) : vy > 0 ? vy : 0)) | 0, height - 1);
      if (top > bottom) continue;
      const wa = ws[a]!;
      const towardsB = ws[b]! - wa;
      const towardsC = ws[c]! - wa;
      const per = 1 / area;
      const stepB = vy * per;
      const stepC = -uy * per;
      const stepQ = stepB * towardsB + stepC * towardsC;
      const first = left - x0;
      for (let y = top; y <= bottom; y += 1) {
        const dy = y - y0;
        let lb = (first * vy - dy * vx) * per;
        let lc = (dy * ux - first * uy) * per;
        let q = wa + lb * towardsB + lc * towardsC;
        const end = y * width + right;
        for (let at = y * width + left; at <= end; at += 1) {
          if (lb >= -1e-9 && lc >= -1e-9 && lb + lc <= 1 + 1e-9 && q > inverse[at]!) {
            inverse[at] = q;
            face[at] = f;
          }
          lb += stepB;
          lc += stepC;
          q += stepQ;
        }
      }
    }
  }

  /**
   * Finds the weights of places on faces of the mesh drawn last; of the face's nearest place where one lies beside its
   * face, as the middle of a pixel may.
   */
  locate({ triangles }: Composite, { count, face, x, y, second, third }: Places): void {
    const [xs, ys, ws] = [this.#x, this.#y, this.#w];
    for (let n = 0; n < count; n += 1) {
      const t = 3 * face[n]!;
      const a = triangles[t]!;
      const b = triangles[t + 1]!;
      const c = triangles[t + 2]!;
      const dx = x[n]! - xs[a]!;
      const dy = y[n]! - ys[a]!;
      const ux = xs[b]! - xs[a]!;
      const uy = ys[b]! - ys[a]!;
      const vx = xs[c]! - xs[a]!;
      const vy = ys[c]! - ys[a]!;
      const per = 1 / (ux * vy - uy * vx);
      const lb = Math.max(0, (dx * vy - dy * vx) * per);
      const lc = Math.max(0, (dy * ux - dx * uy) * per);
      const fit = 1 / Math.max(1, lb + lc);
      // Straight on the screen; in space each weight counts by its vertex's nearness.
      const fromB = fit * lb * ws[b]!;
      const fromC = fit * lc * ws[c]!;
      const q = (1 - fit * (lb + lc)) * ws[a]! + fromB + fromC;
      second[n] = fromB / q;
      third[n] = fromC / q;
    }
  }
}
