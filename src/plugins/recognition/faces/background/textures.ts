import { cos, sin } from '../../../../foundation/numbers/elementary.js';
import { stream, type Stream } from '../../../../foundation/numbers/random.js';
import type { ImageSize } from '../pose/camera.js';

/**
 * Backgrounds for machines without a folder of photographs: textures of six families, a pure function of seed and
 * address. They are there to keep a network from telling a face by its outline on black, so they vary in colour,
 * scale, orientation and contrast more than they resemble anything.
 *
 * @param address of the texture: two whole numbers
 * @param out [h, w, 3], overwritten
 */
export function drawTexture(seed: number, address: readonly [number, number], size: ImageSize, out: Uint8Array): void {
  const random = stream(seed, 'faces/texture', ...address);
  FAMILIES[random.integer(FAMILIES.length)]!(random, size, out);
}

type Family = (random: Stream, size: ImageSize, out: Uint8Array) => void;
type Colour = readonly [number, number, number];

const FAMILIES: readonly Family[] = [gradient, blobs, stripes, checker, noise, clutter];

/** Between four corner colours. */
function gradient(random: Stream, { width, height }: ImageSize, out: Uint8Array): void {
  const [a, b, c, d] = [colour(random), colour(random), colour(random), colour(random)];
  for (let y = 0, k = 0; y < height; y += 1) {
    const v = y / height;
    for (let x = 0; x < width; x += 1) {
      const u = x / width;
      for (let n = 0; n < 3; n += 1, k += 1) {
        out[k] = (1 - v) * ((1 - u) * a[n]! + u * b[n]!) + v * ((1 - u) * c[n]! + u * d[n]!);
      }
    }
  }
}

/** Soft discs over a plain colour, out of focus. */
function blobs(random: Stream, { width, height }: ImageSize, out: Uint8Array): void {
  const base = colour(random);
  const count = 4 + random.integer(5);
  const discs = Array.from({ length: count }, () => ({
    x: random.uniform(),
    y: random.uniform(),
    narrow: 1 / (0.08 + 0.4 * random.uniform()) ** 2,
    colour: colour(random),
  }));
  for (let y = 0, k = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, k += 3) {
      let total = 0.25;
      let red = total * base[0];
      let green = total * base[1];
      let blue = total * base[2];
      for (const disc of discs) {
        const dx = x / width - disc.x;
        const dy = y / height - disc.y;
        const fall = 1 - disc.narrow * (dx * dx + dy * dy);
        if (fall <= 0) continue;
        const weight = fall * fall;
        total += weight;
        red += weight * disc.colour[0];
        green += weight * disc.colour[1];
        blue += weight * disc.colour[2];
      }
      out[k] = red / total;
      out[k + 1] = green / total;
      out[k + 2] = blue / total;
    }
  }
}

/** Parallel bands in two colours, with edges from soft to sharp. */
function stripes(random: Stream, { width, height }: ImageSize, out: Uint8Array): void {
  const [a, b] = [colour(random), colour(random)];
  const angle = Math.PI * random.uniform();
  const frequency = (4 + 16 * random.uniform()) / Math.max(width, height);
  const ux = cos(angle) * frequency;
  const uy = sin(angle) * frequency;
  const sharpness = 1 + 6 * random.uniform();
  const bend = 0.004 * random.normal() * frequency;
  for (let y = 0, k = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, k += 3) {
      mix(out, k, a, b, ramp(triangleWave(ux * x + uy * y + bend * x * y), sharpness));
    }
  }
}

/** Tiles in two colours, turned. */
function checker(random: Stream, { width, height }: ImageSize, out: Uint8Array): void {
  const [a, b] = [colour(random), colour(random)];
  const angle = Math.PI * random.uniform();
  const frequency = (3 + 9 * random.uniform()) / Math.max(width, height);
  const ux = cos(angle) * frequency;
  const uy = sin(angle) * frequency;
  const sharpness = 2 + 6 * random.uniform();
  for (let y = 0, k = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, k += 3) {
      const p = 2 * ramp(triangleWave(ux * x + uy * y), sharpness) - 1;
      const q = 2 * ramp(triangleWave(ux * y - uy * x), sharpness) - 1;
      mix(out, k, a, b, (1 + p * q) / 2);
    }
  }
}

const LATTICE = 64;

/** Octaves of value noise: share, frequency, and where each begins on the lattice, so that they don't coincide. */
const OCTAVES = [
  { share: 0.55, frequency: 1, u: 0, v: 0 },
  { share: 0.3, frequency: 2, u: 17, v: 5 },
  { share: 0.15, frequency: 4, u: 31, v: 43 },
] as const;

