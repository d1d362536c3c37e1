import { buildBaseHead, type BaseHead } from './person/base-head.js';
import { AS_MADE, type Difficulty } from './photograph/characters.js';
import type { Conditions } from './photograph/conditions.js';
import { Scalp } from './person/hair.js';
import { createPerson, POPULATIONS, type Person, type Population } from './person/person.js';
import { Studio, type Picture } from './paint/studio.js';

/** A world of persons who do not exist: all of it follows from its seed and its difficulty. */
export interface World {
  readonly seed: number;
  readonly difficulty: Difficulty;
}

export const DEFAULT_WORLD: World = { seed: 1, difficulty: AS_MADE };

/** Persons `begin` to `end` (exclusive) of a set: what one shard holds. */
export interface PersonRange {
  readonly begin: number;
  readonly end: number;
}

/** What a long drawing reports, and how it is stopped. */
export interface DrawingHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (images: number) => void;
}

/** How images are stored. */
export type Encoding = { readonly type: 'jpeg'; readonly quality: number } | { readonly type: 'png' };

let base: { readonly head: BaseHead; readonly scalp: Scalp } | undefined;
const studios = new Map<number, Studio>();

/** The studio for pictures of a size; made once a process. */
export function studioFor(size: number): Studio {
  if (base === undefined) {
    const head = buildBaseHead();
    base = { head, scalp: new Scalp(head.rest) };
  }
  let studio = studios.get(size);
  if (studio === undefined) {
    studio = new Studio(base.head, size, base.scalp);
    studios.set(size, studio);
  }
  return studio;
}

/** Person number `index`, from 0, of a set. No two sets share one. */
export function personOf(world: World, population: Population, index: number): Person {
  return createPerson(studioFor(128).head, world.seed, POPULATIONS[population] + index, world.difficulty.identity);
}

/** A picture as a file's bytes, and its five points, rounded to hundredths of a pixel. */
export interface EncodedPicture {
  readonly bytes: Promise<Uint8Array>;
  readonly picture: Picture;
}

export async function encode(pixels: Uint8Array, size: number, encoding: Encoding): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const image = sharp(pixels, { raw: { width: size, height: size, channels: 3 } });
  // A camera's noise compresses badly: level 6 takes another millisecond of some three a picture for 15 KB in place of 25.
  if (encoding.type === 'png') return image.png({ compressionLevel: 1 }).toBuffer();
  return image.jpeg({ quality: encoding.quality, chromaSubsampling: '4:2:0' }).toBuffer();
}

/** Takes a picture; its bytes are on their way while the next one is taken. */
export function photograph(person: Person, conditions: Conditions, size: number, type: 'jpeg' | 'png'): EncodedPicture {
  const picture = studioFor(size).take(person, conditions);
  const encoding: Encoding = type === 'png' ? { type } : { type, quality: conditions.photo.quality };
  // The picture's buffer is used again; what is encoded must not change.
  return { bytes: encode(picture.pixels.slice(), size, encoding), picture };
}

/** Landmarks of the head in the order of `FIVE_POINTS`. */
const FIVE = [
  'right.eye.pupil.center',
  'left.eye.pupil.center',
  'center.nose.tip',
  'right.lips.corner',
  'left.lips.corner',
] as const;

export function fivePoints(picture: Picture): Float64Array {
  return Float64Array.from(FIVE.flatMap((name) => picture.point(name).map(hundredths)));
}

export function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
