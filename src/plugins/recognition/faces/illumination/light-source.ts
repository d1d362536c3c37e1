import { draw, type Distribution } from '../../../../foundation/numbers/distribution.js';
import { cos, sin } from '../../../../foundation/numbers/elementary.js';
import type { Stream } from '../../../../foundation/numbers/random.js';
import { drawNaturalLight } from './natural-light.js';
import { ambientAndDirectional, LIGHT_LENGTH, withEnergy, withoutColour, type Light } from './spherical-harmonics.js';

/** Where the light of a sample comes from; plain data, ready to be sent to a worker. */
export interface LightSource {
  readonly from: LightOrigin;
  /** Scales every light to this energy (the published generator's `fix-energy`). */
  readonly energy?: number;
  /** False replaces the channels by their mean (`no-color`). */
  readonly colour: boolean;
}

export type LightOrigin =
  | { readonly type: 'natural' }
  /** [count, 27]: one of these, uniformly. */
  | { readonly type: 'empirical'; readonly lights: Float64Array }
  /** mean + factor z, z standard normal; factor [27, 27] lower triangular, row-major. */
  | { readonly type: 'normal'; readonly mean: Float64Array; readonly factor: Float64Array }
  | { readonly type: 'fixed'; readonly light: Float64Array }
  | DirectionalOrigin;

/**
 * Ambient and one distant source, the light of the controlled mode. The direction is (sin polar cos azimuth, sin polar
 * sin azimuth, cos polar): polar 0 is the camera's axis. Radians.
 */
export interface DirectionalOrigin {
  readonly type: 'directional';
  readonly ambient: number;
  readonly diffuse: number;
  readonly polar: Distribution;
  readonly azimuth: Distribution;
}

export function drawLight(source: LightSource, random: Stream): Light {
  return finish(source, drawOrigin(source.from, random));
}

/** The light of a directional source at given angles. */
export function directionalLight(
  source: LightSource,
  origin: DirectionalOrigin,
  polar: number,
  azimuth: number,
): Light {
  const { ambient, diffuse } = origin;
  const direction = [sin(polar) * cos(azimuth), sin(polar) * sin(azimuth), cos(polar)] as const;
  return finish(source, ambientAndDirectional([ambient, ambient, ambient], [diffuse, diffuse, diffuse], direction));
}

function finish(source: LightSource, light: Light): Light {
  const coloured = source.colour ? light : withoutColour(light);
  return source.energy === undefined ? coloured : withEnergy(coloured, source.energy);
}

function drawOrigin(origin: LightOrigin, random: Stream): Light {
  switch (origin.type) {
    case 'natural':
      return drawNaturalLight(random);
    case 'empirical': {
      const index = random.integer(origin.lights.length / LIGHT_LENGTH);
      return origin.lights.slice(index * LIGHT_LENGTH, (index + 1) * LIGHT_LENGTH);
    }
    case 'normal': {
      const z = Float64Array.from({ length: LIGHT_LENGTH }, () => random.normal());
      return origin.mean.map((mean, i) => {
        let sum = mean;
        for (let j = 0; j <= i; j += 1) sum += origin.factor[i * LIGHT_LENGTH + j]! * z[j]!;
        return sum;
      });
    }
    case 'fixed':
      return Float64Array.from(origin.light);
    case 'directional': {
      const polar = draw(origin.polar, random);
      const azimuth = draw(origin.azimuth, random);
      const { ambient, diffuse } = origin;
      const direction = [sin(polar) * cos(azimuth), sin(polar) * sin(azimuth), cos(polar)] as const;
      return ambientAndDirectional([ambient, ambient, ambient], [diffuse, diffuse, diffuse], direction);
    }
  }
}

/**
 * The multivariate normal with the mean and covariance (n - 1) of the given lights ([count, 27]), factored by Cholesky.
 * A direction without variance gets none: fewer than 28 lights span fewer than 27 dimensions.
 */
export function fitNormal(lights: Float64Array): LightOrigin {
  const count = lights.length / LIGHT_LENGTH;
  const mean = new Float64Array(LIGHT_LENGTH);
  for (let n = 0; n < count; n += 1)
    for (let i = 0; i < LIGHT_LENGTH; i += 1) mean[i] = mean[i]! + lights[n * LIGHT_LENGTH + i]! / count;
  const factor = new Float64Array(LIGHT_LENGTH * LIGHT_LENGTH);
  for (let i = 0; i < LIGHT_LENGTH; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let covariance = 0;
      for (let n = 0; n < count; n += 1)
        covariance += (lights[n * LIGHT_LENGTH + i]! - mean[i]!) * (lights[n * LIGHT_LENGTH + j]! - mean[j]!);
      covariance /= Math.max(count - 1, 1);
      let rest = covariance;
      for (let k = 0; k < j; k += 1) rest -= factor[i * LIGHT_LENGTH + k]! * factor[j * LIGHT_LENGTH + k]!;
      if (i === j) factor[i * LIGHT_LENGTH + i] = rest > 1e-12 * covariance ? Math.sqrt(rest) : 0;
      else {
        const pivot = factor[j * LIGHT_LENGTH + j]!;
        factor[i * LIGHT_LENGTH + j] = pivot > 0 ? rest / pivot : 0;
      }
    }
  }
  return { type: 'normal', mean, factor };
}
