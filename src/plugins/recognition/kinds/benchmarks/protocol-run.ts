import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBenchmark } from '../../benchmarks/benchmark-file.js';
import type { Benchmark } from '../../benchmarks/benchmark.js';
import type { NamedImage } from '../../benchmarks/multipie-pairs.js';
import { ijbaBenchmark, lfwBenchmark, multiPieBenchmark } from '../../benchmarks/read-benchmark.js';
import { formatPairs } from '../../datasets/lfw.js';
import { formatPairList } from '../../datasets/pairs.js';
import type { Artifact, StageContext, StageReport } from '../../../../engine/stage.js';
import { ok, type Result } from '../../../../foundation/result.js';
import { textOf } from '../datasets/list-images.js';
import { openImages } from '../datasets/open-images.js';
import type { BenchmarksProtocolParameters } from './protocol-parameters.js';

export function writeProtocol({
  parameters,
  workspace,
}: StageContext<BenchmarksProtocolParameters>): Result<StageReport> {
  const benchmark = readBenchmark(parameters);
  if (!benchmark.ok) return benchmark;
  writeFileSync(join(workspace, 'benchmark.json'), encodeBenchmark(benchmark.value));
  if (benchmark.value.kind === 'templates') {
    const comparisons = benchmark.value.splits.reduce((sum, split) => sum + split.comparisons.length, 0);
    return ok({ metrics: { comparisons, splits: benchmark.value.splits.length } });
  }
  const { list, name } = benchmark.value;
  const { seed } = parameters;
  const text =
    name === 'lfw' ? formatPairs(list) : formatPairList(list, [`${name}, drawn by the LFW protocol with seed ${seed}`]);
  writeFileSync(join(workspace, 'pairs.txt'), text);
  return ok({ metrics: { comparisons: list.pairs.length, folds: list.folds } });
}

function readBenchmark(p: BenchmarksProtocolParameters): Result<Benchmark> {
  switch (p.protocol) {
    case 'lfw':
      return lfwBenchmark(p.pairs === undefined ? p.folder : textOf(p.pairs));
    case 'multipie':
      return p.pairs === undefined
        ? multiPieBenchmark(namedImages(p.images), { seed: p.seed, folds: p.folds, perFold: p['per-fold'] })
        : multiPieBenchmark(textOf(p.pairs));
    case 'ijba':
      return ijbaBenchmark(p.folder);
  }
}

function namedImages(artifact: Artifact): readonly NamedImage[] {
  const images = openImages(artifact);
  try {
    const { identityNames } = images.record;
    return images.names()!.map((name, i) => ({ name, identity: identityNames![images.identity[i]!]! }));
  } finally {
    images.close();
  }
}
