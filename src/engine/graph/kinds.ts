import { relative, resolve } from 'node:path';
import { isInside } from '../../foundation/files.js';
import type { Reporter } from '../../foundation/reporter.js';
import type { Result } from '../../foundation/result.js';
import { problem } from '../document/codes.js';
import { child } from '../document/node.js';
import type { Located } from '../document/source.js';
import type { Experiment, StageDeclaration } from '../experiment/experiment.js';
import type { AnyStageKind } from '../stage.js';
import type { GraphCode } from './codes.js';

/** The stage kinds there are: `fx`'s own by their names, a user's by {@link ModuleReference.id}. */
export interface KindRegistry {
  names(): readonly string[];
  get(name: string): AnyStageKind | undefined;
}

/** A user's own kind: `uses: ./stages/mine.ts#name`. */
export interface ModuleReference {
  /** The module's path relative to the project, and the export: the same in every checkout. */
  readonly id: string;
  /** Absolute. */
  readonly path: string;
  readonly exported: string;
  readonly at: Located;
}

/** Whether `uses` names a module rather than one of `fx`'s own kinds. */
export function namesModule(uses: string): boolean {
  return /^\.{1,2}\//.test(uses) || uses.includes('#');
}

/** The modules that an experiment names, each once, for the caller to load. */
export function moduleReferences(
  experiment: Experiment,
  wrong: Reporter<GraphCode>,
): Map<StageDeclaration, ModuleReference> {
  const found = new Map<StageDeclaration, ModuleReference>();
  for (const declaration of experiment.stages.values()) {
    const { uses, node } = declaration;
    if (!namesModule(uses)) continue;
    const at = child(node, 'uses')!;
    const [file, exported, ...rest] = uses.split('#');
    if (exported === undefined || exported === '' || rest.length > 0 || file === '') {
      wrong.add(
        problem('graph/unknown-kind', at, `\`${uses}\` is not the name of a stage kind`, {
          help: 'name a kind of your own as `./path/of/module.ts#export`',
        }),
      );
      continue;
    }
    const path = resolve(at.source.folder, file!);
    if (!isInside(path, experiment.project))
      wrong.add(problem('graph/outside-project', at, `the module ${file!} is outside the project`));
    else {
      const id = `./${relative(experiment.project, path).replaceAll('\\', '/')}#${exported}`;
      found.set(declaration, { id, path, exported, at });
    }
  }
  return found;
}

/** Loads users' own modules: the kinds by {@link ModuleReference.id}, or what is wrong, in the loader's words. */
export type ModuleLoader = (modules: readonly ModuleReference[]) => Promise<Result<ReadonlyMap<string, AnyStageKind>>>;

/** `kinds`, and those of the modules. */
export async function withModules(
  kinds: KindRegistry,
  load: ModuleLoader | undefined,
  modules: readonly ModuleReference[],
  wrong: Reporter<string>,
): Promise<KindRegistry> {
  if (modules.length === 0 || load === undefined) return kinds;
  const loaded = await load(modules);
  if (!loaded.ok) wrong.add(...loaded.error);
  const own = loaded.ok ? loaded.value : new Map<string, AnyStageKind>();
  return { names: () => kinds.names(), get: (name) => own.get(name) ?? kinds.get(name) };
}
