import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SafetensorsFile } from '../../src/foundation/formats/safetensors.js';
import { ImageSet, type DatasetRecord } from '../../src/plugins/recognition/datasets/sets/image-set.js';
import { writeImages } from '../../src/sdk/images.js';
import { Project } from '../cli/project.js';

const KIND = `
import { artifact, object, ok } from 'runpaper/stage';
import { openImages, writeImages } from 'runpaper/images';

export const negative = {
  name: 'negative', says: 'Negatives of images.', produces: 'images',
  parameters: object({ data: artifact(['images'], { says: 'Of what.' }) }, { says: 'Negatives.' }),
  run: async ({ parameters: { data }, workspace }: any) => {
    const set = openImages(data);
    const { height, width } = set.record;
    const pixels = new Uint8Array(set.count * set.imageBytes);
    set.readImages([...Array(set.count).keys()], pixels);
    writeImages(workspace, { height, width, pixels: pixels.map((value) => 255 - value), identity: set.identity, source: 'negative' });
    set.close();
    return ok({ metrics: { images: set.count } });
  },
};
`;

const STUDY = `
fx: 1
name: study
stages:
  faces: { uses: faces/generate, with: { identities: 3, samples: 2, size: 16 } }
  dark: { uses: './stages/mine.ts#negative', with: { data: '\${faces}' } }
  pixels: { uses: learning/pixels, with: { data: '\${dark}', size: 16 } }
`;

describe('images of a stage kind outside of fx', function () {
  this.timeout(60_000);

  it('are read from a stage of fx, and handed to one', async () => {
    const project = new Project({
      'study.yaml': STUDY,
      'package.json': '{ "type": "module" }',
      'stages/mine.ts': KIND,
    });
    try {
      mkdirSync(join(project.directory, 'node_modules'));
      symlinkSync(resolve('.'), join(project.directory, 'node_modules/runpaper'));
      const run = await project.fx('run', 'study.yaml');
      assert.equal(run.code, 0, run.err);
      const images = async (stage: string): Promise<Uint8Array> => {
        const to = join(project.directory, `got-${stage}`);
        assert.equal((await project.fx('get', 'study.yaml', stage, '--to', to)).code, 0);
        const record = JSON.parse(readFileSync(join(to, 'dataset.json'), 'utf8')) as DatasetRecord;
        const set = ImageSet.open(record, (file) => join(to, file));
        const pixels = new Uint8Array(6 * set.imageBytes);
        set.readImages([0, 1, 2, 3, 4, 5], pixels);
        assert.deepEqual([...set.identity], [0, 0, 1, 1, 2, 2]);
        set.close();
        return pixels;
      };
      const [light, dark] = [await images('faces'), await images('dark')];
      assert.ok(light.every((value, i) => dark[i] === 255 - value));
    } finally {
      project.remove();
    }
  });

  it('are refused where their sizes do not fit, or a number stands for nothing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fx-images-'));
    try {
      const given = { height: 1, width: 2, pixels: new Uint8Array(18), source: 'test' };
      writeImages(folder, { ...given, identity: Int32Array.of(1, 0, 1) });
      const shard = SafetensorsFile.open(join(folder, 'shard-00000.safetensors'));
      assert.ok(shard.ok);
      assert.deepEqual([...shard.value.read('sample')], [0, 0, 1]);
      shard.value.close();
      assert.throws(
        () => writeImages(folder, { ...given, identity: Int32Array.of(0, 1) }),
        /18 bytes are not 2 images of 1x2x3/,
      );
      for (const identity of [
        [0, 2, 2],
        [-1, 0, 1],
      ])
        assert.throws(
          () => writeImages(folder, { ...given, identity: Int32Array.from(identity) }),
          /identities are not 0/,
        );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
