import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  Augmenter,
  resample,
  soften,
  type Placement,
} from '../../../src/plugins/recognition/learning/batches/augment.js';
import type { AugmentRecipe } from '../../../src/plugins/recognition/learning/step/recipe.js';

/** Of SciPy: scripts/fixtures/augment.py. */
interface Fixture {
  readonly height: number;
  readonly width: number;
  readonly image: readonly number[];
  readonly blurred: readonly { readonly deviation: number; readonly pixels: readonly number[] }[];
  readonly moved: readonly { readonly at: Placement; readonly pixels: readonly number[] }[];
}

const path = new URL('../../../../tests/recognition/learning/fixtures/augment.json', import.meta.url);
const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture;

const NOTHING: AugmentRecipe = { placement: 0, tone: 0, light: 0, grey: 0, occlusion: 0, blur: 0, noise: 0 };
const ALL: AugmentRecipe = { placement: 1, tone: 1, light: 1, grey: 0.3, occlusion: 0.6, blur: 4, noise: 9 };
const SIZE = { height: 24, width: 24 };

/** A picture with slopes and edges in all three colours. */
function picture(): Uint8Array {
  const out = new Uint8Array(3 * SIZE.height * SIZE.width);
  for (let k = 0, i = 0; i < out.length; k += 1, i += 3) {
    const [x, y] = [k % SIZE.width, Math.floor(k / SIZE.width)];
    out.set([60 + 5 * x, 200 - 4 * y, (x >> 2) % 2 === 0 ? 180 : 70], i);
  }
  return out;
}

function augmented(recipe: Partial<AugmentRecipe>, address: readonly number[] = [1, 0, 0, 0]): Uint8Array {
  const [seed, epoch, batch, place] = address;
  const image = picture();
  new Augmenter({ ...NOTHING, ...recipe }, seed!, SIZE).apply(image, epoch!, batch!, place!);
  return image;
}

function nearTo(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expected.forEach((value, i) => assert.ok(Math.abs(actual[i]! - value) <= tolerance, `${i}: ${actual[i]}, ${value}`));
}

