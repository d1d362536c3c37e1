import { cos, exp, ln, sin } from '../../foundation/elementary.js';
import type { BaseHead } from './base-head.js';
import { MATERIAL, type Composite } from './composite.js';
import type { Conditions } from './conditions.js';
import { clamp, noise } from './noise.js';
import type { Person } from './person.js';
import type { Projection, SampleBuffer } from './sample-buffer.js';
import { paintFace, type FacePaint, type Paint } from './skin.js';

export interface Shading {
  readonly head: BaseHead;
  readonly person: Person;
  readonly conditions: Conditions;
  readonly mesh: Composite;
  /** [N, 3] unit, the head's frame. */
  readonly normals: Float32Array;
  readonly view: Projection;
  readonly seen: SampleBuffer;
  readonly sun: Projection;
  readonly lit: SampleBuffer;
}

/** Samples along each side of a pixel. */
export const SAMPLES = 2;

/** What may lie between a surface and the light before it counts as shadow, mm. */
const BIAS = 5;
const TABLE = 512;

/** Blinn and Phong's highlight as a table over the cosine: cos^shininess. */
function powerTable(shininess: number): Float64Array {
  return Float64Array.from({ length: TABLE + 1 }, (_, i) => (i === 0 ? 0 : exp(shininess * ln(i / TABLE))));
}
const SKIN_POWER = powerTable(14);
const WET_POWER = powerTable(90);

/**
 * Lights what is seen, sample by sample, and lays it over a backdrop: a sky (two colours, above and below), a key light
 * with its cast shadow, and its highlight.
 * @param image linear RGB, the backdrop; overwritten
 */
export function shadeSamples(shading: Shading, image: Float32Array): void {
  const { head, person, conditions, mesh, normals, view, seen, sun, lit } = shading;
  const { light } = conditions;
  const { linear: m } = view;
  const [lx, ly, lz] = light.direction;
  // The light and the viewer in the head's frame: the transpose of a rotation is its inverse.
  const toHead = (x: number, y: number, z: number) =>
    [m[0]! * x + m[3]! * y + m[6]! * z, m[1]! * x + m[4]! * y + m[7]! * z, m[2]! * x + m[5]! * y + m[8]! * z] as const;
  const [kx, ky, kz] = toHead(lx, ly, lz);
  const [vx, vy, vz] = toHead(0, 0, 1);
  const halfLength = Math.sqrt((kx + vx) ** 2 + (ky + vy) ** 2 + (kz + vz) ** 2) || 1;
  const [hx, hy, hz] = [(kx + vx) / halfLength, (ky + vy) / halfLength, (kz + vz) / halfLength];
  const face: FacePaint = {
    person,
    beard: conditions.beard,
    hair: conditions.hair.colour,
    flush: conditions.flush,
    gaze: conditions.gaze,
  };
  const paint: Paint = { red: 0, green: 0, blue: 0, gloss: 0, shininess: 0, nx: 0, ny: 0, nz: 0 };
  const tint = new Float64Array(3);
  const { positions, triangles, material } = mesh;
  const { rest, tint: tints } = head;
  const { inverse, face: faces, second, third, width } = seen;
  const size = width / SAMPLES;
  const shadowed = light.shadow;
  for (let y = 0, k = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1, k += 3) {
      let red = 0;
      let green = 0;
      let blue = 0;
      const corner = y * SAMPLES * width + x * SAMPLES;
      const covered =
        (inverse[corner]! > 0 ? 1 : 0) +
        (inverse[corner + 1]! > 0 ? 1 : 0) +
        (inverse[corner + width]! > 0 ? 1 : 0) +
        (inverse[corner + width + 1]! > 0 ? 1 : 0);
      if (covered === 0) continue;
      // Inside a surface two samples on the diagonal tell as much as four; at outlines every one counts.
      const kind0 = material[faces[corner]!]!;
      const inside =
        covered === 4 &&
        kind0 === material[faces[corner + 1]!] &&
        kind0 === material[faces[corner + width]!] &&
        kind0 === material[faces[corner + width + 1]!];
      const stride = inside ? 3 : 1;
      for (let n = 0; n < SAMPLES * SAMPLES; n += stride) {
        const at = corner + (n >> 1) * width + (n & 1);
        if (inverse[at] === 0) continue;
        const f = faces[at]!;
        const a = 3 * triangles[3 * f]!;
        const b = 3 * triangles[3 * f + 1]!;
        const c = 3 * triangles[3 * f + 2]!;
        const wb = second[at]!;
        const wc = third[at]!;
        const wa = 1 - wb - wc;
        const px = wa * positions[a]! + wb * positions[b]! + wc * positions[c]!;
        const py = wa * positions[a + 1]! + wb * positions[b + 1]! + wc * positions[c + 1]!;
        const pz = wa * positions[a + 2]! + wb * positions[b + 2]! + wc * positions[c + 2]!;
        const kind = material[f]!;
        if (kind === MATERIAL.head) {
          const rx = wa * rest[a]! + wb * rest[b]! + wc * rest[c]!;
          const ry = wa * rest[a + 1]! + wb * rest[b + 1]! + wc * rest[c + 1]!;
          const rz = wa * rest[a + 2]! + wb * rest[b + 2]! + wc * rest[c + 2]!;
          for (let i = 0; i < 3; i += 1) tint[i] = wa * tints[a + i]! + wb * tints[b + i]! + wc * tints[c + i]!;
          paintFace(face, rx, ry, rz, tint, paint);
        } else paintWear(kind, conditions, person, px, py, pz, paint);
        let nx = wa * normals[a]! + wb * normals[b]! + wc * normals[c]! + paint.nx;
        let ny = wa * normals[a + 1]! + wb * normals[b + 1]! + wc * normals[c + 1]! + paint.ny;
        let nz = wa * normals[a + 2]! + wb * normals[b + 2]! + wc * normals[c + 2]! + paint.nz;
        const per = 1 / (Math.sqrt(nx * nx + ny * ny + nz * nz) || 1);
        nx *= per;
        ny *= per;
        nz *= per;
        const facing = nx * kx + ny * ky + nz * kz;
        let bright = 0;
        if (facing > -0.15) {
          // Light bleeds a little past the terminator of skin and hair.
          bright = (facing + 0.15) / 1.15;
          if (shadowed > 0) bright *= 1 - shadowed * shadowAt(sun, lit, px, py, pz);
        }
        const highlight = nx * hx + ny * hy + nz * hz;
        const power = paint.shininess > 30 ? WET_POWER : SKIN_POWER;
        const shine = highlight > 0 ? bright * paint.gloss * power[(highlight * TABLE) | 0]! : 0;
        // How much of the sky above a surface sees, in the camera's frame.
        const up = 0.5 + 0.5 * (m[3]! * nx + m[4]! * ny + m[5]! * nz);
        red +=
          paint.red * paint.red * (light.below[0] + up * (light.above[0] - light.below[0]) + bright * light.key[0]) +
          shine * light.key[0];
        green +=
          paint.green *
            paint.green *
            (light.below[1] + up * (light.above[1] - light.below[1]) + bright * light.key[1]) +
          shine * light.key[1];
        blue +=
          paint.blue * paint.blue * (light.below[2] + up * (light.above[2] - light.below[2]) + bright * light.key[2]) +
          shine * light.key[2];
      }
      const share = inside ? 1 / 2 : 1 / 4;
      const behind = 1 - covered / 4;
      image[k] = red * share + behind * image[k]!;
      image[k + 1] = green * share + behind * image[k + 1]!;
      image[k + 2] = blue * share + behind * image[k + 2]!;
    }
  }
}

