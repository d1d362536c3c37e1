/**
 * Resamples an image to exactly the given size, aspect ignored, with the triangle filter scaled to the reduction
 * (antialiased bilinear; pixel centres at one half), rounded to the nearest level.
 *
 * @param source [sourceHeight, sourceWidth, 3]
 * @returns [height, width, 3]
 */
export function resample(
  source: Uint8Array,
  sourceWidth: number,
  sourceHeight: number,
  width: number,
  height: number,
): Uint8Array {
  const across = taps(sourceWidth, width);
  const down = taps(sourceHeight, height);
  const narrow = new Float32Array(sourceHeight * width * 3);
  for (let y = 0; y < sourceHeight; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const { first, weights } = across[x]!;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let k = 0; k < weights.length; k += 1) {
        const at = 3 * (y * sourceWidth + first + k);
        const weight = weights[k]!;
        red += weight * source[at]!;
        green += weight * source[at + 1]!;
        blue += weight * source[at + 2]!;
      }
      const to = 3 * (y * width + x);
      narrow[to] = red;
      narrow[to + 1] = green;
      narrow[to + 2] = blue;
    }
  }
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    const { first, weights } = down[y]!;
    for (let i = 0; i < 3 * width; i += 1) {
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) sum += weights[k]! * narrow[(first + k) * 3 * width + i]!;
      out[y * 3 * width + i] = Math.floor(sum + 0.5);
    }
  }
  return out;
}

interface Taps {
  readonly first: number;
  /** Add up to 1. */
  readonly weights: Float64Array;
}

function taps(from: number, to: number): Taps[] {
  const ratio = from / to;
  const support = Math.max(ratio, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * ratio;
    const first = Math.max(Math.floor(centre - support + 0.5), 0);
    const end = Math.min(Math.floor(centre + support + 0.5), from);
    const weights = Float64Array.from({ length: end - first }, (_w, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / support),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((w) => w / sum) };
  });
}
