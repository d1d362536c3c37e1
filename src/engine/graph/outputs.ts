import type { Diagnostic } from '../../foundation/failures/diagnostic.js';
import { suggestion } from '../../foundation/failures/nearest.js';
import { problem } from '../document/codes.js';
import type { AnyStageKind } from '../stage.js';
import type { GraphCode } from './codes.js';
import type { Expanded } from './expansion/expand.js';
import type { StageNode } from './graph.js';
import type { Measures } from './report-section/metrics.js';

/** References to files (`${stage/file}`) that their stages do not make, by the id of the stage that reads. */
export function missingOutputs(
  stages: readonly Expanded[],
  report: (stage: string, wrong: Diagnostic<GraphCode>) => void,
): void {
  const byId = new Map(stages.map((stage) => [stage.node.id, stage.node]));
  for (const { node, reads } of stages)
    for (const { input, at } of reads) {
      const { file, stage } = input;
      const maker = byId.get(stage);
      if (file === undefined || maker === undefined) continue;
      const names = outputNames(maker.kind, maker.parameters);
      if (names.some((name) => file === name || file.startsWith(`${name}/`))) continue;
      report(node.id, {
        ...problem('graph/missing-output', at, `${maker.kind.name} declares no file \`${file}\``, {
          help:
            names.length === 0
              ? `write \`\${${maker.name}}\` for all that it makes`
              : suggestion(file, names, 'it makes'),
          related: [{ message: 'the stage', place: maker.place }],
        }),
      });
    }
}

/** The names of the files that each stage makes, by its id; undefined of one whose kind does not say. */
export function makesOf(nodes: readonly StageNode[]): Measures {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (id) => {
    const node = byId.get(id);
    return node?.kind.outputs === undefined ? undefined : outputNames(node.kind, node.parameters);
  };
}

function outputNames(kind: AnyStageKind, parameters: unknown): readonly string[] {
  const { outputs } = kind;
  if (outputs === undefined) return [];
  return Object.keys(typeof outputs === 'function' ? outputs(parameters) : outputs);
}
