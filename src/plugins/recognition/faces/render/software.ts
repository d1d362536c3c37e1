import { createMemory, instantiate } from '../kernel/module.js';
import { SUBSAMPLE } from '../kernel/raster-face.js';
import { rasterise } from '../kernel/raster-stage.js';
import { resolveStage } from '../kernel/resolve-stage.js';
import { faceNormals, projectVertices, shadeVertices } from '../kernel/vertex-stage.js';
import { FORM_TERMS, shadingForm } from '../illumination/spherical-harmonics.js';
import { pixelMap, type ImageSize } from '../pose/camera.js';
import { modelToEye, rotation } from '../pose/pose.js';
import { isPlain } from '../scene/scene.js';
import { adjacentFaces } from './adjacency.js';
import type { Renderer, RenderScene } from './renderer.js';
import type { SampleGrid } from './sample-grid.js';
import { transformColours } from './shading.js';

/**
 * The rasteriser of this project: the same bits on every machine, since its kernels use IEEE 754 basic operations alone,
 * each in a fixed order. All memory is taken once; rendering allocates nothing of an image's size.
 */
export class SoftwareRenderer implements Renderer {
  readonly name = 'software';
  readonly size: ImageSize;
  readonly triangles: Uint32Array;
  /** The last scene's samples, for maps and the visibility of landmarks. */
  readonly grid: SampleGrid;
  /** The last scene's normals in model space, [N, 4]: x, y, z, 0. */
  readonly normals: Float32Array;
  readonly #vertices: number;
  readonly #kernel: Readonly<Record<keyof typeof STAGES | 'resolve', (...values: number[]) => void>>;
  readonly #memory: ReturnType<typeof layOut>;
  readonly #bytes: Uint8Array;
  readonly #positions: Float32Array;
  readonly #albedo: Float32Array;
  readonly #shading: Float32Array;
  readonly #view: Float32Array;
  readonly #tones: Float32Array;
  readonly #image: Uint8Array;
  readonly #touched: Int32Array;
  readonly #form = new Float64Array(3 * FORM_TERMS);

  /** @param supersampling samples along each side of a pixel, 1 to 8 */
  constructor(vertices: number, triangles: Uint32Array, size: ImageSize, supersampling = 2) {
    const width = size.width * supersampling;
    const height = size.height * supersampling;
    const samples = width * height;
    const faces = triangles.length / 3;
    const { degrees, adjacent } = adjacentFaces(vertices, triangles);
    const at = layOut(vertices, faces, adjacent.length, samples, size);
    const memory = createMemory(at.end);
    const { buffer } = memory;
    this.#kernel = instantiate({ ...STAGES, resolve: resolveStage(supersampling) }, memory);
    this.#memory = at;
    this.#bytes = new Uint8Array(buffer);
    this.#positions = new Float32Array(buffer, at.positions, 3 * vertices);
    this.#albedo = new Float32Array(buffer, at.albedo, 3 * vertices);
    this.#shading = new Float32Array(buffer, at.shading, 4 * FORM_TERMS);
    this.#view = new Float32Array(buffer, at.view, 20);
    this.#tones = new Float32Array(buffer, at.tones, 4 * vertices);
    this.#image = new Uint8Array(buffer, at.image, 3 * size.width * size.height);
    this.#touched = new Int32Array(buffer, at.touched, 4);
    this.#touched.set([width, height, -1, -1]);
    this.#vertices = vertices;
    this.size = size;
    this.triangles = new Uint32Array(buffer, at.triangles, triangles.length);
    this.triangles.set(triangles);
    new Int32Array(buffer, at.degrees, vertices).set(degrees);
    // A face's normal is 16 bytes; past the last one lies the normal 0 of vertices without a face.
    new Int32Array(buffer, at.adjacent, adjacent.length).set(adjacent.map((face) => 16 * face));
    this.normals = new Float32Array(buffer, at.normals, 4 * vertices);
    this.grid = {
      width,
      height,
      scale: supersampling,
      samples: new Float32Array(buffer, at.samples, 4 * samples),
      faces: new Int32Array(buffer, at.faces, samples),
      tones: this.#tones,
      places: new Int32Array(buffer, at.places, 2 * vertices),
    };
  }

  render(scene: RenderScene, image: Uint8Array): void {
    this.take(scene);
    this.shade(scene);
    this.project(scene);
    this.draw();
    this.resolve(image);
  }

  /** Takes in the face. */
  take({ positions, albedo }: RenderScene): void {
    this.#positions.set(positions);
    this.#albedo.set(albedo);
  }

