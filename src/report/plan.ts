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
