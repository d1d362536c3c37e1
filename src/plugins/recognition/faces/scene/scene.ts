import type { Light } from '../illumination/spherical-harmonics.js';
import type { Camera, ImageSize } from '../pose/camera.js';
import type { Pose } from '../pose/pose.js';

/** Everything that fixes one rendering but the model and the background: the content of an `.rps` file. */
export interface SceneParameters {
  readonly pose: Pose;
  /** Eye space is the inverse of this transform applied to the world. */
  readonly view: Pose;
  readonly camera: Camera;
  readonly light: Light;
  readonly face: FaceCoefficients;
  readonly size: ImageSize;
  readonly colour: ColourTransform;
}

/** Standard normal coefficients; missing trailing ones are 0. */
export interface FaceCoefficients {
  readonly shape: Float64Array;
  readonly albedo: Float64Array;
  readonly expression: Float64Array;
}

/** `gain (c k + lum (1 - k)) + offset` with k the contrast and lum = 0.3 r + 0.59 g + 0.11 b. */
export interface ColourTransform {
  readonly gain: readonly [number, number, number];
  readonly contrast: number;
  readonly offset: readonly [number, number, number];
}

export const PLAIN_COLOUR: ColourTransform = { gain: [1, 1, 1], contrast: 1, offset: [0, 0, 0] };

export function isPlain(colour: ColourTransform): boolean {
  return colour.contrast === 1 && colour.gain.every((g) => g === 1) && colour.offset.every((o) => o === 0);
}
