import { cos, exp, pow, sin } from '../../../../foundation/numbers/elementary.js';
import type { Stream } from '../../../../foundation/numbers/random.js';
import { basis, COEFFICIENTS, LAMBERT, LIGHT_LENGTH, type Light } from './spherical-harmonics.js';

/**
 * An illumination prior authored here, for machines without the Basel Illumination Prior: a distribution over the 27
 * coefficients that stands on a distribution over places where photographs are taken. An environment is a few sources
 * of radiance (sky, ground, sun, lamps, windows, walls), each a lobe `max(0, cos)^n` whose harmonics are known in closed
 * form; since no source is negative, shading is negative at most by the truncation at degree 2.
 *
 * A camera has an exposure and a white balance: the sum is scaled so that a surface that faces the camera's side is
 * rendered near its albedo, and most of the common tint is taken away.
 */
export function drawNaturalLight(random: Stream): Light {
  const light = new Float64Array(LIGHT_LENGTH);
  PLACES[pick(random, SHARES)]!(random, light);
  balance(light, 0.65 + 0.25 * random.uniform());
  expose(light, 0.92 * exp(0.18 * random.normal()));
  return light;
}

type Colour = readonly [number, number, number];
type Place = (random: Stream, light: Light) => void;

const SHARES = [0.2, 0.22, 0.33, 0.15, 0.1];
const PLACES: readonly Place[] = [overcast, sunny, room, window, flash];

function overcast(random: Stream, light: Light): void {
  const sky = tint(-0.25 - 0.35 * random.uniform());
  addLobe(light, 1, direction(between(random, -0.3, 0.3), between(random, 0.9, 1.57)), 1, sky);
  addAmbient(light, between(random, 0.15, 0.4), sky);
  addLobe(light, 1, [0, -1, 0], between(random, 0.1, 0.4), tint(between(random, 0, 0.5)));
}

function sunny(random: Stream, light: Light): void {
  const sun: Colour = tint(between(random, 0.05, 0.55));
  // People are photographed with the sun beside or behind the camera more often than against it.
  const azimuth = 1.1 * random.normal();
  const elevation = between(random, 0.2, 1.1);
  addLobe(light, 40, direction(azimuth, elevation), between(random, 0.5, 1.3), sun);
  const sky = tint(-0.7 + 0.3 * random.uniform());
  addLobe(light, 1, [0, 1, 0], between(random, 0.2, 0.5), sky);
  addAmbient(light, between(random, 0.15, 0.35), sky);
  addLobe(light, 1, [0, -1, 0], between(random, 0.1, 0.4), tint(between(random, 0.1, 0.6)));
}

function room(random: Stream, light: Light): void {
  const bulb = between(random, -0.1, 0.8);
  const lamps = 1 + random.integer(3);
  for (let k = 0; k < lamps; k += 1) {
    const towards = direction(1.0 * random.normal(), between(random, 0.3, 1.4));
    addLobe(
      light,
      between(random, 2, 20),
      towards,
      between(random, 0.3, 1) / Math.sqrt(lamps),
      tint(bulb + 0.1 * random.normal()),
    );
  }
  addAmbient(light, between(random, 0.3, 0.8), tint(bulb + between(random, -0.1, 0.25)));
  addLobe(light, 1, [0, -1, 0], between(random, 0.05, 0.25), tint(bulb + between(random, 0, 0.3)));
}

function window(random: Stream, light: Light): void {
  const side = random.uniform() < 0.5 ? -1 : 1;
  const towards = direction(side * between(random, 0.5, 1.7), between(random, -0.1, 0.6));
  const day = between(random, -0.5, 0.1);
  addLobe(light, between(random, 2, 8), towards, between(random, 0.7, 1.2), tint(day));
  const walls = tint(between(random, -0.1, 0.5));
  addAmbient(light, between(random, 0.15, 0.45), walls);
  addLobe(light, 1, direction(side * -1.2, 0), between(random, 0.05, 0.3), walls);
}

