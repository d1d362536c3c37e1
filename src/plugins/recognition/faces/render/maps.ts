import { evaluateForm, FORM_TERMS, shadingForm } from '../illumination/spherical-harmonics.js';
import { windowDepth, type Camera } from '../pose/camera.js';
import { modelToEye, rotation } from '../pose/pose.js';
import type { RenderScene } from './renderer.js';
import type { SoftwareRenderer } from './software.js';

/**
 * Ground truth beside an image, 8-bit, `floor(255 clamp(value))`, 0 where at least half of the pixel shows no face. A
 * pixel's value is the mean over the samples that the face covers, not mixed with the background.
 *
 * - `depth` [h, w]: 1 - (d - min) / (max - min), d the window depth, min and max those of the image
 * - `normals` [h, w, 3]: 0.5 - 0.5 n, n the eye-space vertex normals interpolated
 * - `albedo` [h, w, 3]
 * - `illumination` [h, w, 3]: the shading of albedo 0.5
 * - `correspondence` [h, w, 3]: the place on the model's mean, scaled to its bounding box
 */
export type MapName = 'depth' | 'normals' | 'albedo' | 'illumination' | 'correspondence';

export function mapChannels(name: MapName): 1 | 3 {
  return name === 'depth' ? 1 : 3;
}

/** Draws maps of the scene that a software renderer rendered last. */
export class MapRenderer {
  readonly #renderer: SoftwareRenderer;
  readonly #correspondence: Float32Array;
  readonly #attribute: Float32Array;
  readonly #form = new Float64Array(3 * FORM_TERMS);

  /** @param mean [N, 3] the model's mean positions */
  constructor(renderer: SoftwareRenderer, mean: Float32Array) {
    this.#renderer = renderer;
    this.#correspondence = inBoundingBox(mean);
    this.#attribute = new Float32Array(mean.length);
  }

  /** @param out [h, w] or [h, w, 3], overwritten */
  draw(name: MapName, scene: RenderScene, out: Uint8Array): void {
    switch (name) {
      case 'depth':
        drawDepth(this.#renderer, scene.camera, out);
        return;
      case 'albedo':
        drawAttribute(this.#renderer, scene.albedo, out);
        return;
      case 'correspondence':
        drawAttribute(this.#renderer, this.#correspondence, out);
        return;
      case 'normals':
        this.#normals(scene);
        drawAttribute(this.#renderer, this.#attribute, out);
        return;
      case 'illumination':
        this.#illumination(scene);
        drawAttribute(this.#renderer, this.#attribute, out);
        return;
    }
  }

  #normals(scene: RenderScene): void {
    const { linear } = modelToEye(scene.pose, scene.view);
    this.#eachNormal((i, x, y, z) => {
      const ex = linear[0]! * x + linear[1]! * y + linear[2]! * z;
      const ey = linear[3]! * x + linear[4]! * y + linear[5]! * z;
      const ez = linear[6]! * x + linear[7]! * y + linear[8]! * z;
      const length = Math.sqrt(ex * ex + ey * ey + ez * ez);
      const half = length === 0 ? 0 : 0.5 / length;
      this.#attribute[i] = 0.5 - half * ex;
      this.#attribute[i + 1] = 0.5 - half * ey;
      this.#attribute[i + 2] = 0.5 - half * ez;
    });
  }

  #illumination(scene: RenderScene): void {
    const form = shadingForm(scene.light, rotation(scene.pose), this.#form);
    this.#eachNormal((i, x, y, z) => {
      for (let c = 0; c < 3; c += 1) this.#attribute[i + c] = 0.5 * evaluateForm(form, c, x, y, z);
    });
  }

  #eachNormal(visit: (i: number, x: number, y: number, z: number) => void): void {
    const { normals } = this.#renderer;
    for (let v = 0; 4 * v < normals.length; v += 1) {
      visit(3 * v, normals[4 * v]!, normals[4 * v + 1]!, normals[4 * v + 2]!);
    }
  }
}

