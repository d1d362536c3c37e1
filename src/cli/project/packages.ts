import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../../foundation/values/json.js';

/**
 * The stage kinds (`@lab/vision#blur`) of the packages that a project's package.json names: those that a package says it has, under
 * `"fx": { "kinds": ["blur"] }` in its own. Reads these files alone; nothing of a package is executed.
 */
export function kindsOfPackages(project: string): readonly string[] {
  const own = manifestIn(project);
  const needs = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((each) => namesIn(own?.[each]));
  return [...new Set(needs)].flatMap((name) => {
    const fx = manifestOf(name, project)?.fx;
    const kinds = isJsonObject(fx ?? null) ? (fx as JsonObject).kinds : undefined;
    return Array.isArray(kinds)
      ? kinds.filter((kind) => typeof kind === 'string').map((kind) => `${name}#${kind}`)
      : [];
  });
}

function namesIn(section: Json | undefined): readonly string[] {
  return section !== undefined && isJsonObject(section) ? Object.keys(section) : [];
}

/** As Node finds packages: in the project, and in the folders above it. */
function manifestOf(name: string, project: string): JsonObject | undefined {
  for (let folder = project; ; folder = dirname(folder)) {
    const found = manifestIn(join(folder, 'node_modules', name));
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

/** What is no JSON object says nothing of kinds; the reader that needs it reports it. */
function manifestIn(folder: string): JsonObject | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Json;
    return isJsonObject(manifest) ? manifest : undefined;
  } catch {
    return undefined;
  }
}
