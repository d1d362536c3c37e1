import type { Distribution } from '../../../../foundation/numbers/distribution.js';
import type { TemplateName } from '../../datasets/alignment/alignment.js';
import type { AppearanceRecipe } from '../appearance/recipe.js';
import type { BackgroundRecipe } from '../background/background.js';
import type { LightRecipe } from '../illumination/light-recipe.js';
import type { MapName } from '../render/maps.js';
import type { Camera, ImageSize } from '../pose/camera.js';

/**
 * What an experiment says of a synthetic data set; plain data. With the model it names, it fixes every bit of every
 * image: sample j of identity i depends on nothing else.
 */
export interface GeneratorRecipe {
  readonly seed: number;
  readonly identities: number;
  /** Images of each identity in random mode; in grid mode the product of the grids decides. */
  readonly samples: number;
  /**
   * `random` draws every sample. `grid` is the controlled mode: background, yaw, pitch, roll and light that are given as
   * grids are visited in all combinations, the light fastest, the background slowest; the rest is drawn.
   */
  readonly mode: 'random' | 'grid';
  readonly size: ImageSize;
  readonly face: FaceRecipe;
  /** What the head wears beyond the model's face; absent: nothing, as in the paper. */
  readonly appearance?: AppearanceRecipe;
  /** Radians. */
  readonly pose: { readonly yaw: Distribution; readonly pitch: Distribution; readonly roll: Distribution };
  /** Millimetres between the camera and the model's origin. */
  readonly distance: number;
  readonly camera: Camera;
  readonly framing: FramingRecipe;
  readonly light: LightRecipe;
  readonly background: BackgroundRecipe;
  readonly maps: readonly MapName[];
  /** Samples along each side of a pixel, 1 to 8. */
  readonly supersampling: number;
}

/** How coefficients are drawn: leading `components` of each, each from its distribution; all the model has by default. */
export interface FaceRecipe {
  readonly shape: CoefficientRecipe;
  readonly albedo: CoefficientRecipe;
  /** Absent: the model's expression mean alone. */
  readonly expression?: CoefficientRecipe;
}

export interface CoefficientRecipe {
  readonly distribution: Distribution;
  readonly components?: number;
}

/**
 * Which part of the scene the image shows.
 *
 * `camera` keeps the recipe's camera and moves the principal point: `landmark` brings the mean of the eyes and the nose
 * tip to the centre, `facebox` fits a box about the head and centres the nose (both as the published generator).
 * `aligned` is the frame of a face data set: the camera is turned about its axis, zoomed and shifted so that the five
 * points lie nearest to a template's, which equals aligning a larger image without resampling it.
 */
export type FramingRecipe = CameraFraming | AlignedFraming;

export interface CameraFraming {
  readonly type: 'camera';
  readonly centring: 'none' | 'landmark' | 'facebox';
  /** Multiplies the focal length. */
  readonly scaling: Distribution;
  /** Pixels, x right and y down, after centring. */
  readonly shift: { readonly x: Distribution; readonly y: Distribution };
}

export interface AlignedFraming {
  readonly type: 'aligned';
  readonly template: TemplateName;
  /** Zoom about the image's centre after alignment: 1 keeps the template. */
  readonly scaling: Distribution;
  /** Pixels, after alignment. */
  readonly shift: { readonly x: Distribution; readonly y: Distribution };
}
