import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBenchmark } from '../../benchmarks/benchmark-file.js';
import type { Benchmark } from '../../benchmarks/benchmark.js';
import type { NamedImage } from '../../benchmarks/multipie-pairs.js';
import {
  cfpBenchmark,
  ijbaBenchmark,
  lfwBenchmark,
  multiPieBenchmark,
  ownPairs,
} from '../../benchmarks/read-benchmark.js';
import { formatPairs } from '../../datasets/formats/lfw.js';
import { formatPairTable } from '../../datasets/formats/pair-table.js';
import { formatPairList } from '../../datasets/formats/pairs.js';
import type { Artifact, StageContext, StageReport } from '../../../../engine/stage.js';
import { ok, type Result } from '../../../../foundation/failures/result.js';
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
  if (name.startsWith('cfp') || parameters.protocol === 'pairs') {
    writeFileSync(join(workspace, 'pairs.csv'), formatPairTable(list));
    return ok({ metrics: { comparisons: list.pairs.length, folds: list.folds } });
  }
  const text =
    name === 'lfw' ? formatPairs(list) : formatPairList(list, [`${name}, drawn by the LFW protocol with seed ${seed}`]);
  writeFileSync(join(workspace, 'pairs.txt'), text);
  return ok({ metrics: { comparisons: list.pairs.length, folds: list.folds } });
}

function readBenchmark(p: BenchmarksProtocolParameters): Result<Benchmark> {
  switch (p.protocol) {
    case 'lfw':
      return withPersons(lfwBenchmark(p.pairs === undefined ? p.folder : textOf(p.pairs)), namedImages(p.images));
    case 'multipie': {
      const images = namedImages(p.images);
      const drawn = { seed: p.seed, folds: p.folds, perFold: p['per-fold'] };
      return withPersons(
        p.pairs === undefined ? multiPieBenchmark(images, drawn) : multiPieBenchmark(textOf(p.pairs)),
        images,
      );
    }
    case 'ijba':
      return ijbaBenchmark(p.folder);
    case 'cfp-ff':
      return withPersons(cfpBenchmark(p.folder, 'FF'), namedImages(p.images));
    case 'cfp-fp':
      return withPersons(cfpBenchmark(p.folder, 'FP'), namedImages(p.images));
    case 'pairs':
      return withPersons(ownPairs(p.pairs === undefined ? p.folder : textOf(p.pairs)), namedImages(p.images));
  }
}

/** Whom the images of the list show, by the data set. An image that it lacks is reported where it is compared. */
function withPersons(
  read: ReturnType<typeof lfwBenchmark>,
  images: readonly NamedImage[],
): ReturnType<typeof lfwBenchmark> {
  if (!read.ok) return read;
  const wanted = new Set(read.value.list.pairs.flatMap(({ a, b }) => [a, b]));
  const persons = images.filter(({ name }) => wanted.has(name)).map(({ name, identity }) => [name, identity] as const);
  return ok({ ...read.value, persons: new Map(persons) });
}

function namedImages(artifact: Artifact): readonly NamedImage[] {
  const images = openImages(artifact);
  try {
    const { identityNames } = images.record;
    const identity = (i: number): string => identityNames?.[images.identity[i]!] ?? String(images.identity[i]);
    return (images.names() ?? []).map((name, i) => ({ name, identity: identity(i) }));
  } finally {
    images.close();
  }
}
