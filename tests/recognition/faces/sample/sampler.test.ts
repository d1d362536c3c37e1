import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fitSimilarity, template } from '../../../../src/plugins/recognition/datasets/alignment/alignment.js';
import { loadEmbeddedModel } from '../../../../src/plugins/recognition/faces/model/embedded.js';
import { projectPoint, FIVE_LANDMARKS } from '../../../../src/plugins/recognition/faces/pose/framing.js';
import { landmarkModel } from '../../../../src/plugins/recognition/faces/sample/landmark-model.js';
import type { GeneratorRecipe } from '../../../../src/plugins/recognition/faces/sample/recipe.js';
import { Sampler, samplesPerIdentity } from '../../../../src/plugins/recognition/faces/sample/sampler.js';
import { ellipsoidModel } from '../ellipsoid-model.js';
import { constant, DEGREE, smallRecipe, uniform } from '../recipe.js';

const points = landmarkModel(ellipsoidModel(12));
const natural = { from: { type: 'natural' }, colour: true } as const;

function samplerOf(changes: Partial<GeneratorRecipe> = {}): Sampler {
  return new Sampler(smallRecipe(changes), points, natural, 7);
}

/** Pixel of a named landmark in the scene drawn last. */
function pixelOf(sampler: Sampler, scene: ReturnType<Sampler['scene']>, name: string): [number, number] {
  const k = 3 * sampler.landmarks.indexOf(name);
  const p = sampler.landmarkPositions;
  return projectPoint([p[k]!, p[k + 1]!, p[k + 2]!], scene.pose, scene, scene.size);
}

describe('a sample', () => {
  it('is the same in any order and whatever the numbers of identities and samples', () => {
    const index = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }));
    const asked = samplerOf({ identities: 1000, samples: 3 });
    fc.assert(
      fc.property(index, ([i, j]) => {
        assert.deepEqual(asked.scene(i, j), samplerOf().scene(i, j));
      }),
      { numRuns: 20 },
    );
  });

  it('shares shape and albedo with its identity’s others, and nothing else', () => {
    const sampler = samplerOf();
    const [a, b, c] = [sampler.scene(3, 0), sampler.scene(3, 1), sampler.scene(4, 0)];
    assert.deepEqual([a.face.shape, a.face.albedo], [b.face.shape, b.face.albedo]);
    assert.notDeepEqual(a.face.expression, b.face.expression);
    assert.notDeepEqual(a.light, b.light);
    assert.notEqual(a.pose.yaw, b.pose.yaw);
    assert.notDeepEqual(a.face.shape, c.face.shape);
  });

  it('keeps every other draw when one parameter changes', () => {
    const before = samplerOf().scene(2, 5);
    const after = samplerOf({ pose: { ...smallRecipe().pose, yaw: uniform(-35 * DEGREE, 35 * DEGREE) } }).scene(2, 5);
    assert.notEqual(after.pose.yaw, before.pose.yaw);
    assert.equal(after.pose.pitch, before.pose.pitch);
    assert.deepEqual([after.face, after.light, after.background], [before.face, before.light, before.background]);
  });

  it('keeps its leading coefficients when more components are used', () => {
    const few = samplerOf({
      face: { ...smallRecipe().face, shape: { distribution: constant(0), components: 2 } },
    }).scene(0, 0);
    assert.deepEqual([...few.face.shape], [0, 0]);
    const normal = smallRecipe().face.shape.distribution;
    const two = samplerOf({ face: { ...smallRecipe().face, shape: { distribution: normal, components: 2 } } }).scene(
      0,
      0,
    );
    assert.deepEqual([...two.face.shape], [...samplerOf().scene(0, 0).face.shape.subarray(0, 2)]);
  });
});

describe('an aligned frame', () => {
  it('leaves no similarity between its five points and the template’s', () => {
    const sampler = samplerOf();
    for (let j = 0; j < 12; j += 1) {
      const scene = sampler.scene(1, j);
      const fit = fitSimilarity(
        FIVE_LANDMARKS.flatMap((name) => pixelOf(sampler, scene, name)),
        template('padded', 32),
      );
      assert.ok(fit !== undefined);
      assert.ok(Math.abs(fit.a - 1) < 1e-9 && Math.abs(fit.b) < 1e-9 && Math.hypot(fit.tx, fit.ty) < 1e-7);
    }
  });

  // Of faces: an ellipsoid has no nose to speak of.
  it('without the nose keeps a head as large in profile as from the front', () => {
    const faces = landmarkModel(loadEmbeddedModel());
    const [still, shift] = [constant(0), { x: constant(0), y: constant(0) }];
    const height = (name: 'padded' | 'eyes-and-mouth', degrees: number): number => {
      const framing = { type: 'aligned', template: name, scaling: constant(1), shift } as const;
      const pose = { yaw: constant(degrees * DEGREE), pitch: still, roll: still };
      const sampler = new Sampler(smallRecipe({ framing, pose }), faces, natural, 7);
      const heights = [0, 1, 2, 3].map((person) => {
        const scene = sampler.scene(person, 0);
        const middle = (a: string, b: string) =>
          [0, 1].map((k) => (pixelOf(sampler, scene, a)[k]! + pixelOf(sampler, scene, b)[k]!) / 2);
        const eyes = middle('left.eye.pupil.center', 'right.eye.pupil.center');
        const mouth = middle('left.lips.corner', 'right.lips.corner');
        return Math.hypot(eyes[0]! - mouth[0]!, eyes[1]! - mouth[1]!);
      });
      return heights.reduce((sum, one) => sum + one, 0) / heights.length;
    };
    for (const degrees of [-88, 88]) {
      const [without, by] = (['eyes-and-mouth', 'padded'] as const).map(
        (name) => height(name, degrees) / height(name, 0),
      );
      assert.ok(Math.abs(without! - 1) < 0.04, `${without}`);
      assert.ok(by! < without! - 0.08, `${by}, ${without}`);
    }
  });

  it('is zoomed about its centre and shifted by pixels', () => {
    const framing = {
      type: 'aligned',
      template: 'padded',
      scaling: constant(1.5),
      shift: { x: constant(2), y: constant(-3) },
    } as const;
    const [plain, moved] = [samplerOf(), samplerOf({ framing })];
    const [a, b] = [plain.scene(0, 2), moved.scene(0, 2)];
    const [x, y] = pixelOf(plain, a, 'center.nose.tip');
    const [u, v] = pixelOf(moved, b, 'center.nose.tip');
    assert.ok(Math.abs(15.5 + 1.5 * (x - 15.5) + 2 - u) < 1e-9);
    assert.ok(Math.abs(15.5 + 1.5 * (y - 15.5) - 3 - v) < 1e-9);
  });
});

