import { byCodeUnit } from '../../../foundation/values/json.js';
import { readModules } from './modules.js';
import { diskSources } from './source-tree.js';

/** The files of a project that its modules consist of, as paths relative to it: themselves and, however deep, what they import. */
export function sourcesOfModules(root: string, entries: readonly string[]): readonly string[] {
  const tree = diskSources(root);
  const modules = readModules(tree, entries);
  const paths = new Set(modules.all.keys());
  for (const module of modules.all.values()) {
    for (const specifier of module.loads) {
      const loaded = modules.destination(module, specifier);
      if (loaded.to === 'content') paths.add(loaded.path);
    }
  }
  return [...paths].sort(byCodeUnit);
}
