import { isJsonObject, type Json } from '../../../foundation/values/json.js';
import { isCount, isTexts, readJson } from '../../../foundation/files/text-file.js';
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
  /** Of persons: who each is in other benchmarks, too, 16 hexadecimal digits. Absent in files of before. */
  readonly known?: Readonly<Record<string, string>>;
  readonly splits?: readonly {
    readonly templates: readonly (readonly [number, Template])[];
    readonly comparisons: readonly (readonly [number, number])[];
  }[];
}

export function encodeBenchmark(benchmark: Benchmark): string {
  const { kind, name } = benchmark;
  const known = benchmark.known === undefined ? {} : { known: Object.fromEntries(benchmark.known) };
  const file: BenchmarkFile =
    benchmark.kind === 'pairs'
      ? {
          schema: 'fx/benchmark@1',
          kind,
          name,
          list: benchmark.list,
          ...(benchmark.persons === undefined ? {} : { persons: Object.fromEntries(benchmark.persons) }),
          ...known,
        }
      : {
          schema: 'fx/benchmark@1',
          kind,
          name,
          splits: benchmark.splits.map(({ templates, comparisons }) => ({ templates: [...templates], comparisons })),
          ...known,
        };
  return `${JSON.stringify(file)}\n`;
}

/** Reads what {@link encodeBenchmark} gave, perhaps by a stranger. Throws {@link UnfitFile}. */
export function readBenchmark(path: string): Benchmark {
  const file = readJson(path, problemOf) as unknown as BenchmarkFile;
  const known = file.known === undefined ? {} : { known: new Map(Object.entries(file.known)) };
  if (file.kind === 'pairs') {
    const persons = file.persons === undefined ? {} : { persons: new Map(Object.entries(file.persons)) };
    return { kind: 'pairs', name: file.name, list: file.list!, ...persons, ...known };
  }
  const splits = file.splits!.map(({ templates, comparisons }) => ({ templates: new Map(templates), comparisons }));
  return { kind: 'templates', name: file.name, splits, ...known };
}

function problemOf(value: Json): string | undefined {
  if (!isJsonObject(value) || value.schema !== 'fx/benchmark@1') return 'no benchmark, fx/benchmark@1';
  if (typeof value.name !== 'string') return 'a benchmark without a name';
  if (value.known !== undefined && !isNaming(value.known)) return 'a benchmark that does not say who is who';
  if (value.kind === 'pairs') return pairsProblem(value.list, value.persons);
  if (value.kind !== 'templates') return 'a benchmark of neither pairs nor templates';
  return Array.isArray(value.splits) && value.splits.every(isSplit) ? undefined : 'a benchmark without whole splits';
}

function isNaming(value: Json): boolean {
  if (!isJsonObject(value)) return false;
  return Object.values(value).every((each) => typeof each === 'string' && /^[0-9a-f]{16}$/.test(each));
}

function pairsProblem(list: Json | undefined, persons: Json | undefined): string | undefined {
  if (!isJsonObject(list) || !isCount(list.folds) || !isCount(list.perFold) || !Array.isArray(list.pairs))
    return 'a benchmark without a list of pairs';
  const { folds } = list;
  const isPair = (pair: Json): boolean =>
    isJsonObject(pair) &&
    isCount(pair.fold) &&
    pair.fold < folds &&
    typeof pair.genuine === 'boolean' &&
    typeof pair.a === 'string' &&
    typeof pair.b === 'string';
  if (!list.pairs.every(isPair)) return 'a benchmark with a pair that is none';
  const isMap = persons === undefined || (isJsonObject(persons) && isTexts(Object.values(persons)));
  return isMap ? undefined : 'a benchmark whose persons have no names';
}

function isSplit(value: Json): boolean {
  if (!isJsonObject(value) || !Array.isArray(value.templates) || !Array.isArray(value.comparisons)) return false;
  const isEntry = (entry: Json): boolean => {
    if (!Array.isArray(entry) || entry.length !== 2) return false;
    const [id, template] = entry as readonly Json[];
    return isCount(id) && isJsonObject(template) && isCount(template.subject) && isTexts(template.images);
  };
  if (!value.templates.every(isEntry)) return false;
  const known = new Set(value.templates.map((entry) => (entry as readonly Json[])[0]));
  const isComparison = (pair: Json): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((id: Json) => known.has(id));
  return value.comparisons.every(isComparison);
}
