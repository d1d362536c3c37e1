import { stream, type Stream } from '../../../src/foundation/numbers/random.js';
import { drawPairs } from '../../../src/plugins/recognition/benchmarks/multipie-pairs.js';
import type { ScoreSet } from '../../../src/plugins/recognition/benchmarks/verification/score-set.js';

/**
 * Worlds with known truth: persons drawn anew, networks trained anew, and scores of a protocol's pairs. A person has a centre
 * and is easy or hard; an image is a person's with noise of its own, in part the same for every network; a training has a skill
 * of its own, and what it makes of each person. Similarity is the cosine.
 */
export type Protocol = 'lfw' | 'multipie' | 'ijba';
export type Size = 'mini' | 'small' | 'paper';

export interface World {
  /** [network][training]; training 0 has the expected skill, for intervals of persons alone; the others skills of their own. */
  readonly sets: readonly (readonly ScoreSet[])[];
}

export interface WorldOptions {
  readonly protocol: Protocol;
  readonly size: Size;
  readonly trainings: number;
  /** Noise of each network's images: the greater, the worse it recognises. */
  readonly noise: readonly number[];
  /** Spread between trainings, of the logarithm of that noise. */
  readonly spread: number;
  /** One of several benchmarks in a world: with photographs and pairs of its own, of persons of a common population. */
  readonly column?: Column;
}

export interface Column {
  readonly number: number;
  readonly population: number;
  /** The first of its persons. */
  readonly first: number;
}

/** Of the log-normal factor by which persons differ in difficulty. */
const PERSONS_DIFFER = 0.35;
/** The same, for one training and person. */
const OPINIONS_DIFFER = 0.12;
const SHIFT = 0.3;
/** Of an image's noise, what is the same for every network. */
const SHARED = 0.8;
const DIM = 10;

interface Items {
  readonly persons: number;
  /** Of each image. */
  readonly person: Int32Array;
  /** Images of each thing that is compared: one, or a template's. */
  readonly members: readonly (readonly number[])[];
  /** Without scores. */
  readonly scores: Omit<ScoreSet, 'score'>;
}

export function drawWorld(options: WorldOptions, world: number): World {
  const items = options.protocol === 'ijba' ? templates(options.size, world) : pairs(options, world);
  const { person } = items;
  const { population: persons, first } = options.column ?? { population: items.persons, first: 0 };
  const random = stream(world, 'coverage/persons');
  const centres = normals(random, persons * DIM);
  const hardness = normals(random, persons).map((g) => Math.exp(PERSONS_DIFFER * g));
  const shared = normals(stream(world, 'coverage/images', ...numberOf(options)), person.length * DIM);
  const unshared = Math.sqrt(1 - SHARED ** 2);
  const sets = options.noise.map((noise, network) =>
    Array.from({ length: options.trainings + 1 }, (_, training) => {
      const draw = stream(world, 'coverage/training', network, training);
      const skill = noise * (training === 0 ? 1 : Math.exp(options.spread * draw.normal()));
      const shift = normals(draw, persons * DIM);
      const opinion = normals(draw, persons).map((g) => Math.exp(OPINIONS_DIFFER * g));
      const own =
        options.column === undefined
          ? draw
          : stream(world, `coverage/own ${network} ${training}`, ...numberOf(options));
      const vectors = normals(own, person.length * DIM);
      for (let i = 0; i < person.length; i += 1) {
        const p = first + person[i]!;
        const size = skill * hardness[p]! * opinion[p]!;
        let length = 0;
        for (let d = 0; d < DIM; d += 1) {
          const at = i * DIM + d;
          const value =
            centres[p * DIM + d]! +
            SHIFT * shift[p * DIM + d]! +
            size * (SHARED * shared[at]! + unshared * vectors[at]!);
          vectors[at] = value;
          length += value * value;
        }
        const scale = 1 / Math.sqrt(length);
        for (let d = 0; d < DIM; d += 1) vectors[i * DIM + d]! *= scale;
      }
      return { ...items.scores, score: similarities(items, vectors) };
    }),
  );
  return { sets };
}

function numberOf({ column }: WorldOptions): readonly [number?] {
  return column === undefined ? [] : [column.number];
}

function similarities({ members, scores }: Items, vectors: Float64Array): Float64Array {
  const units = new Float64Array(members.length * DIM);
  for (let m = 0; m < members.length; m += 1) {
    const images = members[m]!;
    for (let i = 0; i < images.length; i += 1) {
      for (let d = 0; d < DIM; d += 1) units[m * DIM + d]! += vectors[images[i]! * DIM + d]!;
    }
    let length = 0;
    for (let d = m * DIM; d < (m + 1) * DIM; d += 1) length += units[d]! * units[d]!;
    const scale = 1 / Math.sqrt(length);
    for (let d = m * DIM; d < (m + 1) * DIM; d += 1) units[d]! *= scale;
  }
  const { first, second } = scores;
  const out = new Float64Array(first.length);
  for (let i = 0; i < out.length; i += 1) {
    const [a, b] = [first[i]! * DIM, second[i]! * DIM];
    let sum = 0;
    for (let d = 0; d < DIM; d += 1) sum += units[a + d]! * units[b + d]!;
    out[i] = sum;
  }
  return out;
}

const FOLDED = {
  lfw: { mini: [700, 150], small: [1200, 300], paper: [5749, 300] },
  multipie: { mini: [60, 300], small: [120, 300], paper: [249, 300] },
} as const;

