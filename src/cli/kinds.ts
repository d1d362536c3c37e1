import type { AnyStageKind } from '../engine/stage.js';
import { builtInKinds } from '../stages/registry.js';

const builtIn = new Map(builtInKinds.map((kind) => [kind.name, kind]));

/** The kind of a name: one of `fx`'s own, or `path/of/module.js#export` of a user's. */
export async function findKind(name: string): Promise<AnyStageKind | undefined> {
  return builtIn.get(name) ?? (await loadUserKind(name));
}

async function loadUserKind(name: string): Promise<AnyStageKind | undefined> {
  const [path, exported] = name.split('#');
  if (exported === undefined) return undefined;
  const module = (await import(path!)) as Record<string, unknown>;
  return module[exported] as AnyStageKind | undefined;
}
