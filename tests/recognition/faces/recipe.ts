import type { GeneratorRecipe } from '../../../src/plugins/recognition/faces/sample/recipe.js';
import { DEFAULT_CAMERA } from '../../../src/plugins/recognition/faces/pose/camera.js';
import type { Distribution } from '../../../src/foundation/numbers/distribution.js';

export const DEGREE = Math.PI / 180;

export function constant(value: number): Distribution {
  return { type: 'constant', value };
}

export function uniform(low: number, high: number): Distribution {
  return { type: 'uniform', low, high };
}

export const STANDARD_NORMAL: Distribution = { type: 'normal', mean: 0, deviation: 1 };

/** A small recipe for the ellipsoid model. */
export function smallRecipe(changes: Partial<GeneratorRecipe> = {}): GeneratorRecipe {
  return {
    seed: 11,
    identities: 4,
    samples: 6,
    mode: 'random',
    size: { width: 32, height: 32 },
    face: {
      shape: { distribution: STANDARD_NORMAL },
      albedo: { distribution: STANDARD_NORMAL },
      expression: { distribution: STANDARD_NORMAL },
    },
    pose: {
      yaw: uniform(-90 * DEGREE, 90 * DEGREE),
      pitch: uniform(-30 * DEGREE, 30 * DEGREE),
      roll: uniform(-15 * DEGREE, 15 * DEGREE),
    },
    distance: 1000,
    camera: DEFAULT_CAMERA,
    framing: { type: 'aligned', template: 'padded', scaling: constant(1), shift: { x: constant(0), y: constant(0) } },
    light: { from: { type: 'natural' } },
    background: { type: 'procedural' },
    maps: [],
    supersampling: 2,
    ...changes,
  };
}
