import { FORM_TERMS } from '../illumination/spherical-harmonics.js';
import { pixelMap, type ImageSize } from '../pose/camera.js';
import { modelToEye, rotation } from '../pose/pose.js';
import { vertexNormals } from './normals.js';
import { projectVertices, rasterise, resolve, SampleGrid, type ScreenVertices } from './raster.js';
import type { Renderer, RenderScene } from './renderer.js';
import { shadeVertices } from './shading.js';

/**
 * The rasteriser in TypeScript: the same bits on every machine, since it uses IEEE 754 basic operations alone. All
 * buffers are made once; rendering allocates nothing of an image's size.
 */
export class SoftwareRenderer implements Renderer {
  readonly name = 'software';
  readonly size: ImageSize;
  readonly triangles: Uint32Array;
  /** The last scene's samples, for maps and the visibility of landmarks. */
  readonly grid: SampleGrid;
  /** The last scene's normals in model space, [N, 3]. */
  readonly normals: Float32Array;
  readonly screen: ScreenVertices;
  readonly #colours: Float32Array;
  readonly #form = new Float64Array(3 * FORM_TERMS);

  /**
   * @param supersampling samples along each side of a pixel, 1 to 8
   * @param withFaces keep what maps need
   */
  constructor(vertices: number, triangles: Uint32Array, size: ImageSize, supersampling = 2, withFaces = false) {
    this.size = size;
    this.triangles = triangles;
    this.grid = new SampleGrid(size, supersampling, withFaces);
    this.normals = new Float32Array(3 * vertices);
    this.screen = { at: new Float64Array(2 * vertices), inverseDepth: new Float64Array(vertices) };
    this.#colours = new Float32Array(3 * vertices);
  }

  render(scene: RenderScene, image: Uint8Array): void {
    const { positions, pose, view, camera } = scene;
    const map = pixelMap(camera, this.size);
    const eye = modelToEye(pose, view);
    vertexNormals(positions, this.triangles, this.normals);
    shadeVertices(scene.albedo, this.normals, scene.light, rotation(pose), scene.colour, this.#form, this.#colours);
    projectVertices(
      positions,
      eye.linear,
      eye.offset,
      [map.scaleX, map.centreX],
      [map.scaleY, map.centreY],
      camera.near,
      this.grid.scale,
      this.screen,
    );
    this.grid.clear();
    rasterise(this.triangles, this.screen, this.#colours, this.grid);
    resolve(this.grid, image);
  }

  close(): void {
    // Everything is on the heap.
  }
}
