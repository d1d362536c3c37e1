import { failure, type Diagnostic } from '../failures/diagnostic.js';
import { sha256 } from '../files/digest.js';
import { fail, ok, type Result } from '../failures/result.js';
import { encodeSafetensors, SafetensorsFile, type SafetensorsCode } from '../formats/safetensors.js';
import { subjectName, wholeNames } from './subject-names.js';

/**
 * What each item of a test contributed to a stage's metrics: what intervals and paired differences are made from, whatever
 * the test was.
 *
 * An **item** is what was judged (a pair of images, a question, a document); its **subjects** are the one or two independent
 * units that it is of (the persons of the pair): items that share one vary together. The **influence** of an item on a metric
 * is its first-order contribution to the metric's deviation from what is expected; influences sum to about zero, and for a
 * mean of n values are (value - mean) / n.
 *
 * As a file, `outcomes.safetensors`, metadata `schema` `fx/outcomes@1`; `items`, a text that two files share if and only
 * if they are of the same items in the same order; `subjects` and `replicates`, what a reader calls these (`persons`,
 * `trainings`); `metrics`, a JSON list of `{name, value, bounds?, own?: {variance, freedom}, notes?}`:
 *
 * | tensor      | dtype | shape  | meaning                                                              |
 * | ----------- | ----- | ------ | -------------------------------------------------------------------- |
 * | `subjects`  | I32   | [n, 2] | labels from 0; twice the same where the item is of one subject       |
 * | `influence` | F64   | [m, n] | of each metric, in the order of the list                             |
 * | `names`     | U32   | [k, 3] | each label once, and 64 bits, the high ones first, that are equal in  |
 * |             |       |        | two files for the same subject; absent where that is not known       |
 */
export interface Outcomes {
  readonly items: string;
  /** [2n] */
  readonly subjects: Int32Array;
  /** Of each label, who that is ({@link subjectName}); absent where that is not known of all of them. */
  readonly names?: ReadonlyMap<number, string>;
  readonly words: OutcomeWords;
  readonly metrics: readonly MetricOutcome[];
}

/** In the plural. */
export interface OutcomeWords {
  readonly subjects: string;
  readonly replicates: string;
}

export interface MetricOutcome {
  readonly name: string;
  readonly value: number;
  /** Between which the metric lies by its definition. */
  readonly bounds?: readonly [number, number];
  /** [n] */
  readonly influence: Float64Array;
  /** What varies beside the items' contributions and is this replicate's alone: a threshold that was learnt. Several show it. */
  readonly own?: Spread;
  /** What the number cannot say, in sentences for a reader. */
  readonly notes: readonly string[];
}

/** A variance, and the degrees of freedom that it was found with. */
export interface Spread {
  readonly variance: number;
  readonly freedom: number;
}

export type OutcomesCode = 'outcomes/malformed';

export const OUTCOMES_FILE = 'outcomes.safetensors';

const SCHEMA = 'fx/outcomes@1';

export const PLAIN_WORDS: OutcomeWords = { subjects: 'subjects', replicates: 'replicates' };

/** The mean of a value of each item. */
export function meanOutcome(
  name: string,
  values: ArrayLike<number>,
  more: Partial<Pick<MetricOutcome, 'bounds' | 'notes'>> = {},
): MetricOutcome {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i]!;
  const value = sum / values.length;
  const influence = Float64Array.from(values, (each) => (each - value) / values.length);
  return { name, value, influence, notes: [], ...more };
}

/**
 * The outcomes of items that are known by name: two stages are compared item by item if they give the same names in the same
 * order.
 *
 * @param given `items` are named once each; `subjects` says which unit each item is of, itself by default; `words` what a
 *   reader calls these; `set` in which the subjects have their names, the same text for the same set: without one, only names in
 *   full say who is meant in another test
 */
export function outcomesOf(given: {
  readonly items: readonly string[];
  readonly subjects?: readonly string[];
  readonly set?: string;
  readonly metrics: readonly MetricOutcome[];
  readonly words?: Partial<OutcomeWords>;
}): Outcomes {
  const { items, subjects = items, set, metrics, words } = given;
  const labels = labelsOf(subjects);
  const names = wholeNames(new Map(subjects.map((name, i) => [labels[i]!, subjectName(name, set)])));
  return {
    items: sha256(JSON.stringify([items, subjects])),
    subjects: Int32Array.from({ length: 2 * items.length }, (_, i) => labels[i >> 1]!),
    ...(names === undefined ? {} : { names }),
    words: { ...PLAIN_WORDS, subjects: given.subjects === undefined ? 'items' : PLAIN_WORDS.subjects, ...words },
    metrics,
  };
}

/** Labels of names, from 0 in the order in which they first stand. */
export function labelsOf(names: readonly string[]): Int32Array {
  const labels = new Map<string, number>();
  return Int32Array.from(names, (name) => {
    const label = labels.get(name) ?? labels.size;
    labels.set(name, label);
    return label;
  });
}

/** A text that says which items these are: equal for equal columns alone. */
export function itemsDigest(name: string, ...columns: readonly (Int32Array | Uint8Array)[]): string {
  const parts = columns.map((column) => sha256(new Uint8Array(column.buffer, column.byteOffset, column.byteLength)));
  return sha256([name, ...parts].join('\n'));
}

