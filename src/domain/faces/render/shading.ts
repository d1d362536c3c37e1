import { FORM_TERMS, shadingForm, type Light } from '../illumination/spherical-harmonics.js';
import { isPlain, type ColourTransform } from '../scene/scene.js';

/**
 * Colour of each vertex: albedo times Lambertian shading at its normal, then the colour transform. Shading is a
 * polynomial of degree 2 in the normal and so varies slowly; evaluated at vertices and interpolated over faces of a few
 * millimetres it differs from shading at each pixel by less than the 8-bit step (docs/decisions/0015).
 *
 * @param normals [N, 3], of any positive length; a zero normal shades by the mean light
 * @param rotation row-major 3x3, model to world: light belongs to the world
 * @param colours [N, 3], overwritten; not clamped
 */
export function shadeVertices(
  albedo: Float32Array,
  normals: Float32Array,
  light: Light,
  rotation: ArrayLike<number>,
  colour: ColourTransform,
  form: Float64Array,
  colours: Float32Array,
): void {
  shadingForm(light, rotation, form);
  for (let i = 0; i < normals.length; i += 3) {
    const x = normals[i]!;
    const y = normals[i + 1]!;
    const z = normals[i + 2]!;
    const square = x * x + y * y + z * z;
    const s = square === 0 ? 0 : 1 / Math.sqrt(square);
    const nx = s * x;
    const ny = s * y;
    const nz = s * z;
    for (let c = 0, f = 0; c < 3; c += 1, f += FORM_TERMS) {
      const shading =
        form[f]! +
        nx * (form[f + 1]! + form[f + 4]! * nx + form[f + 7]! * ny) +
        ny * (form[f + 2]! + form[f + 5]! * ny + form[f + 8]! * nz) +
        nz * (form[f + 3]! + form[f + 6]! * nz + form[f + 9]! * nx);
      colours[i + c] = albedo[i + c]! * shading;
    }
  }
  if (!isPlain(colour)) transformColours(colour, colours);
}

function transformColours(colour: ColourTransform, colours: Float32Array): void {
  const { gain, contrast, offset } = colour;
  for (let i = 0; i < colours.length; i += 3) {
    const luminance = 0.3 * colours[i]! + 0.59 * colours[i + 1]! + 0.11 * colours[i + 2]!;
    for (let c = 0; c < 3; c += 1) {
      colours[i + c] = gain[c]! * (contrast * colours[i + c]! + (1 - contrast) * luminance) + offset[c]!;
    }
  }
}
