import type { Composite } from './composite.js';

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
 * What is seen at each sample: its reciprocal depth, face and barycentric coordinates. Edges are inclusive, the nearer
 * surface wins and, at equality, the first.
 */
export class SampleBuffer {
  readonly width: number;
  readonly height: number;
  readonly inverse: Float32Array;
  readonly face: Int32Array;
  /** Weights of a face's second and third vertex, in space. */
  readonly second: Float32Array;
  readonly third: Float32Array;
  readonly #x: Float64Array = new Float64Array(16384);
  readonly #y: Float64Array = new Float64Array(16384);
  readonly #w: Float64Array = new Float64Array(16384);

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.inverse = new Float32Array(width * height);
    this.face = new Int32Array(width * height);
    this.second = new Float32Array(width * height);
    this.third = new Float32Array(width * height);
  }

  draw(mesh: Composite, { linear: m, offset, scale, centre }: Projection): void {
    const { positions, triangles, vertices, faces } = mesh;
    const [xs, ys, ws] = [this.#x, this.#y, this.#w];
    for (let v = 0, i = 0; v < vertices; v += 1, i += 3) {
      const x = positions[i]!;
      const y = positions[i + 1]!;
      const z = positions[i + 2]!;
      const w = -1 / (m[6]! * x + m[7]! * y + m[8]! * z + offset[2]);
      ws[v] = w;
      xs[v] = centre[0] + scale * (m[0]! * x + m[1]! * y + m[2]! * z + offset[0]) * w;
      ys[v] = centre[1] - scale * (m[3]! * x + m[4]! * y + m[5]! * z + offset[1]) * w;
    }
    this.inverse.fill(0);
    const { width, height, inverse, face, second, third } = this;
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
      const left = Math.max(Math.ceil(Math.min(x0, x0 + ux, x0 + vx)), 0);
      const right = Math.min(Math.floor(Math.max(x0, x0 + ux, x0 + vx)), width - 1);
      const top = Math.max(Math.ceil(Math.min(y0, y0 + uy, y0 + vy)), 0);
      const bottom = Math.min(Math.floor(Math.max(y0, y0 + uy, y0 + vy)), height - 1);
      if (left > right || top > bottom) continue;
      const wa = ws[a]!;
      const wb = ws[b]!;
      const wc = ws[c]!;
      const per = 1 / area;
      const stepB = vy * per;
      const stepC = -uy * per;
      for (let y = top; y <= bottom; y += 1) {
        const dy = y - y0;
        let at = y * width + left;
        let lb = ((left - x0) * vy - dy * vx) * per;
        let lc = (dy * ux - (left - x0) * uy) * per;
        for (let x = left; x <= right; x += 1, at += 1, lb += stepB, lc += stepC) {
          const la = 1 - lb - lc;
          if (la < -1e-9 || lb < -1e-9 || lc < -1e-9) continue;
          const q = la * wa + lb * wb + lc * wc;
          if (q <= inverse[at]!) continue;
          inverse[at] = q;
          face[at] = f;
          second[at] = (lb * wb) / q;
          third[at] = (lc * wc) / q;
        }
      }
    }
  }
}
