import type { Diagnostic } from '../../foundation/diagnostic.js';
import type { Reporter } from '../../foundation/reporter.js';
import { problem, related } from '../document/codes.js';
import type { Located } from '../document/source.js';
import type { GraphCode } from './codes.js';
import type { Expanded } from './expand.js';

/**
 * Every stage after those it reads; where that leaves a choice, by name, and a stage's inputs right before it. Depth first,
 * without recursion: a chain of ten thousand stages is deeper than the stack.
 */
export function inOrder(stages: readonly Expanded[], wrong: Reporter<GraphCode>): Expanded[] {
  const byId = new Map(stages.map((stage) => [stage.node.id, stage]));
  const state = new Map<string, 'open' | 'done'>();
  const ordered: Expanded[] = [];
  for (const root of stages) {
    if (state.has(root.node.id)) continue;
    const stack = [{ stage: root, next: 0 }];
    state.set(root.node.id, 'open');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.stage.node.inputs[top.next];
      top.next += 1;
      if (input === undefined) {
        state.set(top.stage.node.id, 'done');
        ordered.push(top.stage);
        stack.pop();
        continue;
      }
      const seen = state.get(input.stage);
      if (seen === 'open') {
        wrong.add(cycleProblem(shortestCycle(stages, byId), byId));
        return [];
      }
      if (seen === undefined) {
        state.set(input.stage, 'open');
        stack.push({ stage: byId.get(input.stage)!, next: 0 });
      }
    }
  }
  return ordered;
}

/** How many steps the search for the shortest cycle may take before the shortest found so far will do. */
const STEPS = 2_000_000;

/** Ids around the shortest cycle, the alphabetically first id first. There must be one. */
function shortestCycle(stages: readonly Expanded[], byId: ReadonlyMap<string, Expanded>): string[] {
  let shortest: string[] | undefined;
  let steps = 0;
  for (const start of onCycles(stages, byId)) {
    if (shortest !== undefined && (shortest.length <= 1 || steps > STEPS)) break;
    const cameFrom = new Map<string, string>();
    let front = [start];
    for (let length = 1; front.length > 0 && length < (shortest?.length ?? Infinity); length += 1) {
      const next: string[] = [];
      for (const id of front)
        for (const { stage } of byId.get(id)!.node.inputs) {
          steps += 1;
          if (stage === start) {
            const cycle = [id];
            while (cycle[0] !== start) cycle.unshift(cameFrom.get(cycle[0]!)!);
            shortest = cycle;
            next.length = 0;
            break;
          }
          if (cameFrom.has(stage)) continue;
          cameFrom.set(stage, id);
          next.push(stage);
        }
      if (shortest?.[0] === start) break;
      front = next;
    }
  }
  const cycle = shortest!;
  const first = cycle.indexOf([...cycle].sort((a, b) => (a < b ? -1 : 1))[0]!);
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}

/** Stages that may lie on a cycle: neither those that read nothing left nor those that nothing left reads. */
function onCycles(stages: readonly Expanded[], byId: ReadonlyMap<string, Expanded>): ReadonlySet<string> {
  const left = new Set(byId.keys());
  const reads = new Map(stages.map(({ node }) => [node.id, node.inputs.map((input) => input.stage)]));
  const readers = new Map<string, string[]>(stages.map(({ node }) => [node.id, []]));
  for (const [id, others] of reads) for (const other of others) readers.get(other)?.push(id);
  for (const [edges, back] of [
    [reads, readers],
    [readers, reads],
  ] as const) {
    const open = new Map([...left].map((id) => [id, edges.get(id)!.filter((other) => left.has(other)).length]));
    const queue = [...open].filter(([, count]) => count === 0).map(([id]) => id);
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      left.delete(id);
      for (const other of back.get(id)!) {
        if (!left.has(other)) continue;
        open.set(other, open.get(other)! - 1);
        if (open.get(other) === 0) queue.push(other);
      }
    }
  }
  return left;
}

function cycleProblem(cycle: readonly string[], byId: ReadonlyMap<string, Expanded>): Diagnostic<GraphCode> {
  const edges = cycle.map((id, i) => edge(byId.get(id)!, cycle[(i + 1) % cycle.length]!));
  const [first, ...rest] = edges;
  const around = [...cycle, cycle[0]!].join(' -> ');
  return problem(
    'graph/cycle',
    first!.at,
    cycle.length === 1 ? `${cycle[0]!} reads itself` : `stages read each other in a circle: ${around}`,
    {
      related: rest.map(({ at, from, to }) => related(`${from} reads ${to}`, at)),
    },
  );
}

function edge(from: Expanded, to: string): { at: Located; from: string; to: string } {
  const input = from.node.inputs.find(({ stage }) => stage === to)!;
  return { at: from.written.get(input.pointer)!, from: from.node.id, to };
}
