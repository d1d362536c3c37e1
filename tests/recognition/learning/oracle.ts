import { readFileSync } from 'node:fs';
import { mini } from '../../../src/plugins/recognition/learning/network/mini.js';
import { nn4 } from '../../../src/plugins/recognition/learning/network/nn4.js';
import type {
  InceptionLayer,
  InceptionPool,
  InputSize,
  Network,
} from '../../../src/plugins/recognition/learning/network/network.js';
import { everything, sizeOf, type Arrays } from '../../../src/plugins/recognition/learning/network/parameters.js';
import { stepSize } from '../../../src/plugins/recognition/learning/optimiser/optimiser.js';
import { OPENFACE, stateEntries, type StepRecipe } from '../../../src/plugins/recognition/learning/step/recipe.js';
import type { Batch } from '../../../src/plugins/recognition/learning/batches/batch.js';
import type { StepScalars } from '../../../src/plugins/recognition/learning/engines/engine.js';
import type { BatchShape } from '../../../src/plugins/recognition/learning/step/step.js';

/**
 * What PyTorch says (scripts/fixtures/learning.py), and the weights, images and random numbers that it said it of: a small
 * integer hash gives them in any language.
 */
export interface Fixture {
  readonly size: number;
  readonly people: number;
  readonly images: number;
  readonly rate: number;
  /** Added to the offsets of batch normalisation, so that few activations lie near a ReLU's kink. */
  readonly raised: number;
  /** Of the images. */
  readonly seed: number;
  readonly losses: readonly number[];
  readonly losses32: readonly number[];
  readonly selected: readonly number[];
  readonly embedding: Summary;
  readonly gradients: Readonly<Record<string, Summary>>;
  /** After three steps of Adam. */
  readonly weights: Readonly<Record<string, Summary>>;
  /** Embedding by running statistics, after three steps. */
  readonly inference: Summary;
}

export interface Summary {
  /** Largest magnitude. */
  readonly largest: number;
  /** Relative error of PyTorch's own float32 run. */
  readonly float32: number;
  /** Values at hashed places. */
  readonly samples: readonly number[];
}

export const ORACLES = ['mini', 'kinds', 'nn4.small2'] as const;
export type OracleName = (typeof ORACLES)[number];

export interface Oracle {
  readonly network: Network;
  readonly fixture: Fixture;
  readonly recipe: StepRecipe;
  readonly shape: BatchShape;
  readonly state: Arrays;
  readonly rate: number;
  /** The batch of a step, counted from 0: its random numbers differ, its images do not. */
  readonly batch: (step: number) => Batch;
  readonly scalars: (step: number) => StepScalars;
}

export function oracle(name: OracleName): Oracle {
  const url = new URL(`../../../../tests/recognition/learning/fixtures/${name}.json`, import.meta.url);
  const fixture = JSON.parse(readFileSync(url, 'utf8')) as Fixture;
  const { size, people, images } = fixture;
  const input = { height: size, width: size };
  const network = networkOf(name, input);
  const recipe: StepRecipe = OPENFACE;
  const count = people * images;
  const pairs = (people * images * (images - 1)) / 2;
  const pixels = blocks(fixture);
  return {
    network,
    fixture,
    recipe,
    shape: { images: count, pairs },
    state: initialState(network, recipe, fixture.raised),
    rate: fixture.rate,
    batch: (step) => {
      const anchor: number[] = [];
      const positive: number[] = [];
      for (let a = 0; a < count; a += 1) {
        for (let p = a + 1; p < count && Math.floor(p / images) === Math.floor(a / images); p += 1) {
          anchor.push(a);
          positive.push(p);
        }
      }
      return {
        images: pixels,
        identity: Float32Array.from({ length: count }, (_, i) => Math.floor(i / images)),
        anchor: Float32Array.from(anchor),
        positive: Float32Array.from(positive),
        pair: new Float32Array(pairs).fill(1),
        uniform: Float32Array.from(hashed(2000 + step, pairs)),
      };
    },
    scalars: (step) => stepSize(recipe.optimiser, fixture.rate, step + 1),
  };
}

function networkOf(name: OracleName, input: InputSize): Network {
  switch (name) {
    case 'mini':
      return mini(input);
    case 'kinds':
      return kinds(input);
    case 'nn4.small2':
      return nn4(name, input);
  }
}

