import { cos } from '../../../../foundation/numbers/elementary.js';
import { clamp, noise, noiseColumn, smoothstep } from '../space/noise.js';
import type { Beard, Colour, Person } from '../person/person.js';
import { interpolate, placeColumn, placeColumns, type Places } from '../space/places.js';
import type { Paint, Painter, Scene } from './painter.js';

const LID_IN = 17.6;
const LID_OUT = 45.6;

/**
 * Paints places of the head, found by where they lie on the painted head (so that paint moves with the skin): eyes, lips,
 * blotches, freckles, moles, furrows, brows and beards.
 */
export class SkinPainter implements Painter {
  readonly #rest = placeColumns();
  readonly #tint = placeColumns();
  readonly #coarse = placeColumn();
  readonly #fine = placeColumn();
  readonly #relief = placeColumn();
  readonly #bump = placeColumn();
  readonly #spots = placeColumn();
  #scene: Scene | undefined;

  prepare(scene: Scene, places: Places): void {
    const { head, mesh, person } = scene;
    const { count } = places;
    const [ox, oy, oz] = person.offset;
    this.#scene = scene;
    interpolate(places, mesh, head.rest, this.#rest);
    interpolate(places, mesh, head.tint, this.#tint);
    noiseColumn(this.#rest, count, 1 / 17, [ox, oy, oz], this.#coarse);
    noiseColumn(this.#rest, count, 1 / 2.3, [oy, oz, ox], this.#fine);
    noiseColumn(this.#rest, count, 1 / 6.5, [oz, ox, oy], this.#relief);
    noiseColumn(this.#rest, count, 1 / 2.3, [7.7, 0, ox], this.#bump);
    if (person.freckles > 0) noiseColumn(this.#rest, count, 1 / 2.7, [3 * ox, 0, 0], this.#spots);
  }

  paint(n: number, out: Paint): void {
    const { person, conditions } = this.#scene!;
    const { beard, flush, gaze } = conditions;
    const hair = conditions.hair.colour;
    const x = this.#rest.x[n]!;
    const y = this.#rest.y[n]!;
    const z = this.#rest.z[n]!;
    let light = 1;
    const ax = Math.abs(x);
    const side = x > 0 ? 1 : -1;
    if (z > 78 && ax > LID_IN && ax < LID_OUT && y > 26 && y < 43) {
      const u = (ax - LID_IN) / (LID_OUT - LID_IN);
      const bow = 4 * u * (1 - u);
      const upper = 33.2 + 6.8 * bow;
      const lower = 33.2 - 4.6 * bow;
      if (y < upper && y > lower) {
        paintEye(person, x - side * 31.6 - gaze[0], y - 34 - gaze[1], Math.min(upper - y, 3), out);
        return;
      }
      // Lashes.
      light = 1 - 0.78 * smoothstep(1.4, 0.2, y > upper ? y - upper : 2 * (lower - y));
    }
    const coarse = this.#coarse[n]!;
    const fine = this.#fine[n]!;
    const redness = light * this.#tint.x[n]!;
    const greenness = light * this.#tint.y[n]!;
    let red = person.skin[0] * redness;
    let green = person.skin[1] * greenness;
    let blue = person.skin[2] * light * this.#tint.z[n]!;
    // Lips: where the painted head is redder than skin.
    const lip = z > 70 && ax < 30 && y < -22 && y > -52 ? clamp(2.4 * (redness - greenness), 0, 1) : 0;
    if (lip > 0) {
      const strength = lip * person.lips * flush;
      green *= 1 - 0.16 * (strength - lip);
      blue *= 1 - 0.12 * (strength - lip);
    }
    const shade = 1 + 0.045 * person.blotches * coarse + 0.035 * person.roughness * fine;
    const cheek = person.blush * flush * 0.09 * window(ax - 44, 18, y + 2, 20) * (z > 40 ? 1 : 0);
    red *= shade;
    green *= shade * (1 - cheek - 0.03 * person.blotches * coarse);
    blue *= shade * (1 - cheek);
    if (person.freckles > 0 && z > 55 && y > -30 && y < 60) {
      const spot = smoothstep(0.42, 0.62, this.#spots[n]!) * person.freckles;
      const dark = spot * window(ax - 22, 34, y - 12, 34);
      red *= 1 - 0.3 * dark;
      green *= 1 - 0.45 * dark;
      blue *= 1 - 0.55 * dark;
    }
    let gloss = 0.17 + 0.25 * lip;
    let ny = 0;
    if (z > 50) {
      for (const mole of person.moles) {
        const dx = x - mole.x;
        const dy = y - mole.y;
        const d = dx * dx + dy * dy;
        if (d > mole.radius * mole.radius) continue;
        red *= 1 - 0.7 * mole.dark;
        green *= 1 - 0.8 * mole.dark;
        blue *= 1 - 0.8 * mole.dark;
      }
      if (person.wrinkles > 0) {
        // Furrows of the forehead, and crow's feet.
        const forehead = window(ax, 44, y - 78, 17);
        const feet = window(ax - 53, 8, y - 34, 11);
        const depth = person.wrinkles * (forehead + feet);
        if (depth > 0.02) {
          const furrow = cos(clamp((y + 2.4 * coarse + 0.03 * ax * ax * 0.1) * 0.72, -900, 900) + 3 * person.offset[1]);
          ny += 0.5 * depth * furrow;
          const dark = 1 - 0.1 * depth * Math.max(0, furrow);
          red *= dark;
          green *= dark;
          blue *= dark;
        }
      }
      const brow = browAt(person, ax, side, y) * clamp(1.1 + 1.6 * fine, 0.35, 1);
      if (brow > 0) {
        const { colour } = person.brow;
        red += (colour[0] - red) * brow;
        green += (colour[1] - green) * brow;
        blue += (colour[2] - blue) * brow;
        gloss *= 1 - 0.7 * brow;
      }
    }
    const hairy = beard === 'none' ? 0 : beardAt(beard, ax, y, z, coarse);
    if (hairy > 0) {
      const cover =
        beard === 'stubble' ? 0.34 * hairy : hairy * person.beard.density * clamp(0.9 + 0.6 * fine, 0.45, 1);
      red += (0.9 * hair[0] - red) * cover;
      green += (0.9 * hair[1] - green) * cover;
      blue += (0.9 * hair[2] - blue) * cover;
      gloss *= 1 - 0.8 * cover;
    }
    out.red = red;
    out.green = green;
    out.blue = blue;
    out.gloss = gloss * (0.8 + 0.4 * coarse);
    out.shininess = 9;
    const bump = 0.11 * person.roughness * (1 + 2 * hairy);
    out.nx = bump * fine + 0.13 * this.#relief[n]!;
    out.ny = ny + bump * this.#bump[n]! + 0.13 * coarse;
    out.nz = 0;
  }
}

/** 1 at the middle of a window with half-axes a, b; 0 outside. */
function window(x: number, a: number, y: number, b: number): number {
  const d = 1 - (x * x) / (a * a) - (y * y) / (b * b);
  return d <= 0 ? 0 : d * d * (3 - 2 * d);
}

/** @param u, v from the middle of the iris, mm; `edge` below the upper lid */
function paintEye(person: Person, u: number, v: number, edge: number, out: Paint): void {
  const d = Math.sqrt(u * u + v * v);
  const under = 0.6 + 0.13 * edge;
  const iris = smoothstep(6.3, 5.5, d);
  const pupil = smoothstep(2.6, 1.9, d);
  const ring = 1 - 0.4 * smoothstep(3.6, 5.8, d) + 0.25 * noise(u * 1.3 + 5, v * 1.3, person.offset[0]);
  const white: Colour = [0.83, 0.79, 0.76];
  out.red = under * (1 - pupil) * (white[0] + (person.iris[0] * ring - white[0]) * iris) + 0.02;
  out.green = under * (1 - pupil) * (white[1] + (person.iris[1] * ring - white[1]) * iris) + 0.02;
  out.blue = under * (1 - pupil) * (white[2] + (person.iris[2] * ring - white[2]) * iris) + 0.02;
  out.gloss = 0.9;
  out.shininess = 60;
  out.nx = 0;
  out.ny = 0;
  out.nz = 0;
}

function browAt({ brow }: Person, ax: number, side: number, y: number): number {
  if (y < 40 || y > 72 || ax < brow.gap - 2 || ax > 64) return 0;
  const u = (ax - brow.gap) / 48;
  const middle = 48.5 + brow.arch * 4 * u * (1 - u) * (0.6 + 0.6 * u) + brow.lift * u + 0.5 * side * brow.uneven;
  const thickness = brow.thickness * (1.15 - 0.75 * u);
  const across = smoothstep(1.15, 0.6, Math.abs(y - middle) / thickness);
  return across * brow.density * smoothstep(-0.03, 0.06, u) * smoothstep(1.06, 0.82, u);
}

/** Where a beard of a style grows, 0 to 1, on the painted head. */
export function beardAt(style: Beard, ax: number, y: number, z: number, rough: number): number {
  if (style === 'none' || y > 30 || y < -100) return 0;
  const moustache = z > 85 ? window(ax, 30, y + 22.5 + 0.12 * ax, 9.5) * (y > -33 + 0.05 * ax ? 1 : 0.6) : 0;
  const mouth = z > 90 ? smoothstep(1.25, 0.9, (ax / 27) ** 2 + ((y + 36) / 10) ** 2) : 0;
  const cheekLine = -12 - 0.012 * (ax - 64) ** 2 - 3 * rough;
  const sideburn = ax > 50 ? smoothstep(28, 18, y) * smoothstep(4, 14, z) * smoothstep(46, 36, z) : 0;
  const jaw = smoothstep(cheekLine + 5, cheekLine - 6, y) * smoothstep(-98, -80, y) * smoothstep(0, 22, z);
  const chin = z > 80 ? window(ax, 27, y + 66, 27) : 0;
  const stroke = (value: number): number => clamp(1.6 * value, 0, 1);
  switch (style) {
    case 'moustache':
      return stroke(moustache) * (1 - 0.8 * mouth);
    case 'goatee':
      return Math.max(stroke(moustache), stroke(chin)) * (1 - mouth);
    case 'stubble':
    case 'full':
      return Math.max(stroke(moustache), jaw, sideburn * 0.9, stroke(chin)) * (1 - mouth);
  }
}
