import { cos, pow, sin } from '../../../../foundation/numbers/elementary.js';
import { stream, type Stream } from '../../../../foundation/numbers/random.js';
import type { Backdrop, Conditions, Light, Photo } from './conditions.js';
import { clamp, logNormal } from '../space/noise.js';
import { HAIR_STYLES, mix, type Colour, type Person } from '../person/person.js';

/** How hard the world is; 1 everywhere is as it was made. */
export interface Difficulty {
  /** Of what tells persons apart. */
  readonly identity: number;
  /** Of how light differs from a soft frontal one. */
  readonly light: number;
  /** Factor on the probabilities of glasses, hats, scarves, obstacles, and of hair being worn otherwise. */
  readonly occlusion: number;
  /** Of blur, noise, colour casts and compression. */
  readonly quality: number;
  /** Of facial movements. */
  readonly expression: number;
  /** Factor on the spread of yaw, pitch and roll, where the set does not fix them. */
  readonly pose: number;
}

export const AS_MADE: Difficulty = { identity: 1, light: 1, occlusion: 1, quality: 1, expression: 1, pose: 1 };

const RADIANS = Math.PI / 180;

/** What kind of pictures a set has. */
interface Character {
  /** Standard deviation of yaw in degrees, and where it ends. */
  readonly yaw: { readonly deviation: number; readonly limit: number; readonly wide: number };
  readonly pitch: number;
  readonly roll: number;
  readonly breadth: readonly [number, number];
  readonly shift: number;
  /** 0 soft and frontal to 1 anything. */
  readonly light: number;
  readonly glasses: number;
  readonly dark: number;
  readonly hat: number;
  readonly scarf: number;
  readonly obstacle: number;
  readonly restyled: number;
  readonly blur: number;
  readonly resolution: number;
  readonly noise: number;
  readonly quality: readonly [number, number];
}

/** Photographs of the web: mostly frontal, of all kinds of light. `wide` is the share of uniformly drawn yaws. */
const CASIA: Character = {
  yaw: { deviation: 20, limit: 75, wide: 0.04 },
  pitch: 8,
  roll: 6,
  breadth: [245, 285],
  shift: 0.02,
  light: 0.8,
  glasses: 1,
  dark: 0.03,
  hat: 0.06,
  scarf: 0.03,
  obstacle: 0.03,
  restyled: 0.12,
  blur: 0.5,
  resolution: 0.1,
  noise: 3,
  quality: [70, 95],
};

/** News photographs found by a frontal detector. */
const LFW: Character = {
  ...CASIA,
  yaw: { deviation: 15, limit: 45, wide: 0 },
  pitch: 7,
  roll: 5,
  breadth: [250, 295],
  light: 0.9,
  restyled: 0.08,
  blur: 0.65,
  noise: 4,
  quality: [60, 90],
};

/** Photographs and video of no restriction. */
const IJBA: Character = {
  yaw: { deviation: 35, limit: 90, wide: 0.4 },
  pitch: 15,
  roll: 11,
  breadth: [245, 380],
  shift: 0.05,
  light: 1,
  glasses: 1,
  dark: 0.08,
  hat: 0.16,
  scarf: 0.09,
  obstacle: 0.14,
  restyled: 0.18,
  blur: 1,
  resolution: 0.4,
  noise: 6,
  quality: [35, 85],
};

const CHARACTERS = { casia: CASIA, lfw: LFW, ijba: IJBA } as const;

