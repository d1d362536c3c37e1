import type { BaseHead } from '../person/base-head.js';
import type { Composite } from '../space/composite.js';
import type { Conditions } from '../photograph/conditions.js';
import type { Columns } from '../space/noise.js';
import type { Person } from '../person/person.js';
import type { Places } from '../space/places.js';
import type { Projection, SampleBuffer } from '../space/sample-buffer.js';

/** What is in a picture, and from where it is seen and lit. */
export interface Scene {
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

/** What light finds at a place of a surface. */
export interface Paint {
  /** Display colour, [0, 1]. */
  red: number;
  green: number;
  blue: number;
  /** Strength of the highlight and its sharpness. */
  gloss: number;
  shininess: number;
  /** Added to the unit normal, in the head's frame. */
  nx: number;
  ny: number;
  nz: number;
}

/** Paints surfaces of some materials. */
export interface Painter {
  /** @param at where the places are in the head's frame, mm */
  prepare(scene: Scene, places: Places, at: Columns): void;
  /** The paint at place `n` of those prepared. */
  paint(n: number, out: Paint): void;
}
