import { present } from '../../../../foundation/values/present.js';
import type { BaseHead } from '../person/base-head.js';
import { addRows, addScaled, unitNormals } from '../person/base-head.js';
import { rotation } from '../../faces/pose/pose.js';
import { drawBackdrop } from '../photograph/backdrop.js';
import { glassesOf, scarf, torso } from '../person/clothes.js';
import { Composite, MATERIAL, MOST_VERTICES, type Surface } from '../space/composite.js';
import type { Conditions, Obstacle } from '../photograph/conditions.js';
import { growHair, putOnHat, Scalp, shell, type Cover } from '../person/hair.js';
import { mouthSheet } from '../person/mouth.js';
import type { Beard, Hair, Person } from '../person/person.js';
import { develop } from '../photograph/photo.js';
import { SampleBuffer, type Projection } from '../space/sample-buffer.js';
import { SAMPLES, Shader } from './shade.js';
import { beardAt } from './skin.js';

/** Samples along each side of the shadow map, and what it shows, mm. */
const SHADOW = 112;
const SHADOW_BREADTH = 400;
const LIGHT_DISTANCE = 4000;

/** A picture and where the face is in it. */
export interface Picture {
  /** RGB [size, size, 3]; overwritten by the next picture. */
  readonly pixels: Uint8Array;
  /** Pixels, (0, 0) the middle of the first; by the embedded model's names, hidden ones too. */
  readonly point: (landmark: string) => readonly [number, number];
}

/** Takes pictures of one size. Buffers are made once. */
export class Studio {
  readonly head: BaseHead;
  readonly size: number;
  readonly #scalp: Scalp;
  readonly #mesh = new Composite();
  readonly #normals = new Float32Array(3 * MOST_VERTICES);
  readonly #shader = new Shader();
  readonly #seen: SampleBuffer;
  readonly #lit = new SampleBuffer(SHADOW, SHADOW);
  readonly #light: Float32Array;
  readonly #scratch: Float32Array;
  readonly #pixels: Uint8Array;
  readonly #face: Float32Array;
  // Of the last picture's person, who is mostly the next one's.
  #skin: { readonly person: Person; readonly radii: Float64Array } | undefined;
  #grown: { readonly person: Person; readonly worn: Hair; readonly hair: Cover; readonly surface: Surface } | undefined;
  #bearded: { readonly person: Person; readonly beard: Beard; readonly shape: Float32Array } | undefined;

  constructor(head: BaseHead, size: number, scalp: Scalp = new Scalp(head.rest)) {
    this.head = head;
    this.size = size;
    this.#scalp = scalp;
    this.#seen = new SampleBuffer(SAMPLES * size, SAMPLES * size);
    this.#light = new Float32Array(3 * size * size);
    this.#scratch = new Float32Array(3 * size * size);
    this.#pixels = new Uint8Array(3 * size * size);
    this.#face = new Float32Array(head.rest.length);
  }