/** Draws an image's conditions: of a set, a person and the image's number. */
export function drawConditions(
  set: 'casia' | 'lfw' | 'ijba',
  seed: number,
  person: Person,
  image: number,
  difficulty: Difficulty,
): Conditions {
  const character = CHARACTERS[set];
  const random = stream(seed, `standin/${set}`, person.number, image);
  const { yaw: spread } = character;
  const wide = random.uniform() < spread.wide * difficulty.pose;
  const yaw = wide
    ? spread.limit * (2 * random.uniform() - 1)
    : within(random, spread.deviation * difficulty.pose, spread.limit);
  const pitch = within(random, character.pitch * difficulty.pose, 40);
  const roll = within(random, character.roll * difficulty.pose, 40);
  const [near, far] = character.breadth;
  const chance = (p: number): boolean => random.uniform() < p * difficulty.occlusion;
  const dark = chance(character.dark);
  const glasses = dark ? 'dark' : random.uniform() < person.glasses.habit * character.glasses ? 'clear' : 'none';
  const hat = chance(character.hat) ? (['beanie', 'cap', 'brimmed'] as const)[random.integer(3)]! : 'none';
  const scarfed = chance(character.scarf);
  const restyled = chance(character.restyled);
  const shaved = chance(character.restyled);
  const obstructed = chance(character.obstacle);
  return {
    yaw: yaw * RADIANS,
    pitch: pitch * RADIANS,
    roll: roll * RADIANS,
    distance: logNormal(random, 1500, 0.35),
    breadth: near + (far - near) * random.uniform(),
    shift: [character.shift * random.normal(), character.shift * random.normal()],
    expression: drawExpression(random, 0.75 * difficulty.expression),
    smile: clamp((random.uniform() < 0.45 ? 0.4 + 0.6 * random.uniform() : 0.1) * difficulty.expression, 0, 1.3),
    gaze: [1.1 * random.normal(), 0.4 * random.normal()],
    light: drawLight(random, character.light * difficulty.light),
    hair: restyled ? restyle(person, random) : person.hair,
    beard: shaved
      ? person.beard.style === 'none'
        ? person.female
          ? 'none'
          : 'stubble'
        : 'none'
      : person.beard.style,
    flush: logNormal(random, 1, 0.18),
    glasses,
    hat,
    ...(scarfed ? { scarf: -75 + 78 * random.uniform() } : {}),
    clothes: [cloth(random), cloth(random), cloth(random)],
    ...(obstructed ? { obstacle: drawObstacle(random) } : {}),
    backdrop: drawBackdropOf(seed, person, image, random),
    photo: drawPhoto(character, random, difficulty.quality),
  };
}

/** Multi-PIE: a studio; one light, one background, a camera's yaw, a neutral face or a smile. */
export function multiPieConditions(
  seed: number,
  person: Person,
  yaw: number,
  recording: number,
  difficulty: Difficulty,
): Conditions {
  // Cameras fire at once, so a recording has one expression, one pose of the head and one dress.
  const random = stream(seed, 'standin/multipie', person.number, recording);
  const dress = stream(seed, 'standin/multipie-dress', person.number);
  const smile = recording === 2 ? 0.7 + 0.3 * random.uniform() : 0.05;
  const level = 0.6;
  const [s, c] = [sin(0.12 * difficulty.light * random.normal()), 0.98];
  return {
    yaw: yaw * RADIANS + within(random, 2.5, 6) * RADIANS,
    pitch: within(random, 4 * difficulty.pose, 12) * RADIANS,
    roll: within(random, 2.5 * difficulty.pose, 8) * RADIANS,
    distance: 1800,
    breadth: 285,
    shift: [0.01 * random.normal(), 0.01 * random.normal()],
    expression: drawExpression(random, 0.35 * difficulty.expression),
    smile,
    gaze: [0.5 * random.normal(), 0.2 * random.normal()],
    light: {
      key: [level, level, 0.98 * level],
      direction: unit(s, 0.28, c),
      above: [0.42, 0.42, 0.43],
      below: [0.26, 0.26, 0.26],
      shadow: 0.55,
    },
    hair: person.hair,
    beard: person.beard.style,
    flush: 1,
    glasses: dress.uniform() < person.glasses.habit ? 'clear' : 'none',
    hat: 'none',
    clothes: [cloth(dress), cloth(dress), cloth(dress)],
    backdrop: { type: 'plain', colour: [0.56, 0.57, 0.58] },
    photo: {
      blur: 0.35,
      motion: [0, 0],
      resolution: 1,
      noise: 1.5 * difficulty.quality,
      gain: [1, 1, 1],
      contrast: 1,
      quality: 95,
      seed: person.number * 4096 + recording * 256 + Math.round(yaw) + 128,
    },
  };
}

/** The next frame of a video: the same scene, the head turned on a little. */
export function nextFrame(
  first: Conditions,
  seed: number,
  person: Person,
  image: number,
  difficulty: Difficulty,
): Conditions {
  const random = stream(seed, 'standin/frame', person.number, image);
  const turn = (angle: number, by: number, limit: number): number =>
    clamp(angle + difficulty.pose * by * RADIANS * random.normal(), -limit * RADIANS, limit * RADIANS);
  return {
    ...first,
    yaw: turn(first.yaw, 12, 90),
    pitch: turn(first.pitch, 5, 40),
    roll: turn(first.roll, 4, 40),
    shift: [first.shift[0] + 0.02 * random.normal(), first.shift[1] + 0.02 * random.normal()],
    expression: drawExpression(random, 0.75 * difficulty.expression),
    photo: {
      ...first.photo,
      motion: [Math.abs(1.5 * difficulty.quality * random.normal()), Math.PI * random.uniform()],
      seed: first.photo.seed + 1,
    },
  };
}

