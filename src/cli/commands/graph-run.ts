import {
  byName,
  graphDot,
  graphMermaid,
  graphSvg,
  graphText,
  type GraphNode,
} from '../../report/figures/graph-drawing.js';
import { EXIT } from '../program/exit.js';
import { openExperiment } from '../project/open-experiment.js';
import { showDiagnostics } from '../terminal/diagnostics.js';
import { openTerminal } from '../terminal/terminal.js';
import type { ExperimentOptions } from '../program/options.js';

export interface GraphOptions extends ExperimentOptions {
  readonly format: 'text' | 'mermaid' | 'dot' | 'svg';
  readonly cells?: boolean;
}

/** `fx graph`: the stages and what they read, as text or as a picture. */
export async function graph(file: string, options: GraphOptions): Promise<number> {
  const terminal = openTerminal();
  const opened = await openExperiment(file, { ...options, executesNothing: true }, () => undefined);
  if (!opened.ok) return showDiagnostics(opened.diagnostics, opened.sources, terminal, options);
  const stages = opened.experiment.graph.stages.map((node) => ({
    id: node.id,
    name: node.name,
    kind: node.kind.name,
    reads: [...new Set(node.inputs.map(({ stage }) => stage))],
    colour: node.kind.shows?.colour,
  }));
  const nodes: readonly GraphNode[] =
    options.cells === true
      ? stages.map(({ id, kind, reads, colour }) => ({
          id,
          note: kind,
          reads,
          ...(colour === undefined ? {} : { colour }),
        }))
      : byName(stages);
  if (options.json === true) terminal.json({ schema: 'fx/graph@1', stages });
  else terminal.file(draw(nodes, options.format));
  return EXIT.done;
}

function draw(nodes: readonly GraphNode[], format: GraphOptions['format']): string {
  switch (format) {
    case 'text':
      return graphText(nodes);
    case 'mermaid':
      return graphMermaid(nodes);
    case 'dot':
      return graphDot(nodes);
    case 'svg':
      return graphSvg(nodes);
  }
}
