import { planGraph, type PlannedStage } from '../../engine/plan/plan.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import { findStages, upstreamOf } from './select.js';
import type { OpenExperiment } from '../project/open-experiment.js';

/** What is known of the one stage of a name; the cells of a matrix are several. */
export async function planOne({ graph, services }: OpenExperiment, name: string): Promise<Result<PlannedStage>> {
  const found = findStages(graph, [name]);
  if (!found.ok) return found;
  const [node, ...others] = found.value;
  if (others.length > 0) {
    const ids = found.value.map(({ id }) => `\`${id}\``);
    const some = ids.slice(0, 6).join(', ') + (ids.length > 6 ? ', ...' : '');
    return fail(failure('select/several-stages', `\`${name}\` is ${ids.length} stages`, `name one of ${some}`));
  }
  const planned = await planGraph({ ...graph, stages: upstreamOf(graph, [node!]) }, services);
  return planned.ok ? ok(planned.value.stages.find((stage) => stage.node === node)!) : planned;
}
