import { atan2, cos, exp, sin } from '../../../../foundation/numbers/elementary.js';
import { clamp, drawLooks, drawMoment, type BeardLooks, type Colour, type HairLooks, type Looks } from './looks.js';
import type { AppearanceRecipe } from './recipe.js';

/** About which hair grows: a point in the skull, mm of the model's frame (that of the Basel Face Model). */
const CENTRE = [0, 45, -5] as const;
const DEGREES = 180 / Math.PI;

/** Elevation at which hair begins by azimuth from the front, degrees: brow, temple, in front of the ear, behind it, nape. */
const HAIRLINE: readonly (readonly [number, number])[] = [
  [0, 29], [25, 30], [42, 25], [58, 17], [68, 4], [78, -8], [90, -12], [102, -14], [115, -34], [140, -48], [180, -52],
]; // prettier-ignore

/**
 * Paints a face with hair, brows, a beard and glasses, and moves the vertices under hair outwards, vertex by vertex. Where
 * each begins is said on the model's mean face in millimetres, so that it follows any face of a model in that frame; the
 * model's own triangles are all there is, so strands, rims and whiskers are as fine as the mesh.
 */
export class Dresser {
  /** [N, 3]; of the face dressed last. */
  readonly positions: Float32Array;
  readonly albedo: Float32Array;
  readonly #recipe: AppearanceRecipe;
  readonly #seed: number;
  readonly #rest: Float32Array;
  /** [N, 3] from the centre outwards; degrees above the horizontal; degrees from the front, positive to the left. */
  readonly #outwards: Float32Array;
  readonly #elevation: Float32Array;
  readonly #azimuth: Float32Array;
  /** Of hair at each vertex: rows of strands, bands of light and dark around the head. */
  readonly #strands: Float64Array;
  /** Of the mean face: how dark the model paints each vertex of the brows, 1 elsewhere. */
  readonly #browTint: Float32Array;
  readonly #skin: Float32Array;
  #identity = -1;
  #looks: Looks | undefined;

