import type { Notice } from '../engine/presentation.js';
import type { StageRecord } from '../engine/run/record.js';
import { metricsOf, type AnyStageKind, type MetricDeclaration } from '../engine/stage.js';
import { inOrder } from './plan.js';

/** The stage kinds at hand, by name: a report asks them how their results are shown. One that is missing shows nothing. */
export interface Kinds {
  get(name: string): AnyStageKind | undefined;
}

/** What a stage's kind declares of a metric. */
export function metricIn(kinds: Kinds, stage: StageRecord, metric: string): MetricDeclaration | undefined {
  const kind = kinds.get(stage.kind);
  return kind === undefined ? undefined : metricsOf(kind, stage.parameters)?.[metric];
}

/** By stage id, the notice of its own kind or of one upstream of it: of several, the first in the graph's order. */
export function noticesOf(stages: readonly StageRecord[], kinds: Kinds): ReadonlyMap<string, Notice> {
  const found = new Map<string, Notice>();
  for (const { id, kind, reads } of inOrder(stages)) {
    const upstream = Object.values(reads).flatMap((read) => found.get(read) ?? []);
    const notice = kinds.get(kind)?.shows?.notice ?? upstream[0];
    if (notice !== undefined) found.set(id, notice);
  }
  return found;
}
