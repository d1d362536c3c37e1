import { cos, sin } from '../../../../foundation/numbers/elementary.js';
import { MATERIAL } from '../space/composite.js';
import { clamp, noiseColumn, type Columns } from '../space/noise.js';
import { placeColumn, placeColumns, type Places } from '../space/places.js';
import type { Paint, Painter, Scene } from './painter.js';

/** Paints hair: strands that run down from the crown, or curl, as noise stretched along them. */
export class HairPainter implements Painter {
  readonly #along = placeColumns();
  readonly #strand = placeColumn();
  readonly #lock = placeColumn();
  #scene: Scene | undefined;

  prepare(scene: Scene, { count }: Places, { x, y, z }: Columns): void {
    this.#scene = scene;
    const [ox, oy] = scene.person.offset;
    const { parting } = scene.conditions.hair;
    const loose = looseness(scene);
    const { x: across, y: down, z: deep } = this.#along;
    for (let n = 0; n < count; n += 1) {
      across[n] = (x[n]! + 0.35 * z[n]! + 0.25 * parting * y[n]!) / 2.2;
      down[n] = y[n]! / (26 - 22 * loose);
      deep[n] = (z[n]! - 0.35 * x[n]!) / 3;
    }
    noiseColumn(this.#along, count, 1, [ox, 0, oy], this.#strand);
    for (let n = 0; n < count; n += 1) {
      across[n] = across[n]! * (2.2 / 8);
      down[n] = y[n]! / (45 - 36 * loose);
      deep[n] = z[n]! / 11;
    }
    noiseColumn(this.#along, count, 1, [oy, 0, ox], this.#lock);
  }

  paint(n: number, out: Paint): void {
    const { colour } = this.#scene!.conditions.hair;
    const loose = looseness(this.#scene!);
    const strand = this.#strand[n]!;
    const lock = this.#lock[n]!;
    const shade = clamp(1 + 0.3 * strand + 0.24 * lock, 0.3, 1.6);
    out.red = colour[0] * shade;
    out.green = colour[1] * shade;
    out.blue = colour[2] * shade;
    out.gloss = 0.12 * (1 - 0.8 * loose);
    out.shininess = 14;
    out.nx = 0.4 * lock + 0.3 * strand;
    out.ny = 0.25 * lock * loose;
    out.nz = 0;
  }
}

/** 0 for strands that hang, 1 for curls. */
function looseness({ conditions: { hair } }: Scene): number {
  return hair.style === 'curls' ? 0.9 : hair.curl;
}

/** Paints clothes, scarves, hats (folds and weave), glasses, and the inside of a mouth. */
export class ClothPainter implements Painter {
  readonly #along = placeColumns();
  readonly #fold = placeColumn();
  #scene: Scene | undefined;
  #places: Places | undefined;
  #at: Columns | undefined;

  prepare(scene: Scene, places: Places, at: Columns): void {
    this.#scene = scene;
    this.#places = places;
    this.#at = at;
    const [ox, oy] = scene.person.offset;
    const { x, y, z } = this.#along;
    for (let n = 0; n < places.count; n += 1) {
      x[n] = at.x[n]! / 21;
      y[n] = at.y[n]! / 30;
      z[n] = at.z[n]! / 21;
    }
    noiseColumn(this.#along, places.count, 1, [oy, 0, ox], this.#fold);
  }

  paint(n: number, out: Paint): void {
    const { person, conditions, mesh } = this.#scene!;
    const kind = mesh.material[this.#places!.face[n]!]!;
    out.nx = 0;
    out.ny = 0;
    out.nz = 0;
    if (kind === MATERIAL.mouth) {
      out.red = MOUTH[0];
      out.green = MOUTH[1];
      out.blue = MOUTH[2];
      out.gloss = 0.2;
      out.shininess = 60;
      return;
    }
    if (kind === MATERIAL.frame || kind === MATERIAL.lens) {
      const colour = kind === MATERIAL.lens ? LENS : person.glasses.colour;
      out.red = colour[0];
      out.green = colour[1];
      out.blue = colour[2];
      out.gloss = 0.8;
      out.shininess = 60;
      return;
    }
    const [main, other, hat] = conditions.clothes;
    const base = kind === MATERIAL.hat ? hat : kind === MATERIAL.scarf ? other : main;
    const fold = this.#fold[n]!;
    const stripe =
      kind === MATERIAL.scarf ? 0.18 * sin(clamp(0.45 * this.#at!.y[n]!, -400, 400)) * cos(person.offset[0]) : 0;
    const shade = clamp(1 + 0.14 * fold + stripe, 0.2, 1.5);
    out.red = Math.min(1, base[0] * shade);
    out.green = Math.min(1, base[1] * shade);
    out.blue = Math.min(1, base[2] * shade);
    out.gloss = 0.02;
    out.shininess = 14;
    out.nx = 0.3 * fold;
  }
}

const LENS = [0.07, 0.07, 0.08] as const;
const MOUTH = [0.34, 0.15, 0.14] as const;
