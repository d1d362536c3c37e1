import { exp, ln } from '../../../../foundation/numbers/elementary.js';
import { MATERIAL } from '../space/composite.js';
import type { Columns } from '../space/noise.js';
import type { Paint, Painter, Scene } from './painter.js';
import { interpolate, placeColumn, placeColumns, Places } from '../space/places.js';
import { SkinPainter } from './skin.js';
import { ClothPainter, HairPainter } from './wear.js';

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

/** Paints and lights what is seen. Buffers are made once. */
export class Shader {
  readonly #skin = { places: new Places(), painter: new SkinPainter() };
  readonly #hair = { places: new Places(), painter: new HairPainter() };
  readonly #cloth = { places: new Places(), painter: new ClothPainter() };
  readonly #at = placeColumns();
  readonly #normal = placeColumns();
  readonly #shadow = placeColumn();

  /**
   * Lays what is seen over a backdrop: lit by a sky (two colours, above and below) and by a key light with its cast shadow
   * and its highlight. A pixel inside one surface is painted at its middle, one of hair
   * or at an outline at its samples.
   * @param image linear RGB [size, size, 3], the backdrop; overwritten
   */
  shade(scene: Scene, image: Float32Array): void {
    const { material } = scene.mesh;
    const { inverse, face: faces, width } = scene.seen;
    const size = width / SAMPLES;
    for (let y = 0, k = 0; y < size; y += 1) {
      for (let x = 0; x < size; x += 1, k += 3) {
        const corner = y * SAMPLES * width + x * SAMPLES;
        const covered =
          (inverse[corner]! > 0 ? 1 : 0) +
          (inverse[corner + 1]! > 0 ? 1 : 0) +
          (inverse[corner + width]! > 0 ? 1 : 0) +
          (inverse[corner + width + 1]! > 0 ? 1 : 0);
        if (covered === 0) continue;
        const behind = 1 - covered / (SAMPLES * SAMPLES);
        image[k] = behind * image[k]!;
        image[k + 1] = behind * image[k + 1]!;
        image[k + 2] = behind * image[k + 2]!;
        const kind = material[faces[corner]!]!;
        const inside =
          covered === SAMPLES * SAMPLES &&
          kind === material[faces[corner + 1]!] &&
          kind === material[faces[corner + width]!] &&
          kind === material[faces[corner + width + 1]!];
        if (inside && kind !== MATERIAL.hair) {
          this.#see(scene, image, k, SAMPLES * SAMPLES, faces[corner]!, 2 * x * SAMPLES + 1, 2 * y * SAMPLES + 1);
          continue;
        }
        // Strands are as fine as pixels: two places on the diagonal for them, all at an outline.
        const stride = inside ? 3 : 1;
        for (let n = 0; n < SAMPLES * SAMPLES; n += stride) {
          const at = corner + (n >> 1) * width + (n & 1);
          if (inverse[at] === 0) continue;
          this.#see(
            scene,
            image,
            k,
            inside ? 2 : 1,
            faces[at]!,
            2 * (x * SAMPLES + (n & 1)),
            2 * (y * SAMPLES + (n >> 1)),
          );
        }
      }
    }
    for (const surface of [this.#skin, this.#hair, this.#cloth]) this.#light(scene, surface, image);
  }

  /** Notes a place; when many have come together, they are lit. */
  #see(scene: Scene, image: Float32Array, pixel: number, samples: number, face: number, x: number, y: number): void {
    const kind = scene.mesh.material[face]!;
    const surface = kind === MATERIAL.head ? this.#skin : kind === MATERIAL.hair ? this.#hair : this.#cloth;
    const { places } = surface;
    const n = places.count;
    places.pixel[n] = pixel;
    places.share[n] = samples / (SAMPLES * SAMPLES);
    places.face[n] = face;
    // In halves of a sample, so that they are whole numbers, which pass without boxes.
    places.x[n] = x / 2;
    places.y[n] = y / 2;
    places.count = n + 1;
    if (places.full) this.#light(scene, surface, image);
  }