/** LFW's protocol: pairs in ten folds of persons of their own, drawn as the stage kind draws Multi-PIE's. */
function pairs(options: WorldOptions, world: number): Items {
  const { protocol, size } = options;
  const [persons, perFold] = FOLDED[protocol as 'lfw' | 'multipie'][size];
  const random = stream(world, 'coverage/numbers', ...numberOf(options));
  const seed = options.column === undefined ? world : 2 * world + options.column.number;
  let images: { identity: string; name: string; person: number }[] = [];
  let drawn: ReturnType<typeof drawPairs>;
  // A fold whose persons have too few pairs of photographs is no benchmark: such sets are drawn again.
  do {
    images = [];
    for (let p = 0; p < persons; p += 1) {
      const count = photographs(options, random);
      for (let i = 0; i < count; i += 1) images.push({ identity: `${p}`, name: `${p}/${i}`, person: p });
    }
    drawn = drawPairs(images, { seed, folds: 10, perFold });
  } while (!drawn.ok);
  const list = drawn.value.pairs;
  const position = new Map<string, number>();
  for (const { a, b } of list) for (const name of [a, b]) if (!position.has(name)) position.set(name, position.size);
  const person = new Int32Array(position.size);
  for (const image of images) {
    const at = position.get(image.name);
    if (at !== undefined) person[at] = image.person;
  }
  const first = Int32Array.from(list, ({ a }) => position.get(a)!);
  const second = Int32Array.from(list, ({ b }) => position.get(b)!);
  return {
    persons,
    person,
    members: Array.from(person, (_, i) => [i]),
    scores: {
      benchmark: protocol,
      protocol: 'folds',
      genuine: Uint8Array.from(list, ({ genuine }) => Number(genuine)),
      fold: Int32Array.from(list, ({ fold }) => fold),
      first,
      second,
      persons: { first: first.map((i) => person[i]!), second: second.map((i) => person[i]!) },
    },
  };
}

/**
 * Multi-PIE: thirteen yaws, neutral and smiling. LFW: as the stand-in set has them, and at the size of the paper as LFW has (of
 * 5,749 persons 4,069 with one photograph, the others with 5.5 in the mean).
 */
function photographs({ protocol, size }: WorldOptions, random: Stream): number {
  if (protocol === 'multipie') return 26;
  const [single, more, most] = size === 'paper' ? [0.7, 0.78, 60] : [0.3, 0.6, 8];
  if (random.uniform() < single) return 1;
  let count = 2;
  while (count < most && random.uniform() < more) count += 1;
  return count;
}

const SPLIT = {
  mini: { subjects: 100, share: 0.67, templates: 3, impostors: 2000 },
  small: { subjects: 200, share: 0.67, templates: 3, impostors: 5000 },
  paper: { subjects: 500, share: 0.33, templates: 4, impostors: 10_000 },
} as const;
const SPLITS = 10;
const MEDIA = 10;

/** IJB-A's: ten splits, each of a share of the subjects, so that they overlap; templates of several images. */
function templates(size: Size, world: number): Items {
  const { subjects, share, templates: perSubject, impostors } = SPLIT[size];
  const person = Int32Array.from({ length: subjects * MEDIA }, (_, i) => Math.floor(i / MEDIA));
  const members: number[][] = [];
  const subjectOf: number[] = [];
  const tests = Math.round(share * subjects);
  const probesEach = perSubject - 1;
  const rows = SPLITS * (tests * probesEach + impostors);
  const [fold, first, second] = [new Int32Array(rows), new Int32Array(rows), new Int32Array(rows)];
  let row = 0;
  const add = (split: number, a: number, b: number): void => {
    fold[row] = split;
    first[row] = a;
    second[row++] = b;
  };
  for (let split = 0; split < SPLITS; split += 1) {
    const random = stream(world, 'coverage/split', split);
    const tested = random.shuffle(Array.from({ length: subjects }, (_, i) => i)).slice(0, tests);
    const enrolled: number[] = [];
    const probes: number[] = [];
    for (const subject of tested) {
      const media = random.shuffle(Array.from({ length: MEDIA }, (_, i) => subject * MEDIA + i));
      const own = Array.from({ length: perSubject }, (): number[] => []);
      media.forEach((one, i) => own[i < perSubject ? i : i % 2 === 0 ? 0 : i % perSubject]!.push(one));
      own.forEach((images, k) => {
        members.push(images);
        subjectOf.push(subject);
        (k === 0 ? enrolled : probes).push(members.length - 1);
        if (k > 0) add(split, enrolled.at(-1)!, members.length - 1);
      });
    }
    const seen = new Uint8Array(enrolled.length * probes.length);
    for (let drawn = 0; drawn < impostors;) {
      const [e, p] = [random.integer(enrolled.length), random.integer(probes.length)];
      if (seen[e * probes.length + p] === 1 || Math.floor(p / probesEach) === e) continue;
      seen[e * probes.length + p] = 1;
      add(split, enrolled[e]!, probes[p]!);
      drawn += 1;
    }
  }
  const persons = { first: first.map((t) => subjectOf[t]!), second: second.map((t) => subjectOf[t]!) };
  return {
    persons: subjects,
    person,
    members,
    scores: {
      benchmark: 'ijba',
      protocol: 'splits',
      genuine: Uint8Array.from(persons.first, (p, i) => Number(p === persons.second[i])),
      fold,
      first,
      second,
      persons,
    },
  };
}

/** Standard normal numbers, by a generator of 128 bits (sfc32, of PractRand) that the stream seeds: a world needs a million. */
function normals(random: Stream, count: number): Float64Array {
  let [a, b, c, counter] = [random.bits() | 0, random.bits() | 0, random.bits() | 0, 1];
  const uniform = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i += 1) uniform();
  const out = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    out[i] = radius * Math.cos(angle);
    if (i + 1 < count) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}
