import { applySimilarity, invertSimilarity, type Similarity } from '../alignment/alignment.js';

/** Pixels [height, width, 3], RGB, of an image or of a part of it. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** Where the part's first pixel lies in its image; 0 for a whole one. */
  readonly left: number;
  readonly top: number;
}

/** A rectangle of whole pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The part of an image of `width` x `height` that a warp onto `size` x `size` reads; undefined where it reads none. */
export function regionOfInterest(
  toTarget: Similarity,
  size: number,
  width: number,
  height: number,
): Region | undefined {
  const edge = size - 0.5;
  const corners = applySimilarity(invertSimilarity(toTarget), [-0.5, -0.5, edge, -0.5, -0.5, edge, edge, edge]);
  const xs = [0, 2, 4, 6].map((i) => corners[i]!);
  const ys = [1, 3, 5, 7].map((i) => corners[i]!);
  const left = Math.max(0, Math.floor(Math.min(...xs)) - 1);
  const top = Math.max(0, Math.floor(Math.min(...ys)) - 1);
  const right = Math.min(width, Math.ceil(Math.max(...xs)) + 2);
  const bottom = Math.min(height, Math.ceil(Math.max(...ys)) + 2);
  if (!(right > left && bottom > top)) return undefined;
  return { left, top, width: right - left, height: bottom - top };
}

/**
 * Resamples an image under a similarity, with the same bits everywhere: only `+ - * / sqrt` decide them.
 *
 * A target pixel is the mean of k x k bilinear samples spread over its square, k the least whole number of at least the
 * number of source pixels on its side, so that no source pixel is skipped; where that number is 4 or more, whole blocks of
 * source pixels are averaged first. Beyond the image all is black, as in the tools that the literature aligned with.
 *
 * @param toTarget from the whole image's pixel centres to the target's
 * @param out [height, width, 3]
 */
export function warp(source: Raster, toTarget: Similarity, width: number, height: number, out: Uint8Array): void {
  const stride = 1 / Math.sqrt(toTarget.a * toTarget.a + toTarget.b * toTarget.b);
  const block = stride >= 4 ? Math.floor(stride / 2) : 1;
  const image = block === 1 ? source : averageBlocks(source, block);
  const side = Math.ceil(stride / block - 1e-9);
  const k = Math.max(1, side);
  // Target to source, then into the (averaged) raster's own pixels.
  const back = invertSimilarity(toTarget);
  const a = back.a / block;
  const b = back.b / block;
  const tx = (back.tx - source.left + 0.5) / block - 0.5;
  const ty = (back.ty - source.top + 0.5) / block - 0.5;
  const share = 1 / (k * k);
  const { data } = image;
  const lastX = image.width - 1;
  const lastY = image.height - 1;
  const row = image.width * 3;
  const edge = new Float64Array(3);
  for (let v = 0; v < height; v += 1) {
    for (let u = 0; u < width; u += 1) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let j = 0; j < k; j += 1) {
        const sv = v + (j + 0.5) / k - 0.5;
        for (let i = 0; i < k; i += 1) {
          const su = u + (i + 0.5) / k - 0.5;
          const x = a * su - b * sv + tx;
          const y = b * su + a * sv + ty;
          if (x >= 0 && y >= 0 && x < lastX && y < lastY) {
            // Within the image the coordinates are positive, so that cutting off the fraction is the floor.
            const x0 = x | 0;
            const y0 = y | 0;
            const fx = x - x0;
            const fy = y - y0;
            const p = y0 * row + x0 * 3;
            const q = p + row;
            const w11 = fx * fy;
            const w10 = fx - w11;
            const w01 = fy - w11;
            const w00 = 1 - fx - w01;
            red += w00 * data[p]! + w10 * data[p + 3]! + w01 * data[q]! + w11 * data[q + 3]!;
            green += w00 * data[p + 1]! + w10 * data[p + 4]! + w01 * data[q + 1]! + w11 * data[q + 4]!;
            blue += w00 * data[p + 2]! + w10 * data[p + 5]! + w01 * data[q + 2]! + w11 * data[q + 5]!;
          } else {
            sampleEdge(image, x, y, edge);
            red += edge[0]!;
            green += edge[1]!;
            blue += edge[2]!;
          }
        }
      }
      const at = (v * width + u) * 3;
      out[at] = Math.floor(red * share + 0.5);
      out[at + 1] = Math.floor(green * share + 0.5);
      out[at + 2] = Math.floor(blue * share + 0.5);
    }
  }
}

/** A bilinear sample of which some of the four pixels may lie beyond the image, where all is black. */
function sampleEdge(
  image: { readonly width: number; readonly height: number; readonly data: Uint8Array | Float32Array },
  x: number,
  y: number,
  out: Float64Array,
): void {
  out.fill(0);
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  for (let dy = 0; dy < 2; dy += 1) {
    for (let dx = 0; dx < 2; dx += 1) {
      const px = x0 + dx;
      const py = y0 + dy;
      if (px < 0 || py < 0 || px >= image.width || py >= image.height) continue;
      const weight = (dx === 1 ? x - x0 : 1 - (x - x0)) * (dy === 1 ? y - y0 : 1 - (y - y0));
      const at = (py * image.width + px) * 3;
      for (let c = 0; c < 3; c += 1) out[c]! += weight * image.data[at + c]!;
    }
  }
}

/** Means of `block` x `block` pixels; the last of a row or column are of what is left. */
function averageBlocks(source: Raster, block: number): { width: number; height: number; data: Float32Array } {
  const width = Math.ceil(source.width / block);
  const height = Math.ceil(source.height / block);
  const data = new Float32Array(width * height * 3);
  const counts = new Uint32Array(width * height);
  for (let y = 0; y < source.height; y += 1) {
    const row = Math.floor(y / block) * width;
    for (let x = 0; x < source.width; x += 1) {
      const cell = row + Math.floor(x / block);
      const at = (y * source.width + x) * 3;
      counts[cell]! += 1;
      data[cell * 3]! += source.data[at]!;
      data[cell * 3 + 1]! += source.data[at + 1]!;
      data[cell * 3 + 2]! += source.data[at + 2]!;
    }
  }
  for (let i = 0; i < data.length; i += 1) data[i]! /= counts[Math.floor(i / 3)]!;
  return { width, height, data };
}
