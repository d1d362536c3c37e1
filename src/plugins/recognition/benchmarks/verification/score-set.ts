import { failure, type Diagnostic } from '../../../../foundation/failures/diagnostic.js';
import { err, fail, ok, type Result } from '../../../../foundation/failures/result.js';
import {
  encodeSafetensors,
  SafetensorsFile,
  type SafetensorsCode,
} from '../../../../foundation/formats/safetensors.js';

/**
 * The similarities of a benchmark's pairs, kept so that any metric can be computed again and two models compared pair by pair.
 *
 * As a file, `scores.safetensors` (schema `fx/scores@2` in its metadata, with `benchmark` and `protocol`; `fx/scores@1` has no
 * persons and is read):
 *
 * | tensor    | dtype | shape | meaning                                                                             |
 * | --------- | ----- | ----- | ----------------------------------------------------------------------------------- |
 * | `score`   | F64   | [n]   | the greater the more alike                                                          |
 * | `genuine` | U8    | [n]   | 1 where the pair is one person                                                      |
 * | `fold`    | I32   | [n]   | fold (protocol `folds`) or split (protocol `splits`), from 0                        |
 * | `first`   | I32   | [n]   | `folds`: position of the image in the protocol's sorted names; `splits`: template   |
 * | `second`  | I32   | [n]   | as `first`                                                                          |
 * | `persons` | I32   | [n, 2] | whom the two images or templates show, as numbers from 0; absent where not known   |
 */
export interface ScoreSet {
  readonly benchmark: string;
  readonly protocol: Protocol;
  readonly score: Float64Array;
  readonly genuine: Uint8Array;
  readonly fold: Int32Array;
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Whom the images or templates of a pair show, as numbers from 0; absent where that is not known (files of schema 1). */
  readonly persons?: Persons;
}

/** What curves are made of, without which pairs these are. */
export type ScoreClasses = Pick<ScoreSet, 'benchmark' | 'protocol' | 'score' | 'genuine' | 'fold'>;

/** [n] each; equal where the pair is genuine. */
export interface Persons {
  readonly first: Int32Array;
  readonly second: Int32Array;
}

/**
 * - `folds`: one set of pairs in disjoint folds (LFW, Multi-PIE): accuracy on each fold with a threshold from the others;
 *   rates over all pairs together
 * - `splits`: repetitions that may share pairs (IJB-A): every rate is the mean over splits
 */
export type Protocol = 'folds' | 'splits';

export type ScoresCode = 'scores/malformed' | 'scores/not-a-number' | 'scores/one-class' | 'scores/different-pairs';

export type ScoresDiagnostic = Diagnostic<ScoresCode | SafetensorsCode>;

const SCHEMA = 'fx/scores@2';
const READABLE: readonly (string | undefined)[] = [SCHEMA, 'fx/scores@1'];

export function encodeScores(scores: ScoreSet): Uint8Array {
  const shape = [scores.score.length];
  return encodeSafetensors(
    {
      score: { shape, data: scores.score },
      genuine: { shape, data: scores.genuine },
      fold: { shape, data: scores.fold },
      first: { shape, data: scores.first },
      second: { shape, data: scores.second },
      ...(scores.persons === undefined
        ? {}
        : { persons: { shape: [scores.score.length, 2], data: interleave(scores.persons) } }),
    },
    { schema: SCHEMA, benchmark: scores.benchmark, protocol: scores.protocol },
  );
}

export function readScores(path: string): Result<ScoreSet, readonly ScoresDiagnostic[]> {
  return readFile(path, (file, classes) => {
    const persons = file.tensors.get('persons')?.dtype === 'I32' ? (file.read('persons') as Int32Array) : undefined;
    return {
      ...classes,
      first: file.read('first') as Int32Array,
      second: file.read('second') as Int32Array,
      ...(persons === undefined ? {} : { persons: separate(persons) }),
    };
  });
}

/** A third of the bytes of {@link readScores}. */
export function readScoreClasses(path: string): Result<ScoreClasses, readonly ScoresDiagnostic[]> {
  return readFile(path, (_, classes) => classes);
}