  /**
   * @param rest [N, 3] the mean face
   * @param albedo [N, 3] its colours
   */
  constructor(recipe: AppearanceRecipe, seed: number, rest: Float32Array, albedo: Float32Array) {
    const count = rest.length / 3;
    this.#recipe = recipe;
    this.#seed = seed;
    this.#rest = rest;
    this.positions = new Float32Array(rest.length);
    this.albedo = new Float32Array(rest.length);
    this.#skin = new Float32Array(rest.length);
    this.#outwards = new Float32Array(rest.length);
    this.#elevation = new Float32Array(count);
    this.#azimuth = new Float32Array(count);
    this.#strands = new Float64Array(count);
    this.#browTint = browTint(rest, albedo);
    for (let v = 0; v < count; v += 1) {
      const [x, y, z] = [rest[3 * v]! - CENTRE[0], rest[3 * v + 1]! - CENTRE[1], rest[3 * v + 2]! - CENTRE[2]];
      const r = Math.sqrt(x * x + y * y + z * z) || 1;
      this.#outwards.set([x / r, y / r, z / r], 3 * v);
      this.#elevation[v] = DEGREES * atan2(y, Math.sqrt(x * x + z * z));
      this.#azimuth[v] = DEGREES * atan2(x, z);
      const [e, a] = [this.#elevation[v]!, this.#azimuth[v]!];
      this.#strands[v] = 1 + 0.16 * sin(0.55 * a + 0.9 * cos(0.2 * e)) + 0.1 * sin(1.7 * a + 0.13 * e);
    }
  }

  /**
   * Dresses sample `sample` of a person.
   * @param positions, albedo [N, 3] of the bare face
   */
  dress(identity: number, sample: number, positions: Float32Array, albedo: Float32Array): void {
    if (this.#identity !== identity) {
      this.#looks = drawLooks(this.#recipe, this.#seed, identity);
      this.#identity = identity;
      this.#paintSkin(this.#looks, albedo);
    }
    const looks = this.#looks!;
    const moment = drawMoment(looks, this.#seed, identity, sample);
    this.positions.set(positions);
    this.albedo.set(this.#skin);
    if (looks.beard !== undefined) this.#growBeard(looks.beard, moment.beard);
    if (looks.hair !== undefined) this.#growHair(looks.hair, moment.volume, moment.line);
    if (looks.glasses !== undefined && moment.wearsGlasses) this.#putOnGlasses(looks.glasses);
  }

  #paintSkin({ waves, brows }: Looks, albedo: Float32Array): void {
    const [rest, out] = [this.#rest, this.#skin];
    out.set(albedo);
    const isChanged = this.#recipe.brows > 0;
    for (let v = 0, i = 0; i < out.length; v += 1, i += 3) {
      const [x, y, z] = [rest[i]!, rest[i + 1]!, rest[i + 2]!];
      if (z < -20) continue;
      let [r, g, b] = [1, 1, 1];
      for (const wave of waves) {
        const s = sin(wave.x * x + wave.y * y + wave.z * z + wave.phase);
        r += wave.colour[0] * s;
        g += wave.colour[1] * s;
        b += wave.colour[2] * s;
      }
      out[i] = out[i]! * r;
      out[i + 1] = out[i + 1]! * g;
      out[i + 2] = out[i + 2]! * b;
      const tint = this.#browTint[v]!;
      if (!isChanged || tint >= 1) continue;
      // The model's brow is skin times its tint; taken off and laid on again as cover of another colour.
      const cover = clamp((1 - tint) * 1.5 * brows.strength, 0, 0.95);
      for (let c = 0; c < 3; c += 1) out[i + c] = (out[i + c]! / tint) * (1 - cover) + brows.colour[c]! * cover;
    }
  }

  #growHair(hair: HairLooks, volume: number, shift: number): void {
    const { positions, albedo } = this;
    for (let v = 0, i = 0; i < positions.length; v += 1, i += 3) {
      const e = this.#elevation[v]!;
      const a = this.#azimuth[v]!;
      const side = Math.abs(a);
      const front = smoothstep(75, 30, side);
      let line = hairline(side) + shift + front * (hair.recession - hair.fringe);
      if (side > 62) line = Math.min(line, Math.max(hair.hang, -75) + (side < 80 ? 80 - side : 0));
      const cover = smoothstep(line - 3, line + 4, e);
      if (cover === 0) continue;
      const top = smoothstep(15, 60, e);
      const combed = 1 + 0.35 * hair.parting * (a > 0 ? top : -top);
      const thick = cover * volume * (hair.side + (hair.top - hair.side) * top) * combed;
      const strands = this.#strands[v]!;
      for (let c = 0; c < 3; c += 1) {
        positions[i + c] = positions[i + c]! + thick * this.#outwards[i + c]!;
        albedo[i + c] = albedo[i + c]! * (1 - cover) + hair.colour[c]! * strands * cover;
      }
    }
  }

  #growBeard(beard: BeardLooks, cover: number): void {
    const { positions, albedo } = this;
    const rest = this.#rest;
    for (let i = 0; i < positions.length; i += 3) {
      const [x, y, z] = [Math.abs(rest[i]!), rest[i + 1]!, rest[i + 2]!];
      if (y > -8 || z < 5) continue;
      const share = clamp(cover * beardCover(beard, x, y, z), 0, 0.97);
      if (share === 0) continue;
      for (let c = 0; c < 3; c += 1) {
        positions[i + c] = positions[i + c]! + share * beard.thickness * this.#outwards[i + c]!;
        albedo[i + c] = albedo[i + c]! * (1 - share) + beard.colour[c]! * share;
      }
    }
  }

  #putOnGlasses(glasses: NonNullable<Looks['glasses']>): void {
    const { albedo } = this;
    const rest = this.#rest;
    for (let i = 0; i < albedo.length; i += 3) {
      const [x, y, z] = [Math.abs(rest[i]!), rest[i + 1]!, rest[i + 2]!];
      if (y < 0 || y > 70 || z < -15) continue;
      const [u, w] = [(x - 31.6) / glasses.width, (y - 33) / glasses.height];
      const r = Math.sqrt(Math.sqrt(u * u * u * u + w * w * w * w));
      let cover = z > 40 ? smoothstep(glasses.rim, glasses.rim - 1.6, Math.abs(r - 1) * glasses.height) : 0;
      if (z > 40 && r < 1) cover = Math.max(cover, glasses.dark);
      const bridge = z > 60 && x < 31.6 - glasses.width && Math.abs(y - 38) < glasses.rim;
      const temple = x > 31.6 + 0.8 * glasses.width && z < 90 && Math.abs(y - 36) < glasses.rim;
      if (bridge || temple) cover = 1;
      if (cover > 0) blend(albedo, i, glasses.colour, cover);
    }
  }
}

