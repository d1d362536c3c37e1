import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ijbaSplit, type Benchmark, type TemplateSplit } from '../../domain/benchmarks/benchmark.js';
import { encodeBenchmark } from '../../domain/benchmarks/benchmark-file.js';
import { drawPairs } from '../../domain/benchmarks/multipie-pairs.js';
import { ijbaTableFile, IJBA_SPLITS, parseIjbaComparisons, parseIjbaMetadata } from '../../domain/datasets/ijba.js';
import { imageList } from '../../domain/datasets/image-list.js';
import { formatPairs, parsePairs } from '../../domain/datasets/lfw.js';
import { formatPairList } from '../../domain/datasets/pairs.js';
import type { Artifact, StageContext, StageReport } from '../../engine/stage.js';
import { failure } from '../../foundation/diagnostic.js';
import { fail, ok, type Result } from '../../foundation/result.js';
import { fileEndingWith } from '../datasets/list-images.js';
import { openImages } from '../datasets/open-images.js';
import type { BenchmarksProtocolParameters } from './protocol.js';

export function writeProtocol({ parameters, workspace }: StageContext<BenchmarksProtocolParameters>): Result<StageReport> {
  const benchmark = readBenchmark(parameters);
  if (!benchmark.ok) return benchmark;
  writeFileSync(join(workspace, 'benchmark.json'), encodeBenchmark(benchmark.value));
  if (benchmark.value.kind === 'templates') {
    const comparisons = benchmark.value.splits.reduce((sum, split) => sum + split.comparisons.length, 0);
    return ok({ metrics: { comparisons, splits: benchmark.value.splits.length } });
  }
  const { list, name } = benchmark.value;
  const { seed } = parameters;
  const text = name === 'lfw' ? formatPairs(list) : formatPairList(list, [`${name}, drawn by the LFW protocol with seed ${seed}`]);
  writeFileSync(join(workspace, 'pairs.txt'), text);
  return ok({ metrics: { comparisons: list.pairs.length, folds: list.folds } });
}

function readBenchmark(p: BenchmarksProtocolParameters): Result<Benchmark> {
  switch (p.protocol) {
    case 'lfw': {
      const path = p.pairs?.locate(p.pairs.files[0]!.path) ?? protocolFile(p, 'pairs.txt');
      if (path === undefined) return missing('pairs.txt');
      const list = parsePairs(readFileSync(path, 'utf8'));
      return list.ok ? ok({ kind: 'pairs', name: 'lfw', list: list.value }) : list;
    }
    case 'multipie': {
      const images = openImages(p.images);
      const names = images.names()!;
      const identities = images.record.identityNames!;
      const entries = names.map((name, i) => ({ name, file: name, identity: identities[images.identity[i]!]! }));
      images.close();
      const list = imageList('multipie', entries);
      if (!list.ok) return list;
      const pairs = drawPairs(list.value, { seed: p.seed, folds: p.folds, perFold: p['per-fold'] });
      return pairs.ok ? ok({ kind: 'pairs', name: 'multipie', list: pairs.value }) : pairs;
    }
    case 'ijba': {
      const splits: TemplateSplit[] = [];
      for (let split = 1; split <= IJBA_SPLITS; split += 1) {
        const read = readSplit(p, split);
        if (read === undefined) continue;
        if (!read.ok) return read;
        splits.push(read.value);
      }
      return splits.length > 0
        ? ok({ kind: 'templates', name: 'ijba', splits })
        : missing(ijbaTableFile('verify_metadata', 1));
    }
  }
}

/** Undefined where the data set has no such split. */
function readSplit(p: BenchmarksProtocolParameters, split: number): Result<TemplateSplit> | undefined {
  const names = [ijbaTableFile('verify_metadata', split), ijbaTableFile('verify_comparisons', split)] as const;
  const [metadata, comparisons] = names.map((name) => protocolFile(p, name));
  if (metadata === undefined) return undefined;
  if (comparisons === undefined) return missing(names[1]);
  const rows = parseIjbaMetadata(readFileSync(metadata, 'utf8'), names[0]);
  const pairs = parseIjbaComparisons(readFileSync(comparisons, 'utf8'), names[1]);
  if (!rows.ok) return rows;
  if (!pairs.ok) return pairs;
  return ijbaSplit(rows.value, pairs.value);
}

function protocolFile({ folder, files }: BenchmarksProtocolParameters, name: string): string | undefined {
  const source: Artifact | undefined = folder ?? files;
  const file = source && fileEndingWith(source, name);
  return file === undefined ? undefined : source!.locate(file);
}

function missing(name: string) {
  return fail(failure('benchmarks/no-protocol', `the benchmark has no ${name}`, 'name its folder with `folder`, or the file with `pairs`'));
}
