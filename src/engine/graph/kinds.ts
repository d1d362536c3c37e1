import { relative, resolve } from 'node:path';
import type { Diagnostic } from '../../foundation/diagnostic.js';
import { problem } from '../document/codes.js';
import { child } from '../document/node.js';
import type { Located } from '../document/source.js';
import { isInside } from '../experiment/compose.js';
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
  wrong: Diagnostic<GraphCode>[],
): Map<StageDeclaration, ModuleReference> {
  const found = new Map<StageDeclaration, ModuleReference>();
  for (const declaration of experiment.stages.values()) {
    const { uses, node } = declaration;
    if (!namesModule(uses)) continue;
    const at = child(node, 'uses')!;
    const [file, exported, ...rest] = uses.split('#');
    if (exported === undefined || exported === '' || rest.length > 0 || file === '') {
      wrong.push(
        problem('graph/unknown-kind', at, `\`${uses}\` does not name a kind`, {
          help: 'a kind of your own is `./path/of/module.ts#export`',
        }),
      );
      continue;
    }
    const path = resolve(at.source.folder, file!);
    if (!isInside(path, experiment.project))
      wrong.push(problem('graph/outside-project', at, `the module ${file!} is outside the project`));
    else {
      const id = `./${relative(experiment.project, path).replaceAll('\\', '/')}#${exported}`;
      found.set(declaration, { id, path, exported, at });
    }
  }
  return found;
}
