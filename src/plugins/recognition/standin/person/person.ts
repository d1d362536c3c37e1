import { pow } from '../../../../foundation/numbers/elementary.js';
import { stream, type Stream } from '../../../../foundation/numbers/random.js';
import { addScaled, unitNormals, type BaseHead } from './base-head.js';
import { clamp, logNormal, WaveField } from '../space/noise.js';
import { TRAITS } from './traits.js';

export type Colour = readonly [number, number, number];

/** Sets of persons that share nobody: each set has its own range of numbers. */
export const POPULATIONS = { casia: 0, lfw: 1 << 28, multipie: 2 << 28, ijba: 3 << 28 } as const;
export type Population = keyof typeof POPULATIONS;

export const HAIR_STYLES = ['bald', 'cropped', 'short', 'quiff', 'bob', 'long', 'bun', 'curls', 'receding'] as const;
export type HairStyle = (typeof HAIR_STYLES)[number];
export const BEARDS = ['none', 'stubble', 'moustache', 'goatee', 'full'] as const;
export type Beard = (typeof BEARDS)[number];

/** Whom an image shows: what stays from image to image, most of it. */
export interface Person {
  /** Unique in the world. */
  readonly number: number;
  readonly female: boolean;
  /** Years. */
  readonly age: number;
  /** [N, 3] mm, at rest, clean-shaven. */
  readonly shape: Float32Array;
  /** [N, 3] unit. */
  readonly normals: Float32Array;
  /** Display colours, [0, 1]. */
  readonly skin: Colour;
  /** 0 pale to 1 dark. */
  readonly melanin: number;
  readonly iris: Colour;
  readonly lips: number;
  readonly blush: number;
  readonly hair: Hair;
  readonly beard: { readonly style: Beard; readonly length: number; readonly density: number };
  readonly brow: Brow;
  readonly freckles: number;
  readonly blotches: number;
  readonly wrinkles: number;
  readonly roughness: number;
  /** Places on the painted head, radius in mm, darkness. */
  readonly moles: readonly { readonly x: number; readonly y: number; readonly radius: number; readonly dark: number }[];
  /** Where this person's noise begins. */
  readonly offset: readonly [number, number, number];
  readonly glasses: Glasses;
}

export interface Hair {
  readonly style: HairStyle;
  readonly colour: Colour;
  /** Multiplies the style's thickness. */
  readonly volume: number;
  /** Degrees by which the hairline is raised. */
  readonly recession: number;
  readonly fringe: boolean;
  /** -1 to 1: the side to which it is combed. */
  readonly parting: number;
  readonly curl: number;
}

export interface Brow {
  readonly colour: Colour;
  readonly thickness: number;
  readonly arch: number;
  readonly lift: number;
  readonly density: number;
  /** Of the inner ends from the middle, mm. */
  readonly gap: number;
  /** Difference between the sides, mm. */
  readonly uneven: number;
}

export interface Glasses {
  /** Share of the images in which they are worn. */
  readonly habit: number;
  readonly width: number;
  readonly height: number;
  /** 2 for an ellipse, more for a rectangle. */
  readonly squareness: number;
  readonly rim: number;
  readonly colour: Colour;
}

/**
 * A person, a function of the world's seed and the person's number.
 * @param strength of what tells persons apart: 1 as the world was made, 0 makes all alike but in noise
 */
