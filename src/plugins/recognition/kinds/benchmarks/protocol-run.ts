import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBenchmark } from '../../benchmarks/benchmark-file.js';
import type { Benchmark, PairBenchmark } from '../../benchmarks/benchmark.js';
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
import { subjectName } from '../../../../foundation/statistics/subject-names.js';
import { textOf } from '../datasets/list-images.js';
import { datasetRecordOf, openImages } from '../datasets/open-images.js';
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
  const { protocol, folder } = p;
  const nameOf = naming(p.images);
  if (protocol === 'ijba') {
    const read = ijbaBenchmark(folder);
    if (!read.ok) return read;
    const subjects = read.value.splits.flatMap(({ templates }) => Array.from(templates.values(), (one) => one.subject));
    return ok({ ...read.value, ...known(subjects.map(String), nameOf) });
  }
  const images = namedImages(p.images);
  const read = readPairs(protocol, p, images);
  if (!read.ok) return read;
  const persons = personsOf(read.value, images);
  return ok({ ...read.value, persons, ...known(persons.values(), nameOf) });
}

function readPairs(
  protocol: Exclude<BenchmarksProtocolParameters['protocol'], 'ijba'>,
  p: BenchmarksProtocolParameters,
  images: readonly NamedImage[],
): ReturnType<typeof lfwBenchmark> {
  const named = p.pairs === undefined ? undefined : textOf(p.pairs);
  switch (protocol) {
    case 'lfw':
      return lfwBenchmark(named ?? p.folder);
    case 'multipie':
      return multiPieBenchmark(named ?? images, { seed: p.seed, folds: p.folds, perFold: p['per-fold'] });
    case 'cfp-ff':
      return cfpBenchmark(p.folder, 'FF');
    case 'cfp-fp':
      return cfpBenchmark(p.folder, 'FP');
    case 'pairs':
      return ownPairs(named ?? p.folder);
  }
}

/** Whom the images of the list show, by the data set. An image that it lacks is reported where it is compared. */
function personsOf({ list }: PairBenchmark, images: readonly NamedImage[]): ReadonlyMap<string, string> {
  const wanted = new Set(list.pairs.flatMap(({ a, b }) => [a, b]));
  return new Map(images.filter(({ name }) => wanted.has(name)).map(({ name, identity }) => [name, identity] as const));
}

/**
 * Who a person of a data set is in other benchmarks, too: by a name in full anyone of that name; else by the name in this set, which
 * is the set of those images and no other. Of a private set it is the person's number in the set that tells, from which nobody can
 * guess a name.
 */
function naming(images: Artifact): (person: string) => string | undefined {
  const { digest } = images;
  const { identityNames, private: isPrivate } = datasetRecordOf(images);
  if (isPrivate !== true) return (person) => subjectName(person, digest);
  const numbers = new Map((identityNames ?? []).map((name, i) => [name, String(i)]));
  return (person) => {
    const number = numbers.get(person);
    return number === undefined ? undefined : subjectName(number, digest);
  };
}

/** Nothing where it is not known of all of them. */
function known(persons: Iterable<string>, nameOf: (person: string) => string | undefined): Pick<Benchmark, 'known'> {
  const found = new Map<string, string>();
  for (const person of new Set(persons)) {
    const name = nameOf(person);
    if (name === undefined) return {};
    found.set(person, name);
  }
  return { known: found };
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
