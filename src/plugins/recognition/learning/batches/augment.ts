import { cos, exp, pow, sin } from '../../../../foundation/numbers/elementary.js';
import { stream, type Stream } from '../../../../foundation/numbers/random.js';
import type { AugmentRecipe } from '../step/recipe.js';

interface Size {
  readonly height: number;
  readonly width: number;
}

const NORMALS = 1 << 16;
let normals: Float32Array | undefined;

/** A fixed row of standard normals: an image reads it from a place and with a stride of its own. */
function normalRow(): Float32Array {
  if (normals === undefined) {
    const random = stream(0, 'augment/normals');
    normals = Float32Array.from({ length: NORMALS }, () => random.normal());
  }
  return normals;
}

/** A shorter blur than this, in pixels, is none. */
const LEAST_BLUR = 0.2;

/** Steps of the table that stands for gamma, between 0 and 255. */
const TONES = 1024;

/** Changes images of one size in place; each change is a function of (seed, epoch, batch, place in the batch) alone. */
export class Augmenter {
  readonly #recipe: AugmentRecipe;
  readonly #seed: number;
  readonly #size: Size;
  readonly #height: number;
  readonly #width: number;
  readonly #pixels: Float32Array;
  readonly #scratch: Float32Array;
  readonly #tones = new Float32Array(TONES + 1);

  constructor(recipe: AugmentRecipe, seed: number, size: Size) {
    this.#recipe = recipe;
    this.#seed = seed;
    this.#size = size;
    this.#height = size.height;
    this.#width = size.width;
    this.#pixels = new Float32Array(3 * size.height * size.width);
    this.#scratch = new Float32Array(this.#pixels.length);
  }

  /** @param image [height, width, 3] */
  apply(image: Uint8Array, epoch: number, batch: number, place: number): void {
    const { placement, tone, light, grey, occlusion, blur, noise } = this.#recipe;
    // A stream for each change: the strength of one leaves what the others draw alone.
    const of = (what: string): Stream => stream(this.#seed, `augment/${what}`, epoch, batch, place);
    if (placement > 0) this.#place(image, of('placement'), placement);
    else this.#pixels.set(image);
    if (light > 0) this.#slant(of('light'), light);
    if (tone > 0 || grey > 0) this.#develop(of('tone'), tone, grey);
    if (occlusion > 0) this.#cover(of('occlusion'), occlusion);
    if (blur > 0) {
      const deviation = (of('blur').uniform() * blur * this.#width) / 100;
      if (deviation >= LEAST_BLUR) soften(this.#pixels, this.#scratch, this.#size, deviation);
    }
    if (noise > 0) this.#grain(of('noise'), noise);
    const pixels = this.#pixels;
    for (let i = 0; i < pixels.length; i += 1) {
      const value = pixels[i]! + 0.5;
      image[i] = value < 0 ? 0 : value >= 256 ? 255 : value;
    }
  }

  #place(image: Uint8Array, random: Stream, strength: number): void {
    const dx = 0.02 * strength * this.#width * random.normal();
    const dy = 0.02 * strength * this.#height * random.normal();
    const turn = 0.05 * strength * random.normal();
    const scale = exp(0.05 * strength * random.normal());
    const stretch = exp(0.03 * strength * random.normal());
    resample(image, this.#size, { dx, dy, turn, scale, stretch }, this.#pixels);
  }

  #slant(random: Stream, strength: number): void {
    const [height, width, out] = [this.#height, this.#width, this.#pixels];
    const gx = (strength * random.normal()) / width;
    const gy = (strength * random.normal()) / height;
    for (let y = 0, k = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const gain = Math.max(0.1, 1 + gx * (x - (width - 1) / 2) + gy * (y - (height - 1) / 2));
        for (const end = k + 3; k < end; k += 1) out[k] = out[k]! * gain;
      }
    }
  }

  #develop(random: Stream, strength: number, grey: number): void {
    const out = this.#pixels;
    const gamma = exp(0.35 * strength * random.normal());
    const contrast = exp(0.3 * strength * random.normal());
    const lift = 22 * strength * random.normal();
    const vivid = Math.max(0, 1 + 0.35 * strength * random.normal());
    const red = exp(0.09 * strength * random.normal());
    const green = exp(0.05 * strength * random.normal());
    const blue = exp(0.09 * strength * random.normal());
    const saturation = random.uniform() < grey ? 0 : vivid;
    const tones = this.#tones;
    for (let k = 0; k <= TONES; k += 1) tones[k] = 255 * pow(k / TONES, gamma);
    let mean = 0;
    for (let i = 1; i < out.length; i += 3) mean += out[i]!;
    mean /= out.length / 3;
    const shift = mean * (1 - contrast) + lift;
    const toned = (value: number): number => {
      const at = ((value * contrast + shift) * TONES) / 255;
      return tones[at < 0 ? 0 : at > TONES ? TONES : Math.floor(at)]!;
    };
    for (let i = 0; i < out.length; i += 3) {
      const luminance = 0.3 * out[i]! + 0.59 * out[i + 1]! + 0.11 * out[i + 2]!;
      out[i] = toned((luminance + (out[i]! - luminance) * saturation) * red);
      out[i + 1] = toned((luminance + (out[i + 1]! - luminance) * saturation) * green);
      out[i + 2] = toned((luminance + (out[i + 2]! - luminance) * saturation) * blue);
    }
  }

  #cover(random: Stream, share: number): void {
    if (random.uniform() >= share) return;
    const [height, width, out] = [this.#height, this.#width, this.#pixels];
    const span = (side: number): [number, number] => {
      const length = (0.15 + 0.25 * random.uniform()) * side;
      const from = random.uniform() * side - length / 2;
      return [Math.max(0, Math.floor(from)), Math.min(side, Math.ceil(from + length))];
    };
    const [left, right] = span(width);
    const [top, bottom] = span(height);
    const colour = [255 * random.uniform(), 255 * random.uniform(), 255 * random.uniform()];
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) out.set(colour, 3 * (y * width + x));
    }
  }

  #grain(random: Stream, most: number): void {
    const out = this.#pixels;
    const row = normalRow();
    const deviation = most * random.uniform();
    const stride = 2 * random.integer(512) + 1;
    let at = random.integer(NORMALS);
    for (let i = 0; i < out.length; i += 1) {
      at = (at + stride) & (NORMALS - 1);
      out[i] = out[i]! + deviation * row[at]!;
    }
  }
}

