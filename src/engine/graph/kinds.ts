import { relative, resolve } from 'node:path';
import { isInside } from '../../foundation/files/files.js';
import type { Reporter } from '../../foundation/failures/reporter.js';
import type { Result } from '../../foundation/failures/result.js';
import { problem } from '../document/codes.js';
import { nearest } from '../document/node.js';
import type { Located } from '../document/source.js';
import type { Experiment, StageDeclaration } from '../experiment/experiment.js';
import type { AnyStageKind } from '../stage.js';
import type { GraphCode } from './codes.js';

/** The stage kinds there are: `fx`'s own by their names, a user's by {@link ModuleReference.id}. */
export type KindRegistry = ReadonlyMap<string, AnyStageKind>;

/** A kind that is not `fx`'s own: `uses: ./stages/mine.ts#name`, or `@lab/vision#blur` of an installed package. */
export interface ModuleReference {
  /** The module's path relative to the project, or the package, and the export: the same in every checkout. */
  readonly id: string;
  /** The absolute path of a module of the project, or what an import of the package would name. */
  readonly module: { readonly path: string } | { readonly package: string };
  readonly exported: string;
  readonly at: Located;
}

/** Whether `uses` names a module rather than one of `fx`'s own kinds. */
export function namesModule(uses: string): boolean {
  return /^\.{1,2}\//.test(uses) || uses.includes('#');
}

/**
 * The package (and its entry point, as an import names it) and the export that `uses` names: `@lab/vision#blur`,
 * `vision/filters#blur`. Undefined of what names a file of the project or a kind of `fx`.
 */
export function packageKind(uses: string): { readonly specifier: string; readonly exported: string } | undefined {
  const [, specifier, exported] = PACKAGE_KIND.exec(uses) ?? [];
  if (specifier === undefined || exported === undefined || /\.[cm]?[jt]sx?$/.test(specifier)) return undefined;
  return { specifier, exported };
}

const PACKAGE_KIND = /^((?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*(?:\/[\w~-][\w.~-]*)*)#([A-Za-z_]\w*)$/;

/** The modules that an experiment names, each once, for the caller to load. */
export function moduleReferences(
  experiment: Experiment,
  wrong: Reporter<GraphCode>,
): Map<StageDeclaration, ModuleReference> {
  const found = new Map<StageDeclaration, ModuleReference>();
  for (const declaration of experiment.stages.values()) {
    const { uses, node } = declaration;
    if (!namesModule(uses)) continue;
    const at = nearest(node, 'uses');
    const installed = packageKind(uses);
    if (installed !== undefined) {
      const { specifier, exported } = installed;
      found.set(declaration, { id: uses, module: { package: specifier }, exported, at });
      continue;
    }
    const [file = '', exported = '', ...rest] = uses.split('#');
    if (exported === '' || rest.length > 0 || file === '') {
      wrong.add(
        problem('graph/unknown-kind', at, `\`${uses}\` is not the name of a stage kind`, {
          help: 'name a kind of your own as `./path/of/module.ts#export`, one of an installed package as `package#export`',
        }),
      );
      continue;
    }
    const path = resolve(at.source.folder, file);
    if (!isInside(path, experiment.project))
      wrong.add(problem('graph/outside-project', at, `the module ${file} is outside the project`));
    else {
      const id = `./${relative(experiment.project, path).replaceAll('\\', '/')}#${exported}`;
      found.set(declaration, { id, module: { path }, exported, at });
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
  if (loaded.ok) return new Map([...kinds, ...loaded.value]);
  wrong.add(...loaded.error);
  return kinds;
}