describe('camera framing', () => {
  const frame = (centring: 'none' | 'landmark'): GeneratorRecipe['framing'] => ({
    type: 'camera',
    centring,
    scaling: constant(1.1),
    shift: { x: constant(0), y: constant(0) },
  });

  it('centres the mean of eyes and nose tip', () => {
    const sampler = samplerOf({ framing: frame('landmark'), size: { width: 33, height: 47 } });
    const scene = sampler.scene(0, 1);
    const three = ['left.eye.pupil.center', 'right.eye.pupil.center', 'center.nose.tip'].map((name) =>
      pixelOf(sampler, scene, name),
    );
    assert.ok(Math.abs(three.reduce((sum, [x]) => sum + x / 3, 0) - 16) < 1e-9);
    assert.ok(Math.abs(three.reduce((sum, [, y]) => sum + y / 3, 0) - 23) < 1e-9);
    assert.ok(Math.abs(scene.camera.focalLength - 55) < 1e-12);
  });

  it('fits the head’s box and centres the nose by the face box', () => {
    const model = ellipsoidModel(12);
    const names = [
      'left.ear.helix.outer',
      'right.ear.helix.outer',
      'center.front.trichion',
      'left.eyebrow.bend.lower',
      'right.eyebrow.bend.lower',
      'left.nose.wing.tip',
      'right.nose.wing.tip',
    ];
    const landmarks = new Map([...model.landmarks, ...names.map((name, k) => [name, 40 + 31 * k] as const)]);
    const framing = { ...frame('none'), centring: 'facebox', scaling: constant(1) } as const;
    const sampler = new Sampler(
      smallRecipe({ framing, size: { width: 64, height: 64 } }),
      landmarkModel({ ...model, landmarks }),
      natural,
    );
    const scene = sampler.scene(0, 1);
    const box = ['center.nose.tip', 'center.chin.tip', ...names.slice(0, 5)].map((name) =>
      pixelOf(sampler, scene, name),
    );
    const extent = (axis: 0 | 1): number => Math.max(...box.map((p) => p[axis])) - Math.min(...box.map((p) => p[axis]));
    assert.ok(Math.abs(Math.max(extent(0), extent(1)) - 64) < 1e-6);
    const at = (name: string): number[] => [
      ...sampler.landmarkPositions.subarray(
        3 * sampler.landmarks.indexOf(name),
        3 * sampler.landmarks.indexOf(name) + 3,
      ),
    ];
    const [left, right] = [at('left.nose.wing.tip'), at('right.nose.wing.tip')];
    const middle = left.map((value, i) => (value + right[i]!) / 2) as [number, number, number];
    const [x, y] = projectPoint(middle, scene.pose, scene, scene.size);
    assert.ok(Math.hypot(x - 32, y - 32) < 1e-6);
  });
});

describe('grid mode', () => {
  it('visits background, yaw, pitch, roll and light in all combinations, the light fastest', () => {
    const grid = (from: number, to: number, step: number) => ({ type: 'grid', from, to, step }) as const;
    const recipe = smallRecipe({
      mode: 'grid',
      pose: { yaw: grid(-1, 1, 1), pitch: constant(0.2), roll: constant(0) },
      background: { type: 'folder', path: '', broken: 'fail', pick: grid(0, 1, 1) },
      light: { from: { type: 'directional', ambient: 0.5, diffuse: 0.5, polar: constant(1), azimuth: grid(0, 3, 1) } },
    });
    assert.equal(samplesPerIdentity(recipe), 2 * 3 * 4);
    const light = {
      from: recipe.light.from as Extract<typeof recipe.light.from, { type: 'directional' }>,
      colour: true,
    };
    const sampler = new Sampler(recipe, points, light, 7);
    const scenes = Array.from({ length: 24 }, (_, j) => sampler.scene(0, j));
    assert.deepEqual(
      scenes.slice(0, 12).map((s) => s.pose.yaw),
      [-1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1],
    );
    assert.deepEqual(
      scenes.map((s) => (s.background.type === 'folder' ? s.background.index : -1)),
      [...new Array<number>(12).fill(0), ...new Array<number>(12).fill(1)],
    );
    // x of the light's direction: sin(1) cos(azimuth).
    scenes
      .slice(0, 4)
      .forEach((s, k) => assert.ok(Math.abs(s.light[9]! * 1.0233267 - 0.5 * Math.sin(1) * Math.cos(k)) < 1e-6));
  });
});
