import { draw, gridValues, type Distribution } from '../../../../foundation/numbers/distribution.js';
import { stream, type Stream } from '../../../../foundation/numbers/random.js';
import { present } from '../../../../foundation/values/present.js';
import { directionalLight, drawLight, type LightSource } from '../illumination/light-source.js';
import type { Light } from '../illumination/spherical-harmonics.js';
import { addExpression, evaluateShape } from '../model/evaluate.js';
import type { LinearModel, MorphableModel } from '../model/morphable-model.js';
import { shifted, type Camera } from '../pose/camera.js';
import {
  alignToTemplate,
  centreOnFacebox,
  centreOnLandmarks,
  type LandmarkLookup,
  type View,
} from '../pose/framing.js';
import { NO_VIEW, type Pose } from '../pose/pose.js';
import { PLAIN_COLOUR, type SceneParameters } from '../scene/scene.js';
import type { CoefficientRecipe, GeneratorRecipe } from './recipe.js';

/** A sample's scene, ready to be rendered. */
export interface SampledScene extends SceneParameters {
  readonly identity: number;
  readonly sample: number;
  readonly background: BackgroundChoice;
}

export type BackgroundChoice =
  | { readonly type: 'plain'; readonly colour: readonly [number, number, number] }
  /** The texture at this address of the texture stream. */
  | { readonly type: 'procedural'; readonly address: readonly [number, number] }
  /** The image at this position of the folder. */
  | { readonly type: 'folder'; readonly index: number };

/** Images of one identity: given in random mode, counted in grid mode. */
export function samplesPerIdentity(recipe: GeneratorRecipe): number {
  return recipe.mode === 'random'
    ? recipe.samples
    : gridAxes(recipe).reduce((product, axis) => product * axis.length, 1);
}

/**
 * Draws scenes. A scene is a pure function of (recipe, model, lights, backgrounds, identity, sample): each use of chance
 * has a stream of its own at that address, so one parameter's change leaves every other draw alone.
 */
export class Sampler {
  /** Names of the model's landmarks, sorted by code unit. */
  readonly landmarks: readonly string[];
  readonly #recipe: GeneratorRecipe;
  readonly #model: MorphableModel;
  readonly #light: LightSource;
  readonly #backgrounds: number;
  readonly #grid: readonly (readonly number[])[];
  readonly #neutral: Float32Array;
  readonly #points: Float32Array;
  readonly #lookup: LandmarkLookup;
  #identity: { readonly index: number; readonly shape: Float64Array; readonly albedo: Float64Array } | undefined;

