import type { JsonObject } from '../../foundation/json.js';
import type { StageToRun } from '../plan/plan.js';
import type { Resources } from '../stage.js';
import { sendParameters, type Job } from './job.js';
import { sendArtifact, type SentPart, type Task } from './protocol.js';

/**
 * A job as it is sent to a child.
 *
 * @param cache folder of the cache
 */
export function taskOf(job: Job, stage: StageToRun, workspace: string, cores: number, cache: string): Task {
  const { identified, node } = stage;
  const send = sendArtifact;
  const inputs = new Set<unknown>(identified.inputs.values());
  return {
    kind: node.kind.name,
    act: job.act,
    parameters: sendParameters(identified.parameters, inputs, send) as JsonObject,
    workspace,
    cores,
    cache,
    ...(job.part === undefined ? {} : { part: job.part.part }),
    ...(job.previous === undefined ? {} : { previous: send(job.previous) }),
    ...(job.finished === undefined
      ? {}
      : { parts: job.finished.map((p): SentPart => ({ ...p, artifact: p.artifact && send(p.artifact) })) }),
  };
}

const DEFAULT_RESOURCES: Resources = { cores: 1, memory: 512 * 2 ** 20, gpus: 0 };

/** What a stage takes of the machine: as its settings say, else its kind. */
export function resourcesOf(stage: StageToRun): Resources {
  const { kind, settings } = stage.node;
  const declared = typeof kind.resources === 'function' ? kind.resources(stage.identified.parameters) : kind.resources;
  return { ...DEFAULT_RESOURCES, ...declared, ...settings.resources };
}
