import assert from 'node:assert/strict';
import { Dresser } from '../../../../src/plugins/recognition/faces/appearance/dresser.js';
import { BARE, type AppearanceRecipe } from '../../../../src/plugins/recognition/faces/appearance/recipe.js';
import { Generator } from '../../../../src/plugins/recognition/faces/generate/generator.js';
import { loadEmbeddedModel } from '../../../../src/plugins/recognition/faces/model/embedded.js';
import { smallRecipe } from '../recipe.js';

const model = loadEmbeddedModel();
const rest = model.shape.mean.map((value, i) => value + model.expression.mean[i]!);
const { mean: albedo } = model.albedo;

function dressed(recipe: Partial<AppearanceRecipe>, identity = 0, sample = 0): Dresser {
  const dresser = new Dresser({ ...BARE, ...recipe }, 3, rest, albedo);
  dresser.dress(identity, sample, rest, albedo);
  return dresser;
}

/** The vertex nearest to a place on the mean face. */
function vertexAt(place: readonly [number, number, number]): number {
  let [best, nearest] = [0, Infinity];
  for (let i = 0; i < rest.length; i += 3) {
    const d = (rest[i]! - place[0]) ** 2 + (rest[i + 1]! - place[1]) ** 2 + (rest[i + 2]! - place[2]) ** 2;
    if (d < nearest) [best, nearest] = [i, d];
  }
  return best;
}

function moved(dresser: Dresser, i: number): number {
  return Math.hypot(...[0, 1, 2].map((c) => dresser.positions[i + c]! - rest[i + c]!));
}

const CROWN = vertexAt([0, 140, 0]);
const NOSE = model.landmarks.get('center.nose.tip')! * 3;
const CHEEK = vertexAt([45, 0, 85]);
const CHIN = model.landmarks.get('center.chin.tip')! * 3;
const PEOPLE = Array.from({ length: 60 }, (_, k) => k);

describe('appearance', () => {
  it('leaves the face alone where nothing is worn', () => {
    const bare = dressed({});
    assert.deepEqual(bare.positions, rest);
    assert.deepEqual(bare.albedo, albedo);
  });

  it('grows hair on the skull, none on nose and cheek', () => {
    for (const person of PEOPLE) {
      const hairy = dressed({ hair: 1 }, person);
      assert.ok(moved(hairy, CROWN) > 1, `person ${person}`);
      for (const i of [NOSE, CHEEK]) {
        assert.equal(moved(hairy, i), 0);
        assert.equal(hairy.albedo[i], albedo[i]);
      }
    }
  });

  it('gives as many people hair as asked for, and the same people in every image', () => {
    const haired = (sample: number): number[] =>
      PEOPLE.filter((person) => moved(dressed({ hair: 0.5 }, person, sample), CROWN) > 0);
    assert.ok(Math.abs(haired(0).length - 30) < 12);
    assert.deepEqual(haired(1), haired(0));
  });

  it('changes hair a little from image to image', () => {
    const depth = [0, 1, 2].map((sample) => moved(dressed({ hair: 1 }, 1, sample), CROWN));
    assert.equal(new Set(depth).size, 3);
    assert.ok(Math.max(...depth) < 3 * Math.min(...depth));
  });

  it('darkens chins by beards, and puts glasses on in some images of who has them', () => {
    const bearded = PEOPLE.filter((person) => dressed({ beard: 1 }, person).albedo[CHIN] !== albedo[CHIN]);
    assert.ok(bearded.length > 20);
    const wears = PEOPLE.filter((sample) => {
      const { albedo: painted } = dressed({ glasses: 1 }, 2, sample);
      return painted.some((value, i) => value !== albedo[i]);
    });
    assert.ok(wears.length > 10 && wears.length < 60, `${wears.length} of 60`);
  });

  it('is the same whatever was dressed before', () => {
    const recipe = { hair: 0.8, beard: 0.5, glasses: 0.5, brows: 1, skin: 0.1 };
    const dresser = new Dresser(recipe, 3, rest, albedo);
    for (const [identity, sample] of [[4, 1], [7, 0], [4, 2], [4, 0]] as const) dresser.dress(identity, sample, rest, albedo); // prettier-ignore
    const fresh = dressed(recipe, 4, 0);
    assert.deepEqual(dresser.positions, fresh.positions);
    assert.deepEqual(dresser.albedo, fresh.albedo);
  });

  it('shows in what the generator makes, and changes nothing where it is bare', async () => {
    const images = async (appearance?: AppearanceRecipe): Promise<Uint8Array> => {
      const recipe = smallRecipe({ identities: 2, samples: 2, ...(appearance === undefined ? {} : { appearance }) });
      const generator = Generator.open(recipe, { model, threads: 1 });
      assert.ok(generator.ok);
      const made = await generator.value.images(0, 4);
      await generator.value.close();
      return made;
    };
    const paper = await images();
    assert.deepEqual(await images(BARE), paper);
    assert.notDeepEqual(await images({ ...BARE, hair: 1 }), paper);
  });
});
