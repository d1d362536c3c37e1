import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Generator } from '../../../../src/plugins/recognition/faces/generate/generator.js';
import { loadEmbeddedModel } from '../../../../src/plugins/recognition/faces/model/embedded.js';
import { constant, smallRecipe } from '../recipe.js';

/** People 0 and 1 of seed 11, each from the front and turned by 1.5 radians, in natural light before textures. */
const GOLDEN = ['4ef22c06661e44b1', '47239a123efb23b0', 'cf6bb6051a4db999', '6c85dd0d557a4d10'];

describe('faces of the embedded model', () => {
  it('have the bits they always have', async () => {
    const side = 96;
    const pose = {
      yaw: { type: 'grid', from: 0, to: 1.5, step: 1.5 },
      pitch: constant(0.1),
      roll: constant(0),
    } as const;
    const recipe = smallRecipe({ mode: 'grid', size: { width: side, height: side }, pose });
    const generator = Generator.open(recipe, { model: loadEmbeddedModel(), threads: 1 });
    assert.ok(generator.ok);
    const images = await generator.value.images(0, 4);
    await generator.value.close();
    const hashes = GOLDEN.map((_, k) =>
      createHash('sha256')
        .update(images.subarray(k * side * side * 3, (k + 1) * side * side * 3))
        .digest('hex')
        .slice(0, 16),
    );
    assert.deepEqual(hashes, GOLDEN);
  });
});
