import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { failure } from '../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../foundation/failures/result.js';
import type { ResultRecord } from '../../artifacts/content/result-record.js';
import { bindParameters, identifyPart, type Identified, type IdentifiedPart } from '../../plan/identify.js';
import type { StageToRun } from '../../plan/plan.js';
import { executeComputation, executeStage } from '../../run/execute.js';
import type { Computation, ComputationOutcome } from '../../run/computation.js';
import { ResourcePool } from '../../run/resources.js';
import type { RunServices } from '../../run/services.js';
import type { Artifact, FinishedPart, Resources } from '../../stage.js';
import type { SharingCode } from '../codes.js';
import type { Recomputable } from './recomputable.js';
import type { Scratch } from './scratch.js';

export interface Doing {
  readonly resources: Resources;
  readonly signal: AbortSignal;
}

type Remade = Result<ResultRecord, readonly Diagnostic<SharingCode>[]>;

/** Recomputes in a scratch place, from the results that are read, as they are in `services`. */
export async function recompute(
  one: Recomputable,
  services: RunServices,
  scratch: Scratch,
  doing: Doing,
): Promise<Remade> {
  const stage = await stageFrom(one.identified, scratch);
  if (typeof stage === 'string') return notDone(stage);
  const options = optionsOf(doing);
  const { key, preimage } = one.identified;
  switch (one.what) {
    case 'whole':
      return outcomeOf(await executeStage(stage, scratch.services, options));
    case 'shard': {
      const { part } = one;
      const computation: Computation = { key: part.key, preimage: part.preimage, act: 'part', part };
      return outcomeOf(await executeComputation(stage, computation, scratch.services, options));
    }
    case 'link':
      return remakeLink(one, stage, services, scratch, options);
    case 'gather': {
      const finished = await partsAtHand(one, services, scratch);
      // Parts that are not here are recomputed, too.
      if (finished === undefined) return outcomeOf(await executeStage(stage, scratch.services, options));
      return outcomeOf(
        await executeComputation(stage, { key, preimage, act: 'gather', finished }, scratch.services, options),
      );
    }
  }
}

/** Recomputes a whole stage, with all its parts, from artifacts that are in the scratch place already. */
export async function recomputeStage(identified: Identified, scratch: Scratch, doing: Doing): Promise<Remade> {
  const stage: StageToRun = { status: 'run', node: identified.node, identified, parts: undefined };
  return outcomeOf(await executeStage(stage, scratch.services, optionsOf(doing)));
}

/** The stage with what it reads taken into the scratch place; the name of a damaged file where that fails. */
async function stageFrom(identified: Identified, scratch: Scratch): Promise<StageToRun | string> {
  const inputs = new Map<string, Artifact>();
  for (const [pointer, artifact] of identified.inputs) {
    const taken = await scratch.take(artifact);
    if (typeof taken === 'string') return `the file ${taken} that it reads is missing or damaged in the cache`;
    inputs.set(pointer, taken);
  }
  const { node } = identified;
  const here: Identified = { ...identified, inputs, parameters: bindParameters(node, inputs) };
  return { status: 'run', node, identified: here, parts: undefined };
}

/** From the newest link before it whose files are here, or from the beginning. */
async function remakeLink(
  one: Recomputable & { readonly what: 'link' },
  stage: StageToRun,
  services: RunServices,
  scratch: Scratch,
  options: ReturnType<typeof optionsOf>,
): Promise<Remade> {
  const before = one.links.slice(0, one.at);
  const from = before.findLastIndex(({ record }) => services.isThere(record));
  const start = before[from];
  let previous: Artifact | undefined;
  if (start !== undefined) {
    const taken = await scratch.take(services.open(start.record));
    if (typeof taken === 'string') return notDone(`the file ${taken} of the link before it is damaged in the cache`);
    previous = taken;
  }
  const remake = async (link: IdentifiedPart): Promise<Remade> => {
    const part = identifyPart(stage.identified, link.part, previous?.digest);
    const computation: Computation = {
      key: part.key,
      preimage: part.preimage,
      act: 'part',
      part,
      ...(previous === undefined ? {} : { previous }),
    };
    return outcomeOf(await executeComputation(stage, computation, scratch.services, options));
  };
  for (const { part } of before.slice(from + 1)) {
    const remade = await remake(part);
    if (!remade.ok) return remade;
    previous = scratch.services.open(remade.value);
  }
  return remake(one.link.part);
}

/** The finished parts of a stage, in the scratch place; undefined where some are not here. Of a chain the last suffices. */
async function partsAtHand(
  { identified, division }: Recomputable & { readonly what: 'gather' },
  services: RunServices,
  scratch: Scratch,
): Promise<readonly FinishedPart[] | undefined> {
  const parts = [...division.parts(identified.parameters)];
  const finished: FinishedPart[] = [];
  let previous: string | undefined;
  for (const [i, part] of parts.entries()) {
    const { key } = identifyPart(identified, part, division.shape === 'chain' ? previous : undefined);
    const record = services.lookupRecord(key);
    if (record === undefined) return undefined;
    previous = record.artifact;
    if (division.shape === 'chain' && i < parts.length - 1) {
      finished.push({ id: part.id, artifact: undefined, metrics: record.metrics, facts: record.facts });
      continue;
    }
    const taken = await scratch.take(services.open(record));
    if (typeof taken === 'string') return undefined;
    finished.push({ id: part.id, artifact: taken, metrics: record.metrics, facts: record.facts });
  }
  return finished;
}

function optionsOf({ resources, signal }: Doing) {
  const pool = new ResourcePool(resources);
  return { pool, priority: 0, signal, force: true, keepGoing: false, emit: () => undefined };
}

function outcomeOf(outcome: ComputationOutcome): Remade {
  switch (outcome.status) {
    case 'executed':
    case 'reused':
      return ok(outcome.record);
    case 'interrupted':
      return notDone('it was interrupted');
    case 'failed': {
      const [first] = outcome.diagnostics;
      return notDone(first === undefined ? 'it failed' : `it failed: ${first.message.replace(/\.$/, '')}`);
    }
  }
}

function notDone(why: string): Remade {
  return fail(failure<SharingCode>('verify/not-recomputed', `it could not be recomputed: ${why}`));
}
