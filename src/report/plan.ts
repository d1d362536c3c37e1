import type { ReportPlan, RunRecord, StageRecord } from '../engine/run/record.js';
import { byCodeUnit } from '../foundation/values/json.js';

const NOTHING: ReportPlan = { tables: [], figures: [], claims: [] };

/** What the experiment asks a report to show: the language has checked it and tied its names to stages. */
export function planOf(run: RunRecord): ReportPlan {
  return (run.report as unknown as ReportPlan | undefined) ?? NOTHING;
}

/** The stages of the ids that the run has: with `--only` some may be missing. */
export function stagesOf(run: RunRecord, ids: readonly string[]): readonly StageRecord[] {
  return ids.flatMap((id) => run.stages.filter((stage) => stage.id === id));
}

/**
 * As {@link stagesOf}, each measurement once. What branches with a replicated stage, but reads nothing of it, is one measurement under
 * several ids; replicates that come out alike are as many as they are.
 */
export function measurementsOf(run: RunRecord, ids: readonly string[]): readonly StageRecord[] {
  const numbers = measurementNumbers(run);
  const found = new Map<number, StageRecord>();
  for (const stage of stagesOf(run, ids)) {
    const number = numbers.get(stage.id)!;
    if (!found.has(number)) found.set(number, stage);
  }
  return [...found.values()];
}

const numbered = new WeakMap<RunRecord, ReadonlyMap<string, number>>();

/** By stage id: two are of one number if they have one key, and what they read has one number each. */
function measurementNumbers(run: RunRecord): ReadonlyMap<string, number> {
  const before = numbered.get(run);
  if (before !== undefined) return before;
  const known = new Map<string, number>();
  const numbers = new Map<string, number>();
  for (const { id, key, reads } of inOrder(run.stages)) {
    const read = Object.entries(reads).map(([pointer, from]) => [pointer, numbers.get(from) ?? from]);
    const measurement = JSON.stringify([key, read]);
    const number = known.get(measurement) ?? known.size;
    known.set(measurement, number);
    numbers.set(id, number);
  }
  numbered.set(run, numbers);
  return numbers;
}

/** Every stage after those it reads, among equals by id: the same whatever the order in the record. */
export function inOrder(stages: readonly StageRecord[]): readonly StageRecord[] {
  const depth = depthsOf(stages, ({ reads }) => Object.values(reads));
  return [...stages].sort((a, b) => depth(a) - depth(b) || byCodeUnit(a.id, b.id));
}

/** Of each node the number of steps of the longest way to it from one that reads nothing known. */
export function depthsOf<Node extends { readonly id: string }>(
  nodes: readonly Node[],
  readsOf: (node: Node) => readonly string[],
): (node: Node) => number {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const depths = new Map<Node, number>();
  const depth = (node: Node): number => {
    const known = depths.get(node);
    if (known !== undefined) return known;
    const before = readsOf(node).flatMap((id) => byId.get(id) ?? []);
    const found = before.length === 0 ? 0 : 1 + Math.max(...before.map(depth));
    depths.set(node, found);
    return found;
  };
  return depth;
}