  take(person: Person, conditions: Conditions): Picture {
    const face = this.#pose(person, conditions);
    this.#dress(person, conditions, face);
    const mesh = this.#mesh;
    const normals = this.#normals.subarray(0, 3 * mesh.vertices);
    unitNormals(mesh.positions.subarray(0, 3 * mesh.vertices), mesh.triangles.subarray(0, 3 * mesh.faces), normals);
    const view = this.#view(person, conditions);
    this.#seen.draw(mesh, view);
    const sun = sunView(view, conditions);
    if (conditions.light.shadow > 0) this.#lit.draw(mesh, sun);
    drawBackdrop(conditions.backdrop, this.size, this.#light, this.#scratch);
    const scene = { head: this.head, person, conditions, mesh, normals, view, seen: this.#seen, sun, lit: this.#lit };
    this.#shader.shade(scene, this.#light);
    if (conditions.obstacle !== undefined) drawObstacle(conditions.obstacle, conditions, this.size, this.#light);
    develop(this.#light, this.size, conditions.photo, this.#pixels, this.#scratch);
    const point = (name: string): readonly [number, number] => {
      const v = 3 * present(this.head.landmarks, name);
      return project(view, face[v]!, face[v + 1]!, face[v + 2]!);
    };
    return { pixels: this.#pixels, point };
  }

  /** The head with its expression, and its beard if it wears one; overwritten by the next. */
  #pose(person: Person, { expression, smile, beard }: Conditions): Float32Array {
    const { head } = this;
    const out = this.#face;
    out.set(this.#wearing(person, beard));
    const { basis, deviation, components } = head.expression;
    const count = Math.min(components, expression.length);
    const weights = Array.from({ length: count }, (_, k) => deviation[k]! * expression[k]!);
    addRows(out, basis, weights);
    addScaled(out, head.smile, smile);
    return out;
  }

  /** A person's shape at rest with a beard of some thickness: made once for a row of pictures. */
  #wearing(person: Person, beard: Beard): Float32Array {
    if (beard !== 'full' && beard !== 'goatee') return person.shape;
    if (this.#bearded?.person === person && this.#bearded.beard === beard) return this.#bearded.shape;
    const { rest } = this.head;
    const shape = person.shape.slice();
    for (let i = 0; i < shape.length; i += 3) {
      const thick = beardAt(beard, Math.abs(rest[i]!), rest[i + 1]!, rest[i + 2]!, 0) * person.beard.length;
      for (let c = 0; c < 3; c += 1) shape[i + c] = shape[i + c]! + thick * person.normals[i + c]!;
    }
    this.#bearded = { person, beard, shape };
    return shape;
  }

  #dress(person: Person, conditions: Conditions, face: Float32Array): void {
    const mesh = this.#mesh;
    mesh.clear();
    const at = (name: string) => {
      const v = 3 * present(this.head.landmarks, name);
      return [face[v]!, face[v + 1]!, face[v + 2]!] as const;
    };
    mesh.add({ material: MATERIAL.head, positions: face, triangles: this.head.triangles });
    mesh.add(mouthSheet([at('right.lips.corner'), at('left.lips.corner')], at('center.lips.upper.outer')));
    if (this.#skin?.person !== person) this.#skin = { person, radii: this.#scalp.radii(person.shape) };
    const skin = this.#skin.radii;
    if (this.#grown?.person !== person || this.#grown.worn !== conditions.hair) {
      const grown = growHair(person, conditions.hair, skin);
      this.#grown = { person, worn: conditions.hair, hair: grown, surface: shell(grown, MATERIAL.hair) };
    }
    let hair = this.#grown.surface;
    if (conditions.hat !== 'none') {
      const under = putOnHat(conditions.hat, skin, this.#grown.hair);
      hair = shell(under.hair, MATERIAL.hair);
      mesh.add(shell(under.hat, MATERIAL.hat));
    }
    if (conditions.hair.style !== 'bald') mesh.add(hair);
    mesh.add(torso(person));
    if (conditions.scarf !== undefined) mesh.add(scarf(conditions.scarf));
    if (conditions.glasses !== 'none') {
      const eyes = [at('right.eye.pupil.center'), at('left.eye.pupil.center')] as const;
      const bridge = (at('left.eyebrow.inner_lower')[2] + at('right.eyebrow.inner_lower')[2]) / 2;
      for (const part of glassesOf(person.glasses, eyes, bridge, conditions.glasses === 'dark')) mesh.add(part);
    }
  }

  #view(person: Person, conditions: Conditions): Projection {
    const { yaw, pitch, roll, distance, breadth, shift } = conditions;
    const linear = rotation({ yaw, pitch, roll });
    const scale = (SAMPLES * this.size * distance) / breadth;
    // The middle of the picture is a point in the head behind the nose, near which a face detector's box has its own.
    const v = 3 * present(this.head.landmarks, 'center.nose.tip');
    const [x, y, z] = [0, person.shape[v + 1]! + 6, 82];
    const middle = [0, 3, 6].map((r) => linear[r]! * x + linear[r + 1]! * y + linear[r + 2]! * z);
    const half = (SAMPLES * this.size - 1) / 2;
    return {
      linear,
      offset: [-middle[0]!, -middle[1]!, -middle[2]! - distance],
      scale,
      centre: [half + shift[0] * SAMPLES * this.size, half + shift[1] * SAMPLES * this.size],
    };
  }
}

/** Pixel of a point of the head. */
function project(
  { linear: m, offset, scale, centre }: Projection,
  x: number,
  y: number,
  z: number,
): readonly [number, number] {
  const w = -1 / (m[6]! * x + m[7]! * y + m[8]! * z + offset[2]);
  const sx = centre[0] + scale * (m[0]! * x + m[1]! * y + m[2]! * z + offset[0]) * w;
  const sy = centre[1] - scale * (m[3]! * x + m[4]! * y + m[5]! * z + offset[1]) * w;
  // Sample s is the pixel coordinate (s + 1/2) / SAMPLES - 1/2.
  return [(sx + 0.5) / SAMPLES - 0.5, (sy + 0.5) / SAMPLES - 0.5];
}

/** The head as the key light sees it. */
function sunView(view: Projection, { light, distance }: Conditions): Projection {
  const [lx, ly, lz] = light.direction;
  // Rows: right, up and towards the light, in the camera's frame.
  const across = Math.sqrt(lx * lx + lz * lz) || 1;
  const right = [lz / across, 0, -lx / across];
  const up = [(-ly * lx) / across, across, (-ly * lz) / across];
  const rows = [right, up, [lx, ly, lz]];
  const linear = new Float64Array(9);
  const offset = [0, 0, 0];
  rows.forEach((row, i) => {
    for (let j = 0; j < 3; j += 1) {
      linear[3 * i + j] = row[0]! * view.linear[j]! + row[1]! * view.linear[3 + j]! + row[2]! * view.linear[6 + j]!;
    }
    offset[i] = row[0]! * view.offset[0] + row[1]! * view.offset[1] + row[2]! * (view.offset[2] + distance);
  });
  return {
    linear,
    offset: [offset[0]!, offset[1]!, offset[2]! - LIGHT_DISTANCE],
    scale: (SHADOW * LIGHT_DISTANCE) / SHADOW_BREADTH,
    centre: [(SHADOW - 1) / 2, (SHADOW - 1) / 2],
  };
}

function drawObstacle(
  { from, to, radius, colour }: Obstacle,
  { light }: Conditions,
  size: number,
  out: Float32Array,
): void {
  const [ax, ay] = [from[0] * size, from[1] * size];
  const [dx, dy] = [to[0] * size - ax, to[1] * size - ay];
  const square = Math.max(dx * dx + dy * dy, 1e-9);
  const r = radius * size;
  for (let y = 0, k = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1, k += 3) {
      const t = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / square, 0), 1);
      const d = Math.sqrt((x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2);
      const cover = Math.min(Math.max(r - d + 0.5, 0), 1);
      if (cover === 0) continue;
      // As round as a bar: darker towards its edges.
      const round = Math.sqrt(Math.max(0, 1 - (d / (r + 1)) ** 2));
      for (let c = 0; c < 3; c += 1) {
        const lit = colour[c]! ** 2 * (light.above[c]! + light.key[c]! * 0.8 * round);
        out[k + c] = out[k + c]! + (lit - out[k + c]!) * cover;
      }
    }
  }
}