/** How much of a place lies in shadow, 0 to 1: the share of four neighbours in the light's view that are nearer to it. */
function shadowAt(
  { linear: m, offset, scale, centre }: Projection,
  lit: SampleBuffer,
  x: number,
  y: number,
  z: number,
): number {
  const depth = -(m[6]! * x + m[7]! * y + m[8]! * z + offset[2]);
  const u = centre[0] + (scale * (m[0]! * x + m[1]! * y + m[2]! * z + offset[0])) / depth;
  const v = centre[1] - (scale * (m[3]! * x + m[4]! * y + m[5]! * z + offset[1])) / depth;
  const i = Math.floor(u);
  const j = Math.floor(v);
  if (i < 0 || j < 0 || i + 1 >= lit.width || j + 1 >= lit.height) return 0;
  const fu = u - i;
  const fv = v - j;
  const least = 1 / (depth - BIAS);
  const at = j * lit.width + i;
  const { inverse, width } = lit;
  const top = (inverse[at]! > least ? 1 - fu : 0) + (inverse[at + 1]! > least ? fu : 0);
  const low = (inverse[at + width]! > least ? 1 - fu : 0) + (inverse[at + width + 1]! > least ? fu : 0);
  return top + fv * (low - top);
}

function paintWear(
  kind: number,
  conditions: Conditions,
  person: Person,
  x: number,
  y: number,
  z: number,
  out: Paint,
): void {
  out.shininess = 14;
  out.nx = 0;
  out.ny = 0;
  out.nz = 0;
  const { hair, clothes } = conditions;
  const [ox, oy] = person.offset;
  if (kind === MATERIAL.hair) {
    const { colour, curl, parting, style } = hair;
    // Strands run down from the crown, or curl: noise stretched along them.
    const across = x + 0.35 * z + 0.25 * parting * y;
    const loose = style === 'curls' ? 0.9 : curl;
    const strand = noise(across / 2.2 + ox, y / (26 - 22 * loose), (z - 0.35 * x) / 3 + oy);
    const lock = noise(across / 8 + oy, y / (45 - 36 * loose), z / 11 + ox);
    const shade = clamp(1 + 0.3 * strand + 0.24 * lock, 0.3, 1.6);
    out.red = colour[0] * shade;
    out.green = colour[1] * shade;
    out.blue = colour[2] * shade;
    out.gloss = 0.12 * (1 - 0.8 * loose);
    out.nx = 0.4 * lock + 0.3 * strand;
    out.ny = 0.25 * lock * loose;
    return;
  }
  if (kind === MATERIAL.frame || kind === MATERIAL.lens) {
    const colour = kind === MATERIAL.lens ? ([0.07, 0.07, 0.08] as const) : person.glasses.colour;
    [out.red, out.green, out.blue] = colour;
    out.gloss = 0.8;
    out.shininess = 60;
    return;
  }
  const [main, other, hat] = clothes;
  const base = kind === MATERIAL.hat ? hat : kind === MATERIAL.scarf ? other : main;
  // Folds and weave.
  const fold = noise(x / 21 + oy, y / 30, z / 21 + ox);
  const stripe = kind === MATERIAL.scarf ? 0.18 * sin(clamp(0.45 * y, -400, 400)) * cos(ox) : 0;
  const shade = clamp(1 + 0.14 * fold + stripe, 0.2, 1.5);
  out.red = Math.min(1, base[0] * shade);
  out.green = Math.min(1, base[1] * shade);
  out.blue = Math.min(1, base[2] * shade);
  out.gloss = 0.02;
  out.nx = 0.3 * fold;
}