/** Normal, within limits. */
function within(random: Stream, deviation: number, limit: number): number {
  for (let attempt = 0; attempt < 32; attempt += 1) {
    const value = deviation * random.normal();
    if (Math.abs(value) <= limit) return value;
  }
  return limit * (2 * random.uniform() - 1);
}

function drawExpression(random: Stream, spread: number): Float64Array {
  return Float64Array.from({ length: 12 }, () => clamp(spread * random.normal(), -1.6, 1.6));
}

function drawLight(random: Stream, variety: number): Light {
  // From soft and frontal at 0 to hard and from anywhere before or beside the face.
  const azimuth = clamp(variety * 45 * random.normal(), -110, 110) * RADIANS;
  const elevation = clamp(25 + variety * 20 * random.normal(), -20, 75) * RADIANS;
  const hard = clamp(0.5 + variety * 0.5 * (random.uniform() - 0.3), 0.1, 1);
  const exposure = logNormal(random, 1.12, 0.2 * variety);
  const warm = variety * 0.13 * random.normal();
  const cool = variety * 0.1 * random.normal();
  const key = exposure * hard;
  const sky = exposure * (1.05 - hard) * 0.9;
  const floor = sky * (0.45 + 0.3 * random.uniform());
  return {
    key: [key * (1 + warm), key, key * (1 - warm)],
    direction: unit(sin(azimuth) * cos(elevation), sin(elevation), cos(azimuth) * cos(elevation)),
    above: [sky * (1 - cool), sky, sky * (1 + cool)],
    below: [floor * (1 + 0.1 * warm), floor, floor * 0.95],
    shadow: 0.35 + 0.65 * hard,
  };
}

function restyle(person: Person, random: Stream): Person['hair'] {
  const worn = person.female
    ? (['bob', 'long', 'bun', 'short'] as const)
    : (['cropped', 'short', 'quiff', 'bald'] as const);
  const style =
    random.uniform() < 0.9 ? worn[random.integer(worn.length)]! : HAIR_STYLES[random.integer(HAIR_STYLES.length)]!;
  const dyed = person.female && random.uniform() < 0.4;
  const colour: Colour = dyed ? mix([0.16, 0.1, 0.08], [0.75, 0.58, 0.36], random.uniform()) : person.hair.colour;
  return { ...person.hair, style, colour, fringe: random.uniform() < 0.3, parting: 2 * random.uniform() - 1 };
}

function cloth(random: Stream): Colour {
  const level = 0.08 + 0.8 * pow(random.uniform(), 1.3);
  const channel = (): number => clamp(level * (0.7 + 0.6 * random.uniform()), 0, 1);
  return [channel(), channel(), channel()];
}

function drawObstacle(random: Stream): NonNullable<Conditions['obstacle']> {
  const turn = 2 * Math.PI * random.uniform();
  const [s, c] = [sin(turn), cos(turn)];
  const reach = 0.12 + 0.22 * random.uniform();
  const colour: Colour =
    random.uniform() < 0.4 ? mix([0.9, 0.72, 0.62], [0.4, 0.27, 0.2], random.uniform()) : cloth(random);
  return {
    from: [0.5 + reach * c, 0.52 + reach * s],
    to: [0.5 + 0.9 * c, 0.52 + 0.9 * s],
    radius: 0.03 + 0.1 * random.uniform(),
    colour,
  };
}

function drawBackdropOf(seed: number, person: Person, image: number, random: Stream): Backdrop {
  return { type: 'clutter', seed, address: [person.number, image], defocus: 4.5 * random.uniform() ** 2 };
}

function drawPhoto(character: Character, random: Stream, strength: number): Photo {
  const cast = (): number => clamp(1 + 0.1 * strength * random.normal(), 0.6, 1.5);
  const [worst, best] = character.quality;
  return {
    blur: 0.2 + character.blur * strength * random.uniform() ** 2,
    motion:
      random.uniform() < 0.15 * character.blur * strength
        ? [1 + 4 * random.uniform(), Math.PI * random.uniform()]
        : [0, 0],
    resolution: random.uniform() < character.resolution * strength ? 0.3 + 0.5 * random.uniform() : 1,
    noise: character.noise * strength * pow(random.uniform(), 1.5),
    gain: [cast(), cast(), cast()],
    contrast: clamp(1 + 0.14 * strength * random.normal(), 0.6, 1.4),
    quality: Math.round(best - (best - worst) * clamp(strength * random.uniform(), 0, 1.2)),
    seed: random.bits(),
  };
}

function unit(x: number, y: number, z: number): readonly [number, number, number] {
  const length = Math.sqrt(x * x + y * y + z * z);
  return [x / length, y / length, z / length];
}
