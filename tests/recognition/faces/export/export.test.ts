import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { extract } from 'tar-stream';
import type { ImageSet } from '../../../../src/plugins/recognition/datasets/sets/image-set.js';
import { missingTensors } from '../../../../src/plugins/recognition/faces/export/annotated-image.js';
import { exportScalaFolders } from '../../../../src/plugins/recognition/faces/export/scala-folders.js';
import { exportWebDataset } from '../../../../src/plugins/recognition/faces/export/webdataset.js';
import { projectPoint } from '../../../../src/plugins/recognition/faces/pose/framing.js';
import { evaluateShape } from '../../../../src/plugins/recognition/faces/model/evaluate.js';
import { readRps } from '../../../../src/plugins/recognition/faces/scene/read-rps.js';
import { ellipsoidModel } from '../ellipsoid-model.js';
import { generateSet } from '../generated-set.js';
import { smallRecipe } from '../recipe.js';

describe('an export of a generated set', () => {
  let folder: string;
  let set: ImageSet;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fx-export-'));
    set = await generateSet(smallRecipe({ identities: 2, samples: 3, maps: ['depth', 'normals'] }), folder);
  });
  after(() => {
    set.close();
    rmSync(folder, { recursive: true });
  });

  it('has the folders of the Scala generator', async () => {
    const out = join(folder, 'scala');
    assert.deepEqual(missingTensors(set), []);
    await exportScalaFolders(set, out);
    const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('1_2'));
    assert.deepEqual(files.sort(), [
      'csv/1/1_2.csv',
      'img/1/1_2.png',
      'img/1/1_2_depth.png',
      'img/1/1_2_normals.png',
      'rps/1/1_2.rps',
      'tlms/1/1_2.tlms',
    ]);
    const { data, info } = await sharp(join(out, 'img/1/1_2.png')).raw().toBuffer({ resolveWithObject: true });
    assert.equal(info.channels, 3);
    assert.deepEqual([...data], Array.from(set.readRow(5, 'images')));
  });

  it('has .rps files that project the model’s landmarks to where the .tlms files say', async () => {
    const out = join(folder, 'scala2');
    await exportScalaFolders(set, out);
    const scene = readRps(readFileSync(join(out, 'rps/0/0_1.rps'), 'utf8'), '0_1.rps');
    assert.ok(scene.ok);
    const model = ellipsoidModel();
    const points = evaluateShape(model, scene.value.face.shape, scene.value.face.expression);
    const lines = readFileSync(join(out, 'tlms/0/0_1.tlms'), 'utf8').trimEnd().split('\n');
    assert.equal(lines.length, model.landmarks.size);
    for (const line of lines) {
      const [name, visible, x, y] = line.split(' ') as [string, string, string, string];
      const v = 3 * model.landmarks.get(name)!;
      const [px, py] = projectPoint(
        [points[v]!, points[v + 1]!, points[v + 2]!],
        scene.value.pose,
        scene.value,
        scene.value.size,
      );
      assert.ok(Math.hypot(px - Number(x), py - Number(y)) < 1e-3);
      assert.match(visible, /^[01]$/);
    }
    const csv = readFileSync(join(out, 'csv/0/0_1.csv'), 'utf8').trimEnd().split(',').map(Number);
    assert.equal(csv.length, 3 + 3 + 2 + 1 + 2 + 6 + 5 + 4 + 27);
    assert.equal(csv[0], scene.value.pose.yaw);
    assert.equal(csv[5], -1000);
  });

  it('is the same WebDataset tars each time, whatever their size, with an entry for each thing', async () => {
    const names = await exportWebDataset(set, folder, { imagesPerTar: 4 });
    assert.deepEqual(names, ['faces-000000.tar', 'faces-000001.tar']);
    const digest = (name: string): string =>
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex');
    const before = names.map(digest);
    for (const name of names) rmSync(join(folder, name));
    await exportWebDataset(set, folder, { imagesPerTar: 4 });
    assert.deepEqual(names.map(digest), before);
    const entries: string[] = [];
    const reader = extract();
    createReadStream(join(folder, names[1]!)).pipe(reader);
    for await (const entry of reader) {
      entries.push(entry.header.name);
      assert.equal(entry.header.mtime.getTime(), 0);
      entry.resume();
    }
    assert.deepEqual(entries.slice(0, 5), [
      '0000001_00001.cls',
      '0000001_00001.json',
      '0000001_00001.png',
      '0000001_00001.depth.png',
      '0000001_00001.normals.png',
    ]);
    assert.equal(entries.length, 10);
  });
});
