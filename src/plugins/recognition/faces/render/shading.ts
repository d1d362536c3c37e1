import { FORM_TERMS, shadingForm, type Light } from '../illumination/spherical-harmonics.js';
import { isPlain, type ColourTransform } from '../scene/scene.js';

/**
 * Colour of each vertex: albedo times Lambertian shading at its normal, then the colour transform. Shading is a
 * polynomial of degree 2 in the normal and varies slowly over faces of a few millimetres, so it is evaluated at vertices
 * and interpolated; docs/decisions/0015 has the difference from shading each pixel.
 *
 * @param normals [N, 3], unit
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
  for (let channel = 0; channel < 3; channel += 1) shadeChannel(albedo, normals, form, channel, colours);
  if (!isPlain(colour)) transformColours(colour, colours, 3);
}

function shadeChannel(
  albedo: Float32Array,
  normals: Float32Array,
  form: Float64Array,
  channel: number,
  colours: Float32Array,
): void {
  const f = channel * FORM_TERMS;
  const c = form[f]!;
  const cx = form[f + 1]!;
  const cy = form[f + 2]!;
  const cz = form[f + 3]!;
  const cxx = form[f + 4]!;
  const cyy = form[f + 5]!;
  const czz = form[f + 6]!;
  const cxy = form[f + 7]!;
  const cyz = form[f + 8]!;
  const czx = form[f + 9]!;
  for (let i = 0; i < normals.length; i += 3) {
    const x = normals[i]!;
    const y = normals[i + 1]!;
    const z = normals[i + 2]!;
    const shading = c + x * (cx + cxx * x + cxy * y) + y * (cy + cyy * y + cyz * z) + z * (cz + czz * z + czx * x);
    colours[i + channel] = albedo[i + channel]! * shading;
  }
}

/** Applies gain, contrast and offset to colours of which each takes `stride` values. */
export function transformColours(colour: ColourTransform, colours: Float32Array, stride: number): void {
  const { gain, contrast, offset } = colour;
  for (let i = 0; i < colours.length; i += stride) {
    const luminance = 0.3 * colours[i]! + 0.59 * colours[i + 1]! + 0.11 * colours[i + 2]!;
    for (let c = 0; c < 3; c += 1) {
      colours[i + c] = gain[c]! * (contrast * colours[i + c]! + (1 - contrast) * luminance) + offset[c]!;
    }
  }
}
