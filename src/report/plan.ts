import type { ReportPlan, RunRecord, StageRecord } from '../engine/run/record.js';
import { byCodeUnit } from '../foundation/json.js';

const NOTHING: ReportPlan = { tables: [], figures: [], claims: [] };

/** What the experiment asks a report to show: the language has checked it and tied its names to stages. */
export function planOf(run: RunRecord): ReportPlan {
  return (run.report as unknown as ReportPlan | undefined) ?? NOTHING;
}

/** The stages of the ids that the run has: with `--only` some may be missing. */
export function stagesOf(run: RunRecord, ids: readonly string[]): readonly StageRecord[] {
  return ids.flatMap((id) => run.stages.filter((stage) => stage.id === id));
}

/** Every stage after those it reads, among equals by id: the same whatever the order in the record. */
export function inOrder(stages: readonly StageRecord[]): readonly StageRecord[] {
  const depths = depthsOf(stages.map(({ id, reads }) => ({ id, reads: Object.values(reads) })));
  return [...stages].sort((a, b) => depths.get(a.id)! - depths.get(b.id)! || byCodeUnit(a.id, b.id));
}

/** The number of steps of the longest way to each node from one that reads nothing known. */
export function depthsOf(
  nodes: readonly { readonly id: string; readonly reads: readonly string[] }[],
): ReadonlyMap<string, number> {
  const reads = new Map(nodes.map((node) => [node.id, node.reads]));
  const depths = new Map<string, number>();
  const depth = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    const before = reads.get(id)!.filter((each) => reads.has(each));
    const found = before.length === 0 ? 0 : 1 + Math.max(...before.map(depth));
    depths.set(id, found);
    return found;
  };
  for (const { id } of nodes) depth(id);
  return depths;
}