/** Every kind of layer, small. */
function kinds(input: InputSize): Network {
  return {
    name: 'kinds',
    input,
    embedding: 16,
    layers: [
      { kind: 'conv', name: 'conv1', channels: 8, size: 7, stride: 2, pad: 3 },
      { kind: 'max-pool', size: 3, stride: 2, pad: 1 },
      { kind: 'local-response', size: 5, alpha: 1e-4, beta: 0.75, k: 1 },
      inception('a', 1, [6, 8], [3, 4], { kind: 'max', project: 4 }, 6),
      inception('b', 1, [6, 8], [3, 4], { kind: 'l2', project: 4 }, 6),
      inception('c', 2, [6, 8], [3, 4], { kind: 'max' }),
      inception('d', 1, [6, 10], undefined, { kind: 'l2', project: 6 }, 8),
      { kind: 'average' },
      { kind: 'linear', name: 'embedding', outputs: 16 },
    ],
  };
}

function inception(
  name: string,
  stride: 1 | 2,
  three: readonly [number, number],
  five: readonly [number, number] | undefined,
  pool: InceptionPool,
  conv1?: number,
): InceptionLayer {
  return {
    kind: 'inception',
    name,
    stride,
    conv3: { reduce: three[0], channels: three[1] },
    ...(five === undefined ? {} : { conv5: { reduce: five[0], channels: five[1] } }),
    pool,
    ...(conv1 === undefined ? {} : { conv1 }),
  };
}

/** Relative error of an array against its summary: the largest difference at the samples over the largest magnitude. */
export function relativeError(name: string, values: ArrayLike<number>, { largest, samples }: Summary): number {
  const places = hashed(name.length, samples.length).map((u) => Math.floor(u * values.length));
  const errors = samples.map((sample, k) => Math.abs(values[places[k]!]! - sample));
  return Math.max(...errors) / largest;
}

/** Uniform in [0, 1), 24 bits, from a multiply-xorshift of the place. */
export function hashed(seed: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    let x = (Math.imul(i, 2654435761) + seed * 40503 + 12345) >>> 0;
    for (const multiplier of [0x85ebca6b, 0xc2b2ae35]) {
      x ^= x >>> 16;
      x = Math.imul(x, multiplier) >>> 0;
    }
    x = (x ^ (x >>> 16)) >>> 0;
    return (x >>> 8) / 2 ** 24;
  });
}

function initialState(network: Network, recipe: StepRecipe, raised: number): Arrays {
  const state: Record<string, Float32Array> = {};
  everything(network).forEach(({ name, role, shape, fanIn }, index) => {
    const bound = Math.sqrt(3 / fanIn);
    const value = {
      kernel: (u: number) => (2 * u - 1) * bound,
      bias: (u: number) => (2 * u - 1) * bound,
      scale: (u: number) => 0.5 + 0.5 * u,
      offset: (u: number) => raised + (0.2 * u - 0.1),
      mean: () => 0,
      variance: () => 1,
    }[role];
    state[name] = Float32Array.from(hashed(index + 1, sizeOf(shape)), value);
  });
  for (const { name, shape } of stateEntries(network, recipe)) state[name] ??= new Float32Array(sizeOf(shape));
  return state;
}

/** Blocks of 4x4 pixels: 0.2 of a person's own pattern and 0.8 of the image's. */
function blocks({ size, people, images, seed }: Fixture): Uint8Array {
  const side = size / 4;
  const shared = hashed(seed, people * side * side * 3);
  const own = hashed(seed + 1, people * images * side * side * 3);
  const pixels = new Uint8Array(people * images * size * size * 3);
  let at = 0;
  for (let i = 0; i < people * images; i += 1) {
    for (let y = 0; y < size; y += 1) {
      for (let x = 0; x < size; x += 1) {
        for (let c = 0; c < 3; c += 1) {
          const place = (Math.floor(y / 4) * side + Math.floor(x / 4)) * 3 + c;
          const person = Math.floor(i / images);
          const u = 0.2 * shared[person * side * side * 3 + place]! + 0.8 * own[i * side * side * 3 + place]!;
          pixels[at] = Math.floor(256 * u);
          at += 1;
        }
      }
    }
  }
  return pixels;
}
