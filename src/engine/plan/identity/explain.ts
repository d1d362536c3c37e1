import { byCodeUnit } from '../../../foundation/values/json.js';
import { CONTENT, MODULE_LEVEL, type CodeIdentity, type DeclarationIdentity } from './identity.js';

/**
 * How two identities of one implementation differ, a phrase for each difference: `rasterise in
 * src/plugins/recognition/faces/kernel/raster-stage.ts changed`, `sharp 0.35.4 -> 0.35.5`. Changed declarations come first, then those that
 * are no longer and newly reached, then packages. Empty where the identities are equal.
 */
export function explainIdentity(before: CodeIdentity, after: CodeIdentity): readonly string[] {
  if (before.digest === after.digest) return [];
  const old = new Map(before.declarations.map((declaration) => [keyOf(declaration), declaration]));
  const now = new Map(after.declarations.map((declaration) => [keyOf(declaration), declaration]));
  const words = [
    ...after.declarations
      .filter((declaration) => (old.get(keyOf(declaration)) ?? declaration).digest !== declaration.digest)
      .map((declaration) => `${say(declaration)} changed`),
    ...before.declarations
      .filter((declaration) => !now.has(keyOf(declaration)))
      .map((declaration) => `${say(declaration)} is no longer used`),
    ...after.declarations
      .filter((declaration) => !old.has(keyOf(declaration)))
      .map((declaration) => `${say(declaration)} is newly used`),
    ...explainPackages(before, after),
  ];
  // Equal parts and another digest: the format or the declaration that the entry names.
  return words.length > 0 ? words : ['how code is identified changed, or which declaration is the entry'];
}

function explainPackages(before: CodeIdentity, after: CodeIdentity): readonly string[] {
  const old = versionsOf(before);
  const now = versionsOf(after);
  const words: string[] = [];
  for (const name of [...new Set([...old.keys(), ...now.keys()])].sort(byCodeUnit)) {
    const [was, is] = [old.get(name), now.get(name)];
    if (was === is) continue;
    if (was === undefined) words.push(`package ${name} ${is!} is newly used`);
    else if (is === undefined) words.push(`package ${name} ${was} is no longer used`);
    else words.push(`${name} ${was} -> ${is}`);
  }
  return words;
}

/** A package may be installed in several versions at once. */
function versionsOf({ packages }: CodeIdentity): ReadonlyMap<string, string> {
  const versions = new Map<string, string>();
  for (const { name, version } of packages) {
    const known = versions.get(name);
    versions.set(name, known === undefined ? version : `${known}, ${version}`);
  }
  return versions;
}

function keyOf({ file, name }: DeclarationIdentity): string {
  return `${file}#${name}`;
}

function say({ file, name }: DeclarationIdentity): string {
  if (name === CONTENT) return file;
  return name === MODULE_LEVEL ? `code at the top of ${file}` : `${name} in ${file}`;
}
