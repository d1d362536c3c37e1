import type { PairList } from '../datasets/formats/pairs.js';
import type { Benchmark, Template } from './benchmark.js';

/** `benchmark.json`: a benchmark with everything said, whatever files it was read from. */
interface BenchmarkFile {
  readonly schema: 'fx/benchmark@1';
  readonly kind: Benchmark['kind'];
  readonly name: string;
  readonly list?: PairList;
  /** Of images: whom each shows. Absent in files of before. */
  readonly persons?: Readonly<Record<string, string>>;
  readonly splits?: readonly {
    readonly templates: readonly (readonly [number, Template])[];
    readonly comparisons: readonly (readonly [number, number])[];
  }[];
}

export function encodeBenchmark(benchmark: Benchmark): string {
  const { kind, name } = benchmark;
  const file: BenchmarkFile =
    benchmark.kind === 'pairs'
      ? {
          schema: 'fx/benchmark@1',
          kind,
          name,
          list: benchmark.list,
          ...(benchmark.persons === undefined ? {} : { persons: Object.fromEntries(benchmark.persons) }),
        }
      : {
          schema: 'fx/benchmark@1',
          kind,
          name,
          splits: benchmark.splits.map(({ templates, comparisons }) => ({ templates: [...templates], comparisons })),
        };
  return `${JSON.stringify(file)}\n`;
}

/** @param text what {@link encodeBenchmark} gave: it comes from our own cache, so that anything else is a bug */
export function decodeBenchmark(text: string): Benchmark {
  const file = JSON.parse(text) as BenchmarkFile;
  if (file.kind === 'pairs') {
    const persons = file.persons === undefined ? {} : { persons: new Map(Object.entries(file.persons)) };
    return { kind: 'pairs', name: file.name, list: file.list!, ...persons };
  }
  const splits = file.splits!.map(({ templates, comparisons }) => ({ templates: new Map(templates), comparisons }));
  return { kind: 'templates', name: file.name, splits };
}
