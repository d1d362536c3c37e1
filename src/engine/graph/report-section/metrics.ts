import type { Diagnostic } from '../../../foundation/failures/diagnostic.js';
import { suggestion } from '../../../foundation/failures/nearest.js';
import { problem } from '../../document/codes.js';
import type { Located } from '../../document/source.js';
import { metricsOf } from '../../stage.js';
import type { GraphCode } from '../codes.js';
import type { StageNode } from '../graph.js';

/** The names of what each stage measures, by its id; undefined of one whose kind does not say. */
export type Measures = (stage: string) => readonly string[] | undefined;

export function measuresOf(nodes: readonly StageNode[]): Measures {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const known = new Map<string, readonly string[] | undefined>();
  return (id) => {
    if (known.has(id)) return known.get(id);
    const node = byId.get(id);
    const declared = node === undefined ? undefined : metricsOf(node.kind, node.parameters);
    const names = declared === undefined ? undefined : Object.keys(declared);
    known.set(id, names);
    return names;
  };
}

/**
 * What is wrong with asking these stages for a metric: that none of them measures it. One of several that does not leaves its
 * cell empty, as a stage of another kind may.
 */
export function unmeasured(
  metric: string,
  stages: readonly string[],
  measures: Measures,
  at: Located,
): Diagnostic<GraphCode> | undefined {
  const [first, ...others] = new Set(stages);
  const names = stages.map(measures);
  if (first === undefined || !names.every((known) => known !== undefined)) return undefined;
  const known = [...new Set(names.flat())];
  if (known.includes(metric)) return undefined;
  const who = others.length === 0 ? first : `${first} and ${others.length} more`;
  const message = `${who} ${others.length === 0 ? 'does' : 'do'} not measure \`${metric}\``;
  return problem('graph/unknown-in-report', at, message, {
    help: known.length === 0 ? 'it measures nothing' : suggestion(metric, known, 'measured'),
  });
}
