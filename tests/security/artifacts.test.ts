import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBenchmark } from '../../src/plugins/recognition/benchmarks/benchmark-file.js';
import { ImageSet, readDatasetRecord } from '../../src/plugins/recognition/datasets/sets/image-set.js';
import { exportFaces } from '../../src/plugins/recognition/kinds/faces/export.js';
import { sheetOf } from '../../src/plugins/recognition/kinds/datasets/contact-sheet.js';
import { readEmbeddings } from '../../src/plugins/recognition/kinds/learning/embeddings.js';
import { loadModel } from '../../src/plugins/recognition/learning/checkpoint/model.js';
import { trainingLines } from '../../src/cli/terminal/training.js';
import { epochsIn } from '../../src/report/figures/epochs.js';
import type { Artifact } from '../../src/engine/stage.js';
import { UnfitFile } from '../../src/foundation/files/opening.js';
import { encodeSafetensors, type Tensor } from '../../src/foundation/formats/safetensors.js';
import { Project } from '../cli/project.js';

const RECORD = {
  schema: 'fx/dataset@1',
  images: 2,
  identities: 1,
  height: 4,
  width: 4,
  source: 'a stranger',
  shards: [{ file: 'shard-00000.safetensors', images: 2 }],
};
const SHARD: Readonly<Record<string, Tensor>> = {
  images: { shape: [2, 4, 4, 3], data: new Uint8Array(96) },
  identity: { shape: [2], data: new Int32Array(2) },
  sample: { shape: [2], data: Int32Array.of(0, 1) },
  file_names: { shape: [4], data: new Uint8Array(Buffer.from('a\nb\n')) },
};
const DEEP = `${'['.repeat(1e5)}${']'.repeat(1e5)}`;

/** Files that a stranger's result may hold in place of a data set. */
const SETS: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>> = {
  'no record': {},
  'an empty record': { 'dataset.json': '' },
  'no JSON': { 'dataset.json': '{' },
  'JSON nested a hundred thousand deep': { 'dataset.json': DEEP },
  null: { 'dataset.json': 'null' },
  'a list': { 'dataset.json': '[]' },
  'a record of nothing': { 'dataset.json': '{}' },
  'a record by way of a prototype': { 'dataset.json': `{"__proto__":${JSON.stringify(RECORD)}}` },
  'a record of another format': { 'dataset.json': JSON.stringify({ ...RECORD, schema: 'fx/dataset@9' }) },
  'fewer images than minus one': { 'dataset.json': JSON.stringify({ ...RECORD, images: -1 }) },
  'images by the text': { 'dataset.json': JSON.stringify({ ...RECORD, images: '2' }) },
  'images past 2^53': { 'dataset.json': JSON.stringify(RECORD).replace('"images":2,', '"images":1e300,') },
  'images of a billion pixels': { 'dataset.json': JSON.stringify({ ...RECORD, height: 1e6, width: 1e6 }) },
  'images of other sizes than its shard’s': { 'dataset.json': JSON.stringify({ ...RECORD, height: 3 }) },
  'shards that are none': { 'dataset.json': JSON.stringify({ ...RECORD, shards: 'shard-00000.safetensors' }) },
  'a shard of null': { 'dataset.json': JSON.stringify({ ...RECORD, shards: [null] }) },
  'more images than its shards': { 'dataset.json': JSON.stringify({ ...RECORD, images: 3 }) },
  'a shard that is not there': { 'dataset.json': JSON.stringify({ ...RECORD, shards: [{ file: 'x', images: 2 }] }) },
  'a shard outside': { 'dataset.json': JSON.stringify({ ...RECORD, shards: [{ file: '/etc/passwd', images: 2 }] }) },
  'a shard above': { 'dataset.json': JSON.stringify({ ...RECORD, shards: [{ file: '../secret', images: 2 }] }) },
  'names that are numbers': { 'dataset.json': JSON.stringify({ ...RECORD, identityNames: [1] }) },
  'a shard of text': { 'shard-00000.safetensors': 'no shard' },
  'a shard without images': { 'shard-00000.safetensors': shard({ images: undefined }) },
  'a shard without persons': { 'shard-00000.safetensors': shard({ identity: undefined }) },
  'persons that are fractions': { 'shard-00000.safetensors': shard({ identity: { shape: [2], data: new Float32Array(2) } }) },
  'images that are grey': { 'shard-00000.safetensors': shard({ images: { shape: [2, 4, 4, 1], data: new Uint8Array(32) } }) },
  'more images in the shard than are said': { 'shard-00000.safetensors': shard({ images: { shape: [3, 4, 4, 3], data: new Uint8Array(144) } }) },
  'landmarks of one image': { 'shard-00000.safetensors': shard({ landmarks: { shape: [1, 5, 2], data: new Float32Array(10) } }) },
  'fewer names than images': { 'shard-00000.safetensors': shard({ file_names: { shape: [2], data: new Uint8Array(Buffer.from('a\n')) } }) },
}; // prettier-ignore

