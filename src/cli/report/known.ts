import { recordOf, type RunRecord } from '../../engine/run/record.js';
import { planGraph } from '../../engine/plan/plan.js';
import { failure } from '../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../foundation/failures/result.js';
import type { OpenExperiment } from '../project/open-experiment.js';

/** The record of an experiment whose every result is known; executes nothing. */
export async function knownRun({ graph, services }: OpenExperiment): Promise<Result<RunRecord>> {
  const planned = await planGraph(graph, services);
  if (!planned.ok) return planned;
  const known = planned.value.stages.flatMap((stage) => (stage.status === 'hit' ? [stage] : []));
  const unknown = planned.value.stages.filter(({ status }) => status !== 'hit').map(({ node }) => node.id);
  if (unknown.length > 0) {
    const some = unknown.slice(0, 5).join(', ') + (unknown.length > 5 ? ', ...' : '');
    const message = `${unknown.length} of ${planned.value.stages.length} stages have no result yet: ${some}`;
    return fail(failure('report/not-run', message, `run \`fx run ${graph.file}\` first`));
  }
  return ok(recordOf(graph, new Map(known.map(({ node, record }) => [node.id, record]))));
}
