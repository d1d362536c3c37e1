/**
 * A 3D morphable face model (Blanz and Vetter, 1999): shape, albedo and expression are each
 * `mean + sum_k deviation_k c_k basis_k` with c standard normal, and a face is the shape model's point plus the
 * expression model's (both means added, as in the Basel Face Model 2017).
 *
 * Frame and units are the Basel Face Model's: millimetres, +X the subject's left (image right in a frontal view), +Y up,
 * +Z out of the face towards the camera. Albedo is RGB in [0, 1], linear in the stored values (no gamma).
 */
export interface MorphableModel {
  /** What a report calls it: `embedded`, or the file's name. */
  readonly name: string;
  /** Number of vertices N. */
  readonly vertices: number;
  /** [T, 3] vertex indices; outward faces counter-clockwise seen from outside. */
  readonly triangles: Uint32Array;
  readonly shape: LinearModel;
  readonly expression: LinearModel;
  readonly albedo: LinearModel;
  /** Vertex of each named landmark; names as in the Basel Face Model (`center.nose.tip`, `left.eye.corner_outer`, ...). */
  readonly landmarks: ReadonlyMap<string, number>;
}

/** `mean + sum_k deviation[k] c[k] basis[k]` over interleaved (x, y, z) or (r, g, b) of N vertices. */
export interface LinearModel {
  /** Number of components K; may be 0. */
  readonly components: number;
  /** [N, 3] */
  readonly mean: Float32Array;
  /** [K, N, 3], component-major, orthonormal rows. */
  readonly basis: Float32Array;
  /** [K] square roots of the components' variances. */
  readonly deviation: Float32Array;
}
