import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ImageSet } from '../../../src/plugins/recognition/datasets/sets/image-set.js';
import { datasetRecord, Generator } from '../../../src/plugins/recognition/faces/generate/generator.js';
import type { GeneratorRecipe } from '../../../src/plugins/recognition/faces/sample/recipe.js';
import { ellipsoidModel } from './ellipsoid-model.js';

/** Makes the recipe's images of the ellipsoid model as one shard in a folder, and opens them. */
export async function generateSet(recipe: GeneratorRecipe, folder: string, file = 'shard'): Promise<ImageSet> {
  const generator = Generator.open(recipe, { model: ellipsoidModel(), threads: 1 });
  assert.ok(generator.ok);
  const { landmarks } = generator.value;
  const written = await generator.value.writeShard(join(folder, file), {
    firstIdentity: 0,
    identities: recipe.identities,
  });
  await generator.value.close();
  assert.ok(written.ok);
  const shards = [{ file, images: written.value.images }];
  return ImageSet.open(datasetRecord(recipe, landmarks, shards), (name) => join(folder, name));
}
