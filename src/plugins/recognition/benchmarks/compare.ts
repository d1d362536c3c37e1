import { ok, err, type Result } from '../../../foundation/failures/result.js';
import { present } from '../../../foundation/values/present.js';
import { wholeNames } from '../../../foundation/statistics/subject-names.js';
import type { ScoreSet } from './verification/score-set.js';
import { compareNames } from '../datasets/sets/image-list.js';
import type { Benchmark, BenchmarkDiagnostic, PairBenchmark, TemplateBenchmark } from './benchmark.js';
import type { Directions } from './embeddings.js';
import { fuseSimilarities } from './fusion.js';

/**
 * What becomes of a comparison without an embedding: nothing is scored, or the comparison is left out and said. A template
 * is compared by those of its images that have one.
 */
export type MissingPolicy = 'fatal' | 'leave-out';

export interface Compared {
  readonly scores: ScoreSet;
  /** By the numbers that persons have in the scores, who they are in other benchmarks, too; undefined where that is not known. */
  readonly names: ReadonlyMap<number, string> | undefined;
  /** Comparisons without a score. */
  readonly leftOut: number;
  readonly warnings: readonly BenchmarkDiagnostic[];
}

/** Scores every comparison of a benchmark. */
export function compareAll(
  benchmark: Benchmark,
  embeddings: Directions,
  missing: MissingPolicy,
): Result<Compared, readonly BenchmarkDiagnostic[]> {
  return benchmark.kind === 'pairs'
    ? comparePairs(benchmark, embeddings, missing)
    : compareTemplates(benchmark, embeddings, missing);
}

function comparePairs(
  { name, list, persons, known }: PairBenchmark,
  embeddings: Directions,
  missing: MissingPolicy,
): Result<Compared, readonly BenchmarkDiagnostic[]> {
  const names = [...new Set(list.pairs.flatMap(({ a, b }) => [a, b]))].sort(compareNames);
  const position = new Map(names.map((image, i) => [image, i]));
  const said = new Set<string>();
  const problems: BenchmarkDiagnostic[] = [];
  const table = new ScoreTable(list.pairs.length);
  const shown = personNumbers(names, persons);
  list.pairs.forEach(({ fold, genuine, a, b }, index) => {
    const [rowA, rowB] = [embeddings.row(a), embeddings.row(b)];
    if (rowA !== undefined && rowB !== undefined) {
      table.add(embeddings.cosine(rowA, rowB), genuine, fold, present(position, a), present(position, b));
      if (shown !== undefined) table.addPersons(present(shown, a), present(shown, b));
      return;
    }
    for (const image of [...(rowA === undefined ? [a] : []), ...(rowB === undefined ? [b] : [])]) {
      if (said.has(image)) continue;
      said.add(image);
      const number = (index % (2 * list.perFold)) + 1;
      const message = `${name}: there is no embedding of ${image}, which pair ${number} of fold ${fold + 1} needs (${a} and ${b})`;
      problems.push({ code: 'benchmarks/missing-image', severity: missing === 'fatal' ? 'error' : 'warning', message });
    }
  });
  if (problems.length > 0 && missing === 'fatal') return err(problems);
  const scores = table.finish(name, 'folds');
  const who =
    shown === undefined || known === undefined
      ? undefined
      : wholeNames(Array.from(shown, ([image, number]) => [number, known.get(present(persons!, image))]));
  return ok({ scores, names: who, leftOut: list.pairs.length - scores.score.length, warnings: problems });
}