export function createPerson(head: BaseHead, seed: number, number: number, strength: number): Person {
  const random = stream(seed, 'standin/person', number);
  const female = random.uniform() < 0.45;
  const age = Math.round(clamp(18 + 60 * pow(random.uniform(), 1.4), 18, 78));
  const melanin = pow(random.uniform(), 1.6);
  const shape = shapeOf(head, seed, number, strength, female);
  const skin = skinOf(melanin, random, strength);
  const hairColour = hairColourOf(melanin, age, random);
  return {
    number,
    female,
    age,
    shape,
    normals: unitNormals(shape, head.triangles),
    skin,
    melanin,
    iris: irisOf(melanin, random),
    lips: clamp(0.9 + 0.3 * random.normal() + (female ? 0.25 : 0), 0.3, 1.6),
    blush: clamp(0.5 + 0.35 * random.normal(), 0, 1.4),
    hair: hairOf(female, age, melanin, hairColour, random),
    beard: beardOf(female, random),
    brow: {
      colour: mix(hairColour, [0.1, 0.08, 0.07], 0.35),
      thickness: clamp((female ? 2.9 : 3.9) + 1.0 * random.normal(), 1.4, 6.5),
      arch: 3.5 + (female ? 1.2 : 0) + 2.0 * random.normal(),
      lift: 1.5 * random.normal(),
      density: clamp(0.75 + 0.25 * random.normal(), 0.25, 1),
      gap: clamp(11 + 2.6 * random.normal(), 5, 17),
      uneven: 0.8 * random.normal(),
    },
    freckles: random.uniform() < 0.22 * (1 - melanin) ? 0.4 + 0.6 * random.uniform() : 0,
    blotches: 0.3 + 0.7 * random.uniform(),
    wrinkles: clamp((age - 35) / 40 + 0.15 * random.normal(), 0, 1),
    roughness: 0.4 + 0.6 * random.uniform(),
    moles: molesOf(random),
    offset: [32 * random.uniform(), 32 * random.uniform(), 32 * random.uniform()],
    glasses: {
      habit: random.uniform() < 0.25 ? 0.75 : 0.02,
      width: 23 + 5 * random.uniform(),
      height: 15 + 7 * random.uniform(),
      squareness: 2 + 3 * random.uniform(),
      rim: 0.8 + 1.1 * random.uniform() ** 2,
      colour:
        random.uniform() < 0.6
          ? [0.07, 0.06, 0.06]
          : [0.2 + 0.5 * random.uniform(), 0.25 + 0.2 * random.uniform(), 0.2],
    },
  };
}

function shapeOf(head: BaseHead, seed: number, number: number, strength: number, female: boolean): Float32Array {
  const random = stream(seed, 'standin/shape', number);
  const shape = head.mean.slice();
  TRAITS.forEach(({ name }, k) => {
    const { left, right } = head.traits[k]!;
    const common = random.normal() + (SEXUAL[name] ?? 0) * (female ? 0.5 : -0.5);
    const own = 0.3 * random.normal();
    addScaled(shape, left, strength * (right === undefined ? common : common + own));
    if (right !== undefined) addScaled(shape, right, strength * (common - own));
  });
  // Three scales, none of them symmetric; the finest is a relief along the normal.
  const broad = new WaveField(random, 12, 50, 1.2 * strength);
  const middle = new WaveField(random, 16, 24, 0.75 * strength);
  const fine = new WaveField(random, 24, 10, 0.5 * strength);
  const relief = new Float64Array(3);
  for (let v = 0, i = 0; v < head.vertices; v += 1, i += 3) {
    const [x, y, z] = [head.rest[i]!, head.rest[i + 1]!, head.rest[i + 2]!];
    const calm = head.relief[v]!;
    broad.addTo(x, y, z, 1, shape, i);
    if (calm === 0) continue;
    middle.addTo(x, y, z, calm, shape, i);
    relief[0] = 0;
    fine.addTo(x, y, z, calm, relief, 0);
    for (let c = 0; c < 3; c += 1) shape[i + c] = shape[i + c]! + relief[0] * head.normals[i + c]!;
  }
  return shape;
}

/** Standard deviations between women's and men's means. */
const SEXUAL: Readonly<Record<string, number>> = {
  'brow ridge': -1.4,
  'jaw width': -1.2,
  'chin width': -1,
  'chin length': -0.8,
  'nose length': -0.7,
  'nose width': -0.6,
  'upper lip': 0.7,
  'lower lip': 0.7,
  'eye size': 0.8,
  'brow height': 0.8,
  neck: -1.6,
  cheekbone: 0.5,
  'forehead slope': 0.6,
  'head width': -0.5,
};

