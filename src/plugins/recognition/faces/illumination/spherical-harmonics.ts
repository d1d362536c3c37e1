/**
 * Real spherical harmonics up to degree 2 and the Lambertian shading they give (Ramamoorthi and Hanrahan, "An efficient
 * representation for irradiance environment maps", SIGGRAPH 2001), in the conventions of scalismo-faces: coefficient
 * l^2 + l + m, no factor 1/pi, no gamma, and no clamp before the image becomes 8-bit.
 */

/** Nine coefficients of radiance for each colour channel: [9, 3], coefficient-major. World space, so light stays as the head turns. */
export type Light = Float64Array;

export const COEFFICIENTS = 9;
export const LIGHT_LENGTH = COEFFICIENTS * 3;

const Y00 = Math.sqrt(1 / (4 * Math.PI));
const Y1 = Math.sqrt(3 / (4 * Math.PI));
const Y2 = Math.sqrt(15 / (4 * Math.PI));
const Y20 = Math.sqrt(5 / (16 * Math.PI));
const Y22 = Math.sqrt(15 / (16 * Math.PI));

/** Factor of each coefficient in the convolution with the clamped cosine: pi, 2 pi / 3 (x3), pi / 4 (x5). */
export const LAMBERT: readonly number[] = [
  Math.PI,
  ...Array.from({ length: 3 }, () => (2 * Math.PI) / 3),
  ...Array.from({ length: 5 }, () => Math.PI / 4),
];

/** The nine basis functions at the unit vector (x, y, z), into `out`. */
export function basis(x: number, y: number, z: number, out: Float64Array): void {
  out[0] = Y00;
  out[1] = Y1 * y;
  out[2] = Y1 * z;
  out[3] = Y1 * x;
  out[4] = Y2 * x * y;
  out[5] = Y2 * y * z;
  out[6] = Y20 * (2 * z * z - x * x - y * y);
  out[7] = Y2 * z * x;
  out[8] = Y22 * (x * x - y * y);
}

/** Light that shows a surface in its albedo from every side: shading 1 everywhere. */
export function uniformLight(): Light {
  return ambientAndDirectional([1, 1, 1], [0, 0, 0], [0, 0, 1]);
}

/**
 * Light whose shading is `ambient + diffuse * cos` to first order, `direction` a unit vector towards the source: the
 * conversion that the controlled generator uses. Degree 2 is left out, so the shading is that cosine without its clamp.
 */
export function ambientAndDirectional(
  ambient: readonly [number, number, number],
  diffuse: readonly [number, number, number],
  direction: readonly [number, number, number],
): Light {
  const light = new Float64Array(LIGHT_LENGTH);
  const [x, y, z] = direction;
  for (let c = 0; c < 3; c += 1) {
    light[c] = ambient[c]! / (Y00 * LAMBERT[0]!);
    const linear = diffuse[c]! / (Y1 * LAMBERT[1]!);
    light[3 + c] = y * linear;
    light[6 + c] = z * linear;
    light[9 + c] = x * linear;
  }
  return light;
}

/** Sum over all coefficients and channels of their squares. */
export function energy(light: Light): number {
  let sum = 0;
  for (const value of light) sum += value * value;
  return sum;
}

/** The light scaled so that its energy is `target`. A light of no energy stays dark. */
export function withEnergy(light: Light, target: number): Light {
  const now = energy(light);
  const factor = now === 0 ? 0 : Math.sqrt(target / now);
  return light.map((value) => value * factor);
}

/** The light with each coefficient's channels replaced by their mean. */
export function withoutColour(light: Light): Light {
  const grey = new Float64Array(LIGHT_LENGTH);
  for (let k = 0; k < LIGHT_LENGTH; k += 3) {
    const mean = (light[k]! + light[k + 1]! + light[k + 2]!) / 3;
    grey.fill(mean, k, k + 3);
  }
  return grey;
}

/** Number of terms of {@link shadingForm} for a channel: 1, x, y, z, x^2, y^2, z^2, xy, yz, zx. */
export const FORM_TERMS = 10;

/**
 * Shading as a polynomial in a unit normal n of a body turned by `rotation` (row-major 3x3): for each channel
 * `c + b . n + n^T Q n` equals `sum_i A_i L_i Y_i(R n)`, so that normals need not be turned themselves.
 * @returns [3, 10]: for each channel the factors of 1, x, y, z, x^2, y^2, z^2, xy, yz, zx
 */
export function shadingForm(
  light: Light,
  rotation: ArrayLike<number>,
  out: Float64Array = new Float64Array(3 * FORM_TERMS),
): Float64Array {
  for (let c = 0; c < 3; c += 1) {
    const a = (i: number): number => LAMBERT[i]! * light[3 * i + c]!;
    const b = [Y1 * a(3), Y1 * a(1), Y1 * a(2)];
    const xx = Y22 * a(8) - Y20 * a(6);
    const yy = -Y22 * a(8) - Y20 * a(6);
    const zz = 2 * Y20 * a(6);
    const xy = (Y2 * a(4)) / 2;
    const yz = (Y2 * a(5)) / 2;
    const zx = (Y2 * a(7)) / 2;
    const q = [xx, xy, zx, xy, yy, yz, zx, yz, zz];
    const form = out.subarray(c * FORM_TERMS, (c + 1) * FORM_TERMS);
    form[0] = Y00 * a(0);
    for (let m = 0; m < 3; m += 1) {
      form[1 + m] = b[0]! * rotation[m]! + b[1]! * rotation[3 + m]! + b[2]! * rotation[6 + m]!;
    }
    // R^T Q R
    const turned = (m: number, n: number): number => {
      let sum = 0;
      for (let i = 0; i < 3; i += 1) {
        for (let j = 0; j < 3; j += 1) sum += rotation[3 * i + m]! * q[3 * i + j]! * rotation[3 * j + n]!;
      }
      return sum;
    };
    form[4] = turned(0, 0);
    form[5] = turned(1, 1);
    form[6] = turned(2, 2);
    form[7] = 2 * turned(0, 1);
    form[8] = 2 * turned(1, 2);
    form[9] = 2 * turned(2, 0);
  }
  return out;
}

/** Shading of one channel at the unit normal (x, y, z), from that channel's ten terms of {@link shadingForm}. */
export function evaluateForm(form: Float64Array, channel: number, x: number, y: number, z: number): number {
  const f = channel * FORM_TERMS;
  return (
    form[f]! +
    form[f + 1]! * x +
    form[f + 2]! * y +
    form[f + 3]! * z +
    form[f + 4]! * x * x +
    form[f + 5]! * y * y +
    form[f + 6]! * z * z +
    form[f + 7]! * x * y +
    form[f + 8]! * y * z +
    form[f + 9]! * z * x
  );
}
