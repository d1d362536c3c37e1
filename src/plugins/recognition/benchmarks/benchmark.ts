import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { err, ok, type Result } from '../../../foundation/failures/result.js';
import type { ScoresDiagnostic } from './verification/score-set.js';
import { ijbaName, type IjbaRow } from '../datasets/formats/ijba.js';
import type { PairList } from '../datasets/formats/pairs.js';

/** What is to be compared with what. Images are called by the names of their data set's list. */
export type Benchmark = PairBenchmark | TemplateBenchmark;

interface Named {
  /** Of persons by name (in templates: subjects by number), who that is in other benchmarks, too; absent where that is not known. */
  readonly known?: ReadonlyMap<string, string>;
}

/** Image against image, in folds: LFW's view 2, and Multi-PIE by the same protocol. */
export interface PairBenchmark extends Named {
  readonly kind: 'pairs';
  /** `lfw`, `multipie` */
  readonly name: string;
  readonly list: PairList;
  /** Whom each image of the list shows; absent where that is not known. */
  readonly persons?: ReadonlyMap<string, string>;
}

/** Template against template, in splits: IJB-A 1:1. */
export interface TemplateBenchmark extends Named {
  readonly kind: 'templates';
  readonly name: string;
  readonly splits: readonly TemplateSplit[];
}

export interface TemplateSplit {
  readonly templates: ReadonlyMap<number, Template>;
  readonly comparisons: readonly (readonly [number, number])[];
}

/** Several images and frames of one subject. */
export interface Template {
  readonly subject: number;
  /** Without repetition, in the order of the table. */
  readonly images: readonly string[];
}

export type BenchmarkCode =
  /** A pair or template needs an image for which there is no embedding. */
  | 'benchmarks/missing-image'
  /** A comparison of a template that no row describes, or a template of two subjects. */
  | 'benchmarks/template'
  /** No other fold to learn a threshold from. */
  | 'benchmarks/one-fold'
  /** Embeddings that have no direction: not a number, or zero. */
  | 'benchmarks/embedding'
  /** Too few persons or images to draw the pairs that were asked for. */
  | 'benchmarks/too-few-images';

export type BenchmarkDiagnostic = Diagnostic<BenchmarkCode> | ScoresDiagnostic;

/** One split of IJB-A of its two tables. */
export function ijbaSplit(
  metadata: readonly IjbaRow[],
  comparisons: readonly (readonly [number, number])[],
): Result<TemplateSplit, readonly BenchmarkDiagnostic[]> {
  const building = new Map<number, { subject: number; images: Set<string> }>();
  const problems: BenchmarkDiagnostic[] = [];
  const complain = (message: string) => problems.push({ code: 'benchmarks/template', severity: 'error', message });
  for (const row of metadata) {
    const template = building.get(row.template) ?? { subject: row.subject, images: new Set<string>() };
    if (template.subject !== row.subject) {
      complain(`template ${row.template} is of subject ${template.subject} and, with ${row.file}, of ${row.subject}`);
    }
    template.images.add(ijbaName(row));
    building.set(row.template, template);
  }
  const unknown = new Set(comparisons.flat().filter((id) => !building.has(id)));
  for (const id of unknown) complain(`template ${id} is compared, but no row of the metadata describes it`);
  if (problems.length > 0) return err(problems);
  const templates = new Map<number, Template>();
  for (const [id, { subject, images }] of building) templates.set(id, { subject, images: [...images] });
  return ok({ templates, comparisons });
}
