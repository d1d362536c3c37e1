import { exp } from '../../../../foundation/numbers/elementary.js';
import { stream, type Stream } from '../../../../foundation/numbers/random.js';
import type { AppearanceRecipe } from './recipe.js';

export type Colour = readonly [number, number, number];

/** How a person looks: the same in all of their images. Lengths in mm, angles in degrees. */
export interface Looks {
  readonly hair: HairLooks | undefined;
  readonly beard: BeardLooks | undefined;
  readonly glasses: GlassesLooks | undefined;
  /** Relative to the model's: `strength` 1 and no lift are its own. */
  readonly brows: { readonly strength: number; readonly lift: number; readonly colour: Colour };
  /** Waves of the skin's colour. */
  readonly waves: readonly Wave[];
}

export interface HairLooks {
  readonly colour: Colour;
  /** By how much the hairline lies above the usual one, degrees of elevation about the middle of the skull. */
  readonly recession: number;
  /** A fringe hangs so many degrees below it. */
  readonly fringe: number;
  /** Thickness on the crown and at the sides. */
  readonly top: number;
  readonly side: number;
  /** Elevation down to which hair hangs at the sides. */
  readonly hang: number;
  /** -1 to 1: thicker on one side. */
  readonly parting: number;
}

export interface BeardLooks {
  readonly colour: Colour;
  /** Cover of each part, 0 to 1. */
  readonly chin: number;
  readonly cheeks: number;
  readonly lip: number;
  readonly thickness: number;
}

export interface GlassesLooks {
  readonly colour: Colour;
  readonly width: number;
  readonly height: number;
  readonly rim: number;
  /** Cover of the lenses. */
  readonly dark: number;
  /** Share of a person's images that show them. */
  readonly habit: number;
}

export interface Wave {
  /** Radians a millimetre. */
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly phase: number;
  readonly colour: Colour;
}

/** What changes between images of a person. */
export interface Moment {
  /** Times the hair's thickness; degrees added to its line. */
  readonly volume: number;
  readonly line: number;
  /** Times the beard's cover. */
  readonly beard: number;
  readonly wearsGlasses: boolean;
}

/** Display colours from dark to light. */
const HAIR: readonly Colour[] = [
  [0.06, 0.05, 0.05],
  [0.1, 0.075, 0.06],
  [0.17, 0.115, 0.08],
  [0.27, 0.18, 0.11],
  [0.36, 0.2, 0.1],
  [0.52, 0.39, 0.24],
  [0.7, 0.56, 0.37],
  [0.5, 0.49, 0.48],
  [0.78, 0.77, 0.75],
];
const HAIR_SHARES = [0.2, 0.2, 0.16, 0.13, 0.05, 0.08, 0.06, 0.07, 0.05];

/** A pure function of (seed, identity): each feature has a stream of its own. */
export function drawLooks(recipe: AppearanceRecipe, seed: number, identity: number): Looks {
  const of = (what: string): Stream => stream(seed, `faces/appearance/${what}`, identity);
  const colour = hairColour(of('colour'));
  return {
    hair: hairOf(of('hair'), recipe.hair, colour),
    beard: beardOf(of('beard'), recipe.beard, colour),
    glasses: glassesOf(of('glasses'), recipe.glasses),
    brows: browsOf(of('brows'), recipe.brows, colour),
    waves: recipe.skin > 0 ? wavesOf(of('skin'), recipe.skin) : [],
  };
}

export function drawMoment(looks: Looks, seed: number, identity: number, sample: number): Moment {
  const random = stream(seed, 'faces/appearance/moment', identity, sample);
  return {
    volume: exp(0.2 * random.normal()),
    line: 2.5 * random.normal(),
    beard: clamp(1 + 0.25 * random.normal(), 0.3, 1.5),
    wearsGlasses: random.uniform() < (looks.glasses?.habit ?? 0),
  };
}

function hairColour(random: Stream): Colour {
  let left = random.uniform();
  let k = 0;
  while (k < HAIR_SHARES.length - 1 && left >= HAIR_SHARES[k]!) {
    left -= HAIR_SHARES[k]!;
    k += 1;
  }
  const shade = exp(0.15 * random.normal());
  const warmth = 0.06 * random.normal();
  const [r, g, b] = HAIR[k]!;
  return [r * shade * (1 + warmth), g * shade, b * shade * (1 - warmth)];
}

function hairOf(random: Stream, share: number, colour: Colour): HairLooks | undefined {
  if (random.uniform() >= share) return undefined;
  const long = random.uniform() < 0.35;
  const volume = exp(0.35 * random.normal());
  return {
    colour,
    recession: 4 + 6 * random.normal() + (!long && random.uniform() < 0.25 ? 12 * random.uniform() : 0),
    fringe: random.uniform() < (long ? 0.4 : 0.25) ? 8 + 14 * random.uniform() : 0,
    top: (long ? 14 : 4 + 16 * random.uniform()) * volume,
    side: (long ? 16 : 2 + 6 * random.uniform()) * volume,
    hang: long ? -30 - 45 * random.uniform() : -8 + 6 * random.normal(),
    parting: 2 * random.uniform() - 1,
  };
}

function beardOf(random: Stream, share: number, colour: Colour): BeardLooks | undefined {
  if (random.uniform() >= share) return undefined;
  const full = 0.15 + 0.75 * random.uniform();
  const style = random.uniform();
  const [chin, cheeks, lip] =
    style < 0.5 ? [full, full, full] : style < 0.7 ? [0, 0, full] : style < 0.85 ? [full, 0, full] : [full, 0, 0];
  return { colour, chin, cheeks, lip, thickness: full > 0.6 ? 6 * random.uniform() : 0 };
}

function glassesOf(random: Stream, share: number): GlassesLooks | undefined {
  if (random.uniform() >= share) return undefined;
  const grey = 0.04 + 0.4 * random.uniform() ** 2;
  return {
    colour: [grey * (1 + 0.3 * random.uniform()), grey, grey * (1 - 0.3 * random.uniform())],
    width: 22 + 6 * random.uniform(),
    height: 13 + 8 * random.uniform(),
    rim: 1.6 + 2.2 * random.uniform(),
    dark: random.uniform() < 0.12 ? 0.75 : 0.06,
    habit: 0.4 + 0.5 * random.uniform(),
  };
}

function browsOf(random: Stream, strength: number, hair: Colour): Looks['brows'] {
  return {
    strength: exp(0.6 * strength * random.normal() + 0.25 * strength),
    lift: 1.5 * strength * random.normal(),
    colour: [0.6 * hair[0] + 0.03, 0.6 * hair[1] + 0.02, 0.6 * hair[2] + 0.02],
  };
}

/** Wavelengths of 6 to 50 mm; amplitudes that add up to the standard deviation asked for. */
function wavesOf(random: Stream, deviation: number): Wave[] {
  const count = 14;
  const amplitude = deviation * Math.sqrt(2 / count);
  return Array.from({ length: count }, () => {
    const [a, b, c] = [random.normal(), random.normal(), random.normal()];
    const length = Math.sqrt(a * a + b * b + c * c) || 1;
    const k = (2 * Math.PI) / (6 * exp(2.1 * random.uniform())) / length;
    const [red, blue] = [0.3 * random.normal(), 0.4 * random.normal()];
    const phase = 2 * Math.PI * random.uniform();
    return { x: a * k, y: b * k, z: c * k, phase, colour: [amplitude, amplitude * (1 + red), amplitude * (1 + blue)] };
  });
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