function readFile<T>(
  path: string,
  rest: (file: SafetensorsFile, classes: ScoreClasses) => T,
): Result<T, readonly ScoresDiagnostic[]> {
  const opened = SafetensorsFile.open(path);
  if (!opened.ok) return opened;
  const file = opened.value;
  try {
    const { schema, benchmark, protocol } = file.metadata;
    const dtypes = { score: 'F64', genuine: 'U8', fold: 'I32', first: 'I32', second: 'I32' };
    const isWhole = Object.entries(dtypes).every(([name, dtype]) => file.tensors.get(name)?.dtype === dtype);
    if (
      !READABLE.includes(schema) ||
      benchmark === undefined ||
      (protocol !== 'folds' && protocol !== 'splits') ||
      !isWhole
    ) {
      return fail(failure('scores/malformed', `${path} is not a file of scores (schema ${SCHEMA})`));
    }
    const classes: ScoreClasses = {
      benchmark,
      protocol,
      score: file.read('score') as Float64Array,
      genuine: file.read('genuine') as Uint8Array,
      fold: file.read('fold') as Int32Array,
    };
    return ok(rest(file, classes));
  } finally {
    file.close();
  }
}

/** [n, 2] */
function interleave({ first, second }: Persons): Int32Array {
  const both = new Int32Array(2 * first.length);
  for (let i = 0; i < first.length; i += 1) {
    both[2 * i] = first[i]!;
    both[2 * i + 1] = second[i]!;
  }
  return both;
}

function separate(both: Int32Array): Persons {
  const n = both.length / 2;
  const persons = { first: new Int32Array(n), second: new Int32Array(n) };
  for (let i = 0; i < n; i += 1) {
    persons.first[i] = both[2 * i]!;
    persons.second[i] = both[2 * i + 1]!;
  }
  return persons;
}

/** What no metric can be computed of: scores that are no numbers, and a set (of `splits`: a split) of one class alone. */
export function checkScores<S extends ScoreClasses>(scores: S): Result<S, readonly ScoresDiagnostic[]> {
  const { score, genuine, fold, benchmark, protocol } = scores;
  const bad = score.findIndex((value) => Number.isNaN(value));
  if (bad !== -1) {
    const count = score.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
    const message = `${benchmark}: ${count} of ${score.length} scores are not numbers, the first that of pair ${bad + 1}`;
    return fail(failure('scores/not-a-number', message, 'look at the embeddings: a network that diverged gives NaN'));
  }
  const classes = new Map<number, number>();
  for (let i = 0; i < score.length; i += 1) {
    const group = protocol === 'folds' ? 0 : fold[i]!;
    classes.set(group, (classes.get(group) ?? 0) | (genuine[i] === 1 ? 1 : 2));
  }
  if (score.length === 0) return fail(failure('scores/one-class', `${benchmark}: there are no pairs`));
  const problems: ScoresDiagnostic[] = [];
  for (const [group, seen] of classes) {
    if (seen === 3) continue;
    const where = protocol === 'folds' ? '' : ` in split ${group + 1}`;
    const missing = seen === 1 ? 'impostor' : 'genuine';
    problems.push(
      failure('scores/one-class', `${benchmark}: there is no ${missing} pair${where}, so rates are undefined`),
    );
  }
  return problems.length > 0 ? err(problems) : ok(scores);
}

/** Two sets can be compared pair by pair where they are of the same pairs in the same order. */
export function checkSamePairs(a: ScoreSet, b: ScoreSet): Result<true, readonly ScoresDiagnostic[]> {
  const same =
    a.benchmark === b.benchmark &&
    a.protocol === b.protocol &&
    equal(a.genuine, b.genuine) &&
    equal(a.fold, b.fold) &&
    equal(a.first, b.first) &&
    equal(a.second, b.second);
  if (same) return ok(true);
  const message = `scores of ${a.benchmark} (${a.score.length} pairs) and ${b.benchmark} (${b.score.length}) are of different pairs`;
  return fail(failure('scores/different-pairs', message, 'compare models on the same benchmark and list of pairs'));
}

function equal(a: Uint8Array | Int32Array, b: Uint8Array | Int32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