  /** Finds normals and colours of the vertices. */
  shade({ light, pose, colour }: RenderScene): void {
    const at = this.#memory;
    shadingForm(light, rotation(pose), this.#form);
    for (let term = 0; term < FORM_TERMS; term += 1) {
      for (let c = 0; c < 3; c += 1) this.#shading[4 * term + c] = this.#form[c * FORM_TERMS + term]!;
    }
    this.#kernel.faceNormals(at.positions, at.triangles, at.faceNormals, this.triangles.length / 3);
    this.#kernel.shadeVertices(
      at.degrees,
      at.adjacent,
      at.faceNormals,
      at.shading,
      at.albedo,
      at.normals,
      at.tones,
      this.#vertices,
    );
    if (!isPlain(colour)) transformColours(colour, this.#tones, 4);
  }

  /** Finds where the vertices lie in the image. */
  project({ pose, view, camera }: RenderScene): void {
    const at = this.#memory;
    const { linear, offset } = modelToEye(pose, view);
    const { scaleX, scaleY, centreX, centreY } = pixelMap(camera, this.size);
    const { scale } = this.grid;
    // Pixel p has its samples at p + (k + 1/2) / scale - 1/2, k = 0 ... scale - 1; so sample s = scale (p + 1/2) - 1/2.
    const unit = scale * SUBSAMPLE;
    for (let axis = 0; axis < 3; axis += 1) {
      this.#view[4 * axis] = unit * scaleX * linear[axis]!;
      this.#view[4 * axis + 1] = unit * scaleY * linear[3 + axis]!;
      this.#view[4 * axis + 2] = -linear[6 + axis]!;
    }
    this.#view.set([unit * scaleX * offset[0]!, unit * scaleY * offset[1]!, -offset[2]!], 12);
    const centre = (pixel: number): number => ((pixel + 0.5) * scale - 0.5) * SUBSAMPLE + 0.5;
    this.#view.set([centre(centreX), centre(centreY), 0, camera.near], 16);
    this.#kernel.projectVertices(at.positions, at.view, at.places, at.tones, this.#vertices);
  }

  /** Draws the faces on the grid of samples. */
  draw(): void {
    const at = this.#memory;
    const { width, height } = this.grid;
    this.#clear();
    this.#kernel.rasterise(
      at.triangles,
      this.triangles.length / 3,
      at.places,
      at.tones,
      at.samples,
      at.faces,
      width,
      height,
      at.touched,
    );
  }

  /** Draws the samples over an image. */
  resolve(image: Uint8Array): void {
    const at = this.#memory;
    const { scale } = this.grid;
    const { width } = this.size;
    const [left, top, right, bottom] = Array.from(this.#touched, (sample) =>
      Math.floor(sample / scale),
    ) as unknown as Box;
    if (left > right) return;
    this.#image.set(image);
    this.#kernel.resolve(
      at.samples + 16 * scale * (top * scale * width + left),
      at.image + 3 * (top * width + left),
      right - left + 1,
      bottom - top + 1,
      width,
    );
    image.set(this.#image);
  }

  close(): void {
    // The memory goes with the object.
  }

  #clear(): void {
    const { width, height } = this.grid;
    const [, top, , bottom] = this.#touched as unknown as Box;
    const row = 16 * width;
    if (bottom >= top) this.#bytes.fill(0, this.#memory.samples + top * row, this.#memory.samples + (bottom + 1) * row);
    this.#touched.set([width, height, -1, -1]);
  }
}

const STAGES = { faceNormals, shadeVertices, projectVertices, rasterise };

/** Least column, least row, greatest column, greatest row. */
type Box = readonly [number, number, number, number];

/** Byte offsets of what the kernels work on; `end` is the size of it all. */
function layOut(vertices: number, faces: number, adjacent: number, samples: number, size: ImageSize) {
  let end = 0;
  const reserve = (bytes: number): number => {
    const at = end;
    // Points of 12 bytes are read as vectors of 16.
    end += Math.ceil((bytes + 4) / 16) * 16;
    return at;
  };
  const at = {
    positions: reserve(12 * vertices),
    albedo: reserve(12 * vertices),
    triangles: reserve(12 * faces),
    degrees: reserve(4 * vertices),
    adjacent: reserve(4 * adjacent),
    faceNormals: reserve(16 * (faces + 1)),
    normals: reserve(16 * vertices),
    tones: reserve(16 * vertices),
    places: reserve(8 * vertices),
    shading: reserve(16 * FORM_TERMS),
    view: reserve(80),
    touched: reserve(16),
    image: reserve(3 * size.width * size.height),
    samples: reserve(16 * samples),
    faces: reserve(4 * samples),
  };
  return { ...at, end };
}
