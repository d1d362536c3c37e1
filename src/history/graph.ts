import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Graph } from '../engine/graph/graph.js';
import { metricsOf, type AnyStageKind, type MetricDeclaration } from '../engine/stage.js';
import { readPlainText } from '../foundation/files/opening.js';
import { runsFolder } from './history.js';

/** The stages of a run, and what their kinds say of how they are shown: read where no code of the experiment may run. */
export interface RunGraph {
  readonly schema: 'fx/run-graph@1';
  readonly title: string;
  /** In the order of the graph. */
  readonly stages: readonly RunStage[];
  /** By name. */
  readonly kinds: Readonly<Record<string, RunKind>>;
}

export interface RunStage {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** Ids. */
  readonly reads: readonly string[];
}

export interface RunKind {
  readonly says: string;
  /** `#rrggbb` */
  readonly colour?: string;
  /** What it measures, as of its first stage. */
  readonly metrics?: Readonly<Record<string, MetricDeclaration>>;
}

export function runGraphOf({ title, stages }: Graph): RunGraph {
  const kinds: Record<string, RunKind> = {};
  for (const { kind, parameters } of stages) kinds[kind.name] ??= kindOf(kind, parameters);
  return {
    schema: 'fx/run-graph@1',
    title,
    stages: stages.map(({ id, name, kind, inputs }) => {
      return { id, name, kind: kind.name, reads: [...new Set(inputs.map(({ stage }) => stage))] };
    }),
    kinds,
  };
}

function kindOf(kind: AnyStageKind, parameters: unknown): RunKind {
  const colour = kind.shows?.colour;
  const metrics = metricsOf(kind, parameters);
  return {
    says: kind.says,
    ...(colour === undefined ? {} : { colour }),
    ...(metrics === undefined ? {} : { metrics }),
  };
}

/** Throws the system's error. */
export function writeGraph(project: string, id: string, graph: RunGraph): void {
  writeFileSync(join(runsFolder(project), id, 'graph.json'), `${JSON.stringify(graph)}\n`);
}

/** Undefined where there is none that can be read. */
export function readGraph(project: string, id: string): RunGraph | undefined {
  try {
    const path = join(runsFolder(project), id, 'graph.json');
    const graph = JSON.parse(readPlainText(path, { links: 'refused', most: MOST_BYTES })) as RunGraph | null;
    return graph?.schema === 'fx/run-graph@1' && Array.isArray(graph.stages) ? graph : undefined;
  } catch {
    return undefined;
  }
}

const MOST_BYTES = 64 << 20;