/** Perspective-correct interpolation of a vertex attribute ([N, 3]) over the samples seen. */
function drawAttribute(renderer: SoftwareRenderer, attribute: Float32Array, out: Uint8Array): void {
  const { grid, triangles, size } = renderer;
  const { scale, width, samples, faces, places, tones } = grid;
  const least = (scale * scale) / 2;
  out.fill(0);
  for (let row = 0; row < size.height; row += 1) {
    for (let column = 0; column < size.width; column += 1) {
      let covered = 0;
      let first = 0;
      let second = 0;
      let third = 0;
      for (let j = 0; j < scale; j += 1) {
        for (let i = 0; i < scale; i += 1) {
          const x = column * scale + i;
          const y = row * scale + j;
          if (!(samples[4 * (y * width + x) + 3]! > 0)) continue;
          covered += 1;
          const t = 3 * faces[y * width + x]!;
          const a = triangles[t]!;
          const b = triangles[t + 1]!;
          const c = triangles[t + 2]!;
          const pa = edge(places, b, c, x, y) * tones[4 * a + 3]!;
          const pb = edge(places, c, a, x, y) * tones[4 * b + 3]!;
          const pc = edge(places, a, b, x, y) * tones[4 * c + 3]!;
          const sum = pa + pb + pc;
          first += (pa * attribute[3 * a]! + pb * attribute[3 * b]! + pc * attribute[3 * c]!) / sum;
          second += (pa * attribute[3 * a + 1]! + pb * attribute[3 * b + 1]! + pc * attribute[3 * c + 1]!) / sum;
          third += (pa * attribute[3 * a + 2]! + pb * attribute[3 * b + 2]! + pc * attribute[3 * c + 2]!) / sum;
        }
      }
      if (covered === 0 || covered < least) continue;
      const k = 3 * (row * size.width + column);
      out[k] = toByte(first / covered);
      out[k + 1] = toByte(second / covered);
      out[k + 2] = toByte(third / covered);
    }
  }
}

/** Twice the signed area of (from, to, sample). */
function edge(at: Int32Array, from: number, to: number, x: number, y: number): number {
  const fx = at[2 * from]!;
  const fy = at[2 * from + 1]!;
  return (at[2 * to]! - fx) * (256 * y - fy) - (at[2 * to + 1]! - fy) * (256 * x - fx);
}

function drawDepth(renderer: SoftwareRenderer, camera: Camera, out: Uint8Array): void {
  const { grid, size } = renderer;
  const { scale, width, samples } = grid;
  const depth = new Float64Array(size.width * size.height).fill(NaN);
  let min = Infinity;
  let max = -Infinity;
  for (let row = 0; row < size.height; row += 1) {
    for (let column = 0; column < size.width; column += 1) {
      let covered = 0;
      let sum = 0;
      for (let j = 0; j < scale; j += 1) {
        for (let i = 0; i < scale; i += 1) {
          const q = samples[4 * ((row * scale + j) * width + column * scale + i) + 3]!;
          if (!(q > 0)) continue;
          covered += 1;
          sum += windowDepth(camera, 1 / q);
        }
      }
      if (covered === 0 || 2 * covered < scale * scale) continue;
      const mean = sum / covered;
      depth[row * size.width + column] = mean;
      min = Math.min(min, mean);
      max = Math.max(max, mean);
    }
  }
  depth.forEach((d, k) => (out[k] = Number.isNaN(d) ? 0 : max > min ? toByte(1 - (d - min) / (max - min)) : 255));
}

function toByte(value: number): number {
  return Math.floor(255 * Math.min(Math.max(value, 0), 1));
}

function inBoundingBox(points: Float32Array): Float32Array {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  points.forEach((value, i) => {
    low[i % 3] = Math.min(low[i % 3]!, value);
    high[i % 3] = Math.max(high[i % 3]!, value);
  });
  return points.map((value, i) => (value - low[i % 3]!) / (high[i % 3]! - low[i % 3]!));
}