function blend(albedo: Float32Array, i: number, colour: Colour, cover: number): void {
  for (let c = 0; c < 3; c += 1) albedo[i + c] = albedo[i + c]! * (1 - cover) + colour[c]! * cover;
}

function hairline(azimuth: number): number {
  let k = 1;
  while (k < HAIRLINE.length - 1 && HAIRLINE[k]![0] < azimuth) k += 1;
  const [[a0, e0], [a1, e1]] = [HAIRLINE[k - 1]!, HAIRLINE[k]!];
  return e0 + ((azimuth - a0) / (a1 - a0)) * (e1 - e0);
}

/** How much of the skin a beard covers at (|x|, y, z); lips stay bare. */
function beardCover(beard: BeardLooks, x: number, y: number, z: number): number {
  const lips = smoothstep(0.8, 1.25, Math.sqrt((x / 27) ** 2 + ((y + 36) / 9) ** 2));
  const lip = beard.lip * bell(((y + 22) / 6) ** 2) * smoothstep(34, 24, x) * smoothstep(80, 95, z);
  const chin = beard.chin * smoothstep(-30, -42, y) * smoothstep(38, 26, x) * smoothstep(40, 70, z);
  // From the ear's lobe to the corner of the mouth.
  const edge = -12 - 0.28 * (70 - x);
  const cheeks = beard.cheeks * smoothstep(edge, edge - 12, y) * smoothstep(20, 32, x) * smoothstep(8, 25, z);
  const below = smoothstep(-105, -88, y);
  return lips * below * Math.max(lip, chin, cheeks);
}

/** The mean face's brows: the ratio of their colour to that of skin around, by luminance; 1 elsewhere. */
function browTint(rest: Float32Array, albedo: Float32Array): Float32Array {
  const luminance = (i: number): number => 0.3 * albedo[i]! + 0.59 * albedo[i + 1]! + 0.11 * albedo[i + 2]!;
  const isZone = (i: number): boolean => {
    const [x, y, z] = [Math.abs(rest[i]!), rest[i + 1]!, rest[i + 2]!];
    return z > 60 && y > 44 && y < 70 && x > 4 && x < 64;
  };
  const out = new Float32Array(rest.length / 3).fill(1);
  const zone: number[] = [];
  for (let i = 0; i < rest.length; i += 3) if (isZone(i)) zone.push(i);
  const skin = zone.map(luminance).sort((a, b) => b - a)[Math.floor(zone.length / 4)] ?? 1;
  for (const i of zone) out[i / 3] = clamp(luminance(i) / skin, 0.15, 1);
  return out;
}

function bell(square: number): number {
  return exp(-square);
}

function smoothstep(from: number, to: number, x: number): number {
  const t = clamp((x - from) / (to - from), 0, 1);
  return t * t * (3 - 2 * t);
}
