import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { present } from '../../foundation/values/present.js';
import type { Reporter } from '../../foundation/failures/reporter.js';
import { problem, related } from '../document/codes.js';
import type { Located } from '../document/source.js';
import type { GraphCode } from './codes.js';
import type { Expanded } from './expansion/expand.js';

/** A stage tied to those that it reads and those that read it. */
interface Vertex {
  readonly stage: Expanded;
  readonly reads: Edge[];
  readonly readBy: Vertex[];
}

interface Edge {
  readonly from: Vertex;
  readonly to: Vertex;
  /** Where it was written. */
  readonly at: Located;
}

/** Each edge begins where the one before ends, the first where the last ends. */
type Cycle = readonly [Edge, ...Edge[]];

function tied(stages: readonly Expanded[]): readonly Vertex[] {
  const vertices = stages.map((stage): Vertex => ({ stage, reads: [], readBy: [] }));
  const byId = new Map(vertices.map((vertex) => [idOf(vertex), vertex]));
  for (const from of vertices)
    for (const { input, at } of from.stage.reads) {
      const to = present(byId, input.stage);
      from.reads.push({ from, to, at });
      to.readBy.push(from);
    }
  return vertices;
}

function idOf({ stage }: Vertex): string {
  return stage.node.id;
}

/**
 * Every stage after those it reads; where that leaves a choice, by name, and a stage's inputs right before it. Depth first,
 * without recursion: a chain of ten thousand stages is deeper than the stack.
 */
export function inOrder(stages: readonly Expanded[], wrong: Reporter<GraphCode>): Expanded[] {
  const vertices = tied(stages);
  const state = new Map<Vertex, 'open' | 'done'>();
  const ordered: Expanded[] = [];
  for (const root of vertices) {
    if (state.has(root)) continue;
    const stack = [{ vertex: root, next: 0 }];
    state.set(root, 'open');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = top.vertex.reads[top.next];
      top.next += 1;
      if (edge === undefined) {
        state.set(top.vertex, 'done');
        ordered.push(top.vertex.stage);
        stack.pop();
        continue;
      }
      const seen = state.get(edge.to);
      if (seen === 'open') {
        wrong.add(cycleProblem(shortestCycle(vertices)));
        return [];
      }
      if (seen === undefined) {
        state.set(edge.to, 'open');
        stack.push({ vertex: edge.to, next: 0 });
      }
    }
  }
  return ordered;
}

/** How many steps the search for the shortest cycle may take before the shortest found so far will do. */
const STEPS = 2_000_000;

/** The shortest cycle, from the alphabetically first id on. There must be one. */
function shortestCycle(vertices: readonly Vertex[]): Cycle {
  let shortest: Cycle | undefined;
  let steps = 0;
  for (const start of onCycles(vertices)) {
    if (shortest !== undefined && (shortest.length <= 1 || steps > STEPS)) break;
    const cameBy = new Map<Vertex, Edge>();
    let front = [start];
    for (let length = 1; front.length > 0 && length < (shortest?.length ?? Infinity); length += 1) {
      const next: Vertex[] = [];
      for (const vertex of front)
        for (const edge of vertex.reads) {
          steps += 1;
          if (edge.to === start) {
            const cycle: [Edge, ...Edge[]] = [edge];
            for (let by = cameBy.get(vertex); by !== undefined; by = cameBy.get(by.from)) cycle.unshift(by);
            shortest = cycle;
            break;
          }
          if (cameBy.has(edge.to)) continue;
          cameBy.set(edge.to, edge);
          next.push(edge.to);
        }
      if (shortest?.[0].from === start) break;
      front = next;
    }
  }
  if (shortest === undefined) throw new Error('no stage lies on a cycle');
  const first = shortest.reduce((a, b) => (idOf(b.from) < idOf(a.from) ? b : a));
  const at = shortest.indexOf(first);
  return [first, ...shortest.slice(at + 1), ...shortest.slice(0, at)];
}

/** Stages that may lie on a cycle: neither those that read nothing left nor those that nothing left reads. */
function onCycles(vertices: readonly Vertex[]): ReadonlySet<Vertex> {
  const left = new Set(vertices);
  const reads = (vertex: Vertex): readonly Vertex[] => vertex.reads.map(({ to }) => to);
  const readers = (vertex: Vertex): readonly Vertex[] => vertex.readBy;
  for (const [ahead, back] of [
    [reads, readers],
    [readers, reads],
  ] as const) {
    const open = new Map([...left].map((vertex) => [vertex, ahead(vertex).filter((other) => left.has(other)).length]));
    const queue = [...open].filter(([, count]) => count === 0).map(([vertex]) => vertex);
    for (let vertex = queue.pop(); vertex !== undefined; vertex = queue.pop()) {
      left.delete(vertex);
      for (const other of back(vertex)) {
        const count = left.has(other) ? open.get(other) : undefined;
        if (count === undefined) continue;
        open.set(other, count - 1);
        if (count === 1) queue.push(other);
      }
    }
  }
  return left;
}

function cycleProblem(cycle: Cycle): Diagnostic<GraphCode> {
  const [first, ...rest] = cycle;
  const id = idOf(first.from);
  const around = [...cycle.map(({ from }) => idOf(from)), id].join(' -> ');
  return problem(
    'graph/cycle',
    first.at,
    rest.length === 0 ? `${id} reads itself` : `stages read each other in a circle: ${around}`,
    {
      related: rest.map(({ at, from, to }) => related(`${idOf(from)} reads ${idOf(to)}`, at)),
    },
  );
}
