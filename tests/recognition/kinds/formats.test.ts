import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VerificationRecord } from '../../../src/plugins/recognition/benchmarks/verify.js';
import { ALIGNED_BY } from '../../../src/plugins/recognition/datasets/alignment/align-face.js';
import { template } from '../../../src/plugins/recognition/datasets/alignment/alignment.js';
import { parsePairList } from '../../../src/plugins/recognition/datasets/formats/pairs.js';
import { ImageSet, type DatasetRecord } from '../../../src/plugins/recognition/datasets/sets/image-set.js';
import { readScores } from '../../../src/plugins/recognition/benchmarks/verification/score-set.js';
import { experiment, Project } from '../../cli/project.js';
import { dotDetector } from '../datasets/onnx-file.js';

/** Embeds an image as the colour of its skin between nose and mouth: tells the drawn persons apart. */
const SKIN = `
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

function tensors(file: string) {
  const bytes = readFileSync(file);
  const header = Number(bytes.readBigUInt64LE(0));
  const entries = JSON.parse(bytes.toString('utf8', 8, 8 + header));
  return (name: string) => bytes.subarray(8 + header + entries[name].data_offsets[0], 8 + header + entries[name].data_offsets[1]);
}

export const skin = {
  name: 'skin', says: 'Embeds images as the colour of skin.', produces: 'embeddings',
  parameters: { json: { type: 'object', required: ['data'], additionalProperties: false,
    properties: { data: { type: 'string', fx: { artifact: ['images'] }, pattern: '^\\\\$\\\\{.+\\\\}$' } } } },
  run: async ({ parameters: { data }, workspace }: any) => {
    const names: string[] = [];
    const values: number[] = [];
    for (const { path } of [...data.files].filter((file: any) => file.path.endsWith('.safetensors'))) {
      const read = tensors(data.locate(path));
      const images = read('images');
      read('file_names').toString('utf8').split('\\n').slice(0, -1).forEach((name, i) => {
        names.push(name);
        for (let c = 0; c < 3; c += 1) values.push(images[i * 48 * 48 * 3 + (35 * 48 + 24) * 3 + c] - 128);
      });
    }
    const payload = Buffer.from(Float32Array.from(values).buffer);
    const header = Buffer.from(JSON.stringify({ embedding: { dtype: 'F32', shape: [names.length, 3], data_offsets: [0, payload.length] } }).padEnd(128));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(join(workspace, 'embeddings.safetensors'), Buffer.concat([length, header, payload]));
    writeFileSync(join(workspace, 'names.json'), JSON.stringify(names));
    return { ok: true, value: {} };
  },
};
`;

const imported = (stage: string, more: string) =>
  `  ${stage}: { uses: datasets/import, with: { folder: data/${stage}, size: 48, ${more} } }\n`;

const verified = (name: string, images: string, protocol: string) =>
  `  ${name}: { uses: benchmarks/protocol, with: { protocol: ${name}, images: '\${${images}}', ${protocol} } }\n` +
  `  ${name}-embed: { uses: './stages/skin.ts#skin', with: { data: '\${${images}}' } }\n` +
  `  ${name}-scores: { uses: benchmarks/verify, with: { benchmark: '\${${name}}', embeddings: '\${${name}-embed}', missing: leave-out, resamples: 20 } }\n`;

const STUDY = experiment(
  'formats',
  imported('casia', 'format: casia, exclude: data/casia/exclude.txt, shard: 2, detector: data/dots.onnx') +
    '  lfw-images: { uses: datasets/import, with: { format: lfw, folder: data/lfw, size: 48, detector: data/dots.onnx } }\n' +
    '  pie-images: { uses: datasets/import, with: { format: multipie, folder: data/multipie, annotations: data/multipie-pos, size: 48 } }\n' +
    '  ijba-images: { uses: datasets/import, with: { format: ijba, folder: data/ijba, size: 48 } }\n' +
    imported('dtd', 'format: dtd, detector: data/dots.onnx') +
    imported('folder', 'format: folder, points: data-set') +
    imported('bad', 'format: folder') +
    verified('lfw', 'lfw-images', 'folder: data/lfw') +
    verified('multipie', 'pie-images', 'folder: data/multipie, folds: 2, per-fold: 2') +
    verified('ijba', 'ijba-images', 'folder: data/ijba'),
);