export function encodeOutcomes({ items, subjects, names, words, metrics }: Outcomes): Uint8Array {
  const n = subjects.length / 2;
  const influence = new Float64Array(metrics.length * n);
  metrics.forEach((metric, m) => influence.set(metric.influence, m * n));
  const list = metrics.map(({ name, value, bounds, own, notes }) => ({
    name,
    value,
    ...(bounds === undefined ? {} : { bounds }),
    ...(own === undefined ? {} : { own }),
    ...(notes.length === 0 ? {} : { notes }),
  }));
  return encodeSafetensors(
    {
      subjects: { shape: [n, 2], data: subjects },
      influence: { shape: [metrics.length, n], data: influence },
      ...(names === undefined ? {} : { names: { shape: [names.size, 3], data: encodeNames(names) } }),
    },
    { schema: SCHEMA, items, ...words, metrics: JSON.stringify(list) },
  );
}

function encodeNames(names: ReadonlyMap<number, string>): Uint32Array {
  const labels = [...names.keys()].sort((a, b) => a - b);
  return Uint32Array.from(
    labels.flatMap((label) => {
      const name = names.get(label)!;
      return [label, parseInt(name.slice(0, 8), 16), parseInt(name.slice(8), 16)];
    }),
  );
}

/** Undefined where a label, or a name, stands twice. */
function decodeNames(data: Uint32Array): ReadonlyMap<number, string> | undefined {
  const names = new Map<number, string>();
  const digits = (word: number): string => word.toString(16).padStart(8, '0');
  for (let i = 0; i < data.length; i += 3) names.set(data[i]!, digits(data[i + 1]!) + digits(data[i + 2]!));
  return new Set(names.values()).size === data.length / 3 ? names : undefined;
}

/**
 * @param only the one metric that is wanted: the others are neither read nor among the result's
 */
export function readOutcomes(
  path: string,
  only?: string,
): Result<Outcomes, readonly Diagnostic<OutcomesCode | SafetensorsCode>[]> {
  const opened = SafetensorsFile.open(path);
  if (!opened.ok) return opened;
  const file = opened.value;
  try {
    const malformed = (what: string) => fail(failure<OutcomesCode>('outcomes/malformed', `${path}: ${what}`));
    const { schema, items, subjects: ofSubjects, replicates, metrics } = file.metadata;
    if (schema !== SCHEMA || items === undefined || metrics === undefined) {
      return malformed(`it is not a file of outcomes (schema ${SCHEMA})`);
    }
    const described = readList(metrics);
    if (described === undefined) return malformed('its list of metrics cannot be read');
    const n = file.tensors.get('subjects')?.shape[0];
    const isWhole =
      n !== undefined &&
      hasShape(file, 'subjects', 'I32', [n, 2]) &&
      hasShape(file, 'influence', 'F64', [described.length, n]);
    if (!isWhole) return malformed('its tensors are not of the types and shapes that the schema asks for');
    const wanted = described.flatMap((metric, m) => {
      if (only !== undefined && metric.name !== only) return [];
      return [{ ...metric, influence: file.read('influence', m, m + 1) as Float64Array }];
    });
    const subjects = file.read('subjects') as Int32Array;
    if (!wanted.every(({ influence }) => areFinite(influence))) return malformed('an influence is not a finite number');
    if (!areLabels(subjects)) return malformed('a label of a subject is negative');
    const k = file.tensors.get('names')?.shape[0];
    if (k !== undefined && !hasShape(file, 'names', 'U32', [k, 3])) return malformed('its names are not U32 [k, 3]');
    const names = k === undefined ? undefined : decodeNames(file.read('names') as Uint32Array);
    if (k !== undefined && !(names !== undefined && subjects.every((label) => names.has(label))))
      return malformed('its names are not one for each subject');
    return ok({
      items,
      subjects,
      ...(names === undefined ? {} : { names }),
      words: {
        subjects: ofSubjects ?? PLAIN_WORDS.subjects,
        replicates: replicates ?? PLAIN_WORDS.replicates,
      },
      metrics: wanted,
    });
  } finally {
    file.close();
  }
}

function areFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i += 1) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

function areLabels(values: Int32Array): boolean {
  for (let i = 0; i < values.length; i += 1) if (values[i]! < 0) return false;
  return true;
}

function hasShape(file: SafetensorsFile, name: string, dtype: string, shape: readonly number[]): boolean {
  const tensor = file.tensors.get(name);
  return (
    tensor?.dtype === dtype && tensor.shape.length === shape.length && tensor.shape.every((d, i) => d === shape[i])
  );
}

function readList(text: string): readonly Omit<MetricOutcome, 'influence'>[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  const metrics: Omit<MetricOutcome, 'influence'>[] = [];
  for (const each of list as unknown[]) {
    if (typeof each !== 'object' || each === null) return undefined;
    const { name, value, bounds, own, notes = [] } = each as Record<string, unknown>;
    if (typeof name !== 'string' || typeof value !== 'number' || !isListOf(notes, 'string')) return undefined;
    if (bounds !== undefined && !(isListOf(bounds, 'number') && bounds.length === 2)) return undefined;
    if (own !== undefined && !isSpread(own)) return undefined;
    metrics.push({
      name,
      value,
      notes,
      ...(bounds === undefined ? {} : { bounds: [bounds[0]!, bounds[1]!] }),
      ...(own === undefined ? {} : { own }),
    });
  }
  return metrics;
}

function isSpread(value: unknown): value is Spread {
  if (typeof value !== 'object' || value === null) return false;
  const { variance, freedom } = value as Record<string, unknown>;
  return typeof variance === 'number' && variance >= 0 && typeof freedom === 'number' && freedom >= 1;
}

function isListOf(value: unknown, type: 'string'): value is readonly string[];
function isListOf(value: unknown, type: 'number'): value is readonly number[];
function isListOf(value: unknown, type: string): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === type);
}
