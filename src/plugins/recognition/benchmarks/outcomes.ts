import { itemsDigest, type MetricOutcome, type Outcomes } from '../../../foundation/statistics/outcomes.js';
import { evaluateMetrics, metricName, type Metric, type PreparedScores } from './verification/metrics.js';
import { pointAt, type RocCurve } from './verification/roc.js';
import type { ScoreSet } from './verification/score-set.js';
import { influenceOf } from './influence.js';
import { thresholdSpread } from './learnt-threshold.js';

/**
 * What each pair contributed to the metrics of a verification. The subjects of a pair are its persons, two of an impostor pair.
 * Where persons are not known (scores of an earlier format), the folds stand in for them, which share none; for splits, which
 * do, there is then nothing to go by.
 *
 * @param names by number, who the persons are in other benchmarks, too
 * @returns undefined where it is not known what varies together
 */
export function outcomesOf(
  prepared: PreparedScores,
  metrics: readonly Metric[],
  names?: ReadonlyMap<number, string>,
): Outcomes | undefined {
  const { scores } = prepared;
  const { benchmark, protocol, genuine, fold, first, second, persons } = scores;
  const subjects = subjectsOf(scores);
  if (subjects === undefined) return undefined;
  const values = evaluateMetrics(prepared, metrics);
  return {
    items: itemsDigest(`${benchmark}\n${protocol}`, genuine, fold, first, second, subjects),
    subjects,
    ...(names === undefined || persons === undefined ? {} : { names }),
    words: { subjects: persons === undefined ? 'folds' : 'persons', replicates: 'trainings' },
    metrics: metrics.flatMap((metric, m): MetricOutcome[] => {
      const influence = influenceOf(prepared, metric);
      const value = values[m]!;
      if (influence === undefined || Number.isNaN(value)) return [];
      const notes = notesOf(prepared, metric);
      const own = metric.kind === 'accuracy' ? thresholdSpread(prepared.ranked[0]!, fold) : undefined;
      const bounds = [0, 1] as const;
      return [{ name: metricName(metric), value, bounds, influence, ...(own === undefined ? {} : { own }), notes }];
    }),
  };
}

function subjectsOf({ protocol, fold, persons }: ScoreSet): Int32Array | undefined {
  if (persons === undefined && protocol === 'splits') return undefined;
  const subjects = new Int32Array(2 * fold.length);
  for (let i = 0; i < fold.length; i += 1) {
    subjects[2 * i] = persons === undefined ? fold[i]! : persons.first[i]!;
    subjects[2 * i + 1] = persons === undefined ? fold[i]! : persons.second[i]!;
  }
  return subjects;
}

/** With fewer false accepts than this, a threshold is hardly known. */
const FEW_ACCEPTS = 5;

/** What a number cannot say: the resolution of its impostors, and pairs of one score at the threshold. */
function notesOf({ scores, curves }: PreparedScores, metric: Metric): string[] {
  if (metric.kind !== 'tar' && metric.kind !== 'eer') return [];
  const where = scores.protocol === 'splits' ? ' of a split' : '';
  const notes = metric.kind === 'tar' ? resolutionNotes(metric.far, curves, where) : [];
  const tied = Math.max(...curves.map((curve) => manyTied(curve, metric.kind === 'tar' ? metric.far : 'eer')));
  if (tied > 0) notes.push(`${tied} pairs${where} are tied at the threshold: the accept rate jumps there`);
  return notes;
}

function resolutionNotes(far: number, curves: readonly RocCurve[], where: string): string[] {
  const impostors = Math.min(...curves.map((curve) => curve.impostors));
  const accepts = far * impostors;
  if (accepts < 1) {
    return [`FAR ${far} is below 1/${impostors} (impostor pairs)${where}: this is the TAR without any false accept`];
  }
  // As it is counted: 0.07 of 100 is a little more than 7.
  const whole = Math.floor(accepts + 1e-9);
  return whole < FEW_ACCEPTS ? [`the threshold rests on ${whole} of ${impostors} impostor pairs${where}`] : [];
}

/** Pairs of one score at the threshold, where they are more than one in a hundred; else 0. */
function manyTied(curve: RocCurve, at: number | 'eer'): number {
  const { far, tar, impostors, genuines } = curve;
  // The step that accepting the next score would be; of the EER the one in which FAR and FRR meet.
  let p = at === 'eer' ? 0 : pointAt(curve, at);
  if (at === 'eer') while (p + 2 < far.length && far[p + 1]! < 1 - tar[p + 1]!) p += 1;
  if (p + 1 === far.length) return 0;
  const tied = Math.round((far[p + 1]! - far[p]!) * impostors + (tar[p + 1]! - tar[p]!) * genuines);
  return tied > Math.max(1, 0.01 * (impostors + genuines)) ? tied : 0;
}