/** Three octaves of value noise between two colours: plaster, foliage, cloth. */
function noise(random: Stream, { width, height }: ImageSize, out: Uint8Array): void {
  const [a, b] = [colour(random), colour(random)];
  const words = new Uint32Array((LATTICE * LATTICE) / 4);
  for (let i = 0; i < words.length; i += 1) words[i] = random.bits();
  const lattice = new Uint8Array(words.buffer);
  const cells = 2 + 10 * random.uniform();
  const stretch = 0.5 + random.uniform();
  const contrast = 1 + 1.5 * random.uniform();
  const step = cells / Math.max(width, height);
  const columns = OCTAVES.map(({ frequency, u }) => {
    const at = new Uint8Array(width);
    const fraction = new Float64Array(width);
    for (let x = 0; x < width; x += 1) {
      const place = u + frequency * step * x;
      at[x] = latticePoint(place);
      fraction[x] = smoothStep(place);
    }
    return { at, fraction };
  });
  const row = new Float64Array(LATTICE + 1);
  const values = new Float64Array(width);
  for (let y = 0, k = 0; y < height; y += 1) {
    values.fill(0);
    OCTAVES.forEach(({ share, frequency, v }, octave) => {
      latticeRow(lattice, v + frequency * step * stretch * y, share / 255, row);
      const { at, fraction } = columns[octave]!;
      for (let x = 0; x < width; x += 1) {
        const i = at[x]!;
        values[x] = values[x]! + row[i]! + fraction[x]! * (row[i + 1]! - row[i]!);
      }
    });
    for (let x = 0; x < width; x += 1, k += 3) mix(out, k, a, b, clamp(0.5 + contrast * (values[x]! - 0.5)));
  }
}

/** The lattice point before a coordinate, periodic in {@link LATTICE}. */
function latticePoint(coordinate: number): number {
  return Math.floor(coordinate) & (LATTICE - 1);
}

/** How far a coordinate is on the way to the next point, smoothed. */
function smoothStep(coordinate: number): number {
  const rest = coordinate - Math.floor(coordinate);
  return rest * rest * (3 - 2 * rest);
}

/** The lattice at a row between two of its own, times `factor`; its first value follows the last. */
function latticeRow(lattice: Uint8Array, v: number, factor: number, out: Float64Array): void {
  const above = latticePoint(v) * LATTICE;
  const below = latticePoint(v + 1) * LATTICE;
  const fraction = smoothStep(v);
  for (let i = 0; i < LATTICE; i += 1) {
    const value = lattice[above + i]!;
    out[i] = factor * (value + fraction * (lattice[below + i]! - value));
  }
  out[LATTICE] = out[0]!;
}

/** Overlapping rectangles over a vertical gradient, like shelves, doors and posters. */
function clutter(random: Stream, { width, height }: ImageSize, out: Uint8Array): void {
  const [top, bottom] = [colour(random), colour(random)];
  for (let y = 0, k = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, k += 3) mix(out, k, top, bottom, y / height);
  }
  const count = 6 + random.integer(12);
  for (let n = 0; n < count; n += 1) {
    const cx = random.uniform() * width;
    const cy = random.uniform() * height;
    const half = (0.03 + 0.22 * random.uniform()) * width;
    const tall = (0.03 + 0.22 * random.uniform()) * height;
    const fill = colour(random);
    const [left, right] = [Math.max(Math.ceil(cx - half), 0), Math.min(Math.floor(cx + half), width - 1)];
    const [first, last] = [Math.max(Math.ceil(cy - tall), 0), Math.min(Math.floor(cy + tall), height - 1)];
    for (let y = first; y <= last; y += 1) {
      for (let x = left; x <= right; x += 1) {
        const k = 3 * (y * width + x);
        const shade = 0.85 + (0.15 * (y - first)) / (last - first + 1);
        out[k] = fill[0] * shade;
        out[k + 1] = fill[1] * shade;
        out[k + 2] = fill[2] * shade;
      }
    }
  }
}

/** Mostly muted: a grey level, tinted. */
function colour(random: Stream): Colour {
  const level = 20 + 215 * random.uniform();
  const strength = 0.5 * random.uniform();
  const channel = (): number => Math.min(255, level * (1 + strength * (2 * random.uniform() - 1)));
  return [channel(), channel(), channel()];
}

function mix(out: Uint8Array, k: number, a: Colour, b: Colour, t: number): void {
  out[k] = a[0] + (b[0] - a[0]) * t;
  out[k + 1] = a[1] + (b[1] - a[1]) * t;
  out[k + 2] = a[2] + (b[2] - a[2]) * t;
}

/** Period 1, from 0 up to 1 and back. */
function triangleWave(t: number): number {
  const u = t - Math.floor(t);
  return u < 0.5 ? 2 * u : 2 - 2 * u;
}

function ramp(t: number, sharpness: number): number {
  return clamp(0.5 + sharpness * (t - 0.5));
}

function clamp(t: number): number {
  return t < 0 ? 0 : t > 1 ? 1 : t;
}
