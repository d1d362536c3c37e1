import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { checkModelSize, checkRecipe } from '../../../../src/plugins/recognition/faces/generate/check.js';
import { Generator } from '../../../../src/plugins/recognition/faces/generate/generator.js';
import { DEFAULT_CAMERA } from '../../../../src/plugins/recognition/faces/pose/camera.js';
import type { GeneratorRecipe } from '../../../../src/plugins/recognition/faces/sample/recipe.js';
import { ellipsoidModel } from '../ellipsoid-model.js';
import { constant, smallRecipe, STANDARD_NORMAL, uniform } from '../recipe.js';

const model = ellipsoidModel(8);
const { pose, face } = smallRecipe();

function problems(changes: Partial<GeneratorRecipe>): string[] {
  const generator = Generator.open(smallRecipe(changes), { model, threads: 1 });
  assert.ok(!generator.ok);
  return generator.error.map((d) => `${d.code}: ${d.message}`);
}

describe('a recipe that cannot be', () => {
  const cases: [string, Partial<GeneratorRecipe>, RegExp][] = [
    ['no samples', { samples: 0 }, /count: the number of samples is 0/],
    ['a fraction of an identity', { identities: 1.5 }, /count: .*identities is 1\.5/],
    ['a size out of range', { size: { width: 5000, height: 96 } }, /size: the image's width is 5000/],
    ['too many samples a pixel', { supersampling: 9 }, /size: supersampling is 9/],
    [
      'too many samples in all',
      { supersampling: 4, size: { width: 4096, height: 4096 } },
      /size: supersampling 4 of an image of 4096x4096 .* at most 2/,
    ],
    [
      'more components than there are',
      { face: { ...face, shape: { distribution: STANDARD_NORMAL, components: 300 } } },
      /components: 300 shape components are asked for; the model ellipsoid has 6/,
    ],
    [
      'a range reversed',
      { pose: { ...pose, yaw: uniform(1, -1) } },
      /range: the distribution of yaw runs from 1 to -1/,
    ],
    [
      'a grid without a step',
      { pose: { ...pose, roll: { type: 'grid', from: 0, to: 1, step: 0 } } },
      /range: .*roll is a grid of step 0/,
    ],
    [
      'a landmark the model lacks',
      {
        framing: {
          type: 'camera',
          centring: 'facebox',
          scaling: constant(1),
          shift: { x: constant(0), y: constant(0) },
        },
      },
      /landmark: .*lacks the landmark left\.ear\.helix\.outer that facebox/,
    ],
    ['an aligned image that is no square', { size: { width: 96, height: 112 } }, /framing: aligned images are square/],
    ['an orthographic camera', { camera: { ...DEFAULT_CAMERA, orthographic: true } }, /camera: orthographic/],
    ['a camera inside the head', { distance: 50 }, /camera: the camera stands 50 mm/],
    [
      'a light of five coefficients',
      { light: { from: { type: 'fixed', coefficients: [[1, 1, 1]] } } },
      /light: .*this one has 1/,
    ],
    [
      'a missing background folder',
      { background: { type: 'folder', path: '/nowhere/at/all', broken: 'fail' } },
      /background: there is no folder \/nowhere/,
    ],
  ];
  for (const [what, changes, expected] of cases)
    it(`says so: ${what}`, () => assert.match(problems(changes).join('\n'), expected));

  it('says all that is wrong at once', () => {
    assert.equal(
      problems({ samples: 0, supersampling: 0, distance: 1, pose: { ...pose, yaw: uniform(1, 0) } }).length,
      4,
    );
  });
});

describe('a model that no memory holds', () => {
  it('is named with what would fit', () => {
    const large = { ...model, vertices: 1_000_000, shape: { ...model.shape, components: 500 } };
    const counts = model.albedo.components + model.expression.components;
    const [problem] = checkRecipe(
      smallRecipe({ face: { shape: { distribution: STANDARD_NORMAL }, albedo: face.albedo } }),
      large,
    );
    assert.equal(problem!.code, 'faces/components');
    assert.match(problem!.message, /^the \d+ components of the model ellipsoid with its 1000000 vertices are too many/);
    assert.match(problem!.help!, /at most 335 /);
    assert.deepEqual(checkModelSize(1_000_000, { shape: 335 - counts, albedo: counts, expression: 0 }, 'x'), []);
  });
});

describe('a folder of backgrounds', () => {
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fx-backgrounds-'));
    const red = sharp({ create: { width: 50, height: 40, channels: 3, background: { r: 200, g: 10, b: 30 } } });
    await red.png().toFile(join(folder, 'b.png'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function corner(broken: 'fail' | 'skip'): Promise<number[] | string> {
    const recipe = smallRecipe({ background: { type: 'folder', path: folder, broken }, identities: 1, samples: 8 });
    const generator = Generator.open(recipe, { model, threads: 1 });
    assert.ok(generator.ok);
    const path = join(folder, 'shard');
    const written = await generator.value.writeShard(path, { firstIdentity: 0, identities: 1 });
    const images = written.ok ? await generator.value.images(0, 8) : undefined;
    await generator.value.close();
    rmSync(path, { force: true });
    if (!written.ok) return written.error[0]!.message;
    return [...images!.subarray(0, 3)];
  }

  it('stands behind the faces', async () => {
    assert.deepEqual(await corner('fail'), [200, 10, 30]);
  });

  it('with a broken image fails and names it, or skips it, as the recipe says', async () => {
    writeFileSync(join(folder, 'a.jpg'), 'not an image');
    assert.match(String(await corner('fail')), /a\.jpg can't be decoded/);
    assert.deepEqual(await corner('skip'), [200, 10, 30]);
  });

  it('is taken upright, as its camera says', async () => {
    const blue = await sharp({ create: { width: 50, height: 20, channels: 3, background: '#0000ff' } })
      .png()
      .toBuffer();
    // Red above, blue below; turned clockwise, blue is at the left.
    const lying = sharp(join(folder, 'b.png')).composite([{ input: blue, left: 0, top: 20 }]);
    await lying.withMetadata({ orientation: 6 }).png().toFile(join(folder, 'a.png'));
    rmSync(join(folder, 'b.png'));
    assert.deepEqual(await corner('fail'), [0, 0, 255]);
  });

  it('without an image is an error', () => {
    rmSync(join(folder, 'b.png'));
    assert.match(problems({ background: { type: 'folder', path: folder, broken: 'skip' } }).join(), /holds no image/);
  });
});