function flash(random: Stream, light: Light): void {
  const towards = direction(0.25 * random.normal(), 0.15 + 0.2 * random.normal());
  addLobe(light, 30, towards, between(random, 0.6, 1.1), tint(between(random, -0.1, 0.1)));
  addAmbient(light, between(random, 0.1, 0.4), tint(between(random, -0.2, 0.8)));
}

/** Same radiance from everywhere, which alone would shade every surface as `shading`. */
function addAmbient(light: Light, shading: number, colour: Colour): void {
  basis(0, 0, 1, values);
  const radiance = shading / (LAMBERT[0]! * values[0]!);
  for (let c = 0; c < 3; c += 1) light[c] = light[c]! + radiance * colour[c]!;
}

const values = new Float64Array(COEFFICIENTS);
const pole = new Float64Array(COEFFICIENTS);

/**
 * Radiance `max(0, cos)^n` around a unit direction, scaled to shade a surface that faces it as `shading`. With t = cos:
 * z_l = 2 pi int_0^1 t^n Y_l0(t) dt, and the coefficient of Y_lm is z_l Y_lm(d) / Y_l0(1).
 */
function addLobe(light: Light, n: number, towards: readonly number[], shading: number, colour: Colour): void {
  basis(0, 0, 1, pole);
  const zonal = [1 / (n + 1), 1 / (n + 2), (3 / (n + 3) - 1 / (n + 1)) / 2];
  const norm =
    LAMBERT[0]! * pole[0]! ** 2 * zonal[0]! +
    LAMBERT[1]! * pole[2]! ** 2 * zonal[1]! +
    LAMBERT[4]! * pole[6]! ** 2 * zonal[2]!;
  basis(towards[0]!, towards[1]!, towards[2]!, values);
  for (let i = 0; i < COEFFICIENTS; i += 1) {
    const value = (shading / norm) * zonal[i === 0 ? 0 : i < 4 ? 1 : 2]! * values[i]!;
    for (let c = 0; c < 3; c += 1) light[3 * i + c] = light[3 * i + c]! + value * colour[c]!;
  }
}

/** Moves the colour of the mean radiance towards grey: 0 leaves it, 1 removes it. */
function balance(light: Light, strength: number): void {
  const mean = (light[0]! + light[1]! + light[2]!) / 3;
  for (let c = 0; c < 3; c += 1) {
    const gain = pow(mean / light[c]!, strength);
    for (let i = c; i < LIGHT_LENGTH; i += 3) light[i] = light[i]! * gain;
  }
}

/** Scales the light so that shading, over surfaces that face the camera's half of the world, has the mean `target`. */
function expose(light: Light, target: number): void {
  basis(0, 0, 1, pole);
  let mean = 0;
  // Over that hemisphere z has the mean 1/2 and the harmonics of degree 2 vanish.
  for (let c = 0; c < 3; c += 1)
    mean += (LAMBERT[0]! * pole[0]! * light[c]! + 0.5 * LAMBERT[2]! * pole[2]! * light[6 + c]!) / 3;
  for (let i = 0; i < LIGHT_LENGTH; i += 1) light[i] = (light[i]! * target) / mean;
}

/** Unit vector: azimuth 0 is the camera, positive to image right; elevation up. */
function direction(azimuth: number, elevation: number): [number, number, number] {
  return [sin(azimuth) * cos(elevation), sin(elevation), cos(azimuth) * cos(elevation)];
}

/** Colour of luminance about 1 along the daylight locus: -1 a blue sky, 0 neutral, 1 a light bulb. */
function tint(warmth: number): Colour {
  return [1 + 0.3 * warmth, 1, 1 - 0.42 * warmth];
}

function between(random: Stream, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

function pick(random: Stream, shares: readonly number[]): number {
  let left = random.uniform();
  for (let k = 0; k < shares.length - 1; k += 1) {
    left -= shares[k]!;
    if (left < 0) return k;
  }
  return shares.length - 1;
}
