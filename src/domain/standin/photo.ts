import { cos, sin } from '../../foundation/elementary.js';
import { stream } from '../../foundation/random.js';
import type { Photo } from './conditions.js';

/**
 * What a camera makes of light: blur, gain, noise, eight bits. Stored values are the square roots of linear ones, for want
 * of a transfer curve made of basic operations alone; it is within a few grey levels of sRGB's.
 *
 * @param light linear RGB [size, size, 3]; overwritten
 */
export function develop(light: Float32Array, size: number, photo: Photo, out: Uint8Array, scratch: Float32Array): void {
  const pixels = size / 128;
  smear(light, size, photo.motion[0] * pixels, photo.motion[1], scratch);
  // Lost resolution is blur to the pitch of what is left.
  const lost = photo.resolution < 1 ? 0.45 / photo.resolution : 0;
  blur(light, size, Math.sqrt((photo.blur * pixels) ** 2 + lost * lost), scratch);
  const draw = stream(photo.seed, 'standin/noise-start');
  let at = draw.integer(NORMALS.length);
  const step = 1 + 2 * draw.integer(1000);
  for (let k = 0; k < light.length; k += 1) {
    const gained = light[k]! * photo.gain[k % 3]!;
    const display = gained > 0 ? Math.sqrt(gained) : 0;
    const contrasted = 0.5 + photo.contrast * (display - 0.5);
    at = (at + step + ((k * 7) & 63)) & (NORMALS.length - 1);
    const value = 255 * contrasted + photo.noise * NORMALS[at]! + 0.5;
    out[k] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
}

const NORMALS = (() => {
  const random = stream(0, 'standin/normals');
  return Float32Array.from({ length: 1 << 15 }, () => random.normal());
})();

/** Gaussian blur as three box blurs of fractional width (Wells 1986), the border repeated. */
export function blur(image: Float32Array, size: number, sigma: number, scratch: Float32Array): void {
  if (sigma < 0.15) return;
  // The variance of a box of half-width r is about r (r + 1) / 3 ; three of them add up to sigma².
  const half = (-1 + Math.sqrt(1 + 4 * sigma * sigma)) / 2;
  for (let pass = 0; pass < 3; pass += 1) {
    box(image, scratch, size, half, 3, 3 * size);
    box(scratch, image, size, half, 3 * size, 3);
  }
}

/** One direction: `step` between neighbours along it, `line` between lines. */
function box(from: Float32Array, to: Float32Array, size: number, half: number, step: number, line: number): void {
  const whole = Math.floor(half);
  const part = half - whole;
  const scale = 1 / (2 * half + 1);
  const last = size - 1;
  for (let n = 0; n < size; n += 1) {
    for (let c = 0; c < 3; c += 1) {
      const base = n * line + c;
      let sum = 0;
      for (let d = -whole; d <= whole; d += 1) sum += from[base + step * Math.min(Math.max(d, 0), last)]!;
      for (let i = 0; i < size; i += 1) {
        const before = i - whole - 1;
        const after = i + whole + 1;
        const low = from[base + step * (before < 0 ? 0 : before)]!;
        const high = from[base + step * (after > last ? last : after)]!;
        to[base + step * i] = scale * (sum + part * (low + high));
        const leaving = i - whole;
        sum += high - from[base + step * (leaving < 0 ? 0 : leaving)]!;
      }
    }
  }
}

/** Motion along a line of some length in pixels. */
function smear(image: Float32Array, size: number, length: number, angle: number, scratch: Float32Array): void {
  const taps = Math.ceil(length);
  if (length < 0.5) return;
  scratch.set(image);
  const dx = (cos(angle) * length) / taps;
  const dy = (sin(angle) * length) / taps;
  const offsets = Array.from({ length: taps + 1 }, (_, i) => [
    Math.round(dx * (i - taps / 2)),
    Math.round(dy * (i - taps / 2)),
  ]);
  const last = size - 1;
  const scale = 1 / offsets.length;
  for (let y = 0, k = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1, k += 3) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (const [ox, oy] of offsets) {
        const u = Math.min(Math.max(x + ox!, 0), last);
        const v = Math.min(Math.max(y + oy!, 0), last);
        const at = 3 * (v * size + u);
        red += scratch[at]!;
        green += scratch[at + 1]!;
        blue += scratch[at + 2]!;
      }
      image[k] = red * scale;
      image[k + 1] = green * scale;
      image[k + 2] = blue * scale;
    }
  }
}
