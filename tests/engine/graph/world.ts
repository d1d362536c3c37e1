import { renderDiagnostics } from '../../../src/foundation/failures/code-frame.js';
import type { Files } from '../../../src/engine/document/files.js';
import type { Graph, StageNode } from '../../../src/engine/graph/graph.js';
import {
  readExperiment,
  type ExperimentReading,
  type ExperimentRequest,
  type GraphReading,
} from '../../../src/engine/reading/read-experiment.js';
import { registryOf, testKinds } from './kinds.js';

/** Files by path below `/project`; a name that ends in `/` is a folder. */
export type World = Readonly<Record<string, string | Uint8Array>>;

export const PROJECT = '/project';

export function filesOf(world: World): Files {
  const entries = new Map(
    Object.entries(world).map(([name, content]) => [name.startsWith('/') ? name : `${PROJECT}/${name}`, content]),
  );
  return {
    look(path) {
      const content = entries.get(path);
      if (content !== undefined) return { shape: 'file', bytes: content.length };
      const folder = [...entries.keys()].some((name) => name.startsWith(`${path}/`));
      return folder ? { shape: 'folder', bytes: 0 } : undefined;
    },
    read(path) {
      const content = entries.get(path)!;
      return typeof content === 'string' ? new TextEncoder().encode(content) : content;
    },
  };
}

export function readWorld(world: World, more: Partial<ExperimentRequest> = {}): Promise<ExperimentReading> {
  return readExperiment({
    file: 'a.yaml',
    folder: PROJECT,
    project: PROJECT,
    files: filesOf(world),
    kinds: registryOf(testKinds),
    ...more,
  });
}

/** Of an experiment that must be right. */
export async function readGood(world: World | string, more: Partial<ExperimentRequest> = {}): Promise<GraphReading> {
  const { result, sources } = await readWorld(typeof world === 'string' ? { 'a.yaml': world } : world, more);
  if (!result.ok) throw new Error(renderDiagnostics(result.error, sources));
  return result.value;
}

/** What a user is told: empty where nothing is wrong. */
export async function told(world: World | string, more: Partial<ExperimentRequest> = {}): Promise<string> {
  const { result, sources } = await readWorld(typeof world === 'string' ? { 'a.yaml': world } : world, more);
  const diagnostics = result.ok ? [...result.value.missing, ...result.value.warnings] : result.error;
  return renderDiagnostics(diagnostics, sources);
}

export function stageOf(graph: Graph, id: string): StageNode {
  const stage = graph.stages.find((one) => one.id === id);
  if (stage === undefined) throw new Error(`no ${id} among ${graph.stages.map((one) => one.id).join(', ')}`);
  return stage;
}