describe('augmentation', () => {
  it('blurs as SciPy does', () => {
    for (const { deviation, pixels } of fixture.blurred) {
      const image = Float32Array.from(fixture.image);
      soften(image, new Float32Array(image.length), fixture, deviation);
      nearTo(image, pixels, 1e-3);
    }
  });

  it('moves an image as SciPy does', () => {
    for (const { at, pixels } of fixture.moved) {
      const out = new Float32Array(fixture.image.length);
      resample(Uint8Array.from(fixture.image), fixture, at, out);
      nearTo(out, pixels, 1e-3);
    }
  });

  it('leaves the image alone where nothing is asked for', () => {
    assert.deepEqual(augmented({}), picture());
  });

  it('does what each strength says', () => {
    const before = Buffer.from(picture());
    for (const name of Object.keys(NOTHING) as (keyof AugmentRecipe)[]) {
      const recipe = { [name]: name === 'grey' || name === 'occlusion' ? 1 : 4 };
      const changed = [0, 1, 2, 3, 4, 5, 6, 7].filter((place) => !before.equals(augmented(recipe, [1, 0, 0, place])));
      assert.ok(changed.length >= 4, name);
    }
    const grey = augmented({ grey: 1 });
    for (let i = 0; i < grey.length; i += 3) assert.ok(Math.abs(grey[i]! - grey[i + 1]!) <= 1);
  });

  it('does what each strength says below one, too', () => {
    for (const name of ['placement', 'tone', 'light', 'grey', 'noise'] as const)
      assert.notDeepEqual(augmented({ [name]: 0.5 }), picture(), name);
  });

  it('changes the less the smaller a strength is, down to nothing', () => {
    const before = picture();
    const most = (recipe: Partial<AugmentRecipe>): number => {
      const places = Array.from({ length: 40 }, (_, place) => augmented(recipe, [1, 0, 0, place]));
      return Math.max(...places.flatMap((image) => [...image].map((value, i) => Math.abs(value - before[i]!))));
    };
    for (const name of ['placement', 'tone', 'light', 'noise'] as const) {
      const changes = [1, 0.1, 0.01, 0.001].map((strength) => most({ [name]: strength }));
      assert.deepEqual(
        [...changes].sort((a, b) => b - a),
        changes,
        `${name}: ${changes.join()}`,
      );
      assert.ok(changes[3]! <= 1, `${name}: ${changes.join()}`);
    }
  });

  it('changes all three colours, and moves an image by a pixel or so', () => {
    const before = picture();
    const changes = (recipe: Partial<AugmentRecipe>, colour: number, address: readonly number[]): number =>
      augmented(recipe, address).filter((value, i) => i % 3 === colour && value !== before[i]).length;
    for (const name of ['tone', 'light', 'noise'] as const)
      for (const colour of [0, 1, 2])
        assert.ok(changes({ [name]: 1 }, colour, [1, 0, 0, 0]) > 100, `${name} ${colour}`);
    for (let place = 0; place < 20; place += 1) {
      const moved = augmented({ placement: 1 }, [1, 0, 0, place]);
      const mean = moved.reduce((sum, value, i) => sum + Math.abs(value - before[i]!), 0) / moved.length;
      assert.ok(mean < 30, `image ${place} differs by ${mean} in the mean`);
    }
  });

  it('takes the colour away by the weights of BT.601, rounded, and leaves grey as it is', () => {
    // ITU-R BT.601: Y' = 0.299 R' + 0.587 G' + 0.114 B'.
    const luma = ([r, g, b]: readonly [number, number, number]): number => 0.299 * r + 0.587 * g + 0.114 * b;
    for (const colour of [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [90, 180, 30],
      [120, 120, 120],
    ] as const) {
      const image = Uint8Array.from({ length: 3 * SIZE.height * SIZE.width }, (_, i) => colour[i % 3]!);
      new Augmenter({ ...NOTHING, grey: 1 }, 1, SIZE).apply(image, 0, 0, 0);
      assert.ok(new Set(image).size === 1, colour.join());
      assert.ok(Math.abs(image[0]! - luma(colour)) <= 2, `${colour.join()}: ${image[0]}`);
    }
  });

  it('colours the light by a few per cent, red and blue alike and green less', () => {
    const gains: number[][] = [[], [], []];
    for (let seed = 0; seed < 400; seed += 1) {
      const image = new Uint8Array(3 * SIZE.height * SIZE.width).fill(100);
      new Augmenter({ ...NOTHING, tone: 0.5 }, seed, SIZE).apply(image, 0, 0, 0);
      const [r, g, b] = [image[0]!, image[1]!, image[2]!].map((value) => Math.log(Math.max(1, value)));
      gains[0]!.push(r! - g!);
      gains[1]!.push(b! - g!);
      gains[2]!.push(r! - b!);
    }
    const [redToGreen, blueToGreen, redToBlue] = gains.map((each) => {
      const sorted = each.map(Math.abs).sort((a, b) => a - b);
      return sorted[sorted.length >> 1]!;
    });
    for (const middle of [redToGreen!, blueToGreen!, redToBlue!])
      assert.ok(middle > 0.01 && middle < 0.15, String(middle));
    assert.ok(Math.abs(redToGreen! / blueToGreen! - 1) < 0.3, `${redToGreen} and ${blueToGreen}`);
  });

  it('covers as many images as asked for', () => {
    const places = Array.from({ length: 400 }, (_, place) => place);
    const before = Buffer.from(picture());
    const changed = places.filter((place) => !before.equals(augmented({ occlusion: 0.3 }, [1, 0, 0, place])));
    assert.ok(Math.abs(changed.length / 400 - 0.3) < 0.07, `${changed.length} of 400`);
  });

  it('is a function of seed, epoch, batch and place, whatever was done before', () => {
    const many = new Augmenter(ALL, 5, SIZE);
    const images = [2, 0, 1].map((place) => {
      const image = picture();
      many.apply(image, 3, 4, place);
      return image;
    });
    assert.deepEqual(images[1], augmented(ALL, [5, 3, 4, 0]));
    assert.deepEqual(images[0], augmented(ALL, [5, 3, 4, 2]));
    const others = [
      augmented(ALL, [6, 3, 4, 0]),
      augmented(ALL, [5, 2, 4, 0]),
      augmented(ALL, [5, 3, 5, 0]),
      images[2],
    ];
    for (const other of others) assert.notDeepEqual(other, images[1]);
  });

  it('draws each change alone: adding one leaves what another does', () => {
    // Occlusion covers the same pixels whether or not noise follows.
    const address = [1, 0, 0, 3];
    const covered = augmented({ occlusion: 1 }, address);
    const noisy = augmented({ occlusion: 1, noise: 2 }, address);
    covered.forEach((value, i) => assert.ok(Math.abs(value - noisy[i]!) <= 12));
  });
});