function shard(changed: Readonly<Record<string, Tensor | undefined>>): Uint8Array {
  const tensors = Object.entries({ ...SHARD, ...changed }).filter((pair): pair is [string, Tensor] => pair[1] !== undefined);
  return encodeSafetensors(Object.fromEntries(tensors));
} // prettier-ignore

/** In words, as an expected failure: what was wrong is no fault of whoever reads it. */
async function refused(read: () => unknown): Promise<void> {
  let thrown: unknown;
  try {
    await read();
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof UnfitFile, (thrown as Error | undefined)?.stack ?? 'it was taken');
}

describe('a result that a stranger made', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fx-artifact-'));
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'secret'), shard({}));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function put(files: Readonly<Record<string, string | Uint8Array>>): (file: string) => string {
    mkdirSync(join(folder, 'in'), { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'in', name), content);
    return locate;
  }
  /** As an artifact does: a name that it has not leads nowhere. */
  function locate(file: string): string {
    const path = join(folder, 'in', file);
    if (file.includes('/') || !existsSync(path)) throw new UnfitFile('EBADMSG', file, 'not there');
    return path;
  }
  const found = (file: string): string | undefined => {
    const path = join(folder, 'in', file);
    return file.includes('/') || !existsSync(path) ? undefined : path;
  };
  function names(of: (file: string) => string): void {
    const set = ImageSet.open(readDatasetRecord(of('dataset.json')), of);
    try {
      set.names();
    } finally {
      set.close();
    }
  }

  it('is read where it is an honest data set', async () => {
    names(put({ 'dataset.json': JSON.stringify(RECORD), 'shard-00000.safetensors': shard({}) }));
    assert.ok((await sheetOf(found, { rows: 2, columns: 2 }))!.length > 0);
  });

  for (const [what, files] of Object.entries(SETS)) {
    it(`is refused as a data set with a word: ${what}`, async () => {
      put({ ...(what === 'no record' ? {} : { 'dataset.json': JSON.stringify(RECORD) }), 'shard-00000.safetensors': shard({}), ...files }); // prettier-ignore
      await refused(() => names(locate));
      // Only who reads names or landmarks can miss them.
      if (what === 'no record' || what === 'fewer names than images') return;
      await refused(() => sheetOf(found, { rows: 2, columns: 2 }));
      await refused(() => exportFaces(found, 'webdataset', join(folder, 'out')));
    });
  }

  const pairs = { folds: 1, perFold: 1, pairs: [{ fold: 0, genuine: true, a: 'a', b: 'b' }] };
  const benchmarks: Readonly<Record<string, string>> = {
    nothing: '',
    'no JSON': '{"schema":"fx/benchmark@1"',
    null: 'null',
    'nested deep': DEEP,
    'of no kind': JSON.stringify({ schema: 'fx/benchmark@1', name: 'x' }),
    'pairs without a list': JSON.stringify({ schema: 'fx/benchmark@1', name: 'x', kind: 'pairs' }),
    'a pair of a fold that is not': JSON.stringify({ schema: 'fx/benchmark@1', name: 'x', kind: 'pairs', list: { ...pairs, folds: 0 } }),
    'a pair of numbers': JSON.stringify({ schema: 'fx/benchmark@1', name: 'x', kind: 'pairs', list: { ...pairs, pairs: [{ ...pairs.pairs[0], a: 1 }] } }),
    'a pair of null': JSON.stringify({ schema: 'fx/benchmark@1', name: 'x', kind: 'pairs', list: { ...pairs, pairs: [null] } }),
    'persons in a list': JSON.stringify({ schema: 'fx/benchmark@1', name: 'x', kind: 'pairs', list: pairs, persons: ['a'] }),
    'no splits': JSON.stringify({ schema: 'fx/benchmark@1', name: 'x', kind: 'templates' }),
    'a template that no entry describes': JSON.stringify({ schema: 'fx/benchmark@1', name: 'x', kind: 'templates', splits: [{ templates: [], comparisons: [[1, 2]] }] }),
    'a template without images': JSON.stringify({ schema: 'fx/benchmark@1', name: 'x', kind: 'templates', splits: [{ templates: [[1, { subject: 1 }]], comparisons: [] }] }),
  }; // prettier-ignore
  for (const [what, text] of Object.entries(benchmarks))
    it(`is refused as a benchmark with a word: ${what}`, () => refused(() => readBenchmark(put({ b: text })('b'))));

  const embedding = (shape: readonly number[], length: number): Uint8Array =>
    encodeSafetensors({ embedding: { shape, data: new Float32Array(length) } });
  const embeddings: Readonly<Record<string, readonly [string, Uint8Array]>> = {
    'names without end': ['["a"', embedding([1, 2], 2)],
    'names of null': ['[null]', embedding([1, 2], 2)],
    'fewer names than rows': ['["a"]', embedding([2, 2], 4)],
    'one row of no dimension': ['["a"]', embedding([1], 1)],
    'no embeddings': ['[]', encodeSafetensors({ other: { shape: [1], data: new Float32Array(1) } })],
    'whole numbers': ['["a"]', encodeSafetensors({ embedding: { shape: [1, 2], data: new Int32Array(2) } })],
  };
  for (const [what, [list, tensors]] of Object.entries(embeddings))
    it(`is refused as embeddings with a word: ${what}`, () => {
      put({ 'names.json': list, 'embeddings.safetensors': tensors });
      return refused(() => readEmbeddings({ locate } as Artifact));
    });

  const network = { schema: 'fx/network@1', name: 'x', input: { height: 8, width: 8 }, embedding: 2 };
  const networks: Readonly<Record<string, unknown>> = {
    null: null,
    'no layers': network,
    'layers of null': { ...network, layers: [null] },
    'a layer of no kind': { ...network, layers: [{ kind: 'constructor' }] },
    'a convolution without a size': { ...network, layers: [{ kind: 'conv', name: 'c', channels: 3 }] },
    'channels past all memory': { ...network, layers: [{ kind: 'linear', name: 'c', outputs: 2 ** 40 }] },
    'an inception of nothing': { ...network, layers: [{ kind: 'inception', name: 'i', stride: 1 }] },
    'an input of text': { ...network, input: 'large', layers: [] },
  };
  for (const [what, about] of Object.entries(networks))
    it(`is refused as a network with a word: ${what}`, () => {
      const loaded = loadModel(put({ 'network.json': JSON.stringify(about) }));
      assert.ok(!loaded.ok);
      assert.equal(loaded.error[0]!.code, 'learning/damaged-file');
    });

  for (const text of ['', '[]', 'null', '{}', '{"epochs":3}', '{"epochs":[3]}', DEEP])
    it(`has no curves where its epochs are ${text.slice(0, 20)}`, () => {
      assert.equal(epochsIn(put({ 'epochs.json': text })('epochs.json')), undefined);
    });

  it('has the curves that are there where epochs hold other things too', () => {
    const text = '{"epochs":[{"loss":1,"note":"x","__proto__":3},{"loss":"2"}]}';
    const epochs = epochsIn(put({ 'epochs.json': text })('epochs.json'))!;
    assert.equal(epochs[0]!.loss, 1);
    assert.deepEqual(trainingLines(epochs), []);
  });

  it('is told at the stage that reads it in a whole run, and by fx show and fx get, and is no bug', async function () {
    this.timeout(120_000);
    const project = new Project({
      'stages/odd.ts': `
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
export const odd = { name: 'odd', says: 'Odd.', produces: 'images', outputs: { 'dataset.json': 'x', 'epochs.json': 'x' },
  parameters: { json: { type: 'object', properties: { text: { type: 'string' } }, additionalProperties: false } },
  run: async ({ workspace, parameters }: any) => {
    writeFileSync(join(workspace, 'dataset.json'), parameters.text);
    writeFileSync(join(workspace, 'epochs.json'), parameters.text);
    return { ok: true, value: {} };
  } };
`,
      'odd.yaml': `fx: 1
name: odd
stages:
  odd: { uses: ./stages/odd.ts#odd, matrix: &kinds { text: { nothing: '', half: '{', list: '[]', out: '${JSON.stringify({ ...RECORD, shards: [{ file: '/etc/passwd', images: 2 }] })}' } } }
  floor: { uses: learning/pixels, matrix: *kinds, with: { data: "\${odd}" } }
report:
  figures:
    - { type: contact-sheet, id: sheet, of: odd }
    - { type: learning-curves, id: curves, of: odd }
`,
    });
    try {
      const run = await project.fx('run', 'odd.yaml', '--keep-going');
      assert.equal(run.code, 1, run.err);
      assert.equal(run.err.match(/\[run\/unfit-file\]/g)?.length, 4, run.err);
      assert.doesNotMatch(run.err, /a bug in|^ +at /m);
      for (const words of [
        ['show', 'odd.yaml', 'odd[text=half]'],
        ['show', 'odd.yaml', 'odd[text=out]', '--sheet', 'sheet.png'],
        ['report', 'odd.yaml'],
      ]) {
        const { err, code } = await project.fx(...words);
        assert.doesNotMatch(err, /a bug in|^ +at /m, `${words.join(' ')}: ${String(code)}`);
      }
    } finally {
      project.remove();
    }
  });
});
