import type { Light } from '../illumination/spherical-harmonics.js';
import type { Camera, ImageSize } from '../pose/camera.js';
import type { Pose } from '../pose/pose.js';
import type { ColourTransform } from '../scene/scene.js';

/** A face ready to be drawn: geometry and colour in model space, and what fixes the view of it. */
export interface RenderScene {
  /** [N, 3] millimetres, model space. */
  readonly positions: Float32Array;
  /** [N, 3] RGB, 1 the brightest. */
  readonly albedo: Float32Array;
  readonly pose: Pose;
  readonly view: Pose;
  readonly camera: Camera;
  readonly light: Light;
  readonly colour: ColourTransform;
}

/**
 * Draws meshes of one topology at one image size: z-buffered, perspective-correct, anti-aliased, one-sided, Lambertian
 * under spherical-harmonic light, without gamma. An image is `floor(255 clamp(c))` of the mean over the pixel's samples.
 */
export interface Renderer {
  readonly name: string;
  readonly size: ImageSize;
  /** Draws over `image` ([h, w, 3], which holds the background); a partly covered pixel is a mixture of both. */
  render(scene: RenderScene, image: Uint8Array): void;
  /** Frees what the renderer holds outside the heap. */
  close(): void;
}