function skinOf(melanin: number, random: Stream, strength: number): Colour {
  const pale: Colour = [0.93, 0.755, 0.665];
  const tan: Colour = [0.78, 0.575, 0.44];
  const dark: Colour = [0.4, 0.265, 0.195];
  const base = melanin < 0.5 ? mix(pale, tan, 2 * melanin) : mix(tan, dark, 2 * melanin - 1);
  const red = 1 + 0.03 * strength * random.normal();
  const yellow = 1 + 0.04 * strength * random.normal();
  return [clamp(base[0] * red, 0, 1), base[1], clamp(base[2] * yellow, 0, 1)];
}

function irisOf(melanin: number, random: Stream): Colour {
  const brown: Colour = [0.28, 0.17, 0.1];
  const pick = random.uniform();
  if (melanin > 0.45 || pick < 0.4) return mix(brown, [0.12, 0.07, 0.05], random.uniform());
  return pick < 0.75 ? [0.36, 0.48, 0.58] : [0.37, 0.42, 0.27];
}

function hairColourOf(melanin: number, age: number, random: Stream): Colour {
  const black: Colour = [0.1, 0.085, 0.08];
  const pick = random.uniform();
  let colour: Colour = black;
  if (melanin < 0.5 && pick > 0.35) {
    if (pick < 0.65) colour = mix([0.2, 0.13, 0.09], [0.38, 0.25, 0.16], random.uniform());
    else if (pick < 0.92) colour = mix([0.5, 0.38, 0.23], [0.82, 0.69, 0.47], random.uniform());
    else colour = [0.56, 0.25, 0.11];
  }
  const grey = clamp((age - 40) / 30 + 0.25 * random.normal(), 0, 1);
  return mix(colour, [0.72, 0.71, 0.69], grey);
}

function hairOf(female: boolean, age: number, melanin: number, colour: Colour, random: Stream): Hair {
  const pick = random.uniform();
  const women: readonly (readonly [number, HairStyle])[] = [
    [0.07, 'short'], [0.3, 'bob'], [0.68, 'long'], [0.86, 'bun'], [1, 'curls'],
  ]; // prettier-ignore
  const men: readonly (readonly [number, HairStyle])[] =
    age > 45
      ? [[0.18, 'bald'], [0.38, 'receding'], [0.6, 'cropped'], [0.85, 'short'], [0.95, 'quiff'], [1, 'long']] // prettier-ignore
      : [[0.06, 'bald'], [0.26, 'cropped'], [0.55, 'short'], [0.8, 'quiff'], [0.9, 'curls'], [1, 'long']]; // prettier-ignore
  const style = (female ? women : men).find(([share]) => pick < share)![1];
  return {
    style,
    colour,
    volume: logNormal(random, 1, 0.28),
    recession: clamp(2 + 5 * random.normal() + (female ? 0 : (age - 35) * 0.18), -6, 20),
    fringe: random.uniform() < (female ? 0.35 : 0.2),
    parting: 2 * random.uniform() - 1,
    curl: clamp((melanin > 0.7 ? 0.7 : 0.15) + 0.25 * random.normal(), 0, 1),
  };
}

function beardOf(female: boolean, random: Stream): Person['beard'] {
  const pick = random.uniform();
  const style: Beard =
    female || pick < 0.5
      ? 'none'
      : pick < 0.68
        ? 'stubble'
        : pick < 0.77
          ? 'moustache'
          : pick < 0.87
            ? 'goatee'
            : 'full';
  return { style, length: 2 + 6 * random.uniform(), density: 0.6 + 0.4 * random.uniform() };
}

function molesOf(random: Stream): Person['moles'] {
  const count = Math.floor(5 * random.uniform() ** 2);
  return Array.from({ length: count }, () => ({
    x: 110 * random.uniform() - 55,
    y: 150 * random.uniform() - 70,
    radius: 1 + 1.4 * random.uniform(),
    dark: 0.4 + 0.5 * random.uniform(),
  }));
}

export function mix(a: Colour, b: Colour, t: number): Colour {
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}