  /**
   * @param model at its landmarks: {@link landmarkModel}
   * @param backgrounds number of images in the background folder, where there is one
   */
  constructor(recipe: GeneratorRecipe, model: MorphableModel, light: LightSource, backgrounds = 0) {
    this.#recipe = recipe;
    this.#model = model;
    this.#light = light;
    this.#backgrounds = backgrounds;
    this.#grid = recipe.mode === 'grid' ? gridAxes(recipe) : [];
    this.landmarks = [...model.landmarks.keys()];
    this.#neutral = new Float32Array(3 * model.vertices);
    this.#points = new Float32Array(3 * model.vertices);
    const positions = this.#points;
    const at = new Map(this.landmarks.map((name, k) => [name, 3 * k]));
    this.#lookup = (name) => {
      const k = present(at, name);
      return [positions[k]!, positions[k + 1]!, positions[k + 2]!];
    };
  }

  scene(identity: number, sample: number): SampledScene {
    const recipe = this.#recipe;
    const { shape, albedo } = this.#identityOf(identity);
    const expression = this.#coefficients(
      'expression',
      recipe.face.expression,
      this.#model.expression,
      identity,
      sample,
    );
    addExpression(this.#model, this.#neutral, expression, this.#points);
    const grid = this.#gridPoint(sample);
    const angle = (name: 'yaw' | 'pitch' | 'roll', axis: number): number =>
      valueOf(recipe.pose[name], grid[axis], () => this.#stream(name, identity, sample));
    const pose: Pose = {
      scaling: 1,
      translation: [0, 0, -recipe.distance],
      yaw: angle('yaw', 1),
      pitch: angle('pitch', 2),
      roll: angle('roll', 3),
    };
    const { view, camera } = this.#frame(pose, identity, sample);
    return {
      identity,
      sample,
      pose,
      view,
      camera,
      light: this.#lightOf(identity, sample, grid),
      face: { shape, albedo, expression },
      size: recipe.size,
      colour: PLAIN_COLOUR,
      background: this.#backgroundOf(identity, sample, grid[0]),
    };
  }

  /** Model-space places of {@link landmarks} in the scene drawn last, [L, 3]. */
  get landmarkPositions(): Float32Array {
    return this.#points;
  }

  #identityOf(index: number): { readonly shape: Float64Array; readonly albedo: Float64Array } {
    if (this.#identity?.index !== index) {
      const shape = this.#coefficients('shape', this.#recipe.face.shape, this.#model.shape, index, 0);
      const albedo = this.#coefficients('albedo', this.#recipe.face.albedo, this.#model.albedo, index, 0);
      evaluateShape(this.#model, shape, [], this.#neutral);
      this.#identity = { index, shape, albedo };
    }
    return this.#identity;
  }

  #coefficients(
    purpose: string,
    recipe: CoefficientRecipe | undefined,
    model: LinearModel,
    identity: number,
    sample: number,
  ): Float64Array {
    if (recipe === undefined) return new Float64Array(0);
    const random = this.#stream(purpose, identity, sample);
    return Float64Array.from({ length: recipe.components ?? model.components }, () =>
      draw(recipe.distribution, random),
    );
  }

  #frame(pose: Pose, identity: number, sample: number): View {
    const { framing, size } = this.#recipe;
    const zoom = draw(framing.scaling, this.#stream('scaling', identity, sample));
    const random = this.#stream('shift', identity, sample);
    const dx = draw(framing.shift.x, random);
    const dy = draw(framing.shift.y, random);
    if (framing.type === 'aligned') {
      const { camera, view } = alignToTemplate(this.#recipe.camera, pose, size, this.#lookup, framing.template, zoom);
      return { view, camera: shifted(camera, size, dx, dy) };
    }
    const zoomed: Camera = { ...this.#recipe.camera, focalLength: this.#recipe.camera.focalLength * zoom };
    const centred = {
      none: () => zoomed,
      landmark: () => centreOnLandmarks(zoomed, pose, size, this.#lookup),
      facebox: () => centreOnFacebox(zoomed, pose, size, this.#lookup),
    }[framing.centring]();
    return { view: NO_VIEW, camera: shifted(centred, size, dx, dy) };
  }

  #lightOf(identity: number, sample: number, grid: readonly (number | undefined)[]): Light {
    const random = this.#stream('light', identity, sample);
    const { from } = this.#light;
    if (from.type !== 'directional') return drawLight(this.#light, random);
    const polar = valueOf(from.polar, grid[4], () => random);
    return directionalLight(
      this.#light,
      from,
      polar,
      valueOf(from.azimuth, grid[5], () => random),
    );
  }

  /** The background of a sample alone. */
  background(identity: number, sample: number): BackgroundChoice {
    return this.#backgroundOf(identity, sample, this.#gridPoint(sample)[0]);
  }

  #backgroundOf(identity: number, sample: number, picked: number | undefined): BackgroundChoice {
    const { background } = this.#recipe;
    if (background.type === 'plain') return background;
    const random = this.#stream('background', identity, sample);
    const pick = background.pick === undefined ? undefined : Math.floor(valueOf(background.pick, picked, () => random));
    if (background.type === 'procedural') {
      return { type: 'procedural', address: pick === undefined ? [identity + 1, sample] : [0, pick] };
    }
    const count = this.#backgrounds;
    return { type: 'folder', index: pick === undefined ? random.integer(count) : ((pick % count) + count) % count };
  }

  /** The value of each axis of the grid at a sample; undefined where the axis isn't a grid's. */
  #gridPoint(sample: number): readonly (number | undefined)[] {
    const point: (number | undefined)[] = [];
    let rest = sample;
    for (let axis = this.#grid.length - 1; axis >= 0; axis -= 1) {
      const values = this.#grid[axis]!;
      point[axis] = values[rest % values.length];
      rest = Math.floor(rest / values.length);
    }
    return point;
  }

  #stream(purpose: string, identity: number, sample: number): Stream {
    return stream(this.#recipe.seed, `faces/${purpose}`, identity, sample);
  }
}

const NOT_A_GRID = [undefined] as unknown as readonly number[];

/** Background, yaw, pitch, roll, polar, azimuth: the values of those that are grids; one empty place for the others. */
function gridAxes(recipe: GeneratorRecipe): readonly (readonly number[])[] {
  const { background, pose, light } = recipe;
  const directional = light.from.type === 'directional' ? light.from : undefined;
  const axes: readonly (Distribution | undefined)[] = [
    background.type === 'plain' ? undefined : background.pick,
    pose.yaw,
    pose.pitch,
    pose.roll,
    directional?.polar,
    directional?.azimuth,
  ];
  return axes.map((axis) => (axis?.type === 'grid' ? gridValues(axis) : NOT_A_GRID));
}

function valueOf(distribution: Distribution, atGrid: number | undefined, random: () => Stream): number {
  if (atGrid !== undefined) return atGrid;
  return distribution.type === 'constant' ? distribution.value : draw(distribution, random());
}