function compareTemplates(
  { name, splits, known }: TemplateBenchmark,
  embeddings: Directions,
  missing: MissingPolicy,
): Result<Compared, readonly BenchmarkDiagnostic[]> {
  const problems: BenchmarkDiagnostic[] = [];
  const warnings: BenchmarkDiagnostic[] = [];
  const total = splits.reduce((sum, split) => sum + split.comparisons.length, 0);
  const table = new ScoreTable(total);
  const said = new Set<string>();
  splits.forEach(({ templates, comparisons }, split) => {
    const compared = new Set(comparisons.flat());
    const rows = new Map<number, readonly number[]>();
    for (const [id, { images }] of templates) {
      if (!compared.has(id)) continue;
      const found = images.map((image) => embeddings.row(image));
      rows.set(
        id,
        found.filter((row) => row !== undefined),
      );
      const lost = images.filter((_, i) => found[i] === undefined);
      if (lost.length === 0) continue;
      const where = `template ${id} of split ${split + 1}`;
      if (lost.length === images.length) {
        const message = `${name}: ${where} cannot be compared: there is no embedding of ${lost.join(' or ')}`;
        const severity = missing === 'fatal' ? 'error' : 'warning';
        problems.push({ code: 'benchmarks/missing-image', severity, message });
        continue;
      }
      for (const image of lost) {
        if (said.has(image)) continue;
        said.add(image);
        const message = `${name}: there is no embedding of ${image}; ${where} is compared by its other images`;
        warnings.push({ code: 'benchmarks/missing-image', severity: 'warning', message });
      }
    }
    for (const [a, b] of comparisons) {
      const similarity = compareTemplatePair(present(rows, a), present(rows, b), embeddings);
      if (similarity === undefined) continue;
      const [first, second] = [present(templates, a).subject, present(templates, b).subject];
      table.add(similarity, first === second, split, a, b);
      table.addPersons(first, second);
    }
  });
  if (problems.length > 0 && missing === 'fatal') return err(problems);
  const scores = table.finish(name, 'splits');
  const notes = [...problems, ...warnings];
  const subjects = splits.flatMap(({ templates }) => Array.from(templates.values(), ({ subject }) => subject));
  const names = known && wholeNames(Array.from(new Set(subjects), (subject) => [subject, known.get(String(subject))]));
  return ok({ scores, names, leftOut: total - scores.score.length, warnings: notes });
}

/** Persons as numbers, in the order of their names; undefined where one is not known. */
function personNumbers(
  images: readonly string[],
  persons: ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, number> | undefined {
  if (persons === undefined || !images.every((image) => persons.has(image))) return undefined;
  const sorted = [...new Set(images.map((image) => present(persons, image)))].sort(compareNames);
  const numbers = new Map(sorted.map((person, i) => [person, i]));
  return new Map(images.map((image) => [image, present(numbers, present(persons, image))]));
}

function compareTemplatePair(a: readonly number[], b: readonly number[], embeddings: Directions): number | undefined {
  if (a.length === 0 || b.length === 0) return undefined;
  const similarities = new Float64Array(a.length * b.length);
  for (let i = 0; i < a.length; i += 1) {
    for (let j = 0; j < b.length; j += 1) similarities[i * b.length + j] = embeddings.cosine(a[i]!, b[j]!);
  }
  return fuseSimilarities(similarities);
}

/** The columns of a score set while they grow. */
class ScoreTable {
  readonly #score: Float64Array;
  readonly #genuine: Uint8Array;
  readonly #fold: Int32Array;
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #persons: { readonly first: Int32Array; readonly second: Int32Array };
  #count = 0;
  #named = 0;

  constructor(capacity: number) {
    this.#score = new Float64Array(capacity);
    this.#genuine = new Uint8Array(capacity);
    this.#fold = new Int32Array(capacity);
    this.#first = new Int32Array(capacity);
    this.#second = new Int32Array(capacity);
    this.#persons = { first: new Int32Array(capacity), second: new Int32Array(capacity) };
  }

  add(score: number, genuine: boolean, fold: number, first: number, second: number): void {
    const at = this.#count++;
    this.#score[at] = score;
    this.#genuine[at] = genuine ? 1 : 0;
    this.#fold[at] = fold;
    this.#first[at] = first;
    this.#second[at] = second;
  }

  /** Of the pair that was added last. */
  addPersons(first: number, second: number): void {
    this.#persons.first[this.#count - 1] = first;
    this.#persons.second[this.#count - 1] = second;
    this.#named += 1;
  }

  finish(benchmark: string, protocol: ScoreSet['protocol']): ScoreSet {
    const n = this.#count;
    return {
      benchmark,
      protocol,
      score: this.#score.slice(0, n),
      genuine: this.#genuine.slice(0, n),
      fold: this.#fold.slice(0, n),
      first: this.#first.slice(0, n),
      second: this.#second.slice(0, n),
      ...(n > 0 && this.#named === n
        ? { persons: { first: this.#persons.first.slice(0, n), second: this.#persons.second.slice(0, n) } }
        : {}),
    };
  }
}

/** The first `most` of some diagnostics, and how many more there are. */
export function shorten(problems: readonly BenchmarkDiagnostic[], most: number): readonly BenchmarkDiagnostic[] {
  if (problems.length <= most) return problems;
  const { severity } = problems[most]!;
  const message = `and ${problems.length - most} more of the same kind`;
  return [...problems.slice(0, most), { code: 'benchmarks/missing-image', severity, message }];
}
