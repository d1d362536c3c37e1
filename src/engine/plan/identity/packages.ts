import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../../../foundation/values/json.js';
import type { PackageIdentity } from './identity.js';
import type { SourceTree } from './source-tree.js';

const BUILTIN = new Set(builtinModules);

/** Whether a bare specifier names a part of Node, whose version is a fact of the host and not of the code. */
export function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || BUILTIN.has(specifier);
}

/** `@scope/name/sub/path` -> `@scope/name`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/**
 * The installed versions of a package and of all it depends on, as seen from `folder`; undefined where it is not
 * installed. A dependency may change what the package computes, so it counts; an optional one differs from platform to
 * platform while the package's own version pins it, so it does not.
 */
export function installedPackages(
  tree: SourceTree,
  name: string,
  folder: string,
): readonly PackageIdentity[] | undefined {
  const found = new Map<string, PackageIdentity>();
  return visit(tree, name, folder, found) ? [...found.values()] : undefined;
}

function visit(tree: SourceTree, name: string, from: string, found: Map<string, PackageIdentity>): boolean {
  // Which `fx` runs is what counts, not one that a package asks for; what that needs is its own.
  if (isOwnPackage(name)) {
    found.set(name, { name, version: ownPackage().version });
    return true;
  }
  const installed = locate(tree, name, from);
  if (installed === undefined) return false;
  const { folder, manifest } = installed;
  if (found.has(folder)) return true;
  found.set(folder, { name, version: typeof manifest.version === 'string' ? manifest.version : '' });
  const optional = new Set(Object.keys(section(manifest.optionalDependencies)));
  for (const [peer, meta] of Object.entries(section(manifest.peerDependenciesMeta))) {
    if (section(meta).optional === true) optional.add(peer);
  }
  const needs = { ...section(manifest.dependencies), ...section(manifest.peerDependencies) };
  for (const dependency of Object.keys(needs)) {
    if (!optional.has(dependency)) visit(tree, dependency, folder, found);
  }
  return true;
}

/** Whether a module means this package: users write `fx/stage`, by whatever name the package is installed. */
export function isOwnPackage(name: string): boolean {
  return name === 'fx' || name === ownPackage().name;
}

/** This package. */
export function ownPackage(): PackageIdentity {
  own ??= JSON.parse(readFileSync(new URL('../../../../../package.json', import.meta.url), 'utf8')) as PackageIdentity;
  return own;
}

let own: PackageIdentity | undefined;

/** Node's look-up: `node_modules` of the folder and of each above it. `place` is where it was found, `folder` where it really is. */
export function locate(
  tree: SourceTree,
  name: string,
  from: string,
): { readonly place: string; readonly folder: string; readonly manifest: JsonObject } | undefined {
  for (const folder of upwards(from, tree.above)) {
    if (posix.basename(folder) === 'node_modules') continue;
    const place = posix.join(folder, 'node_modules', name);
    const manifest = readManifest(tree, posix.join(place, 'package.json'));
    if (manifest !== undefined) return { place, folder: tree.real(place), manifest };
  }
  return undefined;
}

function* upwards(from: string, above: number): Generator<string> {
  let folder = posix.normalize(from);
  const least = -above;
  for (;;) {
    const depth = folder === '.' ? 0 : folder.split('/').reduce((n, part) => n + (part === '..' ? -1 : 1), 0);
    if (depth < least) return;
    yield folder;
    folder = posix.normalize(posix.join(folder, '..'));
    if (folder.endsWith('/')) folder = folder.slice(0, -1);
  }
}

function readManifest(tree: SourceTree, path: string): JsonObject | undefined {
  const bytes = tree.read(path);
  if (bytes === undefined) return undefined;
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Json;
  return isJsonObject(manifest) ? manifest : undefined;
}

function section(value: Json | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}
