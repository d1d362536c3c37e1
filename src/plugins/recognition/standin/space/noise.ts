import { cos, exp, ln } from '../../../../foundation/numbers/elementary.js';
import { stream, type Stream } from '../../../../foundation/numbers/random.js';

/** Smooth random functions of space, cheap enough to be asked at every sample of an image. */

const SIDE = 32;
const MASK = SIDE - 1;

/** Values at the points of a periodic lattice, uniform in [-1, 1]; the same in every world. */
const LATTICE = (() => {
  const random = stream(0, 'standin/lattice');
  return Float32Array.from({ length: SIDE ** 3 }, () => random.bits() / 2 ** 31 - 1);
})();

/** Coordinates of places, as columns. */
export interface Columns {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
}

/**
 * Value noise, {@link noise}, at many places, (x, y, z) * scale + offset. A loop over columns is several times as fast as as many calls,
 * each of which boxes its numbers.
 * @param out [count]
 */
export function noiseColumn(
  { x, y, z }: Columns,
  count: number,
  scale: number,
  [ox, oy, oz]: readonly [number, number, number],
  out: Float64Array,
): void {
  for (let n = 0; n < count; n += 1) {
    const px = x[n]! * scale + ox;
    const py = y[n]! * scale + oy;
    const pz = z[n]! * scale + oz;
    const i = Math.floor(px);
    const j = Math.floor(py);
    const k = Math.floor(pz);
    let u = px - i;
    let v = py - j;
    let w = pz - k;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    w = w * w * (3 - 2 * w);
    const i0 = i & MASK;
    const i1 = (i + 1) & MASK;
    const j0 = (j & MASK) << 5;
    const j1 = ((j + 1) & MASK) << 5;
    const k0 = (k & MASK) << 10;
    const k1 = ((k + 1) & MASK) << 10;
    const a = LATTICE[i0 + j0 + k0]!;
    const b = LATTICE[i0 + j1 + k0]!;
    const c = LATTICE[i0 + j0 + k1]!;
    const d = LATTICE[i0 + j1 + k1]!;
    const near = a + u * (LATTICE[i1 + j0 + k0]! - a);
    const nearUp = b + u * (LATTICE[i1 + j1 + k0]! - b);
    const far = c + u * (LATTICE[i1 + j0 + k1]! - c);
    const farUp = d + u * (LATTICE[i1 + j1 + k1]! - d);
    const front = near + v * (nearUp - near);
    out[n] = front + w * (far + v * (farUp - far) - front);
  }
}

const ONE = { x: new Float64Array(1), y: new Float64Array(1), z: new Float64Array(1) };
const VALUE = new Float64Array(1);
const AS_IS = [0, 0, 0] as const;

/** Value noise in [-1, 1] with features of about one unit; period 32 in each coordinate. */
export function noise(x: number, y: number, z: number): number {
  ONE.x[0] = x;
  ONE.y[0] = y;
  ONE.z[0] = z;
  noiseColumn(ONE, 1, 1, AS_IS, VALUE);
  return VALUE[0]!;
}

const COSINES = 8192;
const COSINE = Float64Array.from({ length: COSINES + 1 }, (_, i) => cos((2 * Math.PI * i) / COSINES));

/** Cosine of 2 pi t, to about 1e-7: waves are summed by the hundred. */
export function wave(t: number): number {
  const at = (t - Math.floor(t)) * COSINES;
  const i = Math.floor(at);
  return COSINE[i]! + (at - i) * (COSINE[i + 1]! - COSINE[i]!);
}

/**
 * A sample of a Gaussian process over space with values in space: a sum of random plane waves (Rahimi and Recht, "Random
 * features for large-scale kernel machines", 2007), whose kernel is amplitude² exp(-d² / (2 length²)) in each component.
 */
export class WaveField {
  /** [K, 7]: wave vector in turns per mm, phase in turns, amplitude in mm. */
  readonly #waves: Float64Array;

  constructor(random: Stream, count: number, length: number, amplitude: number) {
    this.#waves = new Float64Array(7 * count);
    const scale = amplitude * Math.sqrt(2 / count);
    for (let k = 0; k < count; k += 1) {
      for (let c = 0; c < 3; c += 1) {
        this.#waves[7 * k + c] = random.normal() / (2 * Math.PI * length);
        this.#waves[7 * k + 4 + c] = scale * random.normal();
      }
      this.#waves[7 * k + 3] = random.uniform();
    }
  }

  /** Adds `weight` times the field's value at (x, y, z) to `out[at..at + 2]`. */
  addTo(x: number, y: number, z: number, weight: number, out: Float32Array | Float64Array, at: number): void {
    const waves = this.#waves;
    let dx = 0;
    let dy = 0;
    let dz = 0;
    for (let k = 0; k < waves.length; k += 7) {
      const value = wave(waves[k]! * x + waves[k + 1]! * y + waves[k + 2]! * z + waves[k + 3]!);
      dx += waves[k + 4]! * value;
      dy += waves[k + 5]! * value;
      dz += waves[k + 6]! * value;
    }
    out[at] = out[at]! + weight * dx;
    out[at + 1] = out[at + 1]! + weight * dy;
    out[at + 2] = out[at + 2]! + weight * dz;
  }
}

/** 0 at `from` and below, 1 at `to` and above (or the other way round), smooth between. */
export function smoothstep(from: number, to: number, x: number): number {
  const t = (x - from) / (to - from);
  return t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t);
}

export function clamp(x: number, low: number, high: number): number {
  return x < low ? low : x > high ? high : x;
}

export function bell(square: number): number {
  return square > 18 ? 0 : exp(-square / 2);
}

/** A positive number about `median` whose logarithm deviates by `spread`. */
export function logNormal(random: Stream, median: number, spread: number): number {
  return exp(ln(median) + spread * random.normal());
}
