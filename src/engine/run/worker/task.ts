import type { JsonObject } from '../../../foundation/values/json.js';
import { ok } from '../../../foundation/failures/result.js';
import { HELD, publishListing } from '../../artifacts/content/listing.js';
import type { StoreResult } from '../../artifacts/store/store.js';
import { bindParameters, filesRead } from '../../plan/identify.js';
import type { StageToRun } from '../../plan/plan.js';
import type { Artifact, Part, Resources } from '../../stage.js';
import type { Computation } from '../computation.js';
import type { SentArtifact, SentPart, Task } from './protocol.js';
import type { RunServices } from '../services.js';
import { worksHere } from './workers.js';

/** A computation as it is sent to a child. What is too long to be sent is put into the cache, where the child opens it. */
export async function taskOf(
  computation: Computation,
  stage: StageToRun,
  workspace: string,
  cores: number,
  { cache, scriptOf, workers }: Pick<RunServices, 'cache' | 'scriptOf' | 'workers'>,
): Promise<StoreResult<Task>> {
  const { identified, node } = stage;
  const part = computation.part?.part;
  const long: Artifact[] = [];
  const send = (artifact: Artifact, reads?: readonly string[]): SentArtifact => {
    const sent = sendArtifact(artifact, reads);
    if (sent.files === undefined) long.push(artifact);
    return sent;
  };
  const inputs = new Map<string, SentArtifact>();
  for (const [pointer, input] of identified.inputs) inputs.set(pointer, send(input, part?.reads?.[pointer.slice(1)]));
  const previous = computation.previous && send(computation.previous);
  const parts = computation.finished?.map((p): SentPart => ({ ...p, artifact: p.artifact && send(p.artifact) }));
  for (const artifact of long) {
    const published = await publishListing(artifact, cache.blobs);
    if (!published.ok) return published;
  }
  const script = scriptOf?.(node.kind);
  return ok({
    kind: node.kind.name,
    ...(script === undefined ? {} : { script }),
    act: computation.act,
    ...(node.kind.checkMachine === undefined || worksHere(workers) ? {} : { checksMachine: true as const }),
    parameters: bindParameters(node, inputs) as JsonObject,
    workspace,
    cores,
    cache: cache.root,
    ...(part === undefined ? {} : { part: withoutReads(part) }),
    ...(previous === undefined ? {} : { previous }),
    ...(parts === undefined ? {} : { parts }),
  });
}

/** @param reads the files that are sent, where not all are */
function sendArtifact(artifact: Artifact, reads?: readonly string[]): SentArtifact {
  const { digest, files, folders, metrics, outside } = artifact;
  const few = reads !== undefined ? filesRead(artifact, reads) : files.count <= HELD ? [...files] : undefined;
  return {
    $artifact: digest,
    count: files.count,
    metrics,
    ...(few === undefined ? {} : { files: few }),
    ...(folders === undefined ? {} : { folders }),
    ...(outside === undefined ? {} : { outside }),
  };
}

/** The names of what it reads come with the artifacts that are sent. */
function withoutReads({ id, parameters }: Part): Part {
  return { id, parameters };
}

const DEFAULT_RESOURCES: Resources = { cores: 1, memory: 512 * 2 ** 20, gpus: 0 };

/** What a stage takes of the machine: as its settings say, else its kind. */
export function resourcesOf(stage: StageToRun): Resources {
  const { kind, settings } = stage.node;
  const declared = typeof kind.resources === 'function' ? kind.resources(stage.identified.parameters) : kind.resources;
  const { 'memory-at-most': _, ...own } = settings.resources ?? {};
  return { ...DEFAULT_RESOURCES, ...declared, ...own };
}