  /** Adds the light of the places that have come together. */
  #light(
    scene: Scene,
    { places, painter }: { readonly places: Places; readonly painter: Painter },
    image: Float32Array,
  ): void {
    const { mesh, normals, view, conditions } = scene;
    const { light } = conditions;
    const { linear: m } = view;
    const { x: xs, y: ys, z: zs } = this.#normal;
    const shadow = this.#shadow;
    scene.seen.locate(mesh, places);
    interpolate(places, mesh, mesh.positions, this.#at);
    interpolate(places, mesh, normals, this.#normal);
    painter.prepare(scene, places, this.#at);
    if (light.shadow > 0) castShadows(scene, this.#at, places.count, shadow);
    else shadow.fill(0);
    const [kx, ky, kz] = toHead(m, light.direction);
    const [vx, vy, vz] = toHead(m, [0, 0, 1]);
    const halfLength = Math.sqrt((kx + vx) ** 2 + (ky + vy) ** 2 + (kz + vz) ** 2) || 1;
    const [hx, hy, hz] = [(kx + vx) / halfLength, (ky + vy) / halfLength, (kz + vz) / halfLength];
    const [keyRed, keyGreen, keyBlue] = light.key;
    const [lowRed, lowGreen, lowBlue] = light.below;
    const [skyRed, skyGreen, skyBlue] = [light.above[0] - lowRed, light.above[1] - lowGreen, light.above[2] - lowBlue];
    const [upX, upY, upZ] = [m[3]!, m[4]!, m[5]!];
    const paint: Paint = { red: 0.5, green: 0.5, blue: 0.5, gloss: 0.5, shininess: 0.5, nx: 0.5, ny: 0.5, nz: 0.5 };
    for (let n = 0; n < places.count; n += 1) {
      painter.paint(n, paint);
      let nx = xs[n]! + paint.nx;
      let ny = ys[n]! + paint.ny;
      let nz = zs[n]! + paint.nz;
      const per = 1 / (Math.sqrt(nx * nx + ny * ny + nz * nz) || 1);
      nx *= per;
      ny *= per;
      nz *= per;
      // Light bleeds a little past the terminator of skin and hair.
      const facing = nx * kx + ny * ky + nz * kz;
      const bright = facing > -0.15 ? ((facing + 0.15) / 1.15) * (1 - light.shadow * shadow[n]!) : 0;
      const highlight = nx * hx + ny * hy + nz * hz;
      const power = paint.shininess > 30 ? WET_POWER : SKIN_POWER;
      const shine = highlight > 0 ? bright * paint.gloss * power[(highlight * TABLE) | 0]! : 0;
      // How much of the sky above a surface sees, in the camera's frame.
      const up = 0.5 + 0.5 * (upX * nx + upY * ny + upZ * nz);
      const share = places.share[n]!;
      const k = places.pixel[n]!;
      const { red, green, blue } = paint;
      image[k]! += share * (red * red * (lowRed + up * skyRed + bright * keyRed) + shine * keyRed);
      image[k + 1]! += share * (green * green * (lowGreen + up * skyGreen + bright * keyGreen) + shine * keyGreen);
      image[k + 2]! += share * (blue * blue * (lowBlue + up * skyBlue + bright * keyBlue) + shine * keyBlue);
    }
    places.count = 0;
  }
}

/** A direction of the camera's frame in the head's: the transpose of a rotation is its inverse. */
function toHead(m: Float64Array, [x, y, z]: readonly [number, number, number]): readonly [number, number, number] {
  return [m[0]! * x + m[3]! * y + m[6]! * z, m[1]! * x + m[4]! * y + m[7]! * z, m[2]! * x + m[5]! * y + m[8]! * z];
}

/** How much of each place lies in shadow, 0 to 1: the share of four neighbours in the light's view that are nearer to it. */
function castShadows({ sun, lit }: Scene, { x: xs, y: ys, z: zs }: Columns, count: number, out: Float64Array): void {
  const { offset, scale } = sun;
  const m = sun.linear;
  const [m0, m1, m2] = [m[0]!, m[1]!, m[2]!];
  const [m3, m4, m5] = [m[3]!, m[4]!, m[5]!];
  const [m6, m7, m8] = [m[6]!, m[7]!, m[8]!];
  const [ox, oy, oz] = offset;
  const [cx, cy] = sun.centre;
  const { inverse, width, height } = lit;
  for (let n = 0; n < count; n += 1) {
    const x = xs[n]!;
    const y = ys[n]!;
    const z = zs[n]!;
    const depth = -(m6 * x + m7 * y + m8 * z + oz);
    const u = cx + (scale * (m0 * x + m1 * y + m2 * z + ox)) / depth;
    const v = cy - (scale * (m3 * x + m4 * y + m5 * z + oy)) / depth;
    const i = Math.floor(u);
    const j = Math.floor(v);
    out[n] = 0;
    if (i < 0 || j < 0 || i + 1 >= width || j + 1 >= height) continue;
    const fu = u - i;
    const fv = v - j;
    const least = 1 / (depth - BIAS);
    const at = j * width + i;
    const top = (inverse[at]! > least ? 1 - fu : 0) + (inverse[at + 1]! > least ? fu : 0);
    const low = (inverse[at + width]! > least ? 1 - fu : 0) + (inverse[at + width + 1]! > least ? fu : 0);
    out[n] = top + fv * (low - top);
  }
}
