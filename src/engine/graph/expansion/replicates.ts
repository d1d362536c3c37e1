import { stream } from '../../../foundation/numbers/random.js';
import type { JsonObject } from '../../../foundation/values/json.js';
import { isJsonObject } from '../../../foundation/values/json.js';
import { child, type Node } from '../../document/node.js';
import type { Experiment, StageDeclaration } from '../../experiment/experiment.js';
import { artifactOf } from '../../values/explain.js';
import { hasReference, parseInterpolation } from '../../values/reference.js';
import { shapeOf } from '../../values/resolve.js';
import { find } from '../../values/scope.js';
import { isStageReference } from '../../values/substitute.js';
import type { AnyStageKind } from '../../stage.js';
import type { Axis } from './matrix.js';

interface Found {
  readonly declaration: StageDeclaration;
  readonly kind: AnyStageKind;
  readonly axes: readonly Axis[];
  readonly own: number | undefined;
}

/**
 * How many replicates each stage has. What reads a replicated stage branches with it, unless it names one replicate or
 * takes a list of stages (then it reads them all).
 */
export function replicateCounts(found: readonly Found[], experiment: Experiment): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (found.every(({ own }) => own === undefined)) return counts;
  const readers = new Map<string, Found[]>();
  for (const one of found)
    for (const name of reads(one, experiment)) {
      const others = readers.get(name);
      if (others === undefined) readers.set(name, [one]);
      else others.push(one);
    }
  // From each replicated stage on to its readers; of several counts the largest, which the smaller then fail to meet.
  for (const { declaration, own } of found) {
    if (own === undefined) continue;
    const queue = [declaration.name];
    counts.set(declaration.name, Math.max(own, counts.get(declaration.name) ?? 0));
    for (let name = queue.pop(); name !== undefined; name = queue.pop())
      for (const reader of readers.get(name) ?? []) {
        const { name: its } = reader.declaration;
        if (reader.own !== undefined || (counts.get(its) ?? 0) >= own) continue;
        counts.set(its, own);
        queue.push(its);
      }
  }
  return counts;
}

/** The stages whose replicate a stage would have to choose. */
function reads({ declaration, kind, axes }: Found, experiment: Experiment): ReadonlySet<string> {
  const names = new Set<string>();
  const properties = (kind.parameters.json.properties ?? {}) as Readonly<Record<string, JsonObject>>;
  const given = child(declaration.node, 'with');
  if (given !== undefined) collect(kind.parameters.json, given, experiment, names);
  for (const axis of axes)
    for (const { node } of axis.values) {
      const property = Object.hasOwn(properties, axis.name) ? properties[axis.name] : undefined;
      if (isList(property)) continue;
      if (isStageReference(node)) {
        if (!node.reference.coordinates.has('replicate')) names.add(node.reference.head);
      } else if (node.kind === 'scalar' && experiment.stages.has(String(node.value))) names.add(String(node.value));
    }
  return names;
}

function isList(schema: JsonObject | undefined): boolean {
  return schema !== undefined && isJsonObject(schema.items) && artifactOf(schema.items) !== undefined;
}

function collect(schema: JsonObject, node: Node, experiment: Experiment, names: Set<string>): void {
  if (isList(schema)) return;
  switch (node.kind) {
    case 'scalar': {
      if (typeof node.value !== 'string' || !hasReference(node.value)) return;
      const interpolation = parseInterpolation(node.value);
      if (!interpolation.ok) return;
      for (const segment of interpolation.segments) {
        if (segment.kind === 'text' || segment.reference.coordinates.has('replicate')) continue;
        const { reference } = segment;
        if (experiment.scope.stages.has(reference.head)) names.add(reference.head);
        else if (reference.head !== 'matrix') {
          const { value } = find(reference, experiment.scope);
          if (typeof value === 'object' && isStageReference(value) && !value.reference.coordinates.has('replicate'))
            names.add(value.reference.head);
        }
      }
      return;
    }
    case 'list':
      for (const item of node.items) collect((schema.items ?? {}) as JsonObject, item, experiment, names);
      return;
    case 'map': {
      const shape = schema.oneOf === undefined ? schema : (shapeOf(schema, node) ?? {});
      const properties = (shape.properties ?? {}) as Readonly<Record<string, JsonObject>>;
      const others = isJsonObject(shape.additionalProperties) ? shape.additionalProperties : {};
      for (const [name, { value }] of node.entries)
        collect(Object.hasOwn(properties, name) ? properties[name]! : others, value, experiment, names);
    }
  }
}

/**
 * The seed of a replicate. The first has the seed as written, so that one run is the first of several; the others depend on
 * it and their own number alone, so that asking for more keeps those there are.
 */
export function replicateSeed(seed: number, replicate: number): number {
  return replicate === 1 ? seed : stream(seed, 'replicate', replicate).integer(2 ** 31);
}
