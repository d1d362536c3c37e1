import { Dresser } from '../appearance/dresser.js';
import { drawTexture } from '../background/textures.js';
import type { LightSource } from '../illumination/light-source.js';
import type { MorphableModel } from '../model/morphable-model.js';
import { pixelMap } from '../pose/camera.js';
import { modelToEye, transform } from '../pose/pose.js';
import { MapRenderer } from '../render/maps.js';
import type { RenderScene } from '../render/renderer.js';
import { SoftwareRenderer } from '../render/software.js';
import { isVisible } from '../render/visibility.js';
import type { GeneratorRecipe } from '../sample/recipe.js';
import { Sampler, type SampledScene } from '../sample/sampler.js';
import type { Rows } from './layout.js';
import { SharedFace, sharedMean, sharedMeanAlbedo, type SharedModel } from './shared-model.js';

/** All that threads need to make any sample; plain data, the model in memory that they share. */
export interface RenderWork {
  readonly recipe: GeneratorRecipe;
  readonly model: SharedModel;
  /** The model at its landmarks. */
  readonly landmarks: MorphableModel;
  readonly light: LightSource;
  /** Number of images in the background folder. */
  readonly backgrounds: number;
}

/** Makes samples one after another into rows of tensors. */
export class SampleRenderer {
  readonly sampler: Sampler;
  readonly #work: RenderWork;
  readonly #face: SharedFace;
  readonly #renderer: SoftwareRenderer;
  readonly #maps: MapRenderer | undefined;
  readonly #dresser: Dresser | undefined;
  #identity = -1;

  /** @param thread which of the shared model's faces to use */
  constructor(work: RenderWork, thread: number) {
    const { recipe, model } = work;
    this.#work = work;
    this.sampler = new Sampler(recipe, work.landmarks, work.light, work.backgrounds);
    this.#face = new SharedFace(model, thread);
    const withMaps = recipe.maps.length > 0;
    this.#renderer = new SoftwareRenderer(model.vertices, model.triangles, recipe.size, recipe.supersampling);
    if (recipe.appearance !== undefined)
      this.#dresser = new Dresser(recipe.appearance, recipe.seed, sharedMean(model), sharedMeanAlbedo(model));
    this.#maps = withMaps ? new MapRenderer(this.#renderer, sharedMean(model)) : undefined;
  }

  /** Fills one row. Where the background is a folder's image, the row's image must hold it. */
  render(identity: number, sample: number, rows: Rows, row: number): void {
    const scene = this.sampler.scene(identity, sample);
    if (this.#identity !== identity) {
      this.#face.setIdentity(scene.face.shape, scene.face.albedo);
      this.#identity = identity;
    }
    this.#face.setExpression(scene.face.expression);
    // Written out: what a spread makes of so many fields is born old, and lies until a thread's whole heap is collected.
    const { pose, view, camera, light, colour } = scene;
    this.#dresser?.dress(identity, sample, this.#face.positions, this.#face.albedo);
    const { positions, albedo } = this.#dresser ?? this.#face;
    const drawn: RenderScene = { positions, albedo, pose, view, camera, light, colour };
    const image = rows.row('images', row) as Uint8Array;
    this.#drawBackground(scene, image);
    this.#renderer.render(drawn, image);
    for (const name of this.#work.recipe.maps)
      this.#maps!.draw(name, drawn, rows.row(`maps.${name}`, row) as Uint8Array);
    this.#annotate(scene, rows, row);
  }

  #drawBackground({ background }: SampledScene, image: Uint8Array): void {
    switch (background.type) {
      case 'plain':
        for (let k = 0; k < image.length; k += 3) image.set(background.colour, k);
        return;
      case 'procedural':
        drawTexture(this.#work.recipe.seed, background.address, this.#work.recipe.size, image);
        return;
      case 'folder':
        return;
    }
  }

  #annotate(scene: SampledScene, rows: Rows, row: number): void {
    const { pose, camera, view, face } = scene;
    rows.row('identity', row)[0] = scene.identity;
    rows.row('sample', row)[0] = scene.sample;
    rows.row('pose', row).set([pose.yaw, pose.pitch, pose.roll]);
    rows.row('light', row).set(scene.light);
    rows.row('camera', row).set([camera.focalLength, ...camera.sensorSize, ...camera.principalPoint, view.roll]);
    rows.row('placement', row).set([pose.scaling, ...pose.translation]);
    rows.row('coefficients.shape', row).set(face.shape);
    rows.row('coefficients.albedo', row).set(face.albedo);
    rows.row('coefficients.expression', row).set(face.expression);
    const map = pixelMap(camera, scene.size);
    const toEye = modelToEye(pose, view);
    const eye = new Float64Array(3);
    const points = this.sampler.landmarkPositions;
    const landmarks = rows.row('landmarks', row);
    const visible = rows.row('visible', row);
    for (let k = 0; k < visible.length; k += 1) {
      transform(toEye, points[3 * k]!, points[3 * k + 1]!, points[3 * k + 2]!, eye);
      const depth = -eye[2]!;
      const x = (map.scaleX * eye[0]!) / depth + map.centreX;
      const y = (map.scaleY * eye[1]!) / depth + map.centreY;
      landmarks[2 * k] = x;
      landmarks[2 * k + 1] = y;
      visible[k] = isVisible(this.#renderer.grid, x, y, depth) ? 1 : 0;
    }
  }
}
