import type { Json } from '../../foundation/values/json.js';
import type { Located, Source } from './source.js';

/**
 * A value of a document with the place it was written. Aliases and merge keys are already followed: a node that was
 * reached through one says so in `via`. Immutable; composition makes new nodes around old ones.
 */
export type Node = ScalarNode | ListNode | MapNode;

export type Scalar = string | number | boolean | null;

export interface ScalarNode extends Located {
  readonly kind: 'scalar';
  readonly value: Scalar;
  /** How the value is to be shown where the source does not say it: a seed derived for a replicate. */
  readonly shown?: string;
}

export interface ListNode extends Located {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

export interface MapNode extends Located {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly key: Located;
  readonly value: Node;
}

/** What one file says, before anything is made of it. */
export interface Document {
  readonly root: MapNode;
}

/** One file laid over those it extends. */
export interface Composition extends Document {
  /** The file itself. */
  readonly main: Source;
}

/** The value of `key`, if `node` is a map that has it. */
export function child(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

/** The value of `key`; the node itself where it has none: what words about that value point to. */
export function nearest(node: Node, key: string): Node {
  return child(node, key) ?? node;
}

export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** The bare value. */
export function toJson(node: Node): Json {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(toJson);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toJson(entry.value)]));
  }
}

/** On one line, as YAML would have it in flow style; scalars as they were written. */
export function showNode(node: Node): string {
  switch (node.kind) {
    case 'scalar':
      return showScalar(node);
    case 'list':
      return `[${node.items.map(showNode).join(', ')}]`;
    case 'map':
      return node.entries.size === 0
        ? '{}'
        : `{ ${[...node.entries].map(([key, entry]) => `${key}: ${showNode(entry.value)}`).join(', ')} }`;
  }
}

/** Numbers keep their spelling (`1e-3`); text stands without quotes. */
export function showScalar(node: ScalarNode): string {
  if (node.shown !== undefined) return node.shown;
  if (typeof node.value === 'string') return node.value;
  if (typeof node.value !== 'number') return String(node.value);
  const written = node.source.text.slice(node.start, node.end);
  return Number(written) === node.value ? written : String(node.value);
}
