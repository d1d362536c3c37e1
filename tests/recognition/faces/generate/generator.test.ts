import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageSet } from '../../../../src/plugins/recognition/datasets/sets/image-set.js';
import {
  datasetRecord,
  Generator,
  type ShardRange,
} from '../../../../src/plugins/recognition/faces/generate/generator.js';
import type { GeneratorRecipe } from '../../../../src/plugins/recognition/faces/sample/recipe.js';
import { ellipsoidModel } from '../ellipsoid-model.js';
import { smallRecipe } from '../recipe.js';

const model = ellipsoidModel();
const ALL_MAPS = ['depth', 'normals', 'albedo', 'illumination', 'correspondence'] as const;

function open(recipe: GeneratorRecipe, threads: number): Generator {
  const generator = Generator.open(recipe, { model, threads });
  assert.ok(generator.ok);
  return generator.value;
}

describe('a generated shard', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fx-faces-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function shard(recipe: GeneratorRecipe, range: ShardRange, threads = 2): Promise<string> {
    const generator = open(recipe, threads);
    const path = join(folder, `${range.firstIdentity}-${range.identities}-${threads}`);
    const written = await generator.writeShard(path, range);
    await generator.close();
    assert.ok(written.ok);
    assert.equal(written.value.bytes, readFileSync(path).length);
    return path;
  }

  const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

  it('has the same bytes with 1, 2 and 7 threads', async () => {
    const recipe = smallRecipe({ maps: ALL_MAPS, samples: 11 });
    const range = { firstIdentity: 0, identities: 4 };
    const hashes = new Set<string>();
    for (const threads of [1, 2, 7]) hashes.add(sha256(await shard(recipe, range, threads)));
    assert.equal(hashes.size, 1);
  });

  it('has the same bytes in whatever order shards are made, with 1, 2 and 7 threads', async () => {
    const orders = { 1: [0, 1, 2, 3], 2: [3, 1, 0, 2], 7: [2, 0, 3, 1] };
    const hashes = await Promise.all(
      Object.entries(orders).map(async ([threads, order]) => {
        // One generator makes them all, so that nothing left over from a shard may reach into the next.
        const generator = open(smallRecipe({ maps: ALL_MAPS, samples: 5 }), Number(threads));
        const made: string[] = [];
        for (const k of order) {
          const path = join(folder, `${threads}-${k}`);
          assert.ok((await generator.writeShard(path, { firstIdentity: 3 * k, identities: 3 })).ok);
          made[k] = sha256(path);
        }
        await generator.close();
        return made;
      }),
    );
    assert.equal(new Set(hashes[0]).size, 4);
    assert.deepEqual(hashes[1], hashes[0]);
    assert.deepEqual(hashes[2], hashes[0]);
  });

  it('has the bytes it always has', async () => {
    const path = await shard(smallRecipe({ maps: ALL_MAPS }), { firstIdentity: 1, identities: 2 });
    assert.equal(sha256(path).slice(0, 16), 'a5c56a987882906f');
  });

  it('has the same bytes when a second process makes it', async () => {
    const range = { firstIdentity: 0, identities: 1 };
    const here = sha256(await shard(smallRecipe(), range));
    const path = join(folder, 'elsewhere');
    const at = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
    const script = `
      const { Generator } = await import(${at('../../../../src/plugins/recognition/faces/generate/generator.js')});
      const { ellipsoidModel } = await import(${at('../ellipsoid-model.js')});
      const { smallRecipe } = await import(${at('../recipe.js')});
      const generator = Generator.open(smallRecipe(), { model: ellipsoidModel(), threads: 3 }).value;
      await generator.writeShard(${JSON.stringify(path)}, ${JSON.stringify(range)});
      await generator.close();`;
    execFileSync(process.execPath, ['--input-type=module', '-e', script]);
    assert.equal(sha256(path), here);
  });

  it('holds the same images whatever else is made', async () => {
    const whole = openShard(await shard(smallRecipe({ samples: 9 }), { firstIdentity: 0, identities: 4 }), 36);
    const part = openShard(
      await shard(smallRecipe({ samples: 6, identities: 100 }), { firstIdentity: 2, identities: 1 }),
      6,
    );
    const a = new Uint8Array(6 * 32 * 32 * 3);
    const b = new Uint8Array(6 * 32 * 32 * 3);
    whole.readImages([18, 19, 20, 21, 22, 23], a);
    part.readImages([0, 1, 2, 3, 4, 5], b);
    assert.deepEqual(a, b);
    assert.deepEqual(whole.readRow(19, 'light'), part.readRow(1, 'light'));
    whole.close();
    part.close();
  });

  it('takes no more memory for many images than for few', async () => {
    const generator = open(smallRecipe({ size: { width: 8, height: 8 }, identities: 400 }), 2);
    const path = join(folder, 'many');
    const heldAfter = async (identities: number): Promise<number> => {
      let most = 0;
      const onProgress = (): void => {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      };
      const written = await generator.writeShard(path, { firstIdentity: 0, identities }, { onProgress });
      assert.ok(written.ok);
      rmSync(path);
      return most;
    };
    const few = await heldAfter(10);
    const many = await heldAfter(400);
    await generator.close();
    // The images of 390 more people and what is known of them are 1.2 MB.
    assert.ok(many < few + 600_000, `${few} bytes for 60 images, ${many} for 2,400`);
  });

  it('leaves no file behind when stopped', async () => {
    const generator = open(smallRecipe({ samples: 400 }), 1);
    const stop = new AbortController();
    const path = join(folder, 'stopped');
    const run = generator.writeShard(
      path,
      { firstIdentity: 0, identities: 4 },
      {
        signal: stop.signal,
        onProgress: () => stop.abort(new Error('enough')),
      },
    );
    await assert.rejects(run, /enough/);
    await generator.close();
    assert.equal(existsSync(path), false);
  });

  function openShard(path: string, images: number): ImageSet {
    const record = datasetRecord(smallRecipe(), [...model.landmarks.keys()].sort(), [{ file: 'x', images }]);
    return ImageSet.open(record, () => path);
  }
});
