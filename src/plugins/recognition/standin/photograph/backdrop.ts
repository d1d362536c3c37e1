import { cos, pow, sin } from '../../../../foundation/numbers/elementary.js';
import { stream, type Stream } from '../../../../foundation/numbers/random.js';
import { blur } from './photo.js';
import type { Backdrop } from './conditions.js';
import { noise } from '../space/noise.js';

/** Draws what stands behind the head: linear RGB [size, size, 3]. */
export function drawBackdrop(backdrop: Backdrop, size: number, out: Float32Array, scratch: Float32Array): void {
  if (backdrop.type === 'plain') {
    const linear = backdrop.colour.map((c) => c * c);
    for (let y = 0, k = 0; y < size; y += 1) {
      const fall = 1.04 - (0.1 * y) / size;
      for (let x = 0; x < size; x += 1, k += 3) for (let c = 0; c < 3; c += 1) out[k + c] = linear[c]! * fall;
    }
    return;
  }
  const random = stream(backdrop.seed, 'standin/backdrop', ...backdrop.address);
  fillGradient(random, size, out);
  const count = 5 + random.integer(14);
  for (let n = 0; n < count; n += 1) drawShape(random, size, out);
  blur(out, size, (backdrop.defocus * size) / 128, scratch);
}

function fillGradient(random: Stream, size: number, out: Float32Array): void {
  const [a, b] = [colour(random), colour(random)];
  const turn = 2 * Math.PI * random.uniform();
  const [s, c] = [sin(turn) / size, cos(turn) / size];
  for (let y = 0, k = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1, k += 3) {
      const t = 0.5 + 0.7 * (s * (x - size / 2) + c * (y - size / 2));
      const u = t < 0 ? 0 : t > 1 ? 1 : t;
      for (let i = 0; i < 3; i += 1) out[k + i] = a[i]! + (b[i]! - a[i]!) * u;
    }
  }
}

/** An ellipse or a turned rectangle, plain, barred or mottled. */
function drawShape(random: Stream, size: number, out: Float32Array): void {
  const fill = colour(random);
  const other = colour(random);
  const texture = random.integer(4);
  const round = random.uniform() < 0.45;
  const cx = size * (1.2 * random.uniform() - 0.1);
  const cy = size * (1.2 * random.uniform() - 0.1);
  const a = size * (0.03 + 0.25 * pow(random.uniform(), 1.5));
  const b = size * (0.03 + 0.4 * pow(random.uniform(), 1.5));
  const turn = random.uniform() < 0.6 ? 0 : Math.PI * random.uniform();
  const [s, c] = [sin(turn), cos(turn)];
  const period = size * (0.02 + 0.08 * random.uniform());
  const reach = Math.sqrt(a * a + b * b);
  const offset = 32 * random.uniform();
  for (let y = Math.max(0, Math.ceil(cy - reach)); y < Math.min(size, cy + reach); y += 1) {
    for (let x = Math.max(0, Math.ceil(cx - reach)); x < Math.min(size, cx + reach); x += 1) {
      const u = c * (x - cx) + s * (y - cy);
      const v = c * (y - cy) - s * (x - cx);
      if (round ? (u / a) ** 2 + (v / b) ** 2 > 1 : Math.abs(u) > a || Math.abs(v) > b) continue;
      let t = 0;
      if (texture === 1) t = Math.floor(v / period) & 1;
      else if (texture === 2) t = 0.5 + 0.5 * noise(u / period, v / period, offset);
      else if (texture === 3) t = (v / b + 1) / 2;
      const k = 3 * (y * size + x);
      for (let i = 0; i < 3; i += 1) out[k + i] = fill[i]! + (other[i]! - fill[i]!) * t;
    }
  }
}

/** Linear. */
function colour(random: Stream): [number, number, number] {
  const level = 0.05 + 0.9 * random.uniform();
  const hue = random.uniform() < 0.3 ? 0.9 : 0.3;
  const channel = (): number => {
    const display = Math.min(1, level * (1 + hue * (random.uniform() - 0.6)));
    return display * display;
  };
  return [channel(), channel(), channel()];
}
