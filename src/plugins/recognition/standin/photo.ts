import { cos, sin } from '../../../foundation/elementary.js';
import { stream } from '../../../foundation/random.js';
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
  const { contrast, noise } = photo;
  const [red, green, blue] = photo.gain;
  // 255 (1/2 + contrast (sqrt(gain light) - 1/2)) + noise, rounded.
  const slope = 255 * contrast;
  const level = 127.5 * (1 - contrast) + 0.5;
  const grain = (k: number): number => {
    at = (at + step + ((k * 7) & 63)) & (NORMALS.length - 1);
    return level + noise * NORMALS[at]!;
  };
  for (let k = 0; k < light.length; k += 3) {
    out[k] = byte(slope * Math.sqrt(Math.max(0, red * light[k]!)) + grain(k));
    out[k + 1] = byte(slope * Math.sqrt(Math.max(0, green * light[k + 1]!)) + grain(k + 1));
    out[k + 2] = byte(slope * Math.sqrt(Math.max(0, blue * light[k + 2]!)) + grain(k + 2));
  }
}

function byte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value | 0;
}

const NORMALS = (() => {
  const random = stream(0, 'standin/normals');
  return Float32Array.from({ length: 1 << 15 }, () => random.normal());
})();

/**
 * Gaussian blur as two box blurs of fractional width (Wells 1986): a triangle's kernel, the border repeated.
 * @param image [size, size, 3]
 */
export function blur(image: Float32Array, size: number, sigma: number, scratch: Float32Array): void {
  if (sigma < 0.15) return;
  // A box of half-width r has a variance of about r (r + 1) / 3; two of them add up to sigma².
  const half = (-1 + Math.sqrt(1 + 6 * sigma * sigma)) / 2;
  if (half < 1) {
    fiveTaps(image, scratch, size, half, 3, 3 * size);
    fiveTaps(scratch, image, size, half, 3 * size, 3);
    return;
  }
  for (let pass = 0; pass < 2; pass += 1) {
    box(image, scratch, size, half, 3, 3 * size);
    box(scratch, image, size, half, 3 * size, 3);
  }
}

/**
 * Two boxes of half-width below one as what they make together, (p, 1, p) * (p, 1, p), in one direction: `step` between
 * neighbours along it, `line` between lines.
 */
function fiveTaps(from: Float32Array, to: Float32Array, size: number, p: number, step: number, line: number): void {
  const whole = 1 / (1 + 2 * p) ** 2;
  const [outer, inner, middle] = [whole * p * p, whole * 2 * p, whole * (1 + 2 * p * p)];
  const last = size - 1;
  for (let n = 0; n < size; n += 1) {
    for (let i = 0, at = n * line; i < size; i += 1, at += step) {
      const a = i > 1 ? at - 2 * step : n * line;
      const b = i > 0 ? at - step : at;
      const d = i < last ? at + step : at;
      const e = i < last - 1 ? at + 2 * step : n * line + last * step;
      for (let c = 0; c < 3; c += 1) {
        to[at + c] =
          outer * (from[a + c]! + from[e + c]!) + inner * (from[b + c]! + from[d + c]!) + middle * from[at + c]!;
      }
    }
  }
}

/** One direction: `step` between neighbours along it, `line` between lines. */
function box(from: Float32Array, to: Float32Array, size: number, half: number, step: number, line: number): void {
  const whole = Math.floor(half);
  const part = half - whole;
  const scale = 1 / (2 * half + 1);
  const last = size - 1;
  for (let n = 0; n < size; n += 1) {
    const base = n * line;
    const end = base + step * last;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let d = -whole; d <= whole; d += 1) {
      const k = d < 0 ? base : d > last ? end : base + step * d;
      red += from[k]!;
      green += from[k + 1]!;
      blue += from[k + 2]!;
    }
    for (let i = 0, at = base; i < size; i += 1, at += step) {
      const low = i - whole - 1 < 0 ? base : at - step * (whole + 1);
      const high = i + whole + 1 > last ? end : at + step * (whole + 1);
      const leaving = i - whole < 0 ? base : at - step * whole;
      const r = from[high]!;
      const g = from[high + 1]!;
      const b = from[high + 2]!;
      to[at] = scale * (red + part * (from[low]! + r));
      to[at + 1] = scale * (green + part * (from[low + 1]! + g));
      to[at + 2] = scale * (blue + part * (from[low + 2]! + b));
      red += r - from[leaving]!;
      green += g - from[leaving + 1]!;
      blue += b - from[leaving + 2]!;
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