/** Where an image's pixel is taken from: the place itself, shifted, stretched sideways and upwards, turned and scaled. */
export interface Placement {
  /** Pixels. */
  readonly dx: number;
  readonly dy: number;
  /** Radians. */
  readonly turn: number;
  readonly scale: number;
  readonly stretch: number;
}

/**
 * Resamples an image bilinearly: pixel p of the result is the image at c + scale R(turn) diag(stretch, 1 / stretch)
 * (p - c + (dx, dy)), c its centre. Beyond the image its edge goes on.
 *
 * @param image, out [height, width, 3]
 */
export function resample(image: Uint8Array, { height, width }: Size, at: Placement, out: Float32Array): void {
  const [c, s] = [at.scale * cos(at.turn), at.scale * sin(at.turn)];
  const [mx, my] = [(width - 1) / 2, (height - 1) / 2];
  const row = 3 * width;
  for (let y = 0, k = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, k += 3) {
      const u = (x - mx + at.dx) * at.stretch;
      const v = (y - my + at.dy) / at.stretch;
      const px = Math.min(Math.max(mx + c * u - s * v, 0), width - 1);
      const py = Math.min(Math.max(my + s * u + c * v, 0), height - 1);
      const x0 = Math.min(px | 0, width - 2);
      const y0 = Math.min(py | 0, height - 2);
      const fx = px - x0;
      const fy = py - y0;
      const i = y0 * row + 3 * x0;
      const j = i + row;
      const w11 = fx * fy;
      const w10 = fx - w11;
      const w01 = fy - w11;
      const w00 = 1 - fx - w01;
      out[k] = w00 * image[i]! + w10 * image[i + 3]! + w01 * image[j]! + w11 * image[j + 3]!;
      out[k + 1] = w00 * image[i + 1]! + w10 * image[i + 4]! + w01 * image[j + 1]! + w11 * image[j + 4]!;
      out[k + 2] = w00 * image[i + 2]! + w10 * image[i + 5]! + w01 * image[j + 2]! + w11 * image[j + 5]!;
    }
  }
}

/**
 * A Gaussian over rows and then columns, cut at 2.5 deviations; beyond the image its edge goes on.
 *
 * @param pixels [height, width, 3], changed
 * @param scratch of the same length
 * @param deviation pixels
 */
export function soften(pixels: Float32Array, scratch: Float32Array, { height, width }: Size, deviation: number): void {
  const radius = Math.ceil(2.5 * deviation);
  const weights = Array.from({ length: radius + 1 }, (_, k) => exp((-k * k) / (2 * deviation * deviation)));
  const total = weights.reduce((sum, w, k) => sum + (k === 0 ? w : 2 * w), 0);
  const kernel = Float64Array.from(weights, (w) => w / total);
  convolve(pixels, scratch, kernel, { lines: height, line: 3 * width, length: width, step: 3 });
  convolve(scratch, pixels, kernel, { lines: width, line: 3, length: height, step: 3 * width });
}

interface Lines {
  readonly lines: number;
  /** Between the first elements of two lines, and of two pixels on a line. */
  readonly line: number;
  readonly length: number;
  readonly step: number;
}

/** Convolves each line's three channels with a symmetric kernel, its middle first. */
function convolve(
  from: Float32Array,
  to: Float32Array,
  kernel: Float64Array,
  { lines, line, length, step }: Lines,
): void {
  for (let n = 0; n < lines; n += 1) {
    const first = n * line;
    const last = first + (length - 1) * step;
    for (let i = first; i <= last; i += step) {
      let [r, g, b] = [kernel[0]! * from[i]!, kernel[0]! * from[i + 1]!, kernel[0]! * from[i + 2]!];
      for (let k = 1; k < kernel.length; k += 1) {
        const w = kernel[k]!;
        const before = Math.max(first, i - k * step);
        const behind = Math.min(last, i + k * step);
        r += w * (from[before]! + from[behind]!);
        g += w * (from[before + 1]! + from[behind + 1]!);
        b += w * (from[before + 2]! + from[behind + 2]!);
      }
      to[i] = r;
      to[i + 1] = g;
      to[i + 2] = b;
    }
  }
}
