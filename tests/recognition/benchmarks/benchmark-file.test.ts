import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '../../../src/plugins/recognition/benchmarks/benchmark.js';
import { encodeBenchmark, readBenchmark } from '../../../src/plugins/recognition/benchmarks/benchmark-file.js';

describe('a file of a benchmark', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fx-benchmark-file-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function read(text: string): Benchmark {
    const path = join(folder, 'benchmark.json');
    writeFileSync(path, text);
    return readBenchmark(path);
  }

  const pairs: Benchmark = {
    kind: 'pairs',
    name: 'p',
    list: {
      folds: 2,
      perFold: 1,
      pairs: [
        { fold: 0, genuine: true, a: 'x/1.png', b: 'x/2.png' },
        { fold: 1, genuine: false, a: 'x/1.png', b: 'y/1.png' },
      ],
    },
  };
  const templates: Benchmark = {
    kind: 'templates',
    name: 't',
    splits: [
      {
        templates: new Map([
          [7, { subject: 1, images: ['a.png', 'b.png'] }],
          [9, { subject: 2, images: ['c.png'] }],
        ]),
        comparisons: [[7, 9]],
      },
    ],
  };

  it('comes back as it was written, of pairs and of templates', () => {
    const whose: Benchmark = { ...pairs, persons: new Map([['x/1.png', 'x']]) };
    const known = new Map([['x', '0123456789abcdef']]);
    for (const benchmark of [pairs, whose, { ...whose, known }, templates, { ...templates, known }])
      assert.deepEqual(read(encodeBenchmark(benchmark)), benchmark);
  });

  it('is refused where it is of another kind, or a part of it is missing or of another form', () => {
    const changed = (benchmark: Benchmark, change: Record<string, unknown>): string =>
      JSON.stringify({ ...(JSON.parse(encodeBenchmark(benchmark)) as object), ...change });
    const pair = { fold: 0, genuine: true, a: 'x', b: 'y' };
    for (const [benchmark, change] of [
      [pairs, { schema: 'fx/benchmark@2' }],
      [pairs, { name: 1 }],
      [pairs, { known: ['0123456789abcdef'] }],
      [pairs, { known: { x: '0123456789abcde' } }],
      [templates, { known: { 1: '0123456789ABCDEF' } }],
      [templates, { known: { 1: 1 } }],
      [pairs, { kind: 'images' }],
      [pairs, { kind: 'templates' }],
      [templates, { kind: 'pairs' }],
      [templates, { splits: undefined }],
      [templates, { splits: [{}] }],
      [pairs, { list: { folds: 1, perFold: 1, pairs: [{ ...pair, fold: 1 }] } }],
      [pairs, { list: { folds: 1, perFold: 1, pairs: [{ ...pair, genuine: 1 }] } }],
      [pairs, { list: { folds: 1, perFold: 1, pairs: [{ ...pair, a: 1 }] } }],
      [pairs, { list: { folds: 1, perFold: 1, pairs: [{ ...pair, b: null }] } }],
      [pairs, { list: { folds: -1, perFold: 1, pairs: [] } }],
      [pairs, { list: { folds: 1, perFold: 0.5, pairs: [] } }],
    ] as const)
      assert.throws(() => read(changed(benchmark, change)), JSON.stringify(change));
    assert.throws(() => read('[]'));
    // None at all is a count as well.
    read(changed(pairs, { list: { folds: 1, perFold: 0, pairs: [] } }));
    read(changed(pairs, { list: { folds: 1, perFold: 1, pairs: [pair] } }));
  });
});
