import type { StageRecord } from '../../engine/run/record.js';
import { OUTCOMES_FILE } from '../../foundation/statistics/outcomes.js';
import type { MetricSource } from '../report.js';
import { digestOf } from './evidence.js';

/** The metric in each stage's record, replicates of one another; those without a number are left out. */
export function sourcesOf(stages: readonly StageRecord[], metric: string): readonly MetricSource[] {
  return stages.flatMap((stage) => {
    const value = Object.hasOwn(stage.metrics, metric) ? stage.metrics[metric] : undefined;
    if (typeof value !== 'number') return [];
    const outcomes = digestOf(stage, OUTCOMES_FILE);
    return [{ stage: stage.id, key: stage.key, metric, value, ...(outcomes === undefined ? {} : { outcomes }) }];
  });
}

/** That some replicates have no number, where others have. */
export function lackingNotes(stages: readonly StageRecord[], metric: string): readonly string[] {
  const all = stages.length;
  const measured = sourcesOf(stages, metric).length;
  if (measured === 0 || measured === all) return [];
  return [`\`${metric}\` was not measured in ${all - measured} of ${all} replicates`];
}
