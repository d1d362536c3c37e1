import { relative } from 'node:path';
import type { StageNode } from '../../engine/graph/graph.js';
import { printValue } from '../../engine/plan/differences.js';
import { escapePointer } from '../../engine/plan/identify.js';
import { present } from '../../foundation/values/present.js';
import { isJsonObject, type Json, type JsonObject } from '../../foundation/values/json.js';
import type { StageProvenance } from '../../report/report.js';
import type { OpenExperiment } from '../project/open-experiment.js';
import { columns } from '../terminal/table.js';

/** Something that a stage reads, and what it was when the stage ran. */
export type Read = {
  /** The parameter that names it: `data`, `inputs.0`. */
  readonly parameter: string;
  /** Of its content, as it stands in the preimage; null where that is not kept any more. */
  readonly digest: string | null;
} & (
  | { /** Id of a stage, with the one file of it that is read, if it is one. */ readonly stage: string }
  | { /** Path of an external input, relative to the project. */ readonly external: string }
);

/** What stands behind the results of an experiment: parameters as they were resolved, and inputs by content. */
export class Behind {
  readonly #experiment: OpenExperiment;
  readonly #nodes: ReadonlyMap<string, StageNode>;

  constructor(experiment: OpenExperiment) {
    this.#experiment = experiment;
    this.#nodes = new Map(experiment.graph.stages.map((node) => [node.id, node]));
  }

  lines(stage: StageProvenance): readonly string[] {
    const node = present(this.#nodes, stage.id);
    const reads = this.inputs(stage).map((read) => [
      read.parameter,
      'stage' in read ? read.stage : `${read.external} (from outside)`,
      read.digest === null ? '' : `content ${read.digest.slice(0, 12)}`,
    ]);
    const section = (title: string, lines: readonly string[]): readonly string[] =>
      lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
    return [...section('parameters', parameterLines(node)), ...section('inputs', columns(reads))];
  }

  inputs(stage: StageProvenance): readonly Read[] {
    const node = present(this.#nodes, stage.id);
    const kept = this.#experiment.services.cache.preimages.find(stage.preimage)?.inputs;
    const digests = isJsonObject(kept) ? kept : {};
    const about = (pointer: string) => {
      const digest = digests[pointer];
      return {
        parameter: pointer.slice(1).replaceAll('/', '.'),
        digest: typeof digest === 'string' ? digest : null,
      };
    };
    return [
      ...node.inputs.map(({ pointer, stage: from, file }) => ({
        ...about(pointer),
        stage: file === undefined ? from : `${from}/${file}`,
      })),
      ...node.externals.map(({ pointer, path }) => ({
        ...about(pointer),
        external: relative(this.#experiment.project, path),
      })),
    ];
  }
}

/** The `with` as it was resolved; what is read stands under inputs. */
export function parameterLines(node: StageNode): readonly string[] {
  const schema = node.kind.parameters.json;
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonObject>>;
  const read = new Set([...node.inputs, ...node.externals].map(({ pointer }) => pointer));
  const rows = Object.entries(node.parameters)
    .filter(([name, value]) => !read.has(`/${name}`) && !holdsOnly(value, `/${name}`, read))
    .map(([name, value]) => [name, printValue(properties[name], value)]);
  return columns(rows);
}

/** Whether a list or map consists of nothing but what is read. */
function holdsOnly(value: Json, pointer: string, read: ReadonlySet<string>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => read.has(`${pointer}/${escapePointer(name)}`));
}
