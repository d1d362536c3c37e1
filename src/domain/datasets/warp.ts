import { applySimilarity, invertSimilarity, type Similarity } from './alignment.js';

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
  const sum = new Float64Array(3);
  for (let v = 0; v < height; v += 1) {
    for (let u = 0; u < width; u += 1) {
      sum.fill(0);
      for (let j = 0; j < k; j += 1) {
        const sv = v + (j + 0.5) / k - 0.5;
        for (let i = 0; i < k; i += 1) {
          const su = u + (i + 0.5) / k - 0.5;
          addBilinear(image.data, image.width, image.height, a * su - b * sv + tx, b * su + a * sv + ty, sum);
        }
      }
      const at = (v * width + u) * 3;
      out[at] = Math.floor(sum[0]! * share + 0.5);
      out[at + 1] = Math.floor(sum[1]! * share + 0.5);
      out[at + 2] = Math.floor(sum[2]! * share + 0.5);
    }
  }
}

function addBilinear(
  data: Uint8Array | Float32Array,
  width: number,
  height: number,
  x: number,
  y: number,
  sum: Float64Array,
): void {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  if (x0 < -1 || y0 < -1 || x0 >= width || y0 >= height) return;
  const fx = x - x0;
  const fy = y - y0;
  const at = (y0 * width + x0) * 3;
  const row = width * 3;
  if (x0 >= 0 && y0 >= 0 && x0 + 1 < width && y0 + 1 < height) {
    for (let c = 0; c < 3; c += 1) {
      const p = at + c;
      const top = data[p]! + fx * (data[p + 3]! - data[p]!);
      const bottom = data[p + row]! + fx * (data[p + row + 3]! - data[p + row]!);
      sum[c]! += top + fy * (bottom - top);
    }
    return;
  }
  const left = x0 >= 0 ? 1 - fx : 0;
  const right = x0 + 1 < width ? fx : 0;
  const above = y0 >= 0 ? 1 - fy : 0;
  const below = y0 + 1 < height ? fy : 0;
  for (let c = 0; c < 3; c += 1) {
    const p = at + c;
    let value = 0;
    if (left * above > 0) value += left * above * data[p]!;
    if (right * above > 0) value += right * above * data[p + 3]!;
    if (left * below > 0) value += left * below * data[p + row]!;
    if (right * below > 0) value += right * below * data[p + row + 3]!;
    sum[c]! += value;
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
