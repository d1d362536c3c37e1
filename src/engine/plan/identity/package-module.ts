import {
  assembleIdentity,
  CONTENT,
  sha256,
  type CodeIdentity,
  type DeclarationIdentity,
  type Entry,
} from './identity.js';
import { locate, packageOf } from './packages.js';
import type { SourceTree } from './source-tree.js';

/**
 * A stage kind that an installed package exports (`uses: @lab/vision#blur`) is known by the code of a module that is written
 * nowhere: it imports the package as a module of the project would, and exports the kind. So the package is found, translated to
 * and loaded as all that users' modules import.
 */
export function packageEntry(specifier: string, exported: string): Entry {
  return { module: `${ROOM}${encodeURIComponent(specifier)}/${exported}.mjs`, export: exported };
}

const ROOM = '(package)/';
const MODULE = /^\(package\)\/([^/]+)\/(\w+)\.mjs$/;

/** The specifier that such a module imports; undefined of other modules. */
export function packageOfModule(path: string): string | undefined {
  const [, specifier] = MODULE.exec(path) ?? [];
  return specifier === undefined ? undefined : decodeURIComponent(specifier);
}

/** The tree, and in it these modules. */
export function withPackageModules(tree: SourceTree): SourceTree {
  return {
    ...tree,
    read(path) {
      const specifier = packageOfModule(path);
      if (specifier === undefined) return tree.read(path);
      const [, , exported] = MODULE.exec(path)!;
      // Of a CommonJS package whose exports cannot be seen from outside, all are on the default.
      const text = `import * as all from ${JSON.stringify(specifier)};\nexport const ${exported} = all.${exported} ?? all.default?.${exported};\n`;
      return new TextEncoder().encode(text);
    },
  };
}

/** Says nothing of what is computed. */
const WORDS = /\.(d\.[cm]?ts|map|md|markdown)$|(^|\/)(licen[sc]e|readme|changelog)[^/]*$/i;

/**
 * Of such a kind the version of the package does not say enough: a package that is being worked on, or linked, changes and keeps its
 * version. Each file that it brings counts, named as if the package lay in the project.
 */
export function withFilesOf(tree: SourceTree, specifier: string, identity: CodeIdentity): CodeIdentity {
  const name = packageOf(specifier);
  const place = locate(tree, name, '.')?.place;
  if (place === undefined) return identity;
  const files = tree.list(place).flatMap((path): DeclarationIdentity[] => {
    const bytes = WORDS.test(path) ? undefined : tree.read(path);
    const file = `node_modules/${name}${path.slice(place.length)}`;
    return bytes === undefined ? [] : [{ name: CONTENT, file, digest: sha256(bytes) }];
  });
  return assembleIdentity(identity.digest, [...identity.declarations, ...files], identity.packages);
}
