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
 * @returns undefined where it is not known what varies together
 */
export function outcomesOf(prepared: PreparedScores, metrics: readonly Metric[]): Outcomes | undefined {
  const { scores } = prepared;
  const { benchmark, protocol, genuine, fold, first, second, persons } = scores;
  const subjects = subjectsOf(scores);
  if (subjects === undefined) return undefined;
  const values = evaluateMetrics(prepared, metrics);
  return {
    items: itemsDigest(`${benchmark}\n${protocol}`, genuine, fold, first, second, subjects),
    subjects,
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
  const notes: string[] = [];
  if (metric.kind !== 'tar') return notes;
  const where = scores.protocol === 'splits' ? ' of a split' : '';
  const impostors = Math.min(...curves.map((curve) => curve.impostors));
  const accepts = metric.far * impostors;
  if (accepts < 1) {
    notes.push(
      `FAR ${metric.far} is below 1/${impostors} (impostor pairs)${where}: this is the TAR without any false accept`,
    );
  } else if (accepts < FEW_ACCEPTS) {
    notes.push(`the threshold rests on ${Math.floor(accepts)} of ${impostors} impostor pairs${where}`);
  }
  const tied = Math.max(...curves.map((curve) => tiedBelow(curve, metric.far)));
  if (tied > 1 && tied > 0.01 * scores.score.length) {
    notes.push(`${tied} pairs are tied at the threshold: the accept rate jumps there`);
  }
  return notes;
}

/** Pairs of the score that is next below the threshold: where accepting them would pass the FAR, by so large a step. */
function tiedBelow(curve: RocCurve, far: number): number {
  const p = pointAt(curve, far);
  if (p + 1 === curve.far.length) return 0;
  const impostors = (curve.far[p + 1]! - curve.far[p]!) * curve.impostors;
  return Math.round(impostors + (curve.tar[p + 1]! - curve.tar[p]!) * curve.genuines);
}
