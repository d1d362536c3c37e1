import { cos, sin } from '../../../../foundation/numbers/elementary.js';
import { stream } from '../../../../foundation/numbers/random.js';
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
  // No function for what the three have in common: a variable that one closes over costs five times its arithmetic here.
  for (let k = 0; k < light.length; k += 3) {
    at = (at + step + ((k * 7) & 63)) & MASK;
    out[k] = byte(slope * Math.sqrt(Math.max(0, red * light[k]!)) + (level + noise * NORMALS[at]!));
    at = (at + step + (((k + 1) * 7) & 63)) & MASK;
    out[k + 1] = byte(slope * Math.sqrt(Math.max(0, green * light[k + 1]!)) + (level + noise * NORMALS[at]!));
    at = (at + step + (((k + 2) * 7) & 63)) & MASK;
    out[k + 2] = byte(slope * Math.sqrt(Math.max(0, blue * light[k + 2]!)) + (level + noise * NORMALS[at]!));
  }
}

function byte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value | 0;
}

const MASK = (1 << 15) - 1;

const NORMALS = (() => {
  const random = stream(0, 'standin/normals');
  return Float32Array.from({ length: MASK + 1 }, () => random.normal());
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
    fiveAcross(image, scratch, size, half);
    fiveDown(scratch, image, size, half);
    return;
  }
  for (let pass = 0; pass < 2; pass += 1) {
    box(image, scratch, size, half, 3, 3 * size);
    box(scratch, image, size, half, 3 * size, 3);
  }
}

/** Two boxes of half-width p below one as what they make together, (p, 1, p) * (p, 1, p): outer, inner and middle weights. */
function fiveTaps(p: number): readonly [number, number, number] {
  const whole = 1 / (1 + 2 * p) ** 2;
  return [whole * p * p, whole * 2 * p, whole * (1 + 2 * p * p)];
}

function fiveAcross(from: Float32Array, to: Float32Array, size: number, p: number): void {
  const [outer, inner, middle] = fiveTaps(p);
  const width = 3 * size;
  const last = width - 3;
  for (let row = 0; row < size * width; row += width) {
    // Inside every neighbour is there; at either end the border is repeated.
    for (let x = 6; x < width - 6; x += 1) {
      const at = row + x;
      to[at] = outer * (from[at - 6]! + from[at + 6]!) + inner * (from[at - 3]! + from[at + 3]!) + middle * from[at]!;
    }
    for (let x = 0; x < width; x += 1) {
      if (x === 6 && width > 12) x = width - 6;
      const c = x % 3;
      const a = row + Math.max(x - 6, c);
      const b = row + Math.max(x - 3, c);
      const d = row + Math.min(x + 3, last + c);
      const e = row + Math.min(x + 6, last + c);
      to[row + x] = outer * (from[a]! + from[e]!) + inner * (from[b]! + from[d]!) + middle * from[row + x]!;
    }
  }
}

function fiveDown(from: Float32Array, to: Float32Array, size: number, p: number): void {
  const [outer, inner, middle] = fiveTaps(p);
  const width = 3 * size;
  for (let y = 0; y < size; y += 1) {
    const at = y * width;
    const a = Math.max(y - 2, 0) * width;
    const b = Math.max(y - 1, 0) * width;
    const d = Math.min(y + 1, size - 1) * width;
    const e = Math.min(y + 2, size - 1) * width;
    for (let x = 0; x < width; x += 1) {
      to[at + x] =
        outer * (from[a + x]! + from[e + x]!) + inner * (from[b + x]! + from[d + x]!) + middle * from[at + x]!;
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
