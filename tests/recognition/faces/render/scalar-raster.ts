import type { SampleGrid } from '../../../../src/plugins/recognition/faces/render/sample-grid.js';

/**
 * The kernels `rasterise` and `resolve` said plainly, a sample after another: the same operations on the same numbers, so
 * that the bits must agree. Edge functions are whole numbers below 2^53, exact in doubles.
 */
export function rasteriseScalar(triangles: Uint32Array, grid: SampleGrid): void {
  const { places, tones, samples, faces, width, height } = grid;
  const { fround } = Math;
  for (let face = 0; 3 * face < triangles.length; face += 1) {
    const [a, c, b] = triangles.subarray(3 * face, 3 * face + 3) as unknown as [number, number, number];
    const x = [a, b, c].map((v) => places[2 * v]!) as [number, number, number];
    const y = [a, b, c].map((v) => places[2 * v + 1]!) as [number, number, number];
    const area = (x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0]);
    if (area <= 0 || [...x, ...y].some((at) => Math.abs(at) > 2 ** 24)) continue;
    const perArea = fround(1 / fround(area));
    const weighted = [a, b, c].map((v) => tones.subarray(4 * v, 4 * v + 4).map((value) => value * perArea));
    const edge = (from: 0 | 1 | 2, to: 0 | 1 | 2, px: number, py: number): number =>
      (x[to] - x[from]) * (256 * py - y[from]) - (y[to] - y[from]) * (256 * px - x[from]);
    const [left, right] = [Math.max(Math.ceil(Math.min(...x) / 256), 0), Math.min(Math.max(...x) / 256, width - 1)];
    const [top, bottom] = [Math.max(Math.ceil(Math.min(...y) / 256), 0), Math.min(Math.max(...y) / 256, height - 1)];
    for (let py = top; py <= bottom; py += 1) {
      for (let px = left; px <= right; px += 1) {
        const edges = [edge(1, 2, px, py), edge(2, 0, px, py), edge(0, 1, px, py)] as const;
        if (Math.min(...edges) < 0) continue;
        const value = (k: number): number => {
          const [p, q, r] = edges.map((e, i) => fround(fround(e) * weighted[i]![k]!)) as [number, number, number];
          return fround(fround(p + q) + r);
        };
        const inverseDepth = value(3);
        const at = py * width + px;
        if (!(inverseDepth > samples[4 * at + 3]!)) continue;
        const depth = fround(1 / inverseDepth);
        for (let k = 0; k < 3; k += 1) samples[4 * at + k] = value(k) * depth;
        samples[4 * at + 3] = inverseDepth;
        faces[at] = face;
      }
    }
  }
}

export function resolveScalar(grid: SampleGrid, image: Uint8Array): void {
  const { samples, width, height, scale } = grid;
  const { fround } = Math;
  const all = scale * scale;
  const columns = width / scale;
  image.forEach((background, k) => {
    const [row, column] = [Math.floor(k / 3 / columns), Math.floor(k / 3) % columns];
    let sum = 0;
    let covered = 0;
    for (let j = 0; j < scale; j += 1) {
      for (let i = 0; i < scale; i += 1) {
        const at = 4 * ((row * scale + j) * width + column * scale + i);
        if (samples[at + 3]! > 0) covered += 1;
        sum = fround(sum + Math.min(Math.max(samples[at + (k % 3)]!, 0), 1));
      }
    }
    const mixed = fround(fround(sum * 255) + fround(background * (all - covered)));
    if (covered > 0) image[k] = fround(mixed / all);
  });
  if (image.length !== (3 * width * height) / all) throw new Error('the image is of another size');
}