describe('a tiny set in each real format, from its files to its metrics through the stage kinds', function () {
  this.timeout(240_000);
  let project: Project;
  let said = '';
  const folderOf = async (stage: string) => {
    const { code, err } = await project.fx('get', 'study.yaml', stage, '--force', '--to', `out/${stage}`);
    assert.equal(code, 0, err);
    return join(project.directory, 'out', stage);
  };
  const open = async (stage: string) => {
    const folder = await folderOf(stage);
    const record = JSON.parse(readFileSync(join(folder, 'dataset.json'), 'utf8')) as DatasetRecord;
    return ImageSet.open(record, (file) => join(folder, file));
  };
  const means = (set: ImageSet) =>
    Object.fromEntries(set.names()!.map((name, i) => [name, ALIGNED_BY[set.readRow(i, 'aligned_by')[0]!]]));

  before(async () => {
    project = new Project({ 'study.yaml': STUDY, 'stages/skin.ts': SKIN });
    cpSync('tests/recognition/datasets/fixtures', join(project.directory, 'data'), { recursive: true });
    writeFileSync(join(project.directory, 'data/dots.onnx'), dotDetector());
    // Two subjects more, who look like the first two: a fold needs two.
    for (const set of ['multipie', 'multipie-pos'])
      for (const path of readdirSync(join(project.directory, 'data', set), { recursive: true, encoding: 'utf8' })) {
        if (!/\.(?:png|pos)$/.test(path)) continue;
        const other = path.replace(/\b00([12])(?=[/_])/g, (_, n) => `00${Number(n) + 2}`);
        cpSync(join(project.directory, 'data', set, path), join(project.directory, 'data', set, other));
      }
    const { code, out, err } = await project.fx('run', 'study.yaml', '--no-report');
    said = `${out}${err}`;
    assert.equal(code, 0, said);
  });
  after(() => project.remove());

  it('an ONNX detector aligns every face that it finds, and leaves what has none to the next way', async () => {
    const wanted = template('padded', 48);
    for (const [stage, images] of [
      ['lfw-images', 8],
      ['casia', 5],
    ] as const) {
      const set = await open(stage);
      assert.deepEqual(
        Object.values(means(set)),
        Array.from({ length: images }, () => 'detector'),
      );
      for (let i = 0; i < images; i += 1) {
        const points = Array.from(set.readRow(i, 'landmarks'));
        points.forEach((v, k) => assert.ok(Math.abs(v - wanted[k]!) < 2.5, `${stage} ${i}: ${points.join()}`));
      }
      set.close();
    }
    const textures = await open('dtd');
    assert.ok(Object.values(means(textures)).every((by) => by === 'whole'));
    textures.close();
  });

  it('which way was taken is recorded of each image, in shards as asked for', async () => {
    const casia = await open('casia');
    assert.deepEqual(casia.record.shards.map(({ images }) => images), [2, 2, 1]); // prettier-ignore
    casia.close();
    const pie = await open('pie-images');
    assert.ok(Object.values(means(pie)).every((by) => by === 'points'));
    pie.close();
    const ijba = await open('ijba-images');
    assert.deepEqual(Object.values(means(ijba)).sort(), ['box', 'box', 'points', 'points', 'points', 'whole']);
    ijba.close();
    const plain = await open('folder');
    assert.deepEqual(Object.values(means(plain)), ['points', 'points', 'points']);
    plain.close();
  });

  it('images that cannot be read, and what was converted, are said by name', () => {
    for (const words of [
      'x/broken.jpg cannot be read',
      'warning: x/empty.jpg is empty (0 bytes); it is left out',
      'x/huge.png has 12000 x 12000 pixels; at most 100000000 in all are read; it is left out',
      'x/text.jpg cannot be read',
      'converted (turned): x/turned.jpg',
      'converted (from another colour space): x/cmyk.jpg',
      'converted (from grey): x/grey.jpg',
      'img/404.jpg, of template 4 (subject 101), is not in the folder',
    ])
      assert.ok(said.includes(words), `${words}\n${said}`);
  });

  it('raw scores are kept beside the metrics, and Multi-PIE’s pairs are written out', async () => {
    for (const [name, pairs] of [
      ['lfw', 8],
      ['multipie', 8],
      ['ijba', 9],
    ] as const) {
      const folder = await folderOf(`${name}-scores`);
      const metrics = JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8')) as VerificationRecord;
      const scores = readScores(join(folder, 'scores.safetensors'));
      assert.ok(scores.ok);
      assert.deepEqual([scores.value.score.length, metrics.pairs], [pairs, pairs]);
      // Skin tells the drawn persons apart, those of Multi-PIE in twos.
      if (name !== 'multipie') assert.equal(metrics.metrics.auc!.value, 1, name);
    }
    const text = readFileSync(join(await folderOf('multipie'), 'pairs.txt'), 'utf8');
    assert.match(text, /^# multipie, drawn by the LFW protocol with seed 2018\n/);
    const list = parsePairList(text, 'pairs.txt');
    assert.ok(list.ok);
    assert.deepEqual([list.value.folds, list.value.perFold, list.value.pairs.length], [2, 2, 8]);
  });
});
