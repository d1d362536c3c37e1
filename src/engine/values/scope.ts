import { child, type Node } from '../document/node.js';
import type { Reference } from './reference.js';

/** What references can name: data, so that following one calls nothing of the phase that gave it. */
export interface Scope {
  /** By the name in a reference: `yaw`, `profile.epochs`. Their own references are followed. */
  readonly values: ReadonlyMap<string, Node | typeof BROKEN>;
  readonly stages: ReadonlySet<string>;
  /** What `matrix.` names, in a cell of a matrix. */
  readonly axes: ReadonlyMap<string, Node>;
}

/** A name that exists but whose value has an error that is reported already. */
export const BROKEN = Symbol('broken');

/** What a reference names; a name or a key that is not there is undefined. */
export interface Found {
  readonly value: Node | typeof BROKEN | undefined;
  /** A key that the value, or a value in it, does not have. */
  readonly missing?: string;
}

/** The name of the value that a reference reads: `yaw` of `yaw.low`, `profile.epochs` of `profile.epochs`. */
export function nameRead({ head, path }: Reference): string {
  return head === 'profile' && path[0] !== undefined ? `profile.${path[0]}` : head;
}

/** The value that a reference names. */
export function find(reference: Reference, scope: Scope): Found {
  const { head, path } = reference;
  const [first, ...others] = path;
  const nested = head === 'profile' || head === 'matrix';
  let value = head === 'matrix' ? scope.axes.get(first ?? '') : scope.values.get(nameRead(reference));
  for (const key of nested ? others : path) {
    if (value === undefined || value === BROKEN || isBroken(value)) break;
    value = value.kind === 'list' ? value.items[Number(key)] : child(value, key);
    if (value === undefined) return { value, missing: key };
  }
  return { value };
}

/** A value with an error that is reported already: nothing more is to be said of it. */
export function isBroken(node: Node): boolean {
  return 'broken' in node;
}

/** Whether it or a value in it has an error that is reported already. */
export function holdsBroken(node: Node): boolean {
  switch (node.kind) {
    case 'scalar':
      return isBroken(node);
    case 'list':
      return node.items.some(holdsBroken);
    case 'map':
      return [...node.entries.values()].some(({ value }) => holdsBroken(value));
  }
}
