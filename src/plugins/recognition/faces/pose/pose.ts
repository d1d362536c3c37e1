import { cos, sin } from '../../../../foundation/numbers/elementary.js';

/**
 * Where a body stands: `world = translation + Rz(roll) Ry(yaw) Rx(pitch) (scaling p)`, angles in radians, right-handed
 * and active. With +X image right, +Y up and +Z to the camera, a positive yaw turns the nose to image right, a positive
 * pitch turns it down, a positive roll turns the head counter-clockwise in the image. The conventions are those of
 * scalismo-faces.
 */
export interface Pose {
  readonly scaling: number;
  /** Millimetres. */
  readonly translation: readonly [number, number, number];
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

export const FRONTAL: Pose = { scaling: 1, translation: [0, 0, -1000], yaw: 0, pitch: 0, roll: 0 };

/** The identity as a view: the camera at the origin, looking down -Z. */
export const NO_VIEW: Pose = { scaling: 1, translation: [0, 0, 0], yaw: 0, pitch: 0, roll: 0 };

/** Rz(roll) Ry(yaw) Rx(pitch), row-major. */
export function rotation(angles: {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}): Float64Array {
  const [sy, cy] = [sin(angles.yaw), cos(angles.yaw)];
  const [sp, cp] = [sin(angles.pitch), cos(angles.pitch)];
  const [sr, cr] = [sin(angles.roll), cos(angles.roll)];
  // prettier-ignore
  return Float64Array.of(
    cr * cy, cr * sy * sp - sr * cp, cr * sy * cp + sr * sp,
    sr * cy, sr * sy * sp + cr * cp, sr * sy * cp - cr * sp,
    -sy,     cy * sp,                cy * cp,
  );
}

/** `p -> linear p + offset`; `linear` is row-major 3x3. */
export interface Affine {
  readonly linear: Float64Array;
  readonly offset: Float64Array;
}

export function affineOf(pose: Pose): Affine {
  return { linear: rotation(pose).map((value) => value * pose.scaling), offset: Float64Array.from(pose.translation) };
}

/** Model to eye space: the inverse of `view` after `pose`. */
export function modelToEye(pose: Pose, view: Pose): Affine {
  const body = affineOf(pose);
  const r = rotation(view);
  const linear = new Float64Array(9);
  const offset = new Float64Array(3);
  const [tx, ty, tz] = view.translation;
  for (let i = 0; i < 3; i += 1) {
    // The inverse of a rotation is its transpose.
    const [a, b, c] = [r[i]! / view.scaling, r[3 + i]! / view.scaling, r[6 + i]! / view.scaling];
    for (let j = 0; j < 3; j += 1)
      linear[3 * i + j] = a * body.linear[j]! + b * body.linear[3 + j]! + c * body.linear[6 + j]!;
    offset[i] = a * (body.offset[0]! - tx) + b * (body.offset[1]! - ty) + c * (body.offset[2]! - tz);
  }
  return { linear, offset };
}

/** Applies `map` to a point, into `out`. */
export function transform(map: Affine, x: number, y: number, z: number, out: Float64Array): void {
  const m = map.linear;
  out[0] = m[0]! * x + m[1]! * y + m[2]! * z + map.offset[0]!;
  out[1] = m[3]! * x + m[4]! * y + m[5]! * z + map.offset[1]!;
  out[2] = m[6]! * x + m[7]! * y + m[8]! * z + map.offset[2]!;
}
