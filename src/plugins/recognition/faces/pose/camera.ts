/**
 * A pinhole camera at the origin of eye space, looking down -Z: `ndc_x = (2 f / s_x) x / (-z) + pp_x`, ndc_y likewise,
 * and the pixel `(W/2 (ndc_x + 1), H/2 (1 - ndc_y))`. A pixel is sampled at its integer coordinate (scalismo-faces'
 * convention: no half-pixel offset), so pixel (i, j) covers [i - 1/2, i + 1/2] x [j - 1/2, j + 1/2].
 */
export interface Camera {
  /** Millimetres. */
  readonly focalLength: number;
  /** Millimetres, [width, height]. */
  readonly sensorSize: readonly [number, number];
  /** Normalised device coordinates, [-1, 1] across the image. */
  readonly principalPoint: readonly [number, number];
  /** Millimetres in front of the camera; nothing nearer is drawn. */
  readonly near: number;
  readonly far: number;
  readonly orthographic: boolean;
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** The published generator's camera: 17.06 degrees, 0.757 pixels per millimetre at 1 m for a 227 pixel image. */
export const DEFAULT_CAMERA: Camera = {
  focalLength: 50,
  sensorSize: [15, 15],
  principalPoint: [0, 0],
  near: 10,
  far: 1e6,
  orthographic: false,
};

/** Pixel = `scaleX x/(-z) + centreX`, `scaleY y/(-z) + centreY`. `scaleY` is negative: image rows run down. */
export interface PixelMap {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly centreX: number;
  readonly centreY: number;
}

export function pixelMap(camera: Camera, size: ImageSize): PixelMap {
  return {
    scaleX: (camera.focalLength / camera.sensorSize[0]) * size.width,
    scaleY: -(camera.focalLength / camera.sensorSize[1]) * size.height,
    centreX: (size.width / 2) * (camera.principalPoint[0] + 1),
    centreY: (size.height / 2) * (1 - camera.principalPoint[1]),
  };
}

/** The camera whose image is this one moved by (dx, dy) pixels, x right and y down. */
export function shifted(camera: Camera, size: ImageSize, dx: number, dy: number): Camera {
  const [x, y] = camera.principalPoint;
  return { ...camera, principalPoint: [x + (2 * dx) / size.width, y - (2 * dy) / size.height] };
}

/** Window depth in [0, 1] of a point at distance `w` = -z in front of the camera. */
export function windowDepth(camera: Camera, w: number): number {
  const { near, far } = camera;
  return (far * (w - near)) / (w * (far - near));
}
