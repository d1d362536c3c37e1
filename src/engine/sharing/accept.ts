import { canonicalDigest } from '../../foundation/values/canonical.js';
import type { JsonObject } from '../../foundation/values/json.js';
import type { Cache } from '../artifacts/cache.js';
import type { ResultRecord } from '../artifacts/content/result-record.js';
import type { StoreResult } from '../artifacts/store/store.js';
import type { Graph, StageNode } from '../graph/graph.js';
import { identifyPart, type Identified } from '../plan/identify.js';
import { identifyStage } from '../plan/plan.js';
import { ok } from '../../foundation/failures/result.js';
import type { RunServices } from '../run/services.js';
import type { Artifact } from '../stage.js';

/** A result of earlier code that may count for today's: the same work in all but its code. */
export interface Candidate {
  readonly node: StageNode;
  /** As it would stand under today's key. */
  readonly record: ResultRecord;
  readonly preimage: JsonObject;
  /** Its parts likewise, so that more of them can still be added. */
  readonly parts: readonly { readonly record: ResultRecord; readonly preimage: JsonObject }[];
}

export interface Acceptable {
  readonly candidates: readonly Candidate[];
  /** Stages with changed keys that no declaration can mend, and why. */
  readonly left: readonly { readonly stage: string; readonly why: string }[];
}

/**
 * Which results of a lock only their code keeps from being known today.
 *
 * @param records the results of the lock, by stage
 */
export async function acceptable(
  graph: Graph,
  records: ReadonlyMap<string, ResultRecord>,
  services: RunServices,
  reason: string,
): Promise<Acceptable> {
  const candidates: Candidate[] = [];
  const left: { stage: string; why: string }[] = [];
  // Accepted results have the outputs they had: what reads them finds what it read.
  const artifacts = new Map<string, Artifact>();
  for (const [id, record] of records) artifacts.set(id, services.open(record));
  for (const node of graph.stages) {
    const record = records.get(node.id);
    const leave = (why: string): void => void left.push({ stage: node.id, why });
    if (record === undefined || node.inputs.some(({ stage }) => !artifacts.has(stage))) {
      leave('its result, or one that it reads, is not available');
      continue;
    }
    if (node.externals.some(({ missing }) => missing === true)) {
      leave('its external inputs are not here');
      continue;
    }
    const identified = await identifyStage(node, artifacts, services);
    if (!identified.ok) {
      leave(identified.error[0]?.message ?? 'its inputs cannot be read');
      continue;
    }
    const { key, preimage } = identified.value;
    if (key === record.key || services.lookup(key) !== undefined) continue;
    const before = services.cache.preimages.find(record.key);
    if (before === undefined) leave('the preimage of its key is not in the cache');
    else if (canonicalDigest({ ...before, code: preimage.code }) !== key) leave('more than its code has changed');
    else if (!record.reproducible) leave('it is not bit-reproducible, so its bits cannot be compared');
    else candidates.push(candidateOf(identified.value, record, before.code as string, services, reason));
  }
  return { candidates, left };
}

function candidateOf(
  identified: Identified,
  record: ResultRecord,
  code: string,
  services: RunServices,
  reason: string,
): Candidate {
  const { node, key, preimage } = identified;
  const accept = (of: ResultRecord, under: string): ResultRecord => ({ ...of, key: under, accepted: { reason } });
  const before: Identified = { ...identified, preimage: { ...preimage, code } };
  const parts: { record: ResultRecord; preimage: JsonObject }[] = [];
  let previous: string | undefined;
  for (const part of node.kind.division?.parts(identified.parameters) ?? []) {
    const known = services.lookupRecord(identifyPart(before, part, previous).key);
    if (known === undefined) {
      if (node.kind.division?.shape === 'chain') break;
      continue;
    }
    const now = identifyPart(identified, part, previous);
    if (node.kind.division?.shape === 'chain') previous = known.artifact;
    parts.push({ record: accept(known, now.key), preimage: now.preimage as unknown as JsonObject });
  }
  return { node, record: accept(record, key), preimage: preimage as unknown as JsonObject, parts };
}

/** Services that know the candidates as if they were accepted: for making a sample of them again. */
export function withCandidates(services: RunServices, candidates: readonly Candidate[]): RunServices {
  const all = candidates.flatMap(({ record, parts }) => [record, ...parts.map((part) => part.record)]);
  const known = new Map(all.map((record) => [record.key, record]));
  const lookupRecord = (key: string): ResultRecord | undefined => known.get(key) ?? services.lookupRecord(key);
  const lookup = (key: string): ResultRecord | undefined => {
    const record = known.get(key);
    return record !== undefined && services.isThere(record) ? record : services.lookup(key);
  };
  return { ...services, lookup, lookupRecord };
}

/** Makes the candidates known: parts first, so that a whole never stands without them. */
export function accept(cache: Cache, candidates: readonly Candidate[]): StoreResult<number> {
  for (const { record, preimage, parts } of candidates) {
    for (const each of [...parts, { record, preimage }]) {
      const kept = cache.preimages.add(each.preimage);
      if (!kept.ok) return kept;
      const added = cache.results.add(each.record, { replace: false });
      if (!added.ok) return added;
    }
  }
  return ok(candidates.length);
}
