import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '../../../src/plugins/recognition/benchmarks/benchmark.js';
import {
  ijbaBenchmark,
  lfwBenchmark,
  multiPieBenchmark,
} from '../../../src/plugins/recognition/benchmarks/read-benchmark.js';
import { DEFAULT_VERIFY, verify } from '../../../src/plugins/recognition/benchmarks/verify.js';
import { DEFAULT_ALIGNMENT } from '../../../src/plugins/recognition/datasets/alignment/align-face.js';
import type { ListedFolder } from '../../../src/plugins/recognition/datasets/sets/image-list.js';
import { ImageSet } from '../../../src/plugins/recognition/datasets/sets/image-set.js';
import { formatEntries } from '../../../src/plugins/recognition/datasets/sets/entry-text.js';
import { gatherDataset, importShard } from '../../../src/plugins/recognition/datasets/import.js';
import { shardFile } from '../../../src/plugins/recognition/datasets/sets/shards.js';
import { listFolder } from '../../../src/plugins/recognition/datasets/sets/listing.js';
import { formatPairList } from '../../../src/plugins/recognition/datasets/formats/pairs.js';
import { readDataset, type ReadOptions } from '../../../src/plugins/recognition/datasets/formats/read-dataset.js';
import type { Diagnostic } from '../../../src/foundation/failures/diagnostic.js';
import type { Result } from '../../../src/foundation/failures/result.js';

function value<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.error.map((d) => d.message).join('\n'));
  return result.value;
}

function messages(result: Result<unknown>): string[] {
  assert.ok(!result.ok);
  return result.error.map((d: Diagnostic) => d.message);
}

function source(folder: string): ListedFolder {
  const root = join('tests/recognition/datasets/fixtures', folder);
  return { files: [...listFolder(root)], locate: (path) => join(root, path) };
}

/** Reads and imports a tiny set, and embeds each image as the colour of its skin: enough to tell drawn faces apart. */
async function embedFolder(folder: string, read: ReadOptions) {
  const from = source(folder);
  const { list } = value(readDataset(from, read));
  const alignment = { ...DEFAULT_ALIGNMENT, size: 32 };
  const directory = mkdtempSync(join(tmpdir(), 'fx-end-to-end-'));
  try {
    const path = join(directory, shardFile(0));
    const options = { alignment, onBadImage: 'fatal', locate: from.locate } as const;
    const shard = value(await importShard([...list.entries], path, options));
    const record = gatherDataset(list, 32, [{ file: shardFile(0), images: shard.images }]);
    const set = ImageSet.open(record, (file) => join(directory, file));
    const dimension = 3;
    const names = set.names()!;
    const values = new Float32Array(names.length * dimension);
    const image = new Uint8Array(set.imageBytes);
    for (let i = 0; i < set.count; i += 1) {
      set.readImages([i], image);
      // Between nose and mouth: skin, in all of these.
      for (let c = 0; c < 3; c += 1) values[i * dimension + c] = image[(23 * 32 + 17) * 3 + c]! - 128;
    }
    set.close();
    return { list, embeddings: { names, dimension, values } };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const quick = DEFAULT_VERIFY;

describe('from files of a benchmark to its metrics', () => {
  const aucOf = (benchmark: Benchmark, embeddings: Parameters<typeof verify>[1]) =>
    value(verify(benchmark, embeddings, { ...quick, missing: 'leave-out' })).metrics.metrics.auc!.value;

  it('LFW: skin alone tells the drawn persons apart', async () => {
    const { embeddings } = await embedFolder('lfw', { format: 'lfw' });
    assert.equal(aucOf(value(lfwBenchmark(source('lfw'))), embeddings), 1);
  });

  it('Multi-PIE: pairs drawn of its images, written out and read back, give the same metrics', async () => {
    const { list, embeddings } = await embedFolder('multipie', { format: 'multipie', pos: source('multipie-pos') });
    assert.ok([...list.entries].every((entry) => entry.points !== undefined));
    const drawn = value(multiPieBenchmark(list.entries, { seed: 1, folds: 1, perFold: 5 }));
    const auc = aucOf(drawn, embeddings);
    assert.equal(auc, 1);
    const text = formatPairList(drawn.list);
    assert.equal(aucOf(value(multiPieBenchmark({ file: 'pairs', text })), embeddings), auc);
  });

  it('IJB-A: templates by the tables of its folder', async () => {
    const { embeddings } = await embedFolder('ijba', { format: 'ijba' });
    const benchmark = value(ijbaBenchmark(source('ijba')));
    assert.equal(benchmark.splits.length, 2);
    assert.equal(aucOf(benchmark, embeddings), 1);
  });

  it('says what a folder lacks', () => {
    assert.match(messages(lfwBenchmark(source('casia')))[0]!, /no pairs\.txt/);
    assert.match(messages(ijbaBenchmark(source('lfw')))[0]!, /no IJB-A_11_sets\/split1\/verify_metadata_1\.csv/);
    const from = source('ijba');
    const half = { ...from, files: [...from.files].filter(({ path }) => !path.endsWith('comparisons_2.csv')) };
    assert.deepEqual(messages(ijbaBenchmark(half)), ['split 2 of IJB-A has no verify_comparisons_2.csv']);
  });
});

describe('a list read in one call', () => {
  const text = (path: string) => ({
    file: path,
    text: readFileSync(join('tests/recognition/datasets/fixtures', path), 'utf8'),
  });

  it('is reduced, annotated and drawn from in this order', () => {
    const all = value(readDataset(source('casia'), { format: 'casia', exclude: text('casia/exclude.txt') }));
    assert.equal(all.list.count, 5);
    const some = value(
      readDataset(source('casia'), {
        format: 'casia',
        exclude: text('casia/exclude.txt'),
        subset: { size: 3, draw: 'balanced', seed: 1 },
      }),
    );
    assert.deepEqual(some.list.identities, ['0000045', '0000099']);
    const path = source('folder').locate('annotations.csv');
    const marked = value(
      readDataset(source('folder'), { format: 'folder', annotations: { file: 'annotations.csv', path } }),
    );
    assert.ok([...marked.list.entries].every((entry) => entry.points !== undefined));
    const none = { file: 'x', text: '0000045\n0000099\n0166921\n' };
    assert.deepEqual(messages(readDataset(source('casia'), { format: 'casia', exclude: none })), [
      'no image is left after exclusion',
    ]);
  });

  it('describes what its shards depend on: an image more in one person leaves the others as they were', () => {
    const from = source('casia');
    const { list } = value(readDataset(from, { format: 'casia' }));
    const more = [...from.files, { path: '0166921/002.jpg', bytes: 1 }];
    const grown = value(readDataset({ ...from, files: more }, { format: 'casia' })).list;
    assert.equal(formatEntries([...grown.entries].slice(0, 6)), formatEntries([...list.entries]));
  });
});
