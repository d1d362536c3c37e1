import type { Entry, MapNode, Node } from './node.js';
import type { Located } from './source.js';

/**
 * Lays `over` on `base`: maps merge key by key, everything else replaces, and `null` takes a key away. The keys of the base
 * come first. Two words decide what the keys beside them mean, so these go with them: where the overlay names another kind
 * in `uses`, nothing of the old `with` stays; where it names another `type`, nothing of the old map.
 */
export function overlay(base: MapNode, over: MapNode): MapNode {
  if (changes(base, over, 'type')) return over;
  const entries = new Map<string, Entry>(base.entries);
  if (changes(base, over, 'uses')) entries.delete('with');
  for (const [name, entry] of over.entries) {
    const old = entries.get(name);
    if (old === undefined) entries.set(name, entry);
    else if (isNull(entry.value)) entries.delete(name);
    else if (old.value.kind === 'map' && entry.value.kind === 'map')
      entries.set(name, { key: entry.key, value: overlay(old.value, entry.value) });
    else entries.set(name, entry);
  }
  return { ...over, entries };
}

function changes(base: MapNode, over: MapNode, word: string): boolean {
  const before = base.entries.get(word)?.value;
  const after = over.entries.get(word)?.value;
  return before?.kind === 'scalar' && after?.kind === 'scalar' && before.value !== after.value;
}

function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** `node` with one entry set. */
export function withEntry(node: MapNode, name: string, value: Node, key: Located = value): MapNode {
  return { ...node, entries: new Map(node.entries).set(name, { key, value }) };
}

/** `node` without some of its keys. */
export function without(node: MapNode, ...names: readonly string[]): MapNode {
  const entries = new Map(node.entries);
  for (const name of names) entries.delete(name);
  return { ...node, entries };
}

/** `node` with some of its keys alone. */
export function only(node: MapNode, names: readonly string[]): MapNode {
  return { ...node, entries: new Map([...node.entries].filter(([name]) => names.includes(name))) };
}
